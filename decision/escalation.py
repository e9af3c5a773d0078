"""Turns what the rules found, and what could not be found, into the reasons why a person must look."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from decision.decision import ClauseRef, Decision, EscalationReason, RuleOutcome
from decision.expressions.words import titled, unknown_words
from decision.facts import FactDefinition
from decision.policy_rule import PolicyRule
from decision.rules import RulesInForce
from decision.ruling import Ruling, encoded_by


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
    rules: RulesInForce,
    outcomes: Sequence[RuleOutcome],
    asked: Iterable[str],
    changed: Collection[ClauseRef],
    absent: Collection[ClauseRef],
) -> Iterator[EscalationReason]:
    """Give a reason for every rule that took part, and every parameter that code read, whose clause is not confirmed.

    Of the `changed` clauses, those that are `absent` are not among the sources, the others have other words.
    """
    for rule, outcome in zip(rules.rules, outcomes, strict=True):
        if outcome.stale and outcome.state != "not_applicable":
            cited = dict.fromkeys(encoded_by(rule, outcome.parameters, rules))
            stale = [clause for clause in cited if clause in changed]
            for code, message in _unconfirmed(stale, absent, rule.id, rule.owner):
                yield EscalationReason(code=code, level=rule.level, message=message, rule_id=rule.id)
    for name in sorted(asked):
        entry = rules.parameters.entries[name]
        stale = [clause for clause in (entry.clause, entry.law) if clause is not None and clause in changed]
        for code, message in _unconfirmed(stale, absent, f"parameter {name}", entry.owner):
            yield EscalationReason(code=code, level="desk_review", message=message)


def by_conclusion(
    decision: Decision, decisive: Sequence[str], definitions: Mapping[str, FactDefinition]
) -> Iterator[EscalationReason]:
    """Give a reason when nothing could be decided, when something was left open, and when `decisive` facts are missing.

    Those are facts that could change the outcome or who must look, other than by meeting a condition that is stated.
    """
    if decision.status == "abstained":
        why = "; ".join(decision.reasons) or decision.summary
        yield EscalationReason(code="abstained", level="desk_review", message=f"No outcome is supported: {why}")
    if decision.status != "decided":
        return
    said: list[str] = []
    if decision.unsettled:
        said.append(f"Not determined: {', '.join(titled(name, definitions) for name in decision.unsettled)}.")
    if decisive:
        names = ", ".join(titled(name, definitions) for name in decisive)
        said.append(f"The outcome, or who must look at it, could change with what is not known: {names}.")
    if said:
        yield EscalationReason(code="missing_fact", level="desk_review", message=" ".join(said))


def _unconfirmed(
    stale: Sequence[ClauseRef], absent: Collection[ClauseRef], encoding: str, owner: str
) -> Iterator[tuple[str, str]]:
    gone = ", ".join(str(clause) for clause in stale if clause in absent)
    other = ", ".join(str(clause) for clause in stale if clause not in absent)
    if gone:
        yield "clause_missing", f"{gone} is not among the ingested sources, so {encoding} rests on words not at hand."
    if other:
        yield "clause_changed", f"{other} has other words than were confirmed for {encoding}; {owner} must confirm it."


def _reason(rule: PolicyRule, outcome: RuleOutcome, code: str, message: str) -> EscalationReason:
    return EscalationReason(
        code=code,
        level=rule.level,
        message=message,
        measured=outcome.measured,
        threshold=outcome.threshold,
        rule_id=rule.id,
    )
