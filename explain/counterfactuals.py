"""Turns a decided case into the smallest changes of one fact that change its outcome, each found by deciding again."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import Final

from decision.decision import ClauseRef, Decision, EscalationReason, ReviewLevel
from decision.engine import decide
from decision.facts import Case, DecisionError, Fact, FactDefinition, FactValue
from decision.pack import DomainPack, Found
from decision.values import plain
from explain.candidates import Candidate, candidates
from retrieval.corpus import Value

MOST_RUNS: Final = 40
"""How often a case is decided again, unless the caller says otherwise; a heavy pack deserves fewer."""


class Counterfactual(Value):
    """One change of one fact, and what would then come out, both in plain words."""

    change: str
    outcome: str


def counterfactuals(
    pack: DomainPack, case: Case, evidence: Found, decision: Decision, limit: int = 5, *, runs: int = MOST_RUNS
) -> tuple[Counterfactual, ...]:
    """Find changes of one given fact that change the outcome, smallest first, one for each outcome a fact leads to.

    Each was verified by deciding again, at most `runs` times in all. Where the outcome is a number, which moves with
    everything, what counts is the status and who must look. A change that would ask for other evidence is not tried.
    """
    trial = _Trial(pack, case, evidence, _stale(decision), decision)
    if trial.changed and runs > 0:
        trial, runs = replace(trial, before=trial.decide(case)), runs - 1
    found: dict[tuple[str, object], tuple[float, Counterfactual]] = {}
    for candidate, after in islice(trial.outcomes(), runs):
        if after is None or _told(after) == _told(trial.before):
            continue
        key = (candidate.fact, _told(after))
        if key not in found or candidate.size < found[key][0]:
            found[key] = (candidate.size, trial.words(candidate, after))
    ranked = sorted(found.values(), key=lambda one: one[0])
    return tuple(counterfactual for _, counterfactual in ranked[:limit])


@dataclass(frozen=True, slots=True)
class _Trial:
    """A case that is decided again with other facts; `changed` are the clauses that are stale in its decision."""

    pack: DomainPack
    case: Case
    evidence: Found
    changed: frozenset[ClauseRef]
    before: Decision

    def outcomes(self) -> Iterator[tuple[Candidate, Decision | None]]:
        """Decide each candidate in turn; None where the pack refuses the changed case."""
        rules = self.pack.rulebook.on(self.case.as_of)
        asked = self.pack.queries(self.case, rules.parameters)
        for one in candidates(self.case, self.before.facts, self.pack.schema.definitions, rules):
            fact = replace(self.case.facts[one.fact], value=one.value)
            case = replace(self.case, facts={**self.case.facts, one.fact: fact})
            if self.pack.queries(case, rules.parameters) != asked:
                continue
            try:
                yield one, self.decide(case)
            except DecisionError:
                yield one, None

    def decide(self, case: Case) -> Decision:
        return decide(self.pack, case, self.evidence, self.changed, probe=False)

    def words(self, candidate: Candidate, after: Decision) -> Counterfactual:
        definition = self.pack.schema.definitions[candidate.fact]
        old, new = self.case.facts[candidate.fact], candidate.value
        change = f"If “{definition.title}” were {_written(definition, new)} instead of {_given(definition, old)}"
        return Counterfactual(change=change, outcome=_outcome(self.before, after))


def _stale(decision: Decision) -> frozenset[ClauseRef]:
    stale = [one for one in decision.outcomes if one.stale]
    return frozenset(clause for one in stale for clause in (one.clause, *(used.clause for used in one.parameters)))


_LEVELS: Final[tuple[ReviewLevel, ...]] = ("agent", "desk_review", "legal", "full_appraisal")
_MOST_ASKED: Final = 2
_NUMBER: Final = re.compile(r"(?:[A-Z]{3} )?-?[0-9][0-9.,]*")


def _told(decision: Decision) -> tuple[object, ...]:
    if _is_number(decision):
        return decision.status, _level(decision)
    return decision.outcome


def _is_number(decision: Decision) -> bool:
    return _NUMBER.fullmatch(str(decision.answer.get("outcome"))) is not None


def _level(decision: Decision) -> ReviewLevel | None:
    levels = {one.level for one in decision.escalations}
    return next((level for level in reversed(_LEVELS) if level in levels), None)


def _outcome(before: Decision, after: Decision) -> str:
    if after.status == "needs_facts":
        return f"more would have to be known: {' '.join(one.why for one in after.missing[:_MOST_ASKED])}"
    if after.status == "abstained":
        return f"no outcome would be supported: {' '.join(after.reasons[:1]) or after.summary}"
    if not _is_number(before) or before.status != "decided":
        return after.summary
    level = _level(after)
    reason = next((one for one in after.escalations if one.level == level), None)
    return "no person would have to look at it" if reason is None else _review(reason)


def _review(reason: EscalationReason) -> str:
    asked = {"full_appraisal": "a full appraisal", "desk_review": "a desk review"}
    return f"{asked.get(reason.level, f'a review ({reason.level})')} would be required: {reason.message}"


def _given(definition: FactDefinition, fact: Fact) -> str:
    return "unknown" if fact.value is None else _written(definition, fact.value)


def _written(definition: FactDefinition, value: FactValue) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    words = str(plain(value))
    if definition.values:
        return words.replace("_", " ")
    return f"{words} {definition.unit.replace('_', ' ')}" if definition.unit else words
