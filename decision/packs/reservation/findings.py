"""Reads what the rules found about a request: values of facts, and the rules that decided each step."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Final

from decision.decision import RuleOutcome
from decision.expressions.syntax import Literal
from decision.facts import FactValue, Money
from decision.pack import Findings
from decision.packs.reservation.derivation import steps_of
from decision.policy_rule import PolicyRule
from decision.rules import RuleBook
from decision.values import plain

Grounds = Mapping[str, frozenset[str]]
"""By fact that allows a step, the ids of the rules that make it true."""

ALLOWED: Final[Mapping[str, str]] = {
    "cancel": "cancel_allowed",
    "change_flights": "flights_allowed",
    "change_cabin": "cabin_allowed",
    "add_bags": "bags_allowed",
    "change_passengers": "passengers_allowed",
    "add_insurance": "insurance_allowed",
    "refund_insurance": "insurance_allowed",
    "compensation": "compensation_allowed",
    "book": "booking_allowed",
}
"""The fact that says of each step whether it is allowed."""

MOVED: Final[Mapping[str, str]] = {
    "change_flights": "difference",
    "change_cabin": "difference",
    "add_bags": "bag_charge",
    "compensation": "certificate",
    "quote_bags": "bags_free",
    "quote_insurance": "premium",
}
"""The fact that says what each step costs, pays or counts."""

GRANTED: Final = frozenset({"allow", "allow_partial", "answer"})
"""Verdicts that grant what is asked for."""


def value(findings: Findings, name: str) -> FactValue | None:
    """Give a fact's value; None when it is not known."""
    return findings.facts[name].value


def flag(findings: Findings, name: str) -> bool:
    """Whether a fact is known to be true."""
    return value(findings, name) is True


def money(findings: Findings, name: str) -> Money | None:
    """Give an amount; None when it is not known."""
    found = value(findings, name)
    return found if isinstance(found, Money) else None


def number(findings: Findings, name: str) -> Decimal | None:
    """Give a number; None when it is not known."""
    found = value(findings, name)
    return found if isinstance(found, Decimal) else None


def steps(findings: Findings) -> Sequence[str]:
    """Give the steps that are asked for, in order."""
    return steps_of(findings.facts)


def verdict(findings: Findings) -> str | None:
    """Give the decision on the whole request; None when it is not known, or nothing can be decided."""
    found = value(findings, "verdict")
    return None if found is None or findings.derivation.impossible else str(found)


def grounds_of(rulebook: RuleBook) -> Grounds:
    """Give, for each fact that allows a step, the rules that make it true."""
    return {
        name: frozenset(rule.id for rule in rulebook.rules if name in rule.sets and _says_yes(rule, name))
        for name in ALLOWED.values()
    }


def grounds_missed(findings: Findings, grounds: Grounds) -> Sequence[RuleOutcome]:
    """List the rules that would have allowed what is refused only because none of them held."""
    return [outcome for step in steps(findings) for outcome in _missed(findings, ALLOWED.get(step), grounds)]


def deciding(findings: Findings) -> Sequence[RuleOutcome]:
    """List the rules that made the decision what it is: those that held and were not outweighed."""
    return [
        outcome
        for outcome in findings.outcomes
        if outcome.kind == "conclusion"
        and outcome.state == "held"
        and all(plain(value(findings, name)) == found for name, found in outcome.sets.items())
    ]


def _says_yes(rule: PolicyRule, name: str) -> bool:
    expression = rule.sets[name].expression
    return isinstance(expression, Literal) and expression.value is True


def _missed(findings: Findings, name: str | None, grounds: Grounds) -> Iterator[RuleOutcome]:
    if name is None or value(findings, name) is not False:
        return
    if not any(outcome.sets.get(name) == "false" for outcome in findings.outcomes):
        yield from (one for one in findings.outcomes if one.state == "not_held" and one.rule_id in grounds[name])
