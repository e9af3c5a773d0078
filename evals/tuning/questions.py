"""Turns a dataset into judged candidates by asking the service, un-tuned, every question."""

from collections.abc import Mapping, Sequence
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


Passages = Mapping[tuple[str, str], str]
"""The passage that a clause is, by document and key."""


def question_of(
    text: str, judged: Mapping[str, int], found: Sequence[Evidence], passages: Passages, *, reranked: bool = False
) -> Question:
    """Read what was found for one question; `reranked` says that a reranker's scores are among the stages."""
    chunks = [one.item for one in found if isinstance(one.item, Chunk)]
    return Question(
        passages=tuple(passages[chunk.document_id, chunk.clause_key] for chunk in chunks),
        relevant=frozenset(passage for passage, grade in judged.items() if grade > 0),
        untuned=np.array([untuned(one) for one in found], dtype=np.float64),
        features=standardised(feature_matrix(text, found)),
        reranked=np.array([one.score for one in found], dtype=np.float64) if reranked else None,
    )
