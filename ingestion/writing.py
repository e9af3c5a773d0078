"""Turns parsed revisions into points of the index and rows of the catalog that readers do not see before the commit."""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import Final, TypeVar

from ingestion.ports import Catalog, ParsedRevision
from retrieval.corpus import OPEN, Chunk, Record, Revision
from retrieval.filters import Between, Condition, Equals
from retrieval.points import clause_point, point_id, record_point, searched_text
from retrieval.ports import CLAUSES, Embedder, Index, Point
from retrieval.scope import Visibility, ordinal

BATCH: Final = 256
"""Texts that are embedded, or points that are written, at a time."""

Item = TypeVar("Item")
Advance = Callable[[int, int], None]
"""Told how many of how many are done."""


class Writer:
    """Writes to the index and the catalog. `collections` are all those that documents may have points in."""

    def __init__(self, catalog: Catalog, index: Index, embedder: Embedder, collections: Sequence[str]) -> None:
        self._catalog = catalog
        self._index = index
        self._embedder = embedder
        self._collections = tuple(dict.fromkeys((CLAUSES, *collections)))

    async def recover(self) -> int:
        """Undo what an ingest left that did not commit; returns the committed generation."""
        await self._catalog.discard_uncommitted()
        committed = await self._catalog.generation()
        for collection in self._collections:
            await self._index.delete(collection, [Between("valid_from_generation", at_least=committed + 1)])
            retired = [Between("valid_to_generation", at_least=committed + 1, below=OPEN)]
            await self._set_end(collection, retired, OPEN)
        return committed

    async def write(self, parsed: ParsedRevision, advance: Advance) -> int:
        """Write one revision whole; returns how many texts were embedded."""
        visibility = visibility_of(parsed.revision)
        embedded = done = 0
        for chunks in _batches(parsed.chunks):
            vectors, fresh = await self._vectors(chunks)
            points = [clause_point(chunk, visibility, vectors[embedding_key(chunk)]) for chunk in chunks]
            await self._index.upsert(CLAUSES, points)
            embedded += fresh
            done += len(chunks)
            advance(done, len(parsed.chunks))
        for records in _batches(parsed.records):
            await self._index.upsert(records[0].kind, [_point(record, visibility) for record in records])
            done += len(records)
            advance(done, len(parsed.records))
        await self._catalog.stage(parsed)
        return embedded

    async def retire(self, generation: int, revisions: Mapping[str, str]) -> None:
        """Let revisions (by document id) end with `generation`, in the index and in the catalog."""
        for document_id in revisions:
            earlier = [
                Equals("document_id", document_id),
                Between("valid_from_generation", below=generation),
                Between("valid_to_generation", at_least=OPEN),
            ]
            for collection in self._collections:
                await self._set_end(collection, earlier, generation)
        if revisions:
            await self._catalog.retire(generation, list(revisions.values()))

    async def _set_end(self, collection: str, conditions: Sequence[Condition], generation: int) -> None:
        # What was set no longer meets the conditions, so asking again gives the next ones.
        while hits := await self._index.scroll(collection, conditions, BATCH * 16):
            await self._index.set_payload(collection, [hit.id for hit in hits], {"valid_to_generation": generation})

    async def _vectors(self, chunks: Sequence[Chunk]) -> tuple[Mapping[str, Sequence[float]], int]:
        texts = {embedding_key(chunk): searched_text(chunk) for chunk in chunks}
        model = self._embedder.model
        kept = await self._catalog.vectors(model, list(texts))
        unknown = [key for key in texts if key not in kept]
        if not unknown:
            return kept, 0
        embedded = await self._embedder.embed([texts[key] for key in unknown])
        await self._catalog.keep_vectors(model, unknown, embedded)
        return {**kept, **dict(zip(unknown, embedded.tolist(), strict=True))}, len(unknown)


def embedding_key(chunk: Chunk) -> str:
    """Hash the words that are embedded, the titles above the chunk and its text (SHA-256, hex)."""
    return hashlib.sha256(searched_text(chunk).encode()).hexdigest()


def visibility_of(revision: Revision) -> Visibility:
    """Give the fields by which readers see, or do not see, what a revision holds."""
    return Visibility(
        tenant=revision.document.tenant,
        groups=revision.document.groups,
        effective_from=ordinal(revision.effective_from, unknown=0),
        effective_to=ordinal(revision.effective_to, unknown=OPEN),
        valid_from_generation=revision.valid_from_generation,
        valid_to_generation=revision.valid_to_generation,
    )


def _point(record: Record, visibility: Visibility) -> Point:
    # A record keeps its id when its table changes, and readers of the generation before still need the point it had.
    return replace(record_point(record, visibility), id=point_id(f"{record.revision_id}:{record.id}"))


def _batches(items: Sequence[Item]) -> Iterator[list[Item]]:
    rest = iter(items)
    while batch := list(islice(rest, BATCH)):
        yield batch
