"""A catalog, an index and an embedder that are small but real: they keep what they are given, by the ports' rules."""

import hashlib
from collections import Counter
from collections.abc import AsyncGenerator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

import numpy as np
import pytest

from ingestion.ports import Catalog, Held, IngestionError, KnownRevision, ParsedRevision
from ingestion.report import IngestReport
from retrieval.corpus import OPEN, RecordKind, Scalar
from retrieval.filters import Condition, admits
from retrieval.ports import CLAUSES, Embedder, Hit, Index, Point, Vectors


class MemoryCatalog:
    """Keeps revisions in a dictionary."""

    def __init__(self) -> None:
        self._generation = 0
        self._rows: dict[str, ParsedRevision] = {}
        self._vectors: dict[tuple[str, str], Sequence[float]] = {}
        self._taken = False

    @asynccontextmanager
    async def exclusive(self) -> AsyncGenerator[None]:
        if self._taken:
            raise IngestionError("Another ingest is running, by this process.")
        self._taken = True
        try:
            yield
        finally:
            self._taken = False

    async def generation(self) -> int:
        return self._generation

    async def current(self, tenant: str) -> list[KnownRevision]:
        return [
            KnownRevision(
                document_id=row.revision.document.id,
                revision_id=row.revision.id,
                source=row.revision.document.source,
                fingerprint=row.fingerprint,
                effective_from=row.revision.effective_from,
                effective_to=row.revision.effective_to,
            )
            for row in self._rows.values()
            if row.revision.document.tenant == tenant
            and row.revision.valid_from_generation <= self._generation < row.revision.valid_to_generation
        ]

    async def held(self, generation: int) -> list[Held]:
        return [
            Held(key, collection, points, row.revision.valid_from_generation, row.revision.valid_to_generation)
            for key, row in self._rows.items()
            for collection, points in Counter([*(CLAUSES for _ in row.chunks), *(r.kind for r in row.records)]).items()
            if row.revision.valid_from_generation <= generation
        ]

    async def parsed(self, revision_id: str) -> ParsedRevision | None:
        return self._rows.get(revision_id)

    async def vectors(self, model: str, text_hashes: Sequence[str]) -> Mapping[str, Sequence[float]]:
        return {key: self._vectors[model, key] for key in text_hashes if (model, key) in self._vectors}

    async def keep_vectors(self, model: str, text_hashes: Sequence[str], vectors: Vectors) -> None:
        for key, vector in zip(text_hashes, vectors.tolist(), strict=True):
            self._vectors[model, key] = vector

    async def stage(self, parsed: ParsedRevision) -> None:
        assert parsed.revision.id not in self._rows, "a revision is written once"
        self._rows[parsed.revision.id] = parsed

    async def retire(self, generation: int, revision_ids: Sequence[str]) -> None:
        for key in revision_ids:
            self._end(key, generation)

    async def commit(
        self, generation: int, report: IngestReport, written: Collection[str], retired: Collection[str]
    ) -> None:
        assert generation == self._generation + 1 == report.generation
        rows = [row.revision for row in self._rows.values()]
        assert {row.id for row in rows if row.valid_from_generation == generation} == set(written)
        assert {row.id for row in rows if row.valid_to_generation == generation} == set(retired)
        self._generation = generation

    async def discard_uncommitted(self) -> bool:
        late = [key for key, row in self._rows.items() if row.revision.valid_from_generation > self._generation]
        for key in late:
            del self._rows[key]
        retired = [key for key, row in self._rows.items() if self._generation < row.revision.valid_to_generation < OPEN]
        for key in retired:
            self._end(key, OPEN)
        return bool(late or retired)

    def _end(self, key: str, generation: int) -> None:
        row = self._rows[key]
        ended = row.revision.model_copy(update={"valid_to_generation": generation})
        self._rows[key] = replace(row, revision=ended)


class MemoryIndex:
    """Keeps points in a dictionary per collection and looks at all of them."""

    def __init__(self) -> None:
        self._points: dict[str, dict[str, Point]] = {}

    async def upsert(self, collection: str, points: Sequence[Point]) -> None:
        self._points.setdefault(collection, {}).update({point.id: point for point in points})

    async def set_payload(self, collection: str, ids: Sequence[str], values: Mapping[str, Scalar]) -> None:
        held = self._points.get(collection, {})
        for key in ids:
            if key in held:
                held[key] = replace(held[key], payload={**held[key].payload, **values})

    async def delete(self, collection: str, conditions: Sequence[Condition]) -> None:
        assert conditions, "a delete names what it deletes"
        held = self._points.get(collection, {})
        for key in [key for key, point in held.items() if admits(conditions, point.payload)]:
            del held[key]

    async def nearest(
        self, collection: str, vector: Sequence[float], conditions: Sequence[Condition], limit: int
    ) -> list[Hit]:
        def score(point: Point) -> float:
            return float(np.dot(np.asarray(vector), np.asarray(point.vector)))

        hits = [Hit(point.id, score(point), point.payload) for point in self._meeting(collection, conditions)]
        return sorted(hits, key=lambda hit: (-hit.score, hit.id))[:limit]

    async def lexical(self, collection: str, words: str, conditions: Sequence[Condition], limit: int) -> list[Hit]:
        asked = set(words.lower().split())
        hits = [
            Hit(point.id, float(len(asked & set((point.words or "").lower().split()))), point.payload)
            for point in self._meeting(collection, conditions)
        ]
        return sorted((hit for hit in hits if hit.score), key=lambda hit: (-hit.score, hit.id))[:limit]

    async def scroll(self, collection: str, conditions: Sequence[Condition], limit: int | None = None) -> list[Hit]:
        return [Hit(point.id, 0.0, point.payload) for point in self._meeting(collection, conditions)][:limit]

    async def count(self, collection: str, conditions: Sequence[Condition]) -> int:
        return len(self._meeting(collection, conditions))

    async def close(self) -> None:
        self._points.clear()

    def _meeting(self, collection: str, conditions: Sequence[Condition]) -> list[Point]:
        held = self._points.get(collection, {})
        return [held[key] for key in sorted(held) if admits(conditions, held[key].payload)]


class WordsEmbedder:
    """Counts words by their hash: the same words give the same vector, and other words another."""

    model = "words-1"
    dimensions = 32

    async def embed(self, texts: Sequence[str]) -> Vectors:
        vectors = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        for row, text in enumerate(texts):
            for word in text.lower().split():
                vectors[row, hashlib.sha256(word.encode()).digest()[0] % self.dimensions] += 1
        return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)


@pytest.fixture
def catalog() -> Catalog:
    return MemoryCatalog()


@pytest.fixture
def index() -> Index:
    return MemoryIndex()


@pytest.fixture
def embedder() -> Embedder:
    return WordsEmbedder()


@pytest.fixture
def sale() -> RecordKind:
    def vector(values: Mapping[str, Scalar]) -> tuple[float, ...]:
        area, condition = values.get("living_area"), values.get("sale_condition")
        return (float(area) / 100 if isinstance(area, int | float) else 0.0, 1.0 if condition else 0.0)

    return RecordKind("sale", 2, vector)
