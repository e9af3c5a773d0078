"""When sources were looked at, in SQL: written in the transaction in which an ingest ends."""

from collections.abc import Sequence
from dataclasses import asdict

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from ingestion.ingests import SourceCheck
from service.adapters.statements import batched, insert_all
from service.adapters.tables import ingestions, source_checks


async def note_checks(connection: AsyncConnection, tenant: str, checks: Sequence[SourceCheck]) -> None:
    """Write checks instead of those that their documents had; one without an interval is not kept."""
    for batch in batched([one.document_id for one in checks]):
        mine = (source_checks.c.tenant == tenant, source_checks.c.document_id.in_(batch))
        await connection.execute(delete(source_checks).where(*mine))
    wished = [one for one in checks if one.refresh_days is not None]
    await insert_all(connection, source_checks, ({**asdict(one), "tenant": tenant} for one in wished))


async def forget_checks(connection: AsyncConnection, ingestion_id: str, removed: Sequence[str]) -> None:
    """Forget the checks of documents that an ingest removed."""
    tenant = select(ingestions.c.tenant).where(ingestions.c.id == ingestion_id).scalar_subquery()
    for batch in batched(removed):
        gone = (source_checks.c.tenant == tenant, source_checks.c.document_id.in_(batch))
        await connection.execute(delete(source_checks).where(*gone))


async def read_checks(connection: AsyncConnection, tenant: str) -> list[SourceCheck]:
    """List the checks of a tenant, by document."""
    query = select(source_checks).where(source_checks.c.tenant == tenant).order_by(source_checks.c.document_id)
    found = await connection.execute(query)
    return [SourceCheck(r.document_id, r.source, r.owner, r.checked_at, r.refresh_days) for r in found]
