"""Finds nearest neighbours by looking at all vectors of a file, with numpy: the truth that a search is measured by."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from retrieval.ports import Vectors

Places = NDArray[np.intp]


def nearest(file: Path, asked: Vectors, seen: NDArray[np.bool_], count: int) -> Places:
    """Give the places of the `count` nearest vectors that are seen, nearest first, a row a question.

    The file holds float32 vectors of length one and nothing else, as many as `seen` has entries. Where fewer than
    `count` are seen, rows are shorter.
    """
    width = asked.shape[1]
    kept = min(count, int(seen.sum()))
    best = np.full((len(asked), kept), -np.inf, dtype=np.float32)
    places = np.zeros((len(asked), kept), dtype=np.intp)
    for first in range(0, len(seen), _BLOCK):
        own = np.flatnonzero(seen[first : first + _BLOCK])
        if not len(own):
            continue
        rows = min(_BLOCK, len(seen) - first)
        block = np.fromfile(file, dtype=np.float32, count=rows * width, offset=first * width * 4).reshape(rows, width)
        scores = np.concatenate((best, asked @ block[own].T), axis=1)
        known = np.concatenate((places, np.broadcast_to(own + first, (len(asked), len(own)))), axis=1)
        first_ones = np.argpartition(-scores, kept - 1, axis=1)[:, :kept]
        best, places = np.take_along_axis(scores, first_ones, axis=1), np.take_along_axis(known, first_ones, axis=1)
    return np.take_along_axis(places, np.argsort(-best, axis=1), axis=1)


def append(file: Path, vectors: Vectors) -> None:
    """Add vectors to the end of a file."""
    with file.open("ab") as target:
        target.write(vectors.astype(np.float32).tobytes())


def recall(found: Sequence[Sequence[str]], true: Sequence[Sequence[str]], count: int) -> float:
    """Give the mean share of the first `count` true ones that are among the first `count` found."""
    shares = [
        len(set(one[:count]) & set(other[:count])) / len(other[:count])
        for one, other in zip(found, true, strict=True)
        if other
    ]
    return float(np.mean(shares)) if shares else 0.0


_BLOCK: Final = 50_000
