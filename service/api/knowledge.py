"""Search and sources over HTTP."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Body, Path, Query
from fastapi.openapi.models import Example
from pydantic import BaseModel, Field

from retrieval.corpus import Revision, Value
from service.api.running import LARGEST, Owner, Running
from service.domains import Domain, domain_of
from service.errors import InvalidInputError, NotFoundError
from service.ports import SourceEntry
from service.reader import Day
from service.recovering import Recovery, RecoveryRequest
from service.search import SearchRequest, SearchResponse

router = APIRouter(prefix="/v1", tags=["knowledge"])


class SourceText(BaseModel):
    """The canonical text of a revision, and the words at the span that was asked for."""

    revision_id: str
    document_id: str
    title: str
    owner: str
    jurisdiction: str | None
    content_sha256: str
    effective_from: date | None
    effective_to: date | None
    generation: int = Field(description="The generation under which it was read.")
    text: str = Field(description="The canonical text.")
    highlight: str | None = Field(description="text[start:end].")


class Place(Value):
    """Words to highlight, and the date and generation under which the text was read."""

    start: int | None = Field(default=None, ge=0, le=LARGEST, description="First character to highlight.")
    end: int | None = Field(default=None, ge=0, le=LARGEST, description="Character after the last.")
    as_of: Day | None = Field(default=None, description="The date of the decision (default: today).")
    generation: int | None = Field(
        default=None, ge=0, le=LARGEST, description="The generation it read (default: the newest)."
    )


_SEARCH_EXAMPLE = {"hotel": Example(summary="A question", value={"query": "When is a hotel owed?", "k": 3})}


@router.post("/search", summary="Find the clauses that answer a question")
async def search(
    running: Running, request: Annotated[SearchRequest, Body(openapi_examples=_SEARCH_EXAMPLE)]
) -> SearchResponse:
    """Search by meaning and by words together; `mode` says so when only words could be searched."""
    return await running.search(request)


_RECOVERY_EXAMPLE = {
    "cancelled": Example(
        summary="A cancelled flight with two passengers",
        value={
            "flight": "UA 123",
            "date": "2013-02-08",
            "passengers": [{"id": "P1", "party": "A"}, {"id": "P2", "party": "A", "reduced_mobility": True}],
        },
    )
}


@router.post("/recoveries", summary="Find ways on for the passengers of a flight")
async def recover(
    running: Running, request: Annotated[RecoveryRequest, Body(openapi_examples=_RECOVERY_EXAMPLE)], owner: Owner
) -> Recovery:
    """Rank the flights on file that lead to the destination, and seat the passengers as well as can be.

    The audit log tells of the plan before it is answered with.
    """
    return await running.recover(request, actor="cli" if owner else "api")


@router.get("/domains", summary="List domains and the facts of their cases")
async def domains(running: Running) -> list[Domain]:
    """Describe what a case of each installed domain may contain, with an example."""
    return [domain_of(pack) for pack in running.packs.values()]


@router.get("/sources", summary="List sources")
async def sources(running: Running, as_of: Annotated[Day | None, Query()] = None) -> list[SourceEntry]:
    """List the revisions that the reader sees, by title."""
    return await running.library.sources(await running.reader.scope(as_of))


@router.get("/sources/{revision_id}", summary="Read a source")
async def source(
    running: Running,
    revision_id: Annotated[str, Path(description="Id of a revision, as in a citation.")],
    place: Annotated[Place, Query()],
) -> SourceText:
    """Give the canonical text of a revision, also of one that was replaced after it had been cited."""
    scope = await running.reader.scope(place.as_of, place.generation)
    revision = await running.library.revision(revision_id, scope)
    if revision is None:
        raise NotFoundError(
            f"No revision {revision_id} is there for you on {scope.as_of} at generation {scope.generation}; "
            "open the url of the citation, which names both."
        )
    return SourceText(
        revision_id=revision.id,
        document_id=revision.document.id,
        title=revision.document.title,
        owner=revision.document.owner,
        jurisdiction=revision.document.jurisdiction,
        content_sha256=revision.content_sha256,
        effective_from=revision.effective_from,
        effective_to=revision.effective_to,
        generation=scope.generation,
        text=revision.canonical_text,
        highlight=_highlight(revision, place),
    )


def _highlight(revision: Revision, place: Place) -> str | None:
    if place.start is None and place.end is None:
        return None
    start, end = place.start or 0, place.end if place.end is not None else len(revision.canonical_text)
    if not start < end <= len(revision.canonical_text):
        raise InvalidInputError(
            f"start, end: expected 0 <= start < end <= {len(revision.canonical_text)}; open the url of the citation."
        )
    return revision.canonical_text[start:end]
