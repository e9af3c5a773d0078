"""Turns named sources into the next generation of the corpus: recover, read, plan, split, embed, write, commit."""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from ingestion.differences import difference
from ingestion.plan import Plan, Seen, make_plan
from ingestion.ports import Catalog, KnownRevision, ParsedRevision, UnreadableSourceError
from ingestion.reading import Reader
from ingestion.report import IngestReport, Quarantined
from ingestion.sources import Found, Source, find_sources
from ingestion.writing import Writer
from retrieval.corpus import DEFAULT_TENANT, RecordKind
from retrieval.ports import CLAUSES, Embedder, Index

Stage = Literal["read", "embed", "write"]
Progress = Callable[[Stage, int, int], None]
"""Told the stage, how much of it is done, and how much there is: sources read, a document's chunks, documents."""


@dataclass(slots=True)
class _Tally:
    """What an ingest did so far."""

    began: float = field(default_factory=time.monotonic)
    written: dict[str, str] = field(default_factory=dict[str, str])
    """The revisions that were written, by document."""
    quarantined: list[Quarantined] = field(default_factory=list[Quarantined])
    notes: list[str] = field(default_factory=list[str])
    clauses: int = 0
    chunks: int = 0
    records: int = 0
    embedded: int = 0

    def refuse(self, source: Source, error: UnreadableSourceError) -> None:
        self.quarantined.append(Quarantined(source=source.location, reason=error.reason, remedy=error.remedy))

    def add(self, parsed: ParsedRevision) -> None:
        self.written[parsed.revision.document.id] = parsed.revision.id
        self.clauses += len(parsed.clauses)
        self.chunks += len(parsed.chunks)
        self.records += len(parsed.records)

    def report(self, generation: int, plan: Plan) -> IngestReport:
        return IngestReport(
            generation=generation,
            new=tuple(key for key in plan.new if key in self.written),
            changed=tuple(key for key in plan.changed if key in self.written),
            unchanged=plan.unchanged,
            removed=plan.removed,
            quarantined=tuple(self.quarantined),
            notes=tuple(self.notes),
            clauses=self.clauses,
            chunks=self.chunks,
            records=self.records,
            embedded=self.embedded,
            seconds=round(time.monotonic() - self.began, 3),
        )


class Ingest:
    """Ingests sources of one tenant into a catalog and an index, one run at a time.

    A source that cannot be read is quarantined and the others go on; an error of the catalog, the index or the embedder
    ends the run, and readers go on seeing the generation before it.
    """

    def __init__(
        self,
        catalog: Catalog,
        index: Index,
        embedder: Embedder,
        record_kinds: Mapping[str, RecordKind],
        tenant: str = DEFAULT_TENANT,
    ) -> None:
        self._catalog = catalog
        self._index = index
        self._collections = (CLAUSES, *record_kinds)
        self._tenant = tenant
        self._reader = Reader(record_kinds, embedder.model, tenant)
        self._writer = Writer(catalog, index, embedder, record_kinds)
        self._turn = asyncio.Lock()

    async def index_difference(self) -> str | None:
        """Say how the index differs from what was committed, and what to do; None, cheaply, when it does not."""
        return await difference(self._catalog, self._index, self._collections)

    async def run(
        self, locations: Sequence[str | Path], *, dry_run: bool = False, progress: Progress | None = None
    ) -> IngestReport:
        """Ingest folders, files or `sources.toml` files; a dry run reads, splits and reports but writes nothing.

        Nothing that changed makes no new generation; an index that lacks what the catalog holds is rebuilt from it.
        Raises IngestionError for what cannot be found or is misdeclared, and while another process ingests.
        """
        async with self._turn, nullcontext() if dry_run else self._catalog.exclusive():
            tell = progress or _silent
            tally = _Tally()
            found = await asyncio.to_thread(find_sources, locations)
            tally.notes.extend(found.notes)
            committed = await (self._catalog.generation() if dry_run else self._recover(tally, tell))
            known = await self._catalog.current(self._tenant)
            plan = await self._plan(found, known, tally, tell)
            changing = {*plan.new, *plan.changed}
            sources = [source for source in found.sources if source.document_id in changing]
            for done, source in enumerate(sources):
                await self._ingest(source, committed + 1, tally, None if dry_run else tell)
                tell("write", done + 1, len(sources))
            if dry_run or not (tally.written or plan.removed):
                return tally.report(committed, plan)
            return await self._commit(committed + 1, known, plan, tally)

    async def _recover(self, tally: _Tally, tell: Progress) -> int:
        committed = await self._writer.recover()
        mended = await self._writer.mend(lambda done, total: tell("embed", done, total))
        tally.notes.extend(mended.notes())
        tally.embedded += mended.embedded
        return committed

    async def _commit(self, generation: int, known: Sequence[KnownRevision], plan: Plan, tally: _Tally) -> IngestReport:
        gone = {*tally.written, *plan.removed}
        retired = [one.revision_id for one in known if one.document_id in gone]
        await self._writer.retire(generation, retired)
        report = tally.report(generation, plan)
        await self._catalog.commit(generation, report, tally.written.values(), retired)
        return report

    async def _plan(self, found: Found, known: Sequence[KnownRevision], tally: _Tally, tell: Progress) -> Plan:
        seen: list[Seen] = []
        unreadable: set[str] = set()
        for done, source in enumerate(found.sources):
            try:
                read = await asyncio.to_thread(self._reader.read, source)
            except UnreadableSourceError as error:
                tally.refuse(source, error)
                unreadable.add(source.document_id)
            else:
                seen.append(Seen(source.document_id, source.location, read.fingerprint))
            tell("read", done + 1, len(found.sources))
        plan = make_plan(seen, unreadable, known, found.roots, lambda location: Path(location).is_file())
        for source in found.sources:
            if source.document_id in plan.taken:
                tally.refuse(source, _taken(source, known))
        return plan

    async def _ingest(self, source: Source, generation: int, tally: _Tally, tell: Progress | None) -> None:
        """Read a source again (no text is held longer than its turn), split it, and write it unless told nothing."""
        try:
            read = await asyncio.to_thread(self._reader.read, source)
            parsed, notes = await asyncio.to_thread(self._reader.split, read, generation)
        except UnreadableSourceError as error:
            tally.refuse(source, error)
            return
        if tell is not None:
            tally.embedded += await self._writer.write(parsed, lambda done, total: tell("embed", done, total))
        tally.notes.extend(notes)
        tally.add(parsed)


def _taken(source: Source, known: Sequence[KnownRevision]) -> UnreadableSourceError:
    other = next(one.source for one in known if one.document_id == source.document_id)
    return UnreadableSourceError(
        f"its document id {source.document_id} belongs to {other}",
        "declare another id in a sources.toml, or remove the other file",
    )


def _silent(stage: Stage, done: int, total: int) -> None:
    """Tell nobody."""
    del stage, done, total
