"""A small index and embedder that live in memory and keep the contracts of their ports."""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
import pytest
from small import pooled

from retrieval.corpus import Scalar
from retrieval.filters import Condition, admits
from retrieval.ports import CLAUSES, Asked, Candidate, Collection, Hit, Point, RetrievalError, Vectors
from retrieval.words import Words

DIMENSIONS = 64


class MemoryIndex:
    """An Index over dictionaries: exact vectors, and word overlap for BM25."""

    def __init__(self, collections: Sequence[Collection]) -> None:
        self._metrics = {collection.name: collection.metric for collection in collections}
        self._points: dict[str, dict[str, Point]] = {collection.name: {} for collection in collections}

    async def upsert(self, collection: str, points: Sequence[Point]) -> None:
        self._points[collection] |= {point.id: point for point in points}

    async def set_payload(self, collection: str, ids: Sequence[str], values: Mapping[str, Scalar]) -> None:
        for one in set(ids) & self._points[collection].keys():
            point = self._points[collection][one]
            self._points[collection][one] = Point(one, point.vector, {**point.payload, **values}, point.words)

    async def set_where(self, collection: str, conditions: Sequence[Condition], values: Mapping[str, Scalar]) -> None:
        if not conditions:
            raise RetrievalError("Setting fields needs at least one condition.")
        await self.set_payload(collection, [point.id for point in self._meeting(collection, conditions)], values)

    async def delete(self, collection: str, conditions: Sequence[Condition]) -> None:
        if not conditions:
            raise RetrievalError("Deleting needs at least one condition.")
        for point in self._meeting(collection, conditions):
            del self._points[collection][point.id]

    async def nearest(
        self, collection: str, vector: Sequence[float], conditions: Sequence[Condition], limit: int
    ) -> list[Hit]:
        asked = np.array(vector)
        if self._metrics[collection] == "euclid":
            score = {p.id: -float(np.linalg.norm(p.vector - asked)) for p in self._meeting(collection, conditions)}
        else:
            score = {p.id: float(np.dot(p.vector, asked)) for p in self._meeting(collection, conditions)}
        return self._best(collection, score, limit)

    async def lexical(self, collection: str, words: Words, conditions: Sequence[Condition], limit: int) -> list[Hit]:
        score = {p.id: _match(words, p) for p in self._meeting(collection, conditions)}
        return self._best(collection, {one: value for one, value in score.items() if value > 0}, limit)

    async def pool(self, collection: str, asked: Asked, conditions: Sequence[Condition], limit: int) -> list[Candidate]:
        everything = len(self._points.get(collection, {}))
        words = {hit.id: hit for hit in await self.lexical(collection, asked.words, conditions, everything)}
        vector = asked.vector
        near = [] if vector is None else await self.nearest(collection, vector, conditions, everything)
        return pooled(words, {hit.id: hit for hit in near}, limit)

    async def scroll(self, collection: str, conditions: Sequence[Condition], limit: int | None = None) -> list[Hit]:
        found = sorted(self._meeting(collection, conditions), key=lambda point: point.id)
        return [Hit(point.id, 0.0, point.payload) for point in found[:limit]]

    async def count(self, collection: str, conditions: Sequence[Condition]) -> int:
        return len(self._meeting(collection, conditions))

    async def close(self) -> None:
        self._points.clear()

    def _meeting(self, collection: str, conditions: Sequence[Condition]) -> list[Point]:
        return [point for point in self._points[collection].values() if admits(conditions, point.payload)]

    def _best(self, collection: str, score: Mapping[str, float], limit: int) -> list[Hit]:
        best = sorted(score, key=lambda one: (-score[one], one))[:limit]
        return [Hit(one, score[one], self._points[collection][one].payload) for one in best]


class HashEmbedder:
    """An Embedder whose vectors count words, each in a place given by its hash."""

    model = "word-hash@1"
    dimensions = DIMENSIONS

    async def embed(self, texts: Sequence[str]) -> Vectors:
        rows = np.zeros((len(texts), DIMENSIONS), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            for word, times in Counter(text.lower().split()).items():
                row[hashlib.sha256(word.encode()).digest()[0] % DIMENSIONS] += times
        return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)


@pytest.fixture
def index() -> MemoryIndex:
    """Give an empty index of clauses and sales."""
    return MemoryIndex([Collection(CLAUSES, DIMENSIONS, "cosine", lexical=True), Collection("sale", 2, "euclid")])


@pytest.fixture
def embedder() -> HashEmbedder:
    """Give an embedder that needs no model."""
    return HashEmbedder()


def _match(words: Words, point: Point) -> float:
    return sum(weight * (point.words or {}).get(word, 0.0) for word, weight in words.items())
