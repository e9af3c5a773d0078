"""Turns questions into folds, so that each is ranked by what was learned from others."""

from collections.abc import Collection, Sequence
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

Folding = Literal["grouped", "plain"]

_SEED: Final = 7


def folds(relevant: Sequence[Collection[str]], count: int, folding: Folding) -> NDArray[np.int64]:
    """Give each question, known by its relevant passages, the number of its fold; the same ones every time.

    Grouped folds keep all questions together that share a relevant passage, directly or through others: otherwise a
    ranker may be judged by passages that it learned people ask about.
    """
    groups = connected(relevant) if folding == "grouped" else np.arange(len(relevant))
    names, sizes = np.unique(groups, return_counts=True)
    shuffled = np.random.default_rng(_SEED).permutation(len(names))
    largest_first = shuffled[np.argsort(-sizes[shuffled], kind="stable")]
    load = np.zeros(count, dtype=np.int64)
    fold_of: dict[int, int] = {}
    for group in largest_first.tolist():
        emptiest = int(load.argmin())
        fold_of[int(names[group])] = emptiest
        load[emptiest] += sizes[group]
    return np.array([fold_of[int(group)] for group in groups], dtype=np.int64)


def connected(relevant: Sequence[Collection[str]]) -> NDArray[np.int64]:
    """Give questions that share passages, directly or through others, the number of one among them."""
    above = list(range(len(relevant)))

    def root(one: int) -> int:
        while above[one] != one:
            above[one] = above[above[one]]
            one = above[one]
        return one

    first: dict[str, int] = {}
    for question, passages in enumerate(relevant):
        for passage in passages:
            above[root(question)] = root(first.setdefault(passage, question))
    return np.array([root(question) for question in range(len(relevant))], dtype=np.int64)
