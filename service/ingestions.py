"""Turns what somebody asks to ingest into an Ingestion with its id, and into the names its jobs go by."""

from datetime import datetime
from hashlib import sha256
from typing import Final

from ingestion.ingests import Ingestion, IngestRequest
from ingestion.ports import Catalog
from retrieval.ports import IndexUnavailableError
from service.errors import ConflictError, NotFoundError, StoreUnavailableError
from service.records import canonical, sortable_id

TRANSIENT: Final = (IndexUnavailableError, StoreUnavailableError)
"""What may be over in a while: a server that cannot be reached, a disk without room."""

_LETTERS: Final = 26


def new_ingestion(
    request: IngestRequest, tenant: str, now: datetime, randomness: bytes, key: str | None = None
) -> Ingestion:
    """Make an ingestion; the same tenant and idempotency key always give the same id.

    `randomness` are ten bytes, used where there is no key.
    """
    if key is None:
        ingestion_id = sortable_id("ing", now, randomness)
    else:
        ingestion_id = f"ing_{sha256(canonical([tenant, key])).hexdigest()[:_LETTERS]}"
    return Ingestion(id=ingestion_id, tenant=tenant, request=request, requested_at=now)


def require_same(asked: Ingestion, there: Ingestion) -> Ingestion:
    """Give the ingestion that is there; ConflictError when its key was used for another request."""
    if asked.request != there.request:
        raise ConflictError(
            f"Idempotency-Key: it was used for another ingest ({there.id}); send a new key, or the same request."
        )
    return there


async def required(catalog: Catalog, ingestion_id: str, tenant: str) -> Ingestion:
    """Read an ingestion; NotFoundError."""
    found = await catalog.ingestion(ingestion_id, tenant)
    if found is None:
        raise NotFoundError(f"There is no ingestion {ingestion_id} for you; list them, or start one.")
    return found


async def cancelled(catalog: Catalog, ingestion_id: str, tenant: str) -> Ingestion:
    """Cancel an ingestion, of which whoever works on it then lets go; ConflictError when that is too late."""
    if not await catalog.withdraw(ingestion_id, tenant):
        found = await required(catalog, ingestion_id, tenant)
        if found.state != "cancelled":
            raise ConflictError(
                f"The ingestion {ingestion_id} is {found.state} and cannot be cancelled any more; "
                "to undo it, ingest again or roll back to the generation before."
            )
    return await required(catalog, ingestion_id, tenant)


def source_key(tenant: str, request: IngestRequest) -> str:
    """Name what a request reads from, so that two ingests of one source take turns."""
    return sha256(canonical([tenant, *sorted(set(request.locations))])).hexdigest()


def batch_job(ingestion_id: str, attempt: int, batch: int) -> str:
    """Name the job that stages one batch of a plan; another plan of the same ingestion is another attempt."""
    return f"{jobs_of(ingestion_id)}{attempt}.{batch}"


def jobs_of(ingestion_id: str) -> str:
    """Give what the names of all batches of an ingestion begin with."""
    return f"{ingestion_id}."
