"""Turns what the rules found, and what could not be found, into the reasons why a person must look."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from decision.decision import ClauseRef, Conclusion, EscalationReason, MissingFact, RuleOutcome
from decision.expressions.words import titled, unknown_words
from decision.facts import FactDefinition
from decision.policy_rule import PolicyRule
from decision.rules import RulesInForce
from decision.ruling import Ruling


def by_rules(
    rules: RulesInForce, ruling: Ruling, definitions: Mapping[str, FactDefinition]
) -> Iterator[EscalationReason]:
    """Give a reason for every check or review that fails, and for every one that cannot be determined."""
    for rule, outcome in zip(rules.rules, ruling.outcomes, strict=True):
        if rule.kind == "conclusion":
            continue
        if outcome.result == "fail":
            yield _reason(rule, outcome, rule.code, rule.message)
        elif outcome.result == "undetermined":
            gap = unknown_words(ruling.gaps[rule.id], definitions)
            message = f"It could not be determined whether policy is met ({rule.title}): {gap}."
            yield _reason(rule, outcome, f"{rule.code}_undetermined", message)


def by_changed_clauses(
    rules: RulesInForce, outcomes: Sequence[RuleOutcome], asked: Iterable[str], changed: Collection[ClauseRef]
) -> Iterator[EscalationReason]:
    """Give a reason for every rule that took part, and every parameter that code read, whose clause has new words."""
    for rule, outcome in zip(rules.rules, outcomes, strict=True):
        if outcome.stale and outcome.state != "not_applicable":
            cited = dict.fromkeys((outcome.clause, *(use.clause for use in outcome.parameters)))
            clauses = ", ".join(str(clause) for clause in cited if clause in changed)
            message = f"{clauses} no longer has the words that {rule.id} encodes; {rule.owner} must confirm the rule."
            yield EscalationReason(code="clause_changed", level=rule.level, message=message, rule_id=rule.id)
    for name in sorted(asked):
        entry = rules.parameters.entries[name]
        if entry.clause in changed:
            message = (
                f"{entry.clause} no longer has the words that parameter {name} encodes; {entry.owner} must confirm it."
            )
            yield EscalationReason(code="clause_changed", level="desk_review", message=message)


def by_conclusion(
    conclusion: Conclusion, missing: Sequence[MissingFact], definitions: Mapping[str, FactDefinition]
) -> Iterator[EscalationReason]:
    """Give a reason when nothing could be decided, and when a decision could change with a fact that is missing."""
    if conclusion.status == "abstained":
        why = "; ".join(conclusion.reasons) or conclusion.summary
        yield EscalationReason(code="abstained", level="desk_review", message=f"No outcome is supported: {why}")
    decisive = [titled(one.fact, definitions) for one in missing if one.changes_outcome]
    if conclusion.status == "decided" and decisive:
        message = f"The outcome could change with what is not known: {', '.join(decisive)}."
        yield EscalationReason(code="missing_fact", level="desk_review", message=message)


def _reason(rule: PolicyRule, outcome: RuleOutcome, code: str, message: str) -> EscalationReason:
    return EscalationReason(
        code=code,
        level=rule.level,
        message=message,
        measured=outcome.measured,
        threshold=outcome.threshold,
        rule_id=rule.id,
    )
