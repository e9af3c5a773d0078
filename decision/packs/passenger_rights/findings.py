"""Reads what the rules found: values of facts, and the rules that made them so."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal

from decision.decision import ClauseRef, RuleOutcome
from decision.facts import FactValue, Money
from decision.pack import Findings
from decision.packs.passenger_rights.rights import BY_NAME, CONCLUDED, NUMBERS, PREFIXES, Number, Regime, Right
from decision.schema import plain

POLICY: Final = "airline-disruption-policy"
"""The id of the document that this pack's rules encode."""

POLICY_2027: Final = "airline-disruption-policy-2027"
"""The id of the document with the rules on flights under EU261 from 23 October 2027."""

EARLIER_LAW: Final = "-EARLIER"
"""What the ids of rules end with that leave a right unknown, for the law of the day of the flight is not encoded."""

POLICY_US: Final = "airline-disruption-policy-us"
POLICY_CANADA: Final = "airline-disruption-policy-canada"
POLICY_MONTREAL: Final = "airline-disruption-policy-montreal"

_TRIGGERS: Final = {
    "delay": "DELAY",
    "missed_connection": "MISSED",
    "cancellation": "CANCELLATION",
    "advance": "CANCELLATION",
    "denied_boarding": "DENIED",
}


@dataclass(frozen=True, slots=True)
class Reading:
    """The findings as seen by one regime."""

    findings: Findings
    regime: Regime

    def flag(self, name: Right) -> bool | None:
        """Give a boolean conclusion of this regime; None when unknown."""
        value = self._value(name)
        return value if isinstance(value, bool) else None

    def money(self, name: Right) -> Money | None:
        """Give an amount concluded for this regime; None when unknown."""
        value = self._value(name)
        return value if isinstance(value, Money) else None

    def number(self, name: Right) -> Decimal | None:
        """Give a number concluded for this regime; None when unknown."""
        value = self._value(name)
        return value if isinstance(value, Decimal) else None

    def word(self, name: Right) -> str | None:
        """Give a word concluded for this regime; None when unknown."""
        value = self._value(name)
        return value if isinstance(value, str) else None

    def decided_by(self, name: Right) -> Sequence[RuleOutcome]:
        """List the rules that held and set this conclusion to the value it has."""
        fact = CONCLUDED[self.regime].get(name)
        if fact is None:
            return []
        final = plain(self._value(name))
        return [outcome for outcome in self.findings.setting.get(fact, ()) if outcome.sets[fact] == final]

    def triggers(self) -> Sequence[RuleOutcome]:
        """List the rules in force that could have given a right to compensation for this kind of event."""
        event = stated(self.findings, "event")
        kind = _TRIGGERS.get(str(event), "")
        return [
            outcome
            for outcome in self.findings.outcomes
            if outcome.rule_id.startswith(PREFIXES[self.regime]) and outcome.rule_id.endswith(f"-COMP-{kind}")
        ]

    def amended(self) -> bool:
        """Tell whether the version of EU261 that is in force is the amended one."""
        return self.regime == "EU261" and self.findings.parameters.text("eu_version") == "amended"

    def said(self, name: Number) -> str:
        """Give a number that the policy has for this regime in plain words, such as `30 calendar days`."""
        return self.findings.parameters.entry(NUMBERS[self.regime][name]).words()

    def _value(self, name: Right) -> FactValue | None:
        fact = CONCLUDED[self.regime].get(name)
        return None if fact is None else stated(self.findings, fact)


def stated(findings: Findings, name: str) -> FactValue | None:
    """Give the value of a fact, given, derived, assumed or concluded; None when unknown."""
    fact = findings.facts.get(name)
    return None if fact is None else fact.value


def presented(findings: Findings) -> Regime | Literal["none"] | None:
    """Name the regime that is presented to the passenger; `none` when none decides, None when that is unknown."""
    chosen = stated(findings, "regime")
    if chosen == "none":
        return "none"
    return BY_NAME.get(str(chosen))


def in_doubt(findings: Findings, regime: Regime) -> bool:
    """Tell whether it is only open whether both States are party to the Montreal Convention."""
    is_abroad = stated(findings, "international") is True
    return regime == "MC99" and is_abroad and stated(findings, "montreal_parties") is None


def passengers(findings: Findings) -> int:
    """Count the passengers on the claim."""
    number = stated(findings, "passengers")
    return int(number) if isinstance(number, Decimal) else 1


def clause(key: str, document_id: str = POLICY) -> ClauseRef:
    """Point to a clause of the airline's policy."""
    return ClauseRef(document_id=document_id, key=key)


def clause_ids(outcomes: Sequence[RuleOutcome]) -> list[str]:
    """List the clauses behind some rules, each once, in the order of the rules."""
    return list(dict.fromkeys(str(outcome.clause) for outcome in outcomes))


def facts_used(outcomes: Sequence[RuleOutcome]) -> dict[str, str | None]:
    """Collect what some rules read, in plain words."""
    return {name: value for outcome in outcomes for name, value in outcome.facts_read.items()}
