"""Turns what was found for a question, and what was judged for it, into judged candidates."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from retrieval.corpus import Chunk
from retrieval.features import FEATURES, Matrix, feature_matrix, standardised, untuned
from retrieval.query import Evidence

ALL = tuple(FEATURES)


@dataclass(frozen=True, slots=True)
class Question:
    """A judged question and its candidates: their passages, un-tuned scores and standardised features (all of them).

    `relevant` are all passages that answer it, found or not; `reranked` are the scores after a reranker's were blended
    in, where it was asked.
    """

    passages: tuple[str, ...]
    relevant: frozenset[str]
    untuned: NDArray[np.float64]
    features: Matrix
    reranked: NDArray[np.float64] | None = None

    def hits(self) -> NDArray[np.bool_]:
        """Tell of each candidate whether it is relevant."""
        return np.array([passage in self.relevant for passage in self.passages], dtype=np.bool_)


def question_of(
    text: str,
    judged: Mapping[str, int],
    found: Sequence[Evidence],
    passage: Callable[[Chunk], str],
    *,
    reranked: bool = False,
) -> Question:
    """Read what was found for one question; `passage` names the passage that a chunk is a part of.

    `reranked` says that a reranker's scores are among the stages.
    """
    chunks = [one.item for one in found if isinstance(one.item, Chunk)]
    return Question(
        passages=tuple(map(passage, chunks)),
        relevant=frozenset(name for name, grade in judged.items() if grade > 0),
        untuned=np.array([untuned(one) for one in found], dtype=np.float64),
        features=standardised(feature_matrix(text, found)),
        reranked=np.array([one.score for one in found], dtype=np.float64) if reranked else None,
    )
