"""Turns judged candidates into the weights of a linear ranker.

ListNet's top-one loss (Cao et al. 2007) with the relevant candidates of a question as its target, and a ridge:

    sum over questions of -sum over relevant (1/relevant) log softmax(Xw) + l2 |w|^2

It is convex, so Newton's method with a halved step where one goes too far ends at its only minimum; there are some
forty weights, and a step over 3,000 questions of 60 candidates takes half a second.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

L2: Final = 5.0
"""The ridge; from 1 to 30 made hardly a difference."""


@dataclass(frozen=True, slots=True)
class Judged:
    """The candidates of one question: standardised features (candidates, features), and which are relevant."""

    features: Floats
    relevant: NDArray[np.bool_]


def fit(judged: Sequence[Judged], l2: float = L2) -> Floats:
    """Find the weights, shape (features,); questions without a relevant candidate tell nothing and are left out.

    Without any that tells something all weights are 0.
    """
    told = [one for one in judged if one.relevant.any() and not one.relevant.all()]
    weights = np.zeros(judged[0].features.shape[1] if judged else 0)
    if not told:
        return weights
    lists = _Lists.of(told)
    loss = lists.loss(weights, l2)
    for _ in range(_STEPS):
        gradient, curvature = lists.slopes(weights, l2)
        step: Floats = np.linalg.solve(curvature, gradient).astype(np.float64)
        weights, reached = _descended(lists, weights, step, l2)
        if loss - reached <= _ENOUGH * abs(loss):
            break
        loss = reached
    return weights


_STEPS: Final = 30
_HALVINGS: Final = 20
_ENOUGH: Final = 1e-9


def _descended(lists: "_Lists", weights: Floats, step: Floats, l2: float) -> tuple[Floats, float]:
    """Go a step, or half of it as often as it takes to get lower."""
    before, share = lists.loss(weights, l2), 1.0
    for _ in range(_HALVINGS):
        reached = lists.loss(weights - share * step, l2)
        if reached <= before:
            return weights - share * step, reached
        share /= 2
    return weights, before


@dataclass(frozen=True, slots=True)
class _Lists:
    """All candidates below each other, where each question's begin, and the share of the target each one has."""

    features: Floats
    begins: NDArray[np.int64]
    question: NDArray[np.int64]
    target: Floats

    @classmethod
    def of(cls, judged: Sequence[Judged]) -> "_Lists":
        sizes = [len(one.relevant) for one in judged]
        return cls(
            np.concatenate([one.features for one in judged]),
            np.concatenate(([0], np.cumsum(sizes)[:-1])).astype(np.int64),
            np.repeat(np.arange(len(judged)), sizes),
            np.concatenate([one.relevant / one.relevant.sum() for one in judged]),
        )

    def loss(self, weights: Floats, l2: float) -> float:
        scores, total = self._exponentials(weights)
        return float(-(self.target * (scores - np.log(total)[self.question])).sum() + l2 * (weights @ weights))

    def slopes(self, weights: Floats, l2: float) -> tuple[Floats, Floats]:
        """Gradient, and the Hessian: the features' covariance under each question's softmax, summed."""
        scores, total = self._exponentials(weights)
        share = np.exp(scores) / total[self.question]
        gradient = self.features.T @ (share - self.target) + 2 * l2 * weights
        weighed = self.features * share[:, None]
        means = np.add.reduceat(weighed, self.begins)
        curvature = self.features.T @ weighed - means.T @ means
        return gradient, curvature + 2 * l2 * np.eye(len(weights))

    def _exponentials(self, weights: Floats) -> tuple[Floats, Floats]:
        scores = self.features @ weights
        scores -= np.maximum.reduceat(scores, self.begins)[self.question]
        return scores, np.add.reduceat(np.exp(scores), self.begins)
