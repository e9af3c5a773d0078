"""The pieces of the ingestion benchmark: each runs the product in this process, on folders that it is told.

It starts as `python -m evals.bench.pieces JSON`, where the JSON names the piece and its arguments.
"""

import asyncio
import json
import sys
import time
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import cycle
from pathlib import Path
from typing import Final, cast

import numpy as np

from evals.bench.children import Findings, answer, told
from evals.bench.clocks import ClockedEmbedder, ClockedIndex, MadeUpEmbedder, mapped_mb, peak_mb
from evals.bench.rulebooks import questions, write_rulebooks
from evals.datasets import EvaluationError
from evals.retrieval import percentiles
from evals.runs import installation
from ingestion.embedding import embedding_key
from ingestion.ingests import Ingestion, IngestRequest
from ingestion.pipeline import Progress
from retrieval.ports import Vectors
from service.application import Application
from service.search import SearchRequest
from service.settings import read_settings

Arguments = Mapping[str, str | int]


async def first(arguments: Arguments) -> Findings:
    """Ingest `documents` into the empty folder `installed`; how long that took, and how much of it the encoder."""
    began = time.perf_counter()
    async with installation(read_settings(), Path(str(arguments["installed"]))) as running:
        embedder = ClockedEmbedder(running.ingest.embedder)
        ingest = replace(running.ingest, embedder=embedder)
        report = await ingest.run(_request(arguments), _progress("first ingest"))
        seconds = time.perf_counter() - began
        return {
            "seconds": seconds,
            "encoder_s": embedder.clock.seconds,
            "chunks": report.chunks,
            "embedded": report.embedded,
            "documents": len(report.new),
        }


async def writing(arguments: Arguments) -> Findings:
    """Ingest `documents` anew into the empty folder `installed`, with the vectors that `known` keeps."""
    settings = read_settings()
    async with (
        installation(settings, Path(str(arguments["known"]))) as known,
        installation(settings, Path(str(arguments["installed"]))) as running,
    ):
        await _take_over_vectors(known, running)
        index = ClockedIndex(running.index)
        ingest = replace(running.ingest, index=index)
        began = time.perf_counter()
        report = await ingest.run(_request(arguments), _progress("writing"))
        return {
            "seconds": time.perf_counter() - began,
            "index_s": index.clock.seconds,
            "points": index.points,
            "embedded": report.embedded,
        }


async def readers(arguments: Arguments) -> Findings:
    """Ask `installed` questions from `documents`, then go on asking during an ingest of `more`."""
    asked = await asyncio.to_thread(questions, Path(str(arguments["documents"])), _QUESTIONS, seed=1)
    quiet_s = float(arguments["quiet_s"])
    async with installation(read_settings(), Path(str(arguments["installed"]))) as running:
        await _ask(running, asked[:_WARM_UP], lambda: False)
        ends = time.monotonic() + quiet_s
        told("readers alone", 0, 1)
        quiet = await _ask(running, cycle(asked), lambda: time.monotonic() > ends)
        started = await running.ingestions.start(IngestRequest(locations=(str(arguments["more"]),)))
        over = asyncio.create_task(_over(running, started.id))
        busy = await _ask(running, cycle(asked), over.done)
        embedded = await over
    return {
        "quiet_p50_ms": percentiles(quiet)["p50"],
        "quiet_p95_ms": percentiles(quiet)["p95"],
        "busy_p50_ms": percentiles(busy)["p50"],
        "busy_p95_ms": percentiles(busy)["p95"],
        "busy_most_ms": max(busy),
        "quiet_questions": len(quiet),
        "busy_questions": len(busy),
        "embedded": embedded,
    }


async def memory(arguments: Arguments) -> Findings:
    """Ingest so many made-up `passages` with made-up vectors into `installed`; the most memory that took."""
    documents = Path(str(arguments["documents"]))
    passages = int(arguments["passages"])
    await asyncio.to_thread(write_rulebooks, documents, passages, seed=passages)
    async with installation(read_settings(), Path(str(arguments["installed"]))) as running:
        made_up = MadeUpEmbedder(running.embedder.model, running.embedder.dimensions)
        ingest = replace(running.ingest, embedder=made_up)
        began = time.perf_counter()
        tell, staged_mb = _progress(f"memory, {passages:,} passages"), 0.0

        def progress(ingestion: Ingestion) -> None:
            nonlocal staged_mb
            staged_mb = staged_mb if ingestion.over else peak_mb()  # nothing is in the index before it commits
            tell(ingestion)

        report = await ingest.run(_request(arguments), progress)
        seconds, mapped = time.perf_counter() - began, mapped_mb()
    return {
        "peak_mb": peak_mb(),
        "staged_mb": staged_mb,
        "mapped_mb": mapped,
        "chunks": report.chunks,
        "seconds": seconds,
    }


PIECES: Final[Mapping[str, Callable[[Arguments], Coroutine[None, None, Findings]]]] = {
    "first": first,
    "writing": writing,
    "readers": readers,
    "memory": memory,
}

_QUESTIONS: Final = 500
_WARM_UP: Final = 20
_REST_S: Final = 0.03  # a reader thinks between two questions


def _request(arguments: Arguments) -> IngestRequest:
    return IngestRequest(locations=(str(arguments["documents"]),), requested_by="evals")


def _progress(stage: str) -> Progress:
    return lambda ingestion: told(stage, ingestion.settled + ingestion.written, 2 * max(1, ingestion.documents))


async def _take_over_vectors(known: Application, running: Application) -> None:
    """Keep in one installation all vectors that another keeps, document by document."""
    model = known.embedder.model
    for revision in await known.catalog.current(known.settings.tenant):
        (parsed,) = await known.catalog.contents([revision.revision_id])
        keys = sorted({embedding_key(chunk) for chunk in parsed.chunks})
        kept = await known.catalog.vectors(model, keys)
        await running.catalog.keep_vectors(model, list(kept), _rows(list(kept.values())))


def _rows(vectors: Sequence[bytes]) -> Vectors:
    return np.stack([np.frombuffer(vector, dtype="<f4") for vector in vectors])


async def _ask(running: Application, asked: Iterable[str], enough: Callable[[], bool]) -> list[float]:
    """Search as the service does, one question after another, until it is enough; milliseconds of each."""
    milliseconds: list[float] = []
    for question in asked:
        began = time.perf_counter()
        await running.search(SearchRequest(query=question))
        milliseconds.append((time.perf_counter() - began) * 1000)
        if enough():
            break
        await asyncio.sleep(_REST_S)
    return milliseconds


async def _over(running: Application, ingestion_id: str) -> int:
    """Wait for an ingest; how many texts it embedded. EvaluationError when it did not ingest everything."""
    async for ingestion in running.ingestions.watch(ingestion_id):
        told("readers during an ingest", ingestion.settled, ingestion.documents or 1)
    last = await running.ingestions.get(ingestion_id)
    if last.report is None or last.report.quarantined or not last.report.new:
        raise EvaluationError(f"The ingest beside readers did not do its work: {last.error or last.report}")
    return last.embedded


if __name__ == "__main__":
    given = cast("Arguments", json.loads(sys.argv[1]))
    answer(asyncio.run(PIECES[str(given["piece"])](given)))
