"""Turns judged questions into trials of every candidate order, and trials into the one that deserves to be promoted."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from evals.tuning.judging import PRECISION, RECALL, Measured, Scores, evaluation, measure, out_of_fold
from evals.tuning.questions import ALL, Question
from retrieval.ranker import Evaluation

LEAST_QUESTIONS: Final = 50
"""Fewer questions promote nothing, for what they teach was no better on others than the un-tuned order."""

RERANKED: Final = "linear with reranker"

_SCORES: Final = tuple(name for name in ALL[: ALL.index("rerank")] if name != "named")

CANDIDATES: Final[Mapping[str, tuple[str, ...]]] = {
    "linear, scores alone": _SCORES,
    "linear, without structure": tuple(
        name
        for name in ALL
        if name not in {"rerank", "near", "linked", "above", "depth", "document_best", "document_share"}
    ),
    "linear": tuple(name for name in ALL if name != "rerank"),
}
"""What is tried, by the features that are weighed; with a reranker that was asked everything, RERANKED too."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One candidate order: its features, and how it did out of fold, by grouped folds first."""

    name: str
    features: tuple[str, ...]
    evaluations: tuple[Evaluation, ...]

    @property
    def grouped(self) -> Evaluation:
        """The evaluation that decides."""
        return self.evaluations[0]


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the report on questions that a reranker was asked: an order, and how it did beside the un-tuned."""

    name: str
    evaluation: Evaluation


@dataclass(frozen=True, slots=True)
class Verdict:
    """The best trial, whether it is promoted, and why."""

    trial: Trial
    promoted: bool
    reason: str


def trials(questions: Sequence[Question], count: int, told: Callable[[int, int], None]) -> list[Trial]:
    """Try every candidate by `count` folds of either kind; `told` hears how many are done, of how many."""
    before = measure(questions, [one.untuned for one in questions])
    chosen = dict(CANDIDATES)
    if all(one.reranked is not None for one in questions):
        chosen[RERANKED] = ALL
    found: list[Trial] = []
    for name, features in chosen.items():
        useful = _varying(questions, features)
        by_folds = tuple(
            evaluation(folding, measure(questions, out_of_fold(questions, useful, folding, count)), before)
            for folding in ("grouped", "plain")
        )
        found.append(Trial(name, useful, by_folds))
        told(len(found), len(chosen))
    return found


def reranked_rows(questions: Sequence[Question], best: Trial, count: int) -> list[Row]:
    """Compare on those questions that a reranker was asked; what was learned, by grouped folds.

    The order with the reranker's score as a feature is learned from these questions alone, the other one from all.
    """
    asked = [at for at, one in enumerate(questions) if one.reranked is not None]
    sample = [questions[at] for at in asked]
    if not sample:
        return []
    before = measure(sample, [one.untuned for one in sample])
    learned = out_of_fold(questions, best.features, "grouped", count)
    orders: dict[str, Sequence[Scores]] = {
        "un-tuned + reranker": [_known(one) for one in sample],
        best.name: [learned[at] for at in asked],
        RERANKED: out_of_fold(sample, _varying(sample, ALL), "grouped", count),
    }
    return [Row(name, evaluation("grouped", measure(sample, scores), before)) for name, scores in orders.items()]


def verdict(tried: Sequence[Trial], in_force: Measured | float | None = None) -> Verdict:
    """Choose the best by MAP@10 in grouped folds; promoted when surely better there, without losing recall.

    `in_force` is the MAP@10 of the ranker in force on these questions, which the new one has to beat as well.
    """
    best = max(tried, key=lambda one: one.grouped.scores[PRECISION])
    gain, recall = best.grouped.gains[PRECISION], best.grouped.gains[RECALL]
    present = in_force.means()[PRECISION] if isinstance(in_force, Measured) else in_force
    reached = best.grouped.scores[PRECISION]
    told = f"MAP@10 {gain.mean:+.4f} (95 % {gain.low:+.4f} to {gain.high:+.4f}), R@10 {recall.mean:+.4f}"
    if best.grouped.questions < LEAST_QUESTIONS:
        return Verdict(best, promoted=False, reason=f"{best.grouped.questions} questions; {LEAST_QUESTIONS} are needed")
    if gain.low <= 0:
        return Verdict(best, promoted=False, reason=f"no sure gain: {told}")
    if recall.mean < 0:
        return Verdict(best, promoted=False, reason=f"recall falls: {told}")
    if present is not None and reached <= present:
        reason = f"MAP@10 {reached:.4f} is no better than the {present:.4f} of the ranker in force"
        return Verdict(best, promoted=False, reason=reason)
    return Verdict(best, promoted=True, reason=told)


def _varying(questions: Sequence[Question], features: Sequence[str]) -> tuple[str, ...]:
    """Leave out features that are the same for all candidates of every question, such as structure without any."""
    varies = np.any([np.any(one.features, axis=0) for one in questions], axis=0)
    return tuple(name for name in features if varies[ALL.index(name)])


def _known(question: Question) -> Scores:
    return question.untuned if question.reranked is None else question.reranked
