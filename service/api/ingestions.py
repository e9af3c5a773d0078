"""Ingests over HTTP: start one, follow it, cancel it.

Whoever reaches this API must not thereby read every file of the machine, so what may be named is limited.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated, Final

from fastapi import APIRouter, Body, Depends, Header, Path, Query, Response
from fastapi.openapi.models import Example
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic import Field, StringConstraints

from decision.facts import Problem
from ingestion.ingests import Ingestion, IngestRequest
from ingestion.report import IngestReport
from retrieval.corpus import Value
from service.api.running import LARGEST, Owner, Running, Stopping
from service.errors import InvalidFieldsError
from service.locations import permitted_locations

router = APIRouter(prefix="/v1/ingestions", tags=["ingestions"])
previews = APIRouter(prefix="/v1/previews", tags=["ingestions"])

HEARTBEAT_S: Final = 10.0
"""Seconds without a change after which a stream of events says that it is still there."""

IngestionPath = Annotated[
    str,
    Path(
        pattern="^ing_[0-9A-Za-z]{1,36}$",
        description="Id of the ingestion.",
        examples=["ing_01JD5Z3GQ4V7XK2M9T8R6WBNCE"],
    ),
]
Name = Annotated[str, StringConstraints(min_length=1, max_length=4096, pattern=r"^[^\x00-\x1f\x7f]+$")]


class IngestBody(Value):
    """What to ingest; or, with `rollback_to`, the generation whose documents are to be current again."""

    locations: tuple[Name, ...] = Field(
        default=(),
        max_length=10_000,
        description="Addresses on the web, `pack:NAME`, or absolute paths below a folder that the service allows.",
    )
    accept: tuple[Name, ...] = Field(
        default=(), max_length=10_000, description="Documents whose new version is taken although it would be held."
    )
    online: bool = Field(default=False, description="Fetch public sources too that are left out by default.")
    rollback_to: int | None = Field(default=None, ge=0, le=LARGEST, description="A generation that was committed.")


_EXAMPLES = {
    "pack": Example(summary="The documents of a pack", value={"locations": ["pack:passenger_rights"]}),
    "address": Example(
        summary="A page on the web", value={"locations": ["https://www.example.org/terms.html"], "online": True}
    ),
}

IngestBodyGiven = Annotated[IngestBody, Body(openapi_examples=_EXAMPLES)]


async def _request(running: Running, body: IngestBodyGiven, owner: Owner) -> IngestRequest:
    if not body.locations and body.rollback_to is None:
        raise InvalidFieldsError([Problem("locations", "at least one, or rollback_to instead", "name what to ingest")])
    if body.locations and body.rollback_to is not None:
        raise InvalidFieldsError([Problem("rollback_to", "none beside locations", "send one of the two")])
    roots = running.settings.ingest_roots
    places = await asyncio.to_thread(permitted_locations, body.locations, roots, owner=owner)
    return IngestRequest(
        locations=places,
        accept=body.accept,
        online=body.online,
        rollback_to=body.rollback_to,
        requested_by="cli" if owner else "api",
    )


async def _known(running: Running, ingestion_id: IngestionPath) -> None:
    await running.ingestion(ingestion_id)


Asked = Annotated[IngestRequest, Depends(_request)]


@router.post("", status_code=202, summary="Start an ingest")
async def start(
    running: Running,
    response: Response,
    request: Asked,
    idempotency_key: Annotated[
        str | None, Header(max_length=200, description="The same key and request again gives the same ingestion.")
    ] = None,
) -> Ingestion:
    """Start an ingest, which goes on when this process ends; follow it at its address, or by its events.

    Two ingests of the same locations take turns; others run side by side.
    """
    started = await running.start_ingest(request, idempotency_key)
    response.headers["Location"] = f"/v1/ingestions/{started.id}"
    return started


@previews.post("", summary="Tell what an ingest would do")
async def preview(running: Running, request: Asked, owner: Owner) -> IngestReport:
    """Read and judge everything, and write nothing; words of drifted clauses are told to the service's owner alone."""
    return await running.preview_ingest(request, owner=owner)


@router.get("", summary="List ingests, latest first")
async def ingestions(running: Running, limit: Annotated[int, Query(ge=1, le=1000)] = 20) -> list[Ingestion]:
    """List what was asked to be ingested, and how far each is."""
    return await running.recent_ingestions(limit)


@router.get("/{ingestion_id}", summary="Read how far an ingest is")
async def ingestion(running: Running, ingestion_id: IngestionPath) -> Ingestion:
    """Give what was asked, how far it is, and once it is over its report.

    Of clauses that drifted, the words are withheld where they stand in a source that this reader may not read.
    """
    return await running.ingestion(ingestion_id)


@router.get(
    "/{ingestion_id}/events",
    summary="Follow an ingest",
    response_class=EventSourceResponse,
    dependencies=[Depends(_known)],  # an unknown one is refused before the stream begins
)
async def events(running: Running, stopping: Stopping, ingestion_id: IngestionPath) -> AsyncIterator[ServerSentEvent]:
    """Send `progress` at each change, `heartbeat` where there is none for long, and at the end one event.

    That is `committed`, `failed` or `cancelled`, and repeats everything. Whoever reconnects gets the present state.
    When the service stops, the stream ends without it, and the ingest goes on when there is a service again.
    """
    changes = aiter(running.watch_ingest(ingestion_id))
    following = asyncio.ensure_future(anext(changes))
    stopped = asyncio.create_task(stopping.wait())
    try:
        while True:
            await asyncio.wait((following, stopped), timeout=HEARTBEAT_S, return_when=asyncio.FIRST_COMPLETED)
            if stopped.done():
                return
            if not following.done():
                yield ServerSentEvent(event="heartbeat", data={})
                continue
            now = following.result()
            yield ServerSentEvent(event=now.state if now.over else "progress", data=now)
            if now.over:
                return
            following = asyncio.ensure_future(anext(changes))
    finally:
        following.cancel()
        stopped.cancel()
        await asyncio.wait((following, stopped))


@router.post("/{ingestion_id}/cancel", summary="Cancel an ingest")
async def cancel(running: Running, ingestion_id: IngestionPath) -> Ingestion:
    """End an ingest before it commits; what it staged is removed. One that commits already goes on."""
    return await running.cancel_ingest(ingestion_id)
