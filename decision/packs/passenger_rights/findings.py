"""Reads what the rules found: values of facts, and the rules that made them so."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal

from decision.decision import ClauseRef, RuleOutcome
from decision.facts import FactValue, Money
from decision.pack import Findings
from decision.schema import plain

POLICY: Final = "airline-disruption-policy"
"""The id of the document that this pack's rules encode."""

POLICY_2027: Final = "airline-disruption-policy-2027"
"""The id of the document with the rules on flights under EU261 from 23 October 2027."""

Regime = Literal["EU261", "UK261"]
REGIMES: Final[tuple[Regime, ...]] = ("EU261", "UK261")

Right = Literal[
    "applies", "band", "amount", "compensation_due", "reduction_percent", "care", "hotel", "refund", "reroute"
]
"""What the rules conclude for each regime."""

Number = Literal["refund_time", "messages", "request_time", "answer_time"]
"""What the policy has numbers for that code states and no rule reads; the last two for the amended EU261 only."""

_NUMBERS: Final[Mapping[Regime, Mapping[Number, str]]] = {
    "EU261": {
        "refund_time": "eu_refund_days",
        "messages": "eu_messages",
        "request_time": "eu_request_months",
        "answer_time": "eu_answer_days",
    },
    "UK261": {"refund_time": "uk_refund_days", "messages": "uk_messages"},
}

_CONCLUDED: Final[Mapping[Regime, Mapping[Right, str]]] = {
    "EU261": {
        "applies": "eu_applies",
        "band": "eu_band",
        "amount": "eu_amount",
        "compensation_due": "eu_compensation_due",
        "reduction_percent": "eu_reduction_percent",
        "care": "eu_care",
        "hotel": "eu_hotel",
        "refund": "eu_refund",
        "reroute": "eu_reroute",
    },
    "UK261": {
        "applies": "uk_applies",
        "band": "uk_band",
        "amount": "uk_amount",
        "compensation_due": "uk_compensation_due",
        "reduction_percent": "uk_reduction_percent",
        "care": "uk_care",
        "hotel": "uk_hotel",
        "refund": "uk_refund",
        "reroute": "uk_reroute",
    },
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
        fact = _CONCLUDED[self.regime][name]
        final = plain(self._value(name))
        return [
            outcome
            for outcome in self.findings.outcomes
            if outcome.state == "held" and fact in outcome.sets and outcome.sets[fact] == final
        ]

    def triggers(self) -> Sequence[RuleOutcome]:
        """List the rules in force that could have given a right to compensation for this kind of event."""
        event = stated(self.findings, "event")
        kind = {"delay": "DELAY", "cancellation": "CANCELLATION", "denied_boarding": "DENIED"}.get(str(event), "")
        return [
            outcome
            for outcome in self.findings.outcomes
            if outcome.rule_id.startswith(self.regime[:2]) and outcome.rule_id.endswith(f"-COMP-{kind}")
        ]

    def amended(self) -> bool:
        """Tell whether the version of EU261 that is in force is the amended one."""
        return self.regime == "EU261" and self.findings.parameters.text("eu_version") == "amended"

    def said(self, name: Number) -> str:
        """Give a number that the policy has for this regime in plain words, such as `30 calendar days`."""
        return self.findings.parameters.entry(_NUMBERS[self.regime][name]).words()

    def _value(self, name: Right) -> FactValue | None:
        return stated(self.findings, _CONCLUDED[self.regime][name])


def stated(findings: Findings, name: str) -> FactValue | None:
    """Give the value of a fact, given, derived, assumed or concluded; None when unknown."""
    fact = findings.facts.get(name)
    return None if fact is None else fact.value


def presented(findings: Findings) -> Regime | Literal["none"] | None:
    """Name the regime that is presented to the passenger; `none` when neither applies, None when that is unknown."""
    match stated(findings, "regime"):
        case "EU261":
            return "EU261"
        case "UK261":
            return "UK261"
        case "none":
            return "none"
        case _:
            return None


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
