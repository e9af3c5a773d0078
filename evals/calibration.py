"""Turns probabilities and what came out into figures of ranking and calibration, and signals into a fitted formula."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from retrieval.sufficiency import ReliabilityBin

Numbers = NDArray[np.float64]


def auroc(scores: Sequence[float], positive: Sequence[bool]) -> float:
    """Give the chance that a positive case scores above a negative one, ties half; nan without both kinds."""
    values, truth = np.asarray(scores, dtype=float), np.asarray(positive, dtype=bool)
    above, below = values[truth], values[~truth]
    if not len(above) or not len(below):
        return float("nan")
    wins = (above[:, None] > below[None, :]).mean() + (above[:, None] == below[None, :]).mean() / 2
    return float(wins)


def reliability(probabilities: Sequence[float], positive: Sequence[bool], bins: int = 10) -> list[ReliabilityBin]:
    """Part cases into as many bins of (nearly) equal size, by probability."""
    values, truth = np.asarray(probabilities, dtype=float), np.asarray(positive, dtype=float)
    parts = np.array_split(np.argsort(values, kind="stable"), min(bins, len(values)))
    return [
        ReliabilityBin(
            n=len(part),
            predicted=round(float(values[part].mean()), _DIGITS),
            observed=round(float(truth[part].mean()), _DIGITS),
        )
        for part in parts
        if len(part)
    ]


def calibration_figures(probabilities: Sequence[float], positive: Sequence[bool]) -> dict[str, float]:
    """Give `ece` (ten bins of equal size), `brier`, `auroc`, and `aurc`, the mean risk over all coverages.

    Risk is the share of negatives among what is answered when the most probable cases are answered first.
    """
    values, truth = np.asarray(probabilities, dtype=float), np.asarray(positive, dtype=float)
    table = reliability(probabilities, positive)
    wrong = 1 - truth[np.argsort(-values, kind="stable")]
    return {
        "ece": sum(one.n * abs(one.predicted - one.observed) for one in table) / len(values),
        "brier": float(((values - truth) ** 2).mean()),
        "auroc": auroc(probabilities, positive),
        "aurc": float((np.cumsum(wrong) / np.arange(1, len(wrong) + 1)).mean()),
    }


@dataclass(frozen=True, slots=True)
class Formula:
    """Log-odds as an intercept and weights of the signals, in their order."""

    intercept: float
    weights: tuple[float, ...]

    def probabilities(self, signals: Numbers) -> Numbers:
        """Give the probability of each row of signals."""
        return 1 / (1 + np.exp(-(self.intercept + signals @ np.asarray(self.weights))))


def fitted(signals: Numbers, positive: Sequence[bool]) -> Formula:
    """Fit a logistic regression to rows of signals by Newton's method, with a ridge on the standardised weights.

    The ridge, worth ten cases, keeps a signal that says little from a large weight (Hastie et al. 2009, 4.4).
    """
    truth = np.asarray(positive, dtype=float)
    mean, spread = signals.mean(axis=0), np.maximum(signals.std(axis=0), _LEAST)
    rows = np.column_stack([np.ones(len(signals)), (signals - mean) / spread])
    ridge = np.diag([0.0, *[_RIDGE] * signals.shape[1]])
    beta = np.zeros(rows.shape[1])
    for _ in range(_STEPS):
        chance = 1 / (1 + np.exp(-(rows @ beta)))
        slope = rows.T @ (truth - chance) - ridge @ beta
        curve = (rows * (chance * (1 - chance))[:, None]).T @ rows + ridge
        beta = beta + np.linalg.solve(curve, slope)
    weights = beta[1:] / spread
    return Formula(float(beta[0] - weights @ mean), tuple(float(one) for one in weights))


def held_out(signals: Numbers, positive: Sequence[bool], groups: Sequence[int], folds: int = 10) -> list[float]:
    """Give each case the probability by a formula fitted without its fold; cases of one group are in one fold."""
    truth, fold = np.asarray(positive, dtype=bool), np.asarray(groups) % folds
    found = np.zeros(len(truth))
    for one in range(folds):
        out = fold == one
        if out.any():
            found[out] = fitted(signals[~out], [bool(value) for value in truth[~out]]).probabilities(signals[out])
    return [float(one) for one in found]


_DIGITS: Final = 4
_RIDGE: Final = 10.0
_STEPS: Final = 25
_LEAST: Final = 1e-9
