"""Turns scores of single questions into means with intervals by the bootstrap (Efron 1979), paired for two runs."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from evals.retrieval import Scores, measured_by

RESAMPLES: Final = 5000
SEED: Final = 20261128
LEVEL: Final = 0.95
_BLOCK: Final = 2_000_000  # numbers held at a time


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean and the ends of its percentile interval at `LEVEL`."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Difference:
    """One measure of a run and of its baseline on the same questions, and how many got better, worse or neither."""

    value: float
    baseline: float
    difference: Interval
    wins: int
    losses: int
    ties: int


def intervals(scores: Scores) -> dict[str, Interval]:
    """Give the mean of every measure over the questions, with its interval."""
    names = measured_by(scores)
    return _resampled(names, _matrix(scores, list(scores), names))


def differences(scores: Scores, baseline: Scores) -> dict[str, Difference]:
    """Compare two runs on the questions and measures that both have; empty where there are none."""
    shared = [query for query in scores if query in baseline]
    if not shared:
        return {}
    names = [name for name in scores[shared[0]] if name in baseline[shared[0]]]
    ours, theirs = _matrix(scores, shared, names), _matrix(baseline, shared, names)
    change = ours - theirs
    change[np.abs(change) <= _SAME] = 0.0  # else what rounding left would count as a change that is certain
    found = _resampled(names, change)
    return {
        name: Difference(
            value=float(ours[:, at].mean()),
            baseline=float(theirs[:, at].mean()),
            difference=found[name],
            wins=int((change[:, at] > 0).sum()),
            losses=int((change[:, at] < 0).sum()),
            ties=int((change[:, at] == 0).sum()),
        )
        for at, name in enumerate(names)
    }


_SAME = 1e-6  # committed scores are rounded to this


def _matrix(scores: Scores, queries: list[str], names: list[str]) -> NDArray[np.float64]:
    return np.array([[_of(scores[query], name) for name in names] for query in queries], dtype=np.float64)


def _of(each: Mapping[str, float], name: str) -> float:
    return each[name]


def _resampled(names: list[str], values: NDArray[np.float64]) -> dict[str, Interval]:
    """Resample questions with replacement: how often each is drawn is multinomial, so a resample is one product."""
    count = len(values)
    random = np.random.default_rng(SEED)
    block = max(1, _BLOCK // count)
    drawn = [
        random.multinomial(count, np.full(count, 1 / count), size=min(block, RESAMPLES - start)) @ values / count
        for start in range(0, RESAMPLES, block)
    ]
    low, high = np.quantile(np.concatenate(drawn), [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=0)
    means = values.mean(axis=0)
    return {name: Interval(float(means[at]), float(low[at]), float(high[at])) for at, name in enumerate(names)}
