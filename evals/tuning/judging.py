"""Turns orders of candidates into scores of each question, and two orders into what the one gains over the other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from evals.bootstrap import differences
from evals.tuning.folds import Folding, folds
from evals.tuning.listwise import Judged, fit
from evals.tuning.questions import ALL, Question
from retrieval.ranker import Evaluation, Interval

Scores = NDArray[np.float64]

RECALL: Final = "recall@10"
PRECISION: Final = "map@10"

_FIRST: Final = 10


@dataclass(frozen=True, slots=True)
class Measured:
    """How every question did under one order: its share of relevant passages among ten, its average precision."""

    recall: Scores
    precision: Scores

    def by_question(self) -> dict[str, dict[str, float]]:
        """Give both scores of each question, by its place."""
        pairs = zip(self.recall, self.precision, strict=True)
        return {str(at): {RECALL: float(one), PRECISION: float(other)} for at, (one, other) in enumerate(pairs)}

    def means(self) -> dict[str, float]:
        """Average over the questions."""
        return {RECALL: float(self.recall.mean()), PRECISION: float(self.precision.mean())}


def measure(questions: Sequence[Question], scores: Sequence[Scores]) -> Measured:
    """Score orders of candidates, given by a score for each; a passage stands where its best chunk does."""
    rows = [_measured(question, order) for question, order in zip(questions, scores, strict=True)]
    recall, precision = np.array(rows, dtype=np.float64).reshape(-1, 2).T
    return Measured(recall, precision)


def out_of_fold(questions: Sequence[Question], features: Sequence[str], folding: Folding, count: int) -> list[Scores]:
    """Score each question's candidates by weights that were learned from the other folds."""
    columns = [ALL.index(name) for name in features]
    judged = [Judged(question.features[:, columns], question.hits()) for question in questions]
    fold = folds([question.relevant for question in questions], count, folding)
    learned = [fit([one for one, its in zip(judged, fold, strict=True) if its != number]) for number in range(count)]
    return [one.features @ learned[int(number)] for one, number in zip(judged, fold, strict=True)]


def evaluation(folding: Folding, found: Measured, before: Measured) -> Evaluation:
    """Compare two orders on the same questions."""
    return Evaluation(
        folds=folding,
        questions=len(found.recall),
        scores=found.means(),
        untuned=before.means(),
        gains=gains(found, before),
    )


def gains(found: Measured, before: Measured) -> Mapping[str, Interval]:
    """Give what one order gains over another, with intervals over the questions."""
    told = differences(found.by_question(), before.by_question())
    return {
        name: Interval(mean=one.difference.mean, low=one.difference.low, high=one.difference.high)
        for name, one in told.items()
    }


def _measured(question: Question, scores: Scores) -> tuple[float, float]:
    """Recall and average precision at ten; a question's relevant passages that were not found count as missed."""
    if not question.relevant:
        return 0.0, 0.0
    order = sorted(range(len(scores)), key=lambda at: (-scores[at], question.passages[at]))
    first = list(dict.fromkeys(question.passages[at] for at in order))[:_FIRST]
    hits = 0
    precision = 0.0
    for place, passage in enumerate(first, start=1):
        if passage in question.relevant:
            hits += 1
            precision += hits / place
    return hits / len(question.relevant), precision / len(question.relevant)
