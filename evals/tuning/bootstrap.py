"""Turns two scores of every question into the mean difference between them and its interval."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from retrieval.ranker import Interval

_SEED: Final = 7
_DRAWS: Final = 2000


def paired_interval(found: NDArray[np.float64], before: NDArray[np.float64]) -> Interval:
    """Give the mean difference and its 95 % percentile bootstrap interval, questions resampled."""
    differences = found - before
    random = np.random.default_rng(_SEED)
    counts = random.multinomial(len(differences), np.full(len(differences), 1 / len(differences)), size=_DRAWS)
    low, high = np.quantile(counts @ differences / len(differences), (0.025, 0.975))
    return Interval(mean=float(differences.mean()), low=float(low), high=float(high))
