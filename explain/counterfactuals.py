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
from decision.probing import differences
from decision.values import plain
from explain.candidates import Candidate, candidates
from retrieval.corpus import Value

MOST_RUNS: Final = 40
"""How often a case is decided again, unless the caller says otherwise; a heavy pack deserves fewer."""


MOST_TOLD: Final = 5
"""How many changes are told."""


class Counterfactual(Value):
    """One change of one fact, and what would then come out, both in plain words."""

    change: str
    outcome: str


def counterfactuals(
    pack: DomainPack,
    case: Case,
    evidence: Found,
    decision: Decision,
    *,
    runs: int = MOST_RUNS,
    changed: frozenset[ClauseRef] = frozenset(),
) -> tuple[Counterfactual, ...]:
    """Find at most `MOST_TOLD` changes of one given fact that change what holds, one for each outcome it leads to.

    Those that change the answer come first, then the smallest. Each was verified by deciding again, at most `runs`
    times in all. Where the outcome is a number, which moves with everything, what counts is the status and who must
    look. A change that would ask for other evidence is not tried. `changed` are the clauses that the decision was made
    with as changed.
    """
    if runs <= 0:
        return ()
    clauses = changed | _stale(decision)
    before = decide(pack, case, evidence, clauses, probe=False)
    trial = _Trial(pack, case, evidence, clauses, before, _decisive(decision))
    found: dict[tuple[str, object], tuple[tuple[bool, float], Counterfactual]] = {}
    for candidate, after in islice(trial.outcomes(), runs - 1):
        if after is None or trial.told(after) == trial.told(before):
            continue
        key = (candidate.fact, trial.told(after))
        rank = ((after.status, after.summary) == (before.status, before.summary), candidate.size)
        if key not in found or rank < found[key][0]:
            found[key] = (rank, trial.words(candidate, after))
    ranked = sorted(found.values(), key=lambda one: one[0])
    return tuple(counterfactual for _, counterfactual in ranked[:MOST_TOLD])


@dataclass(frozen=True, slots=True)
class _Trial:
    """A case that is decided again with other facts, in the same way as `before`: nothing is probed.

    `decisive` are the missing facts that were found to change the outcome; a person looks because of them.
    """

    pack: DomainPack
    case: Case
    evidence: Found
    changed: frozenset[ClauseRef]
    before: Decision
    decisive: frozenset[str]

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
        return Counterfactual(change=change, outcome=self._outcome(after))

    def told(self, decision: Decision) -> tuple[object, ...]:
        """Give what two trials are compared by."""
        return (decision.status, self._level(decision)) if _is_number(decision) else decision.outcome

    def _outcome(self, after: Decision) -> str:
        if after.status == "needs_facts":
            return f"more would have to be known: {' '.join(one.why for one in after.missing[:_MOST_ASKED])}"
        if after.status == "abstained":
            return f"no outcome would be supported: {' '.join(after.reasons[:1]) or after.summary}"
        if not _is_number(self.before) or self.before.status != "decided":
            is_same = (after.status, after.summary) == (self.before.status, self.before.summary)
            found = differences(after, self.before) if is_same else ()
            return "; ".join(found[:_MOST_ASKED]) or after.summary
        return self._looking(after)

    def _looking(self, after: Decision) -> str:
        level = self._level(after)
        if level is None:
            return _NOBODY if not after.missing else _NO_RULE
        reason = next((one for one in after.escalations if one.level == level), None)
        return _OPEN if reason is None else _review(reason)

    def _level(self, decision: Decision) -> ReviewLevel | None:
        levels = {one.level for one in decision.escalations}
        if decision.status == "decided" and any(one.fact in self.decisive for one in decision.missing):
            levels.add("desk_review")
        return next((level for level in reversed(_LEVELS) if level in levels), None)


def _decisive(decision: Decision) -> frozenset[str]:
    return frozenset(one.fact for one in decision.missing if one.changes_outcome)


def _stale(decision: Decision) -> frozenset[ClauseRef]:
    stale = [one for one in decision.outcomes if one.stale]
    return frozenset(clause for one in stale for clause in (one.clause, *(used.clause for used in one.parameters)))


_LEVELS: Final[tuple[ReviewLevel, ...]] = ("agent", "desk_review", "legal", "full_appraisal")
_MOST_ASKED: Final = 2
_NOBODY: Final = "no person would have to look at it"
_NO_RULE: Final = "no rule would ask for a person to look at it"
_OPEN: Final = "a desk review would be required: what is not known could change the outcome"
_NUMBER: Final = re.compile(r"(?:[A-Z]{3} )?-?[0-9][0-9.,]*")


def _is_number(decision: Decision) -> bool:
    return _NUMBER.fullmatch(str(decision.answer.get("outcome"))) is not None


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
