"""Turns a question into the passages that a person or program is shown."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated

from pydantic import Field

from explain.citations import source_url
from retrieval.corpus import Chunk, Span, Value
from retrieval.find import Finder
from retrieval.query import ClauseQuery, Evidence, Mode
from retrieval.scope import ReadScope
from retrieval.sufficiency import Sufficiency
from service.reader import Day


class SearchRequest(Value):
    """A question, how many passages are wanted, and the date of which sources count (default: today).

    `earlier` are questions that the same person asked before in the dialogue.
    """

    query: str = Field(min_length=1, max_length=100_000)
    earlier: tuple[Annotated[str, Field(max_length=100_000)], ...] = Field(
        default=(), max_length=100, description="Earlier questions of the same dialogue, the latest one last."
    )
    k: int = Field(default=10, ge=1, le=100)
    as_of: Day | None = None


class Passage(Value):
    """A clause, or a part of one, that was found."""

    document_id: str
    clause: str = Field(description="Number or slug of the clause.")
    headings: tuple[str, ...]
    text: str
    span: Span
    revision_id: str
    url: str = Field(description="Where the words can be read in their place.")
    score: float
    stages: Mapping[str, float] = Field(description="Scores by stage of the search.")


class SearchResponse(Value):
    """What was found, best first, and how likely it is that it can answer (null where that was not measured)."""

    query: str
    mode: Mode
    generation: int
    as_of: date
    sufficiency: Sufficiency | None = None
    passages: tuple[Passage, ...]


async def search(finder: Finder, request: SearchRequest, scope: ReadScope) -> SearchResponse:
    """Find passages under a scope; RetrievalError for a question without words."""
    query = ClauseQuery(text=request.query, limit=request.k, earlier=request.earlier)
    found = await finder.find(query, scope)
    return SearchResponse(
        query=request.query,
        mode=found.mode,
        generation=scope.generation,
        as_of=scope.as_of,
        sufficiency=found.sufficiency,
        passages=tuple(_passage(item, one, scope) for one in found if isinstance(item := one.item, Chunk)),
    )


def _passage(chunk: Chunk, evidence: Evidence, scope: ReadScope) -> Passage:
    return Passage(
        document_id=chunk.document_id,
        clause=chunk.clause_key,
        headings=chunk.headings,
        text=chunk.text,
        span=chunk.span,
        revision_id=chunk.revision_id,
        url=read_at(source_url(chunk.revision_id, chunk.span.start, chunk.span.end), scope.as_of, scope.generation),
        score=evidence.score,
        stages=evidence.stages,
    )


def read_at(url: str, as_of: date, generation: int) -> str:
    """Add to the url of a source the date and generation under which it was read, so that it opens the same words."""
    return f"{url}&as_of={as_of}&generation={generation}"
