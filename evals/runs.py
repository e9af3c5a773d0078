"""Turns datasets into figures by running the service on them, in folders of their own below the data folder."""

import time
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from pydantic import JsonValue

from decision.pack import DomainPack
from evals.cases import EvalCase, Score, facts_of, score, summary
from evals.corpus import corpus_revision
from evals.datasets import RetrievalSet
from evals.retrieval import DEPTH
from ingestion.embedding import embed
from ingestion.pipeline import new_id
from ingestion.ports import Ingestion, IngestRequest, Outline, Planned, Settled
from retrieval.corpus import Chunk
from retrieval.query import ClauseQuery, Evidence
from service.application import Application
from service.bootstrap import application, prepared_model
from service.flow import DecisionRequest
from service.settings import Settings

Tell = Callable[[str, int, int], None]
"""Told a stage, how much of it is done, and how much there is."""

_SLACK = 50  # a long passage has several chunks, and only the best of them counts


@dataclass(frozen=True, slots=True)
class RankedRun:
    """What search found for each question, best first, how long each took, and on what installation."""

    run: Mapping[str, Mapping[str, float]]
    milliseconds: tuple[float, ...]
    generation: int
    config: Mapping[str, JsonValue]


async def rank(name: str, dataset: RetrievalSet, settings: Settings, tell: Tell) -> RankedRun:
    """Ingest the corpus (what was embedded before is not again) and ask every question."""
    run: dict[str, dict[str, float]] = {}
    milliseconds: list[float] = []
    modes: set[str] = set()
    async with installation(settings, settings.data / "evals" / name) as running:
        await _ingest_corpus(running, name, dataset, tell)
        scope = await running.reader.scope()
        for done, (query, text) in enumerate(dataset.queries.items(), start=1):
            started = time.perf_counter()
            found, mode = await running.finder.find(ClauseQuery(text=text, limit=DEPTH + _SLACK), scope)
            milliseconds.append((time.perf_counter() - started) * 1000)
            modes.add(mode)
            run[query] = _ranking(found)
            tell("ask", done, len(dataset.queries))
        config: dict[str, JsonValue] = {
            "dataset": name,
            "passages": len(dataset.corpus),
            "embedding_model": running.embedder.model,
            "modes": [*sorted(modes)],
            "depth": DEPTH,
        }
        return RankedRun(run, tuple(milliseconds), scope.generation, config)


async def measure_cases(
    pack: str, cases: Iterable[EvalCase], settings: Settings, as_of: date | None, tell: Tell
) -> dict[str, JsonValue]:
    """Decide every case as the service does, on the sources that the pack ships; nothing of it is kept.

    A case that states no date is decided as of `as_of`, else today, as if what dates it had happened then.
    """
    cases = list(cases)
    with TemporaryDirectory() as folder:
        async with installation(settings, Path(folder)) as running:
            await running.ingest.run(IngestRequest(locations=(str(running.packs[pack].folder / "sources.toml"),)))
            scores: list[Score] = []
            for done, case in enumerate(cases, start=1):
                request = _request(running.packs[pack], case, case.as_of or as_of or datetime.now(UTC).date())
                scores.append(score(case, await running.flow.decide(request, actor="evals")))
                tell("decide", done, len(cases))
    return summary(scores)


def _request(pack: DomainPack, case: EvalCase, day: date) -> DecisionRequest:
    dated = {pack.dated_by: day.isoformat()} if pack.dated_by else {}
    return DecisionRequest(domain=pack.name, case={**dated, **facts_of(case)}, question=case.question, as_of=day)


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


async def _ingest_corpus(running: Application, name: str, dataset: RetrievalSet, tell: Tell) -> None:
    """Stage and commit a corpus as one document, unless it is there already."""
    catalog, tenant = running.catalog, running.settings.tenant
    parsed = corpus_revision(name, dataset.corpus)
    known = await catalog.current(tenant)
    if [one.fingerprint for one in known] == [parsed.fingerprint]:
        return
    asked = Ingestion(
        id=new_id(), tenant=tenant, request=IngestRequest(requested_by="evals"), requested_at=datetime.now(UTC)
    )
    ingestion = await catalog.open(asked)
    replaced = next((one.revision_id for one in known), None)
    await catalog.plan(ingestion.id, [Planned(name, 0, {}, parsed.fingerprint, replaced)], Outline(), [])
    done = 0

    async def told(texts: int) -> None:
        nonlocal done
        done += texts
        tell("ingest", done, len(parsed.chunks))

    await embed(parsed.chunks, catalog, running.ingest.embedder, told)
    await catalog.settle(ingestion.id, [Settled(name, parsed=parsed)])
    await running.ingest.commit(ingestion.id)


def _ranking(found: Iterable[Evidence]) -> dict[str, float]:
    """Rank passages by their best chunk."""
    best: dict[str, float] = {}
    for evidence in found:
        if isinstance(evidence.item, Chunk):
            best.setdefault(evidence.item.clause_key, evidence.score)
    return dict(list(best.items())[:DEPTH])
