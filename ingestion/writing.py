"""Turns parsed revisions into points of the index and rows of the catalog that readers do not see before the commit."""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final, TypeVar

from ingestion.differences import differing, points_of, unknown_points
from ingestion.ports import Catalog, Held, IngestionError, ParsedRevision
from retrieval.corpus import OPEN, Chunk, Record, RecordKind, Revision
from retrieval.filters import Between, Condition, Equals
from retrieval.points import clause_point, record_point, searched_text
from retrieval.ports import CLAUSES, Embedder, Index
from retrieval.scope import Visibility, ordinal

BATCH: Final = 256
"""Texts that are embedded, or points that are written, at a time."""

Item = TypeVar("Item")
Advance = Callable[[int, int], None]
"""Told how many of how many are done."""


@dataclass(slots=True)
class Mended:
    """What was done to make the index hold what the catalog says: points removed, points written, texts embedded."""

    removed: int = 0
    points: int = 0
    revisions: int = 0
    embedded: int = 0

    def notes(self) -> list[str]:
        """Say it to people, when there was anything to do."""
        notes: list[str] = []
        if self.revisions:
            notes.append(
                f"The index did not hold what the catalog does: rebuilt {self.points} points of {self.revisions} "
                "revisions from the catalog."
            )
        if self.removed:
            notes.append(f"The index held {self.removed} points of revisions that the catalog does not know: removed.")
        return notes


class Writer:
    """Writes to the index and the catalog. `record_kinds` are all those that tables may have points of."""

    def __init__(
        self, catalog: Catalog, index: Index, embedder: Embedder, record_kinds: Mapping[str, RecordKind]
    ) -> None:
        self._catalog = catalog
        self._index = index
        self._embedder = embedder
        self._kinds = record_kinds
        self._collections = (CLAUSES, *record_kinds)

    async def recover(self) -> int:
        """Undo what an ingest left that did not commit; returns the committed generation."""
        await self._catalog.discard_uncommitted()
        committed = await self._catalog.generation()
        for collection in self._collections:
            await self._index.delete(collection, [Between("valid_from_generation", at_least=committed + 1)])
            retired = [Between("valid_to_generation", at_least=committed + 1, below=OPEN)]
            await self._set_end(collection, retired, OPEN)
        return committed

    async def mend(self, advance: Advance) -> Mended:
        """Make a recovered index hold what the catalog says: nothing of it lost, nothing besides, seen by the same."""
        mended = Mended()
        generation = await self._catalog.generation()
        held = await self._catalog.held(generation)
        wrong: list[Held] = []
        for collection in await differing(self._index, held, self._collections, generation):
            inside = [one for one in held if one.collection == collection]
            unknown = unknown_points(inside)
            if surplus := await self._index.count(collection, unknown):
                await self._index.delete(collection, unknown)
                mended.removed += surplus
            wrong += [one for one in inside if await self._index.count(collection, points_of(one)) != one.points]
        total, done = sum(one.points for one in wrong), 0
        for one in wrong:
            mended.embedded += await self._rebuild(one, _after(done, total, advance))
            done += one.points
        mended.points, mended.revisions = done, len({one.revision_id for one in wrong})
        return mended

    async def write(self, parsed: ParsedRevision, advance: Advance) -> int:
        """Write one revision whole; returns how many texts were embedded."""
        visibility = visibility_of(parsed.revision)
        embedded = await self._write_chunks(parsed.chunks, visibility, advance)
        await self._write_records(parsed.records, visibility, advance)
        await self._catalog.stage(parsed)
        return embedded

    async def retire(self, generation: int, revision_ids: Sequence[str]) -> None:
        """Let revisions end with `generation`, in the index and in the catalog."""
        for revision_id in revision_ids:
            valid = [Equals("revision_id", revision_id), Between("valid_to_generation", at_least=OPEN)]
            for collection in self._collections:
                await self._set_end(collection, valid, generation)
        if revision_ids:
            await self._catalog.retire(generation, revision_ids)

    async def _rebuild(self, held: Held, advance: Advance) -> int:
        parsed = await self._catalog.parsed(held.revision_id)
        if parsed is None:
            raise IngestionError(f"The catalog no longer has revision {held.revision_id}; run the ingest again.")
        whose = [Equals("revision_id", held.revision_id)]
        if await self._index.count(held.collection, whose):
            await self._index.delete(held.collection, whose)
        visibility = visibility_of(parsed.revision)
        if held.collection == CLAUSES:
            return await self._write_chunks(parsed.chunks, visibility, advance)
        kind = self._kinds[held.collection]
        records = [_fitting(record, kind) for record in parsed.records if record.kind == kind.name]
        await self._write_records(records, visibility, advance)
        return 0

    async def _write_chunks(self, chunks: Sequence[Chunk], visibility: Visibility, advance: Advance) -> int:
        embedded = done = 0
        for batch in _batches(chunks):
            vectors, fresh = await self._vectors(batch)
            points = [clause_point(chunk, visibility, vectors[embedding_key(chunk)]) for chunk in batch]
            await self._index.upsert(CLAUSES, points)
            embedded += fresh
            done += len(batch)
            advance(done, len(chunks))
        return embedded

    async def _write_records(self, records: Sequence[Record], visibility: Visibility, advance: Advance) -> None:
        done = 0
        for batch in _batches(records):
            await self._index.upsert(batch[0].kind, [record_point(record, visibility) for record in batch])
            done += len(batch)
            advance(done, len(records))

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


def _fitting(record: Record, kind: RecordKind) -> Record:
    # A pack may have come to describe its records by other numbers since. Which columns may never be among them is
    # known only where the table is read, which its next ingest does anew; until then nothing is said to be alike.
    if len(record.vector) == kind.dimensions:
        return record
    return record.model_copy(update={"vector": (0.0,) * kind.dimensions})


def _after(done: int, total: int, advance: Advance) -> Advance:
    return lambda more, _: advance(done + more, total)


def _batches(items: Sequence[Item]) -> Iterator[list[Item]]:
    rest = iter(items)
    while batch := list(islice(rest, BATCH)):
        yield batch
