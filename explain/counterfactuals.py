"""Turns a decided case into the smallest changes of one fact, or two, that change its outcome, by deciding again."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from pydantic import Field

from decision.decision import Decision, EscalationReason, ReviewLevel
from decision.probing import differences
from explain.candidates import candidates
from explain.pairs import TriedChange, pairs
from explain.trials import Changed, Trial
from retrieval.corpus import Value

MOST_RUNS: Final = 40
"""How often a case is decided again, unless the caller says otherwise; a heavy pack deserves fewer."""

MOST_PAIRS: Final = 12
"""How many pairs of changes are decided: at one or two milliseconds each, single changes stay most of the work."""

MOST_TOLD: Final = 5
"""How many changes are told."""

_MOST_PAIRS_TOLD: Final = 2


def _is_empty(parts: object) -> bool:
    """Leave out what changes of one fact do not have, so that decisions recorded before keep their bytes."""
    return parts == ()


class Counterfactual(Value):
    """A change of one fact, or of two together, and what would then come out, in plain words.

    `together` are the two changes where it takes both: neither alone changes the outcome.
    """

    change: str
    outcome: str
    together: tuple[str, ...] = Field(default=(), exclude_if=_is_empty)


def counterfactuals(trial: Trial, *, runs: int = MOST_RUNS, most_pairs: int = MOST_PAIRS) -> tuple[Counterfactual, ...]:
    """Find at most `MOST_TOLD` changes of given facts that change what holds, one for each outcome they lead to.

    Those that change the answer come first, then the smallest. Each was verified by deciding again, at most `runs`
    times in all for changes of one fact. Where none of those gives another answer, or none that is within somebody's
    reach does though the case has such facts, `most_pairs` pairs of changes are decided, of which neither alone gives
    another answer. Where the outcome is a number, which moves with everything, what counts is the status and who must
    look. A change that would ask for other evidence is not tried.
    """
    if runs <= 0:
        return ()
    compared = _Comparison(trial)
    singles = list(islice(_singles(trial), runs - 1))
    both = [found for pair in islice(_promising(compared, singles), most_pairs) if (found := _both(compared, *pair))]
    best = _best(compared, [_Found(_changed(one), one.candidate.size, one.after) for one in singles])
    two = _best(compared, both)[:_MOST_PAIRS_TOLD]
    told = sorted([*best[: MOST_TOLD - len(two)], *two], key=compared.rank)
    return tuple(_in_words(compared, one) for one in told)


@dataclass(frozen=True, slots=True)
class _Found:
    """Changes, how large they are together, and what comes out."""

    changed: Changed
    size: float
    after: Decision


def _singles(trial: Trial) -> Iterator[TriedChange]:
    """Decide each candidate in turn, but those that would ask for other evidence or that the pack refuses."""
    for one in candidates(trial.case, trial.before.facts, trial.definitions, trial.rules):
        after = trial.outline(((one.fact, one.value),))
        if after is not None:
            yield TriedChange(one, after)


def _promising(compared: "_Comparison", singles: Sequence[TriedChange]) -> Iterator[tuple[TriedChange, TriedChange]]:
    """Give pairs of changes that do not change the answer alone; none where changes of one fact say enough."""
    trial = compared.trial
    if trial.before.status != "decided":
        return
    flipping = [one for one in singles if compared.flips(one.after)]
    reachable = [one for one in singles if trial.definitions[one.candidate.fact].within_reach]
    if not flipping:
        yield from pairs(singles, trial.before, trial.rules.period)
    elif reachable and not any(one in flipping for one in reachable):
        yield from pairs(reachable, trial.before, trial.rules.period)


def _both(compared: "_Comparison", first: TriedChange, second: TriedChange) -> _Found | None:
    """Decide a case with two changes; None where they do not change the answer."""
    changed = (*_changed(first), *_changed(second))
    after = compared.trial.outline(changed)
    if after is None or not compared.flips(after):
        return None
    return _Found(changed, first.candidate.size + second.candidate.size, after)


def _changed(one: TriedChange) -> Changed:
    return ((one.candidate.fact, one.candidate.value),)


def _best(compared: "_Comparison", found: Sequence[_Found]) -> list[_Found]:
    """Keep, for the same facts and what comes out, the smallest change; the best first."""
    before = compared.told(compared.trial.before)
    kept: dict[tuple[object, ...], _Found] = {}
    for one in sorted(found, key=compared.rank):
        told = compared.told(one.after)
        if told != before:
            kept.setdefault((tuple(name for name, _ in one.changed), told), one)
    return list(kept.values())


def _in_words(compared: "_Comparison", one: _Found) -> Counterfactual:
    trial, outcome = compared.trial, compared.words(compared.trial.whole(one.changed))
    if len(one.changed) == 1:
        return Counterfactual(change=trial.words(one.changed), outcome=outcome)
    together = tuple(trial.words((change,)) for change in one.changed)
    return Counterfactual(change=f"{trial.words(one.changed)} ({_BOTH})", outcome=outcome, together=together)


_BOTH: Final = "two changes together; neither alone does it"


@dataclass(frozen=True, slots=True)
class _Comparison:
    """What comes out of a trial, as far as it differs from what came out before."""

    trial: Trial

    def told(self, decision: Decision) -> tuple[object, ...]:
        """Give what two trials are compared by."""
        return (decision.status, self._level(decision)) if _is_number(decision) else decision.outcome

    def flips(self, after: Decision) -> bool:
        """Tell whether the case is decided otherwise: by another answer or, where that is a number, by who looks."""
        if after.status != "decided":
            return False
        if _is_number(self.trial.before):
            return self.told(after) != self.told(self.trial.before)
        return after.outcome[1] != self.trial.before.outcome[1]

    def rank(self, one: _Found) -> tuple[bool, int, float]:
        """Order changes: those that give another answer first, then those of fewer facts, then the smallest."""
        return (one.after.outcome[:2] == self.trial.before.outcome[:2], len(one.changed), one.size)

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
