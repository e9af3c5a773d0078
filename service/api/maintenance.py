"""Looking after the corpus over HTTP: how fresh sources are, checking the index, forgetting the past.

What changes what is kept is for the owner of the data folder alone.
"""

from typing import Annotated

from fastapi import APIRouter, Body, Depends
from fastapi.openapi.models import Example
from pydantic import Field

from ingestion.report import Overdue
from ingestion.writing import Mended
from retrieval.corpus import Value
from service.api.problems import MEDIA_TYPE, ProblemDetails
from service.api.running import Owner, Running
from service.errors import ForbiddenError
from service.freshness import FreshSource, fresh_sources
from service.maintenance import Retained, Retention, retain

router = APIRouter(prefix="/v1", tags=["maintenance"])


def _owner_alone(owner: Owner) -> None:
    if not owner:
        raise ForbiddenError(
            "Toulmin-Owner: expected the token in the lock file of the index; run `toulmin ingest` with the same data "
            "folder on the machine of the service."
        )


FOR_THE_OWNER = APIRouter(
    prefix="/v1/maintenance",
    tags=["maintenance"],
    dependencies=[Depends(_owner_alone)],
    responses={403: {"model": ProblemDetails, "content": {MEDIA_TYPE: {}}, "description": "It is for the owner."}},
)
"""Routes for who may read the data folder."""


class Owned(Value):
    """The token is that of this process, which works on this generation."""

    generation: int = Field(description="The committed generation.")


_RETENTION = {"five": Example(summary="Keep the last five generations", value={"generations": 5})}


@router.get("/freshness", summary="List how fresh sources are")
async def freshness(running: Running) -> list[FreshSource]:
    """List sources with when each was looked at, how often its owner wants that, and by how many days it is late."""
    return await fresh_sources(running.catalog, running.library, running.reader)


@router.get("/freshness/overdue", summary="List overdue sources")
async def overdue(running: Running) -> list[Overdue]:
    """List the sources that nobody looked at for longer than their owners want, the longest overdue first."""
    return list(await running.overdue())


@FOR_THE_OWNER.get("", summary="Is this the process whose token this is?")
async def owned(running: Running) -> Owned:
    """Answer whoever read the lock of the index, before they have anything done here."""
    return Owned(generation=await running.catalog.generation())


@FOR_THE_OWNER.post("/verify", summary="Make the index hold what the catalog says")
async def verify(running: Running) -> Mended:
    """Compare the index with the catalog, repair it, and say what had to be done."""
    return await running.ingest.verify()


@FOR_THE_OWNER.post("/retain", summary="Forget old generations")
async def forget(running: Running, which: Annotated[Retention, Body(openapi_examples=_RETENTION)]) -> Retained:
    """Forget what ended before the generations that are kept; what recorded decisions cite can still be read."""
    return await retain(running.catalog, running.ingest.retain, which)
