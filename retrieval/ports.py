"""What retrieval asks of the outside: an index, a library of stored texts, models that embed and rank."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from retrieval.corpus import Clause, Revision, Scalar
from retrieval.filters import Condition
from retrieval.scope import ReadScope
from retrieval.words import Words

Vectors = NDArray[np.float32]
"""Embeddings, shape (texts, dimensions), each row of length 1."""


class RetrievalError(Exception):
    """Something could not be read or found; the message says what happened and what to do."""


class IndexUnavailableError(RetrievalError):
    """The index cannot be opened or reached (another process holds it, a server does not answer, a disk is full)."""


class IndexInUseError(IndexUnavailableError):
    """Another process has the embedded index, which belongs to one at a time."""


CLAUSES: Final = "clauses"
"""The collection of Chunks; every kind of Record has a collection of its own, named like the kind."""


@dataclass(frozen=True, slots=True)
class Collection:
    """One collection of an index: the length and metric of its vectors, and whether BM25 over words goes with them.

    `model` names what made the vectors; a collection that was made with another is refused when it is opened.
    """

    name: str
    dimensions: int
    metric: Literal["cosine", "euclid"]
    lexical: bool = False
    model: str | None = None


@dataclass(frozen=True, slots=True)
class Point:
    """What is written: an id (UUID), a dense vector, weighed words (clauses only), and a payload.

    The payload carries the fields of `Visibility` and whatever the caller wants back or filters by.
    """

    id: str
    vector: Sequence[float] | NDArray[np.float32]
    payload: Mapping[str, object]
    words: Words | None = None


@dataclass(frozen=True, slots=True)
class Hit:
    """A point found, its score (higher is better; a record's is minus the Euclidean distance), its payload."""

    id: str
    score: float
    payload: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as an index reads it: its vector, None where no model took part, and its weighed words.

    `by_words` are what `Index.lexical` has found for those words already, under the same conditions and limit: it can
    be asked while the model still computes.
    """

    vector: Sequence[float] | None
    words: Words
    by_words: "Sequence[Hit] | None" = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A point that may answer: what each search says of it, whichever found it, and its payload.

    `words` is the BM25 score, 0 without a common word; `dense` the cosine, None where the question had no vector.
    """

    id: str
    words: float
    dense: float | None
    payload: Mapping[str, object]


class Index(Protocol):
    """Points in the Collections that the adapter was made with.

    Contract: an upsert that returned survives a crash; filters apply inside the search, never after it; scores are
    comparable within one call; results come best first, ties by id. `tests/contract/test_index.py` holds all adapters
    to it.
    """

    async def upsert(self, collection: str, points: Sequence[Point]) -> None:
        """Write points, replacing those with the same id."""
        ...

    async def set_payload(self, collection: str, ids: Sequence[str], values: Mapping[str, Scalar]) -> None:
        """Overwrite some payload fields of some points (None removes one); unknown ids are passed over."""
        ...

    async def set_where(self, collection: str, conditions: Sequence[Condition], values: Mapping[str, Scalar]) -> None:
        """Overwrite some payload fields of every point that meets all conditions; refuses an empty sequence."""
        ...

    async def delete(self, collection: str, conditions: Sequence[Condition]) -> None:
        """Remove every point that meets all conditions; refuses an empty sequence."""
        ...

    async def nearest(
        self, collection: str, vector: Sequence[float], conditions: Sequence[Condition], limit: int
    ) -> list[Hit]:
        """Find the points nearest to a vector."""
        ...

    async def lexical(self, collection: str, words: Words, conditions: Sequence[Condition], limit: int) -> list[Hit]:
        """Find the points whose words match best, by BM25 over what meets the conditions."""
        ...

    async def pool(self, collection: str, asked: Asked, conditions: Sequence[Condition], limit: int) -> list[Candidate]:
        """Find the `limit` points that match best by words and as many by vector, each with both scores, by id."""
        ...

    async def scroll(self, collection: str, conditions: Sequence[Condition], limit: int | None = None) -> list[Hit]:
        """Points that meet the conditions, by id, with score 0; all of them without a limit."""
        ...

    async def count(self, collection: str, conditions: Sequence[Condition]) -> int:
        """How many points meet the conditions, exactly."""
        ...

    async def close(self) -> None:
        """Flush and let go of files and connections."""
        ...


class Embedder(Protocol):
    """Texts to vectors of length 1, by a model that is named so that vectors of different models never mix."""

    @property
    def model(self) -> str:
        """Name and content hash of the model."""
        ...

    @property
    def dimensions(self) -> int:
        """Length of a vector."""
        ...

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """One row per text, in order."""
        ...


class Reranker(Protocol):
    """A model that reads a question and a text together, which is slow and knows best."""

    @property
    def model(self) -> str:
        """Name and content hash of the model."""
        ...

    async def scores(self, question: str, texts: Sequence[str], budget_s: float) -> Sequence[float]:
        """Score texts from the first on, higher is better, until `budget_s` seconds are spent: maybe not all, or none.

        What is given was scored; the call returns in time even if the model does not.
        """
        ...


class Library(Protocol):
    """Stored texts, read under a scope: what the reader may not see does not exist."""

    async def generation(self) -> int:
        """Tell the number of the committed generation; 0 before anything was ingested."""
        ...

    async def revision(self, revision_id: str, scope: ReadScope) -> Revision | None:
        """Give a revision with its canonical text."""
        ...

    async def clause(self, document_id: str, key: str, scope: ReadScope) -> Clause | None:
        """Give the clause as it stands in the revision that the scope sees."""
        ...
