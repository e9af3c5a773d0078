"""The audit log over HTTP: read it, and have it checked."""

from typing import Annotated

from fastapi import APIRouter, Query

from service.api.running import LARGEST, Running
from service.audit import HEAD_PATTERN, AuditEvent, Head, Verification, read_head

router = APIRouter(prefix="/v1/audit", tags=["audit"])


@router.get("", summary="Read the log")
async def events(
    running: Running,
    after: Annotated[int, Query(ge=0, le=LARGEST, description="Number of the last event already read.")] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    subject: Annotated[str | None, Query(description="Id of a decision or task.")] = None,
) -> list[AuditEvent]:
    """List events in the order in which they happened."""
    return await running.audit.events(after, limit, subject)


@router.get("/head", summary="The newest event's number and the hash over the whole log")
async def head(running: Running) -> Head:
    """Give the head; kept elsewhere, it proves later that nothing was cut off."""
    return await running.audit.head()


@router.get("/verification", summary="Check the log, and every decision, review task and text it vouches for")
async def verification(
    running: Running,
    expect: Annotated[
        str | None,
        Query(pattern=HEAD_PATTERN, description="A head that was kept, as SEQ:HASH: shows what was cut off since."),
    ] = None,
) -> Verification:
    """Check every hash, each decision and review task against its event, and each quote against the stored text."""
    return await running.audit.verify(None if expect is None else read_head(expect))
