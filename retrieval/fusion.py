"""Turns the scores of candidates by words and by vector into one base score.

Each is divided by the best of its kind in the pool, and they are added by weight. Stretching them between the best and
the last of a hundred, or adding ranks, was worse on every set that was tried.
"""

from collections.abc import Mapping, Sequence

from retrieval.ports import Candidate


def fused(pool: Sequence[Candidate], dense_weight: float) -> Mapping[str, float]:
    """Give the base score of each candidate by id: at most 1. Without a vector, words have all the weight."""
    best_words = max((one.words for one in pool), default=0.0)
    best_dense = max((one.dense for one in pool if one.dense is not None), default=0.0)
    weight = dense_weight if any(one.dense is not None for one in pool) else 0.0
    return {
        one.id: (1.0 - weight) * _share(one.words, best_words) + weight * _share(one.dense or 0.0, best_dense)
        for one in pool
    }


def _share(score: float, best: float) -> float:
    return score / best if best > 0 else 0.0
