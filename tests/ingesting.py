"""Ingests of documents that are made up, without files, model or index: only the catalog and the jobs are real.

Run as a program, it is a process that works on such ingests until it is ended.
"""

import asyncio
import os
import sys
from hashlib import sha256
from pathlib import Path

from ingestion.ingests import IngestRequest, Outline, ParsedRevision, Planned, Settled
from ingestion.report import IngestReport
from retrieval.corpus import DEFAULT_TENANT, Document, Revision
from service.adapters.database import Database, open_database
from service.adapters.dbos_jobs import DbosIngestions
from service.adapters.job_steps import Queues
from service.adapters.sql_catalog import SqlCatalog
from service.migrations import upgrade


class MadeUp:
    """The phases of an ingest: a location `NAME:NUMBER` has so many documents, read in batches of ten.

    Each takes `pause_s` seconds, and is owned by the process that read it.
    """

    def __init__(self, catalog: SqlCatalog, pause_s: float = 0.0) -> None:
        self.catalog = catalog
        self.pause_s = pause_s

    async def plan(self, ingestion_id: str) -> int:
        asked = await self.catalog.ingestion(ingestion_id, DEFAULT_TENANT)
        assert asked is not None
        await self.catalog.move(ingestion_id, "planning")
        there = {one.document_id: one.revision_id for one in await self.catalog.current(DEFAULT_TENANT)}
        names = [name for place in asked.request.locations for name in _documents(place)]
        new = [name for name in names if name not in there]
        plan = [Planned(name, number // 10, {}, "f" * 64, None) for number, name in enumerate(new)]
        await self.catalog.plan(ingestion_id, plan, Outline(unchanged=tuple(sorted(there))))
        await self.catalog.move(ingestion_id, "staging", sources=len(names))
        return -(-len(plan) // 10)

    async def stage(self, ingestion_id: str, batch: int) -> None:
        for planned in await self.catalog.planned(ingestion_id, batch):
            await asyncio.sleep(self.pause_s)
            parsed = _parsed(planned.document_id, ingestion_id)
            await self.catalog.settle(ingestion_id, [Settled(planned.document_id, parsed=parsed)])

    async def commit(self, ingestion_id: str) -> IngestReport:
        asked = await self.catalog.ingestion(ingestion_id, DEFAULT_TENANT)
        assert asked is not None
        if asked.report is not None:
            return asked.report
        async with self.catalog.exclusive():
            await self.catalog.undo_uncommitted()
            generation = await self.catalog.generation()
            if not asked.documents:
                report = IngestReport(generation=generation)
                await self.catalog.finish(ingestion_id, report)
                return report
            staged = await self.catalog.settled(ingestion_id)
            written = await self.catalog.assign(ingestion_id, generation + 1)
            report = IngestReport(generation=generation + 1, new=tuple(one.document_id for one in staged))
            await self.catalog.commit(ingestion_id, report, written, [])
            return report

    async def discard(self, ingestion_id: str) -> None:
        await self.catalog.discard(ingestion_id)


def request(*locations: str) -> IngestRequest:
    return IngestRequest(locations=locations, requested_by="test")


def jobs_on(
    database: Database, folder: Path, phases: MadeUp, *, whole: bool = True, rest_s: float | None = 2.0
) -> DbosIngestions:
    """Make durable jobs that try again at once."""
    queues = Queues(DEFAULT_TENANT, whole=whole, rest_s=rest_s)
    return DbosIngestions(phases, phases.catalog, database, folder, queues, pauses_s=(0.05, 0.1))


async def work(url: str, folder: Path, pause_s: float, *, whole: bool) -> None:
    """Work until this process is ended; says so once it has begun."""
    database = await open_database(url)
    await upgrade(database)
    jobs = jobs_on(database, folder, MadeUp(SqlCatalog(database), pause_s), whole=whole, rest_s=None)
    await jobs.resume()
    await jobs.work()
    sys.stdout.write("working\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


def _documents(place: str) -> list[str]:
    name, _, number = place.partition(":")
    return [f"{name}-{one}" for one in range(int(number))]


def _parsed(document_id: str, ingestion_id: str) -> ParsedRevision:
    text = f"What {document_id} says."
    digest = sha256(text.encode()).hexdigest()
    document = Document(id=document_id, title=document_id, source=f"{document_id}.md", owner=f"process {os.getpid()}")
    revision = Revision(
        id=f"{document_id}-{ingestion_id}", document=document, content_sha256=digest, canonical_text=text
    )
    return ParsedRevision(revision=revision, fingerprint="f" * 64, text_fingerprint=digest)


if __name__ == "__main__":
    _, database_url, folder_name, pause, role = sys.argv
    asyncio.run(work(database_url, Path(folder_name), float(pause), whole=role == "whole"))
