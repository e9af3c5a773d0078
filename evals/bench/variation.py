"""Turns a sample of real passages and their embeddings into as many clauses as are wanted, with vectors that fit them.

A clause begins as one passage and ends as another that is near to it, with other numbers in it. Its vector is the mean
of the two embeddings by their shares of the words, with some noise, of length one. So words come about as often as in
real texts, and vectors lie where those of real texts lie, in clusters.
"""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, cast

import numpy as np
from numpy.typing import NDArray

from retrieval.ports import Vectors

BATCH: Final = 1000
"""Clauses that are made at a time; which ones depends on their places alone."""


@dataclass(frozen=True, slots=True)
class Sample:
    """Real passages and questions, and the embeddings of both, shape (texts, dimensions)."""

    texts: Sequence[str]
    vectors: Vectors
    questions: Sequence[str]
    asked: Vectors

    def write(self, folder: Path) -> None:
        """Keep it in a new folder."""
        folder.mkdir()
        (folder / "texts.json").write_text(json.dumps([list(self.texts), list(self.questions)]), encoding="utf-8")
        np.savez(folder / "vectors.npz", vectors=self.vectors, asked=self.asked)

    @classmethod
    def read(cls, folder: Path) -> "Sample":
        """Read a folder that `write` made."""
        texts, questions = json.loads((folder / "texts.json").read_text(encoding="utf-8"))
        with np.load(folder / "vectors.npz") as kept:
            return cls(texts, kept["vectors"], questions, kept["asked"])


@dataclass(frozen=True, slots=True)
class Clauses:
    """A batch: the place of the first among all, texts, and vectors of length one."""

    first: int
    texts: Sequence[str]
    vectors: Vectors


def varied(sample: Sample, count: int) -> Iterator[Clauses]:
    """Make clauses, always the same ones of the same sample."""
    near = _nearest(sample.vectors, min(_PARTNERS, len(sample.texts)))
    words = [text.split() for text in sample.texts]
    for first in range(0, count, BATCH):
        size = min(BATCH, count - first)
        chance = np.random.default_rng((_SEED, first))
        begin = chance.integers(0, len(words), size)
        end = near[begin, chance.integers(0, near.shape[1], size)]
        share = chance.uniform(*_SHARES, size).astype(np.float32)
        numbers = chance.integers(2, 10_000, size)
        drawn = zip(begin.tolist(), end.tolist(), share.tolist(), numbers.tolist(), strict=True)
        texts = [
            _text(words[one], words[other], part, number)
            for one, other, part, number in cast("Iterable[tuple[int, int, float, int]]", drawn)
        ]
        yield Clauses(first, texts, _mixed(sample.vectors[begin], sample.vectors[end], share, chance))


def closeness(vectors: Vectors, place: int = 10) -> float:
    """Give the mean cosine of a vector and the one that is `place`-th nearest to it; of few vectors, of the last."""
    cosines = vectors @ vectors.T
    place = min(place, len(vectors) - 1)
    return float(np.partition(cosines, -1 - place, axis=1)[:, -1 - place].mean())


_SEED: Final = 20261128
_PARTNERS: Final = 50
_SHARES: Final = (0.4, 0.9)
_NOISE: Final = 0.4
"""Length of the noise beside vectors of length one: with it the tenth neighbours of varied clauses are as near as those
of as many real passages."""
_NUMBER: Final = re.compile(r"\d+")


def _nearest(vectors: Vectors, count: int) -> NDArray[np.intp]:
    """Give, for each row, the places of the rows nearest to it, itself among them."""
    return np.argpartition(-(vectors @ vectors.T), count - 1, axis=1)[:, :count]


def _mixed(one: Vectors, other: Vectors, share: NDArray[np.float32], chance: np.random.Generator) -> Vectors:
    noise = chance.standard_normal(one.shape, dtype=np.float32) * np.float32(_NOISE / np.sqrt(one.shape[1]))
    rows = share[:, None] * one + (1 - share)[:, None] * other + noise
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def _text(begin: Sequence[str], end: Sequence[str], share: float, number: int) -> str:
    """Join the first part of one passage and the last of another; numbers become others, each its own."""
    joined = " ".join((*begin[: max(1, round(share * len(begin)))], *end[round(share * len(end)) :]))
    return _NUMBER.sub(lambda found: str((int(found[0][:6]) * 31 + number) % 10_000), joined)
