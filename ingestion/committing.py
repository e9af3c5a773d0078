"""Turns what an ingest staged into the next generation: points from SQL, families, drift, one transaction."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from ingestion.changes import clause_changes, watched_documents
from ingestion.done import Done
from ingestion.families import copies, families_of
from ingestion.ingests import Ingestion, ParsedRevision
from ingestion.ports import Catalog, Watch
from ingestion.report import Copies, Drift, IngestReport
from ingestion.settings import GateSettings
from ingestion.writing import Writer


@dataclass(frozen=True, slots=True)
class Committer:
    """Commits ingests, one at a time for everyone who shares the catalog."""

    catalog: Catalog
    writer: Writer
    watch: Watch | None
    gates: GateSettings

    async def commit(self, ingestion: Ingestion) -> IngestReport:
        """Commit what was staged; doing it again after a crash does the rest, and never anything twice.

        Raises SupersededError when another ingest has committed one of its documents since it was planned.
        """
        async with self.catalog.exclusive():
            began = time.monotonic()
            committed = await self.writer.recover()
            mended = await self.writer.mend()
            done = Done(await self.catalog.outline(ingestion.id), tuple(await self.catalog.settled(ingestion.id)))
            written = await self.catalog.assign(ingestion.id, committed + 1)
            if not written and not done.outline.removed:
                report = done.report(committed, ingestion.embedded, mended.notes(), _commit_s(began))
                report = report.model_copy(update={"seconds": _since(ingestion)})
                await self.catalog.finish(ingestion.id, report, done.checks())
                return report
            families = await self._families(ingestion.tenant, written)
            await self._write(ingestion.id, done, written)
            retired = done.retired()
            drift = await self.drift(retired, written)
            await self.writer.retire(committed + 1, retired)
            gained = await self._copies(ingestion.tenant, done, written, families)
            report = done.report(committed + 1, ingestion.embedded, mended.notes(), _commit_s(began))
            report = report.model_copy(update={"drift": drift, "copies": gained, "seconds": _since(ingestion)})
            await self.catalog.commit(ingestion.id, report, written, retired, done.checks())
            return report

    async def drift(self, before: Sequence[str], after: Sequence[str]) -> tuple[Drift, ...]:
        """Name the rules and parameters that are left behind when these revisions take the place of those."""
        if self.watch is None:
            return ()
        return await self.drift_of(await self.watched(before), await self.watched(after))

    async def drift_of(self, before: Sequence[ParsedRevision], after: Sequence[ParsedRevision]) -> tuple[Drift, ...]:
        """Do so for revisions in hand."""
        if self.watch is None:
            return ()
        await self.watch.refresh()
        return self.watch.drift(clause_changes(before, after, self.watch.clauses))

    async def watched(self, revision_ids: Sequence[str]) -> list[ParsedRevision]:
        """Read those of the revisions that hold clauses which policy encodes."""
        documents = watched_documents(self.watch.clauses) if self.watch else frozenset[str]()
        known = await self.catalog.known(revision_ids)
        return await self.catalog.parsed([one.revision_id for one in known if one.document_id in documents])

    async def _write(self, ingestion_id: str, done: Done, written: Sequence[str]) -> None:
        sizes = {one.revision_id: one.chunks + one.records for one in done.staged}
        count = 0
        for group in _groups(written, [sizes.get(one, 0) for one in written]):
            await self.writer.write(group)
            count += len(group)
            await self.catalog.move(ingestion_id, "committing", written=count)

    async def _copies(
        self, tenant: str, done: Done, written: Sequence[str], families: Mapping[str, str]
    ) -> tuple[Copies, ...]:
        before = {one.document_id: one.family for one in await self.catalog.current(tenant)}
        after = {document: family for document, family in before.items() if document not in done.outline.removed}
        after |= {one.document_id: families.get(one.revision_id) for one in await self.catalog.known(written)}
        return copies(before, after)

    async def _families(self, tenant: str, written: Sequence[str]) -> dict[str, str]:
        signed = await self.catalog.signatures(tenant)
        new = {one: signed[one][1] for one in written if one in signed}
        known = {one: found for one, found in signed.items() if one not in new}
        families = dict(families_of(new, known, self.gates.similar))
        await self.catalog.set_families(families)
        return families


def _commit_s(began: float) -> dict[str, float]:
    """Name the seconds since a commit had its turn."""
    return {"commit": time.monotonic() - began}


def _since(ingestion: Ingestion) -> float:
    """Seconds since an ingest was asked for, waiting included."""
    return round((datetime.now(UTC) - ingestion.requested_at).total_seconds(), 3)


_POINTS_AT_ONCE: Final = 4096


def _groups(revision_ids: Sequence[str], sizes: Sequence[int]) -> list[list[str]]:
    groups: list[list[str]] = [[]]
    points = 0
    for revision_id, size in zip(revision_ids, sizes, strict=True):
        if groups[-1] and points + size > _POINTS_AT_ONCE:
            groups.append([])
            points = 0
        groups[-1].append(revision_id)
        points += size
    return groups if groups[-1] else []
