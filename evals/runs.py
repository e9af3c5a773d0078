"""Turns datasets into figures by running the service on them, in folders of their own below the data folder."""

import gc
import time
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pydantic import JsonValue

from evals.corpus import LaidOut, lay_out
from evals.datasets import RetrievalSet
from evals.retrieval import DEPTH
from ingestion.embedding import embed
from ingestion.ingests import Ingestion, IngestRequest, KnownRevision, Outline, ParsedRevision, Planned, Settled
from ingestion.pipeline import new_id
from retrieval.corpus import Chunk
from retrieval.find import Finder
from retrieval.query import ClauseQuery, Evidence
from retrieval.scope import ReadScope
from service.application import Application
from service.bootstrap import application, prepared_model
from service.settings import Settings

Tell = Callable[[str, int, int], None]
"""Told a stage, how much of it is done, and how much there is."""

_SLACK = 50  # a long passage has several chunks, and only the best of them counts


_TIMED = 300


@dataclass(frozen=True, slots=True)
class RankedRun:
    """What search found for each question, best first, how long some took for its ten best, and where that was."""

    run: Mapping[str, Mapping[str, float]]
    milliseconds: tuple[float, ...]
    generation: int
    config: Mapping[str, JsonValue]


async def rank(name: str, dataset: RetrievalSet, settings: Settings, tell: Tell) -> RankedRun:
    """Ingest the corpus (what was embedded before is not again) and ask every question."""
    run: dict[str, dict[str, float]] = {}
    modes: set[str] = set()
    async with installation(settings, settings.data / "evals" / name) as running:
        documents = lay_out(dataset.corpus)
        await ingest_corpus(running, documents, tell)
        passages = passages_of(documents)
        scope = await running.reader.scope()
        for done, (query, text) in enumerate(dataset.queries.items(), start=1):
            found = await running.finder.find(ClauseQuery(text=text, limit=DEPTH + _SLACK), scope)
            modes.add(found.mode)
            run[query] = _ranking(found, passages)
            tell("ask", done, len(dataset.queries))
        config: dict[str, JsonValue] = {
            "dataset": name,
            "passages": len(dataset.corpus),
            "embedding_model": running.embedder.model,
            "modes": [*sorted(modes)],
            "depth": DEPTH,
            **running.ordering.versions,
        }
        milliseconds = await _timed(running.finder, list(dataset.queries.values())[:_TIMED], scope, tell)
        return RankedRun(run, milliseconds, scope.generation, config)


async def _timed(finder: Finder, questions: Sequence[str], scope: ReadScope, tell: Tell) -> tuple[float, ...]:
    """Ask questions once more, as the service is asked; milliseconds of each."""
    milliseconds: list[float] = []
    gc.freeze()  # a service does not keep a corpus and its run, in which to look for garbage
    for done, text in enumerate(questions, start=1):
        started = time.perf_counter()
        await finder.find(ClauseQuery(text=text), scope)
        milliseconds.append((time.perf_counter() - started) * 1000)
        tell("time", done, len(questions))
    return tuple(milliseconds)


async def ingest_corpus(running: Application, documents: Sequence[LaidOut], tell: Tell) -> None:
    """Stage and commit the documents of a corpus, unless they are there already; what is there besides goes."""
    catalog, tenant = running.catalog, running.settings.tenant
    known = {one.document_id: one for one in await catalog.current(tenant)}
    wanted = {one.parsed.revision.document.id: one.parsed for one in documents}
    new = [one for name, one in wanted.items() if name not in known or known[name].fingerprint != one.fingerprint]
    removed = {name: one.revision_id for name, one in known.items() if name not in wanted}
    if not new and not removed:
        await running.ingest.verify()  # an index that was lost would find nothing, and score it
        return
    asked = Ingestion(
        id=new_id(), tenant=tenant, request=IngestRequest(requested_by="evals"), requested_at=datetime.now(UTC)
    )
    ingestion = await catalog.open(asked)
    planned = [_planned(one, known.get(one.revision.document.id)) for one in new]
    await catalog.plan(ingestion.id, planned, Outline(removed=removed))
    chunks = [chunk for one in new for chunk in one.chunks]
    done = 0

    async def told(texts: int) -> None:
        nonlocal done
        done += texts
        tell("ingest", done, len(chunks))

    await embed(chunks, catalog, running.ingest.embedder, told)
    await catalog.settle(ingestion.id, [Settled(one.revision.document.id, parsed=one) for one in new])
    await running.ingest.commit(ingestion.id)


def passages_of(documents: Sequence[LaidOut]) -> dict[tuple[str, str], str]:
    """Give the id of the passage that each clause is, by its document's id and its key."""
    return {
        (one.parsed.revision.document.id, key): passage for one in documents for key, passage in one.passages.items()
    }


@asynccontextmanager
async def installation(settings: Settings, folder: Path) -> AsyncGenerator[Application]:
    """Open a service of its own in `folder`, embedded, with the models that are prepared already."""
    own = {
        "data": folder,
        "database_url": f"sqlite+aiosqlite:///{folder / 'toulmin.db'}",
        "qdrant_url": None,
        "models": prepared_model(settings).folder.parent,
    }
    async with application(settings.model_copy(update=own)) as running:
        yield running


def _planned(parsed: ParsedRevision, known: KnownRevision | None) -> Planned:
    return Planned(parsed.revision.document.id, 0, {}, parsed.fingerprint, known and known.revision_id)


def _ranking(found: Iterable[Evidence], passages: Mapping[tuple[str, str], str]) -> dict[str, float]:
    """Rank passages by their best chunk."""
    best: dict[str, float] = {}
    for evidence in found:
        if isinstance(chunk := evidence.item, Chunk):
            best.setdefault(passages[chunk.document_id, chunk.clause_key], evidence.score)
    return dict(list(best.items())[:DEPTH])
