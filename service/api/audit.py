"""The audit log over HTTP: read it, and have it checked."""

from typing import Annotated

from fastapi import APIRouter, Query

from service.api.running import Running
from service.audit import AuditEvent, Head, Verification

router = APIRouter(prefix="/v1/audit", tags=["audit"])


@router.get("", summary="Read the log")
async def events(
    running: Running,
    after: Annotated[int, Query(ge=0, description="Number of the last event already read.")] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    subject: Annotated[str | None, Query(description="Id of a decision or task.")] = None,
) -> list[AuditEvent]:
    """List events in the order in which they happened."""
    return await running.audit.events(after, limit, subject)


@router.get("/head", summary="The newest event's number and the hash over the whole log")
async def head(running: Running) -> Head:
    """Give the head; kept elsewhere, it proves later that nothing was cut off."""
    return await running.audit.head()


@router.get("/verification", summary="Check the log and every stored decision")
async def verification(running: Running) -> Verification:
    """Check every hash, and every decision against the event that vouches for it."""
    return await running.audit.verify()
