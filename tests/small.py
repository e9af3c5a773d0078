"""An index, an embedder and a reader that are small but real: they keep what they are given, by the ports' rules."""

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from pydantic import JsonValue

from ingestion.ingests import IngestRequest, ParsedRevision
from ingestion.pipeline import Ingest
from ingestion.ports import Catalog
from ingestion.reading import Reader
from ingestion.sources import Source
from retrieval.corpus import DEFAULT_TENANT, RecordKind, Scalar
from retrieval.filters import Condition, admits
from retrieval.ports import Asked, Candidate, Embedder, Hit, Index, Point, Vectors
from retrieval.words import Words


def pooled(words: Mapping[str, Hit], dense: Mapping[str, Hit], limit: int) -> list[Candidate]:
    """Join the best of two searches, each best first and whole, so that every candidate has both scores."""
    every = {**dense, **words}
    return [
        Candidate(
            one,
            words[one].score if one in words else 0.0,
            dense[one].score if one in dense else None,
            every[one].payload,
        )
        for one in sorted({*list(words)[:limit], *list(dense)[:limit]})
    ]


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

    async def set_where(self, collection: str, conditions: Sequence[Condition], values: Mapping[str, Scalar]) -> None:
        await self.set_payload(collection, [point.id for point in self._meeting(collection, conditions)], values)

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

    async def lexical(self, collection: str, words: Words, conditions: Sequence[Condition], limit: int) -> list[Hit]:
        hits = [Hit(point.id, _match(words, point), point.payload) for point in self._meeting(collection, conditions)]
        return sorted((hit for hit in hits if hit.score), key=lambda hit: (-hit.score, hit.id))[:limit]

    async def pool(self, collection: str, asked: Asked, conditions: Sequence[Condition], limit: int) -> list[Candidate]:
        everything = len(self._points.get(collection, {}))
        words = {hit.id: hit for hit in await self.lexical(collection, asked.words, conditions, everything)}
        vector = asked.vector
        near = [] if vector is None else await self.nearest(collection, vector, conditions, everything)
        return pooled(words, {hit.id: hit for hit in near}, limit)

    async def scroll(self, collection: str, conditions: Sequence[Condition], limit: int | None = None) -> list[Hit]:
        return [Hit(point.id, 0.0, point.payload) for point in self._meeting(collection, conditions)][:limit]

    async def count(self, collection: str, conditions: Sequence[Condition]) -> int:
        return len(self._meeting(collection, conditions))

    async def close(self) -> None:
        self._points.clear()

    def _meeting(self, collection: str, conditions: Sequence[Condition]) -> list[Point]:
        held = self._points.get(collection, {})
        return [held[key] for key in sorted(held) if admits(conditions, held[key].payload)]


def _match(words: Words, point: Point) -> float:
    return sum(weight * (point.words or {}).get(word, 0.0) for word, weight in words.items())


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


class DirectParsing:
    """Reads in this process: for files that a test has written itself."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def parse(self, source: Mapping[str, JsonValue], fingerprint: str, ingestion_id: str) -> ParsedRevision:
        return await asyncio.to_thread(self._reader.read, Source.model_validate(source), fingerprint, ingestion_id)

    async def close(self) -> None:
        """Nothing runs."""


def ingest_of(
    catalog: Catalog,
    index: Index,
    embedder: Embedder,
    kinds: Mapping[str, RecordKind],
    tenant: str = DEFAULT_TENANT,
) -> Ingest:
    """Make an Ingest that reads in this process."""
    parsing = DirectParsing(Reader(kinds, embedder.model, tenant))
    return Ingest(catalog=catalog, index=index, embedder=embedder, record_kinds=kinds, parsing=parsing, tenant=tenant)


def asked(*locations: Path | str, **options: object) -> IngestRequest:
    """Ask for places to be ingested."""
    return IngestRequest.model_validate({"locations": tuple(map(str, locations)), "requested_by": "test", **options})
