"""Revisions staged and committed as ingests do it, for tests of what reads them."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import uuid4

from ingestion.ingests import Ingestion, IngestRequest, Outline, ParsedRevision, Planned, Settled
from ingestion.report import IngestReport
from retrieval.corpus import DEFAULT_TENANT
from service.adapters.database import Database
from service.adapters.sql_catalog import SqlCatalog

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


async def stage(catalog: SqlCatalog, parsed: ParsedRevision) -> str:
    """Stage one revision, in place of the one that its document has; returns the ingestion."""
    document = parsed.revision.document
    known = {one.document_id: one.revision_id for one in await catalog.current(document.tenant)}
    asked = Ingestion(id=f"ing_{uuid4().hex}", tenant=document.tenant, request=IngestRequest(), requested_at=NOON)
    ingestion = await catalog.open(asked)
    planned = Planned(document.id, 0, {}, parsed.fingerprint, known.get(document.id))
    await catalog.plan(ingestion.id, [planned], Outline())
    await catalog.settle(ingestion.id, [Settled(document.id, parsed=parsed)])
    return ingestion.id


async def commit(database: Database, *parsed: ParsedRevision, retired: Sequence[str] = ()) -> None:
    """Commit the next generation with these revisions."""
    catalog = SqlCatalog(database)
    generation = await catalog.generation() + 1
    asked = Ingestion(id=f"ing_{uuid4().hex}", tenant=DEFAULT_TENANT, request=IngestRequest(), requested_at=NOON)
    ingestions = [(await catalog.open(asked)).id] + [await stage(catalog, one) for one in parsed]
    written = [one for ingestion in ingestions for one in await catalog.assign(ingestion, generation)]
    await catalog.retire(generation, retired)
    await catalog.commit(ingestions[-1], IngestReport(generation=generation), written, retired)
