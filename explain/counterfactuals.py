"""Turns a decided case into the smallest changes of one fact that change its outcome, each found by deciding again."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final

from decision.decision import Decision, EscalationReason, ReviewLevel
from decision.probing import differences
from explain.candidates import Candidate, candidates
from explain.trials import Trial
from retrieval.corpus import Value

MOST_RUNS: Final = 40
"""How often a case is decided again, unless the caller says otherwise; a heavy pack deserves fewer."""


MOST_TOLD: Final = 5
"""How many changes are told."""


class Counterfactual(Value):
    """One change of one fact, and what would then come out, both in plain words."""

    change: str
    outcome: str


def counterfactuals(trial: Trial, *, runs: int = MOST_RUNS) -> tuple[Counterfactual, ...]:
    """Find at most `MOST_TOLD` changes of one given fact that change what holds, one for each outcome it leads to.

    Those that change the answer come first, then the smallest. Each was verified by deciding again, at most `runs`
    times in all. Where the outcome is a number, which moves with everything, what counts is the status and who must
    look. A change that would ask for other evidence is not tried.
    """
    if runs <= 0:
        return ()
    compared, before = _Comparison(trial), trial.before
    found: dict[tuple[str, object], tuple[tuple[bool, float], Counterfactual]] = {}
    for candidate, after in islice(_outcomes(trial), runs - 1):
        if after is None or compared.told(after) == compared.told(before):
            continue
        key = (candidate.fact, compared.told(after))
        rank = ((after.status, after.summary) == (before.status, before.summary), candidate.size)
        if key not in found or rank < found[key][0]:
            change = trial.words(((candidate.fact, candidate.value),))
            found[key] = (rank, Counterfactual(change=change, outcome=compared.words(after)))
    ranked = sorted(found.values(), key=lambda one: one[0])
    return tuple(counterfactual for _, counterfactual in ranked[:MOST_TOLD])


def _outcomes(trial: Trial) -> Iterator[tuple[Candidate, Decision | None]]:
    """Decide each candidate in turn; None where the pack refuses the changed case."""
    for one in candidates(trial.case, trial.before.facts, trial.definitions, trial.rules):
        changed = ((one.fact, one.value),)
        if trial.asks_alike(changed):
            yield one, trial.decide(changed)


@dataclass(frozen=True, slots=True)
class _Comparison:
    """What comes out of a trial, as far as it differs from what came out before."""

    trial: Trial

    def told(self, decision: Decision) -> tuple[object, ...]:
        """Give what two trials are compared by."""
        return (decision.status, self._level(decision)) if _is_number(decision) else decision.outcome

    def words(self, after: Decision) -> str:
        if after.status == "needs_facts":
            return f"more would have to be known: {' '.join(one.why for one in after.missing[:_MOST_ASKED])}"
        if after.status == "abstained":
            return f"no outcome would be supported: {' '.join(after.reasons[:1]) or after.summary}"
        if not _is_number(self.trial.before) or self.trial.before.status != "decided":
            is_same = (after.status, after.summary) == (self.trial.before.status, self.trial.before.summary)
            found = differences(after, self.trial.before) if is_same else ()
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
        if decision.status == "decided" and any(one.fact in self.trial.decisive for one in decision.missing):
            levels.add("desk_review")
        return next((level for level in reversed(_LEVELS) if level in levels), None)


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
