"""Turns committed and assigned revisions of the catalog into points of the index, which holds nothing of its own."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from ingestion.acronyms import Acronyms, acronyms_of
from ingestion.differences import differing, points_of, unknown_points
from ingestion.embedding import batches, embed, embedding_key
from ingestion.ingests import ParsedRevision, PointCount
from ingestion.ports import Catalog, IngestionError
from ingestion.terms import terms_defined
from retrieval.corpus import OPEN, Chunk, Record, RecordKind, Revision
from retrieval.filters import AnyOf, Between, Condition, Equals
from retrieval.points import Usage, clause_point, record_point
from retrieval.ports import CLAUSES, Embedder, Index, Point
from retrieval.scope import Visibility, ordinal

BATCH: Final = 4096
"""Points that are written at a time: after each the index is put on the disk, which may take a tenth of a second."""


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


@dataclass(frozen=True, slots=True)
class _Vocabulary:
    """What one revision says of words: how others cite its document, its acronyms, the terms that its chunks define."""

    cited_as: Sequence[str]
    acronyms: Acronyms
    terms: Mapping[str, Sequence[str]]

    def usage(self, chunk: Chunk) -> Usage:
        return Usage(self.cited_as, self.acronyms.meant_by(chunk.text), self.terms.get(chunk.id, ()))


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
        await self._catalog.undo_uncommitted()
        committed = await self._catalog.generation()
        for collection in self._collections:
            await self._index.delete(collection, [Between("valid_from_generation", at_least=committed + 1)])
            retired = [Between("valid_to_generation", at_least=committed + 1, below=OPEN)]
            await self._set_end(collection, retired, OPEN)
        return committed

    async def mend(self) -> Mended:
        """Make a recovered index hold what the catalog says: nothing of it lost, nothing besides, seen by the same."""
        mended = Mended()
        generation = await self._catalog.generation()
        held = await self._catalog.counts(generation)
        wrong: list[PointCount] = []
        for collection in await differing(self._index, held, self._collections, generation):
            inside = [one for one in held if one.collection == collection]
            unknown = unknown_points(inside)
            if surplus := await self._index.count(collection, unknown):
                await self._index.delete(collection, unknown)
                mended.removed += surplus
            wrong += [one for one in inside if await self._index.count(collection, points_of(one)) != one.points]
        for one in wrong:
            mended.embedded += await self._rebuild(one)
        mended.points, mended.revisions = sum(one.points for one in wrong), len({one.revision_id for one in wrong})
        return mended

    async def write(self, revision_ids: Sequence[str]) -> int:
        """Write the points of revisions; returns how many texts had to be embedded because no vector was kept."""
        embedded = 0
        found = await self._catalog.contents(revision_ids)
        chunks = [(chunk, order, one) for one in found for order, chunk in enumerate(one.chunks)]
        vocabularies = await asyncio.to_thread(_vocabularies, found)
        for batch in batches(chunks, BATCH):
            embedded += await self._write_chunks(batch, vocabularies)
        for name in self._collections[1:]:
            rows = [(record, one) for one in found for record in one.records if record.kind == name]
            for batch in batches(rows, BATCH):
                await self._write_records(batch, self._kinds[name])
        return embedded

    async def retire(self, generation: int, revision_ids: Sequence[str]) -> None:
        """Let revisions end with `generation`, in the index and in the catalog."""
        for batch in batches(revision_ids, BATCH):
            valid = [AnyOf("revision_id", tuple(batch)), Between("valid_to_generation", at_least=OPEN)]
            for collection in self._collections:
                await self._set_end(collection, valid, generation)
        if revision_ids:
            await self._catalog.retire(generation, revision_ids)

    async def remove(self, revision_ids: Sequence[str]) -> None:
        """Take the points of revisions out of the index."""
        for batch in batches(revision_ids, BATCH):
            for collection in self._collections:
                await self._index.delete(collection, [AnyOf("revision_id", tuple(batch))])

    async def _rebuild(self, wrong: PointCount) -> int:
        whose = [Equals("revision_id", wrong.revision_id)]
        if await self._index.count(wrong.collection, whose):
            await self._index.delete(wrong.collection, whose)
        if not await self._catalog.known([wrong.revision_id]):
            raise IngestionError(f"The catalog no longer has revision {wrong.revision_id}; run the ingest again.")
        return await self.write([wrong.revision_id])

    async def _write_chunks(
        self, batch: Sequence[tuple[Chunk, int, ParsedRevision]], vocabularies: Mapping[str, _Vocabulary]
    ) -> int:
        chunks = [chunk for chunk, _, _ in batch]
        keys = [embedding_key(chunk) for chunk in chunks]
        vectors = await self._catalog.vectors(self._embedder.model, list(dict.fromkeys(keys)))
        embedded = 0
        if any(key not in vectors for key in keys):  # a folder of old vectors was emptied, or retention was quicker
            embedded = await embed(chunks, self._catalog, self._embedder, _silent)
            vectors = await self._catalog.vectors(self._embedder.model, list(dict.fromkeys(keys)))
        # Weighing the words of a batch takes a third of a second, in which others should be answered.
        points = await asyncio.to_thread(_clause_points, batch, [vectors[key] for key in keys], vocabularies)
        await self._index.upsert(CLAUSES, points)
        return embedded

    async def _write_records(self, batch: Sequence[tuple[Record, ParsedRevision]], kind: RecordKind) -> None:
        points = [record_point(_fitting(record, kind), visibility_of(one.revision)) for record, one in batch]
        await self._index.upsert(kind.name, points)

    async def _set_end(self, collection: str, conditions: Sequence[Condition], generation: int) -> None:
        await self._index.set_where(collection, conditions, {"valid_to_generation": generation})


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


def _vocabularies(found: Sequence[ParsedRevision]) -> dict[str, _Vocabulary]:
    return {
        one.revision.id: _Vocabulary(
            one.revision.document.cited_as,
            acronyms_of(one.revision.canonical_text),
            terms_defined(one.chunks, one.definitions),
        )
        for one in found
    }


def _clause_points(
    batch: Sequence[tuple[Chunk, int, ParsedRevision]],
    vectors: Sequence[bytes],
    vocabularies: Mapping[str, _Vocabulary],
) -> list[Point]:
    revisions = {one.revision.id: one.revision for _, _, one in batch}
    visibility = {name: visibility_of(one) for name, one in revisions.items()}
    return [
        clause_point(
            chunk,
            visibility[one.revision.id],
            np.frombuffer(vector, dtype="<f4"),
            order,
            vocabularies[one.revision.id].usage(chunk),
        )
        for (chunk, order, one), vector in zip(batch, vectors, strict=True)
    ]


def _fitting(record: Record, kind: RecordKind) -> Record:
    # A pack may have come to describe its records by other numbers since. Which columns may never be among them is
    # known only where the table is read, which its next ingest does anew; until then nothing is said to be alike.
    if len(record.vector) == kind.dimensions:
        return record
    return record.model_copy(update={"vector": (0.0,) * kind.dimensions})


async def _silent(texts: int) -> None:
    """Tell nobody."""
    del texts
