"""Turns findings about a request into the answer: decision, amounts, actions, conditions, claims and certainty."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from pydantic import JsonValue

from decision.certainty import certainty_of_facts
from decision.decision import Claim, Conclusion, RuleOutcome, Status
from decision.pack import Findings
from decision.packs.reservation.amounts import amounts
from decision.packs.reservation.findings import (
    ALLOWED,
    MOVED,
    Grounds,
    deciding,
    grounds_missed,
    number,
    steps,
    value,
    verdict,
)
from decision.packs.reservation.terms import actions, conditions, headline
from decision.values import plain

_BESIDE: Final = ("reason_covered", "refund_due", "instead_due", "kept_at_old_price", "one_method", "waived")
_UNMEASURED: Final = "Amounts and permissions are computed by rules; how often the record is right was not measured."


def conclude(findings: Findings, grounds: Grounds) -> Conclusion:
    """Conclude whether the request is granted; `grounds` are the rules that may allow each step."""
    decided = verdict(findings)
    missed = grounds_missed(findings, grounds) if decided == "deny" else ()
    rules = [*deciding(findings), *missed] if decided else []
    status: Status = "decided" if decided else "abstained" if findings.derivation.impossible else "needs_facts"
    sums = amounts(findings)
    named = value(findings, "claims")
    answer: dict[str, JsonValue] = {
        "outcome": decided or "unknown",
        "decision": decided,
        "amounts": [*sums],
        "actions": [*actions(findings)],
        "conditions": [*conditions(findings)],
        "concluded": {name: plain(found) for name in _BESIDE if (found := value(findings, name)) is not None},
        "human_handoff": value(findings, "handoff") is True,
        "claims_compared": [*named] if isinstance(named, tuple) else [],
        "decided_by": [rule.rule_id for rule in rules],
    }
    return Conclusion(
        status=status,
        answer=answer,
        claims=tuple(_claims(findings, missed)) if decided else (),
        qualifier=certainty_of_facts(findings.outcomes, findings.facts, status, _UNMEASURED),
        summary=headline(findings, sums),
        reasons=_reasons(findings, status),
        stands=_stands(findings) if not findings.derivation.impossible else {},
    )


def _claims(findings: Findings, missed: Sequence[RuleOutcome]) -> Iterator[Claim]:
    for outcome in deciding(findings):
        yield Claim(text=f"{outcome.title}{_concluded(findings, outcome)}.", cites=(outcome.clause,))
    for outcome in missed:
        title = f"{outcome.title[:1].lower()}{outcome.title[1:]}"
        yield Claim(text=f"It is not the case that {title}.", cites=(outcome.clause,))


def _concluded(findings: Findings, outcome: RuleOutcome) -> str:
    """Name the sums and counts that a rule gave."""
    shown = [name for name in outcome.sets if name in {*MOVED.values()} and value(findings, name) is not None]
    return "".join(f": {plain(value(findings, name))}" for name in shown)


def _stands(findings: Findings) -> Mapping[str, str | None]:
    """Say what each step comes to: whether it is allowed and, where it is, the sum that goes with it."""
    found: dict[str, str | None] = {}
    for step in steps(findings):
        allowed = value(findings, ALLOWED[step]) if step in ALLOWED else True
        if step in ALLOWED:
            found[ALLOWED[step]] = plain(allowed)
        if step in MOVED and allowed is not False and not _costs_nothing(findings, step):
            found[MOVED[step]] = plain(value(findings, MOVED[step]))
    return found


def _costs_nothing(findings: Findings, step: str) -> bool:
    """Tell whether a sum plays no part, because the request as a whole is refused or still open."""
    return value(findings, "verdict") in {None, "deny", "transfer"} and number(findings, MOVED[step]) is None


def _reasons(findings: Findings, status: Status) -> tuple[str, ...]:
    if findings.derivation.impossible:
        return findings.derivation.impossible
    return ("A fact that decides the outcome is not known.",) if status == "needs_facts" else ()
