"""The pieces of the retrieval benchmark: each asks one program, in this process, the same questions of the same chunks.

It starts as `python -m evals.bench.retrieval_pieces JSON`, where the JSON names the piece, the dataset, and the
`target` file that takes the answers. The other programs get the texts that the product embeds, cut as the product cuts
them, and LlamaIndex the vectors that the product keeps of them.
"""

import asyncio
import gc
import json
import sys
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Final, cast

import numpy as np

from evals.bench.answered import Answered, ranking
from evals.bench.bm25s_search import WordSearch
from evals.bench.children import Findings, answer, told
from evals.bench.clocks import Clock, ClockedEmbedder, ClockedIndex
from evals.bench.llama_index_pipeline import blocking
from evals.bench.llama_index_search import Texts, opened
from evals.corpus import LaidOut, lay_out
from evals.datasets import RetrievalSet, read_retrieval_set
from evals.runs import ingest_corpus, installation, passages_of
from ingestion.embedding import embedding_key
from ingestion.ports import Catalog
from retrieval.corpus import Chunk
from retrieval.find import Finder
from retrieval.points import searched_text
from retrieval.query import ClauseQuery
from retrieval.sufficiency import read_calibration
from service.settings import Settings, read_settings

Arguments = Mapping[str, str | int | None]
Hits = Iterable[tuple[str, float]]
"""Ids of chunks with scores, best first."""

CHUNKS: Final = 30
"""How many chunks are asked for, among which ten passages are."""


async def toulmin(arguments: Arguments) -> Findings:
    """Ask the product, as its service does: one Finder on the embedded index, which encodes the question itself."""
    dataset, documents = await asyncio.to_thread(_read, arguments)
    settings = read_settings()
    async with installation(settings, _installed(settings, arguments)) as running:
        await ingest_corpus(running, documents, told)
        either = Clock()  # words are searched while the model computes
        embedder, index = ClockedEmbedder(running.embedder, either), ClockedIndex(running.index, either)
        finder = Finder(index, embedder, ordering=running.ordering, calibration=read_calibration())
        scope = await running.reader.scope()
        parts: dict[str, dict[str, float]] = {"encoding": {}, "index": {}, "either": {}}

        async def ask(query: str, text: str) -> Hits:
            encoded, searched, worked = embedder.clock.seconds, index.reading.seconds, either.seconds
            found = await finder.find(ClauseQuery(text=text, limit=CHUNKS), scope)
            parts["encoding"][query] = (embedder.clock.seconds - encoded) * 1000
            parts["index"][query] = (index.reading.seconds - searched) * 1000
            parts["either"][query] = (either.seconds - worked) * 1000
            return ((one.item.id, one.score) for one in found.evidence)

        asked = await _ask("Toulmin", ask, dataset.queries, _passage_of(documents))
    asked.model_copy(update={"parts": parts}).write(Path(str(arguments["target"])))
    return {"questions": len(asked.run), "chunks": len(_chunks(documents))}


async def llama_index(arguments: Arguments) -> Findings:
    """Ask LlamaIndex: dense and sparse search of its QdrantVectorStore in a local client, fused by its default."""
    dataset, documents = await asyncio.to_thread(_read, arguments)
    settings, chunks = read_settings(), _chunks(documents)
    async with installation(settings, _installed(settings, arguments)) as running:
        await ingest_corpus(running, documents, told)
        vectors = await _vectors(chunks, running.catalog, running.embedder.model)
        embed = blocking(running.embedder, asyncio.get_running_loop())
        told("LlamaIndex, index", 0, 1)
        began = time.perf_counter()
        texts = Texts([chunk.id for chunk in chunks], [searched_text(chunk) for chunk in chunks], vectors)
        with opened(Path(str(arguments["folder"])), texts, embed, CHUNKS) as search:

            async def ask(_query: str, text: str) -> Hits:
                return await asyncio.to_thread(search, text)

            seconds = time.perf_counter() - began
            asked = await _ask("LlamaIndex", ask, dataset.queries, _passage_of(documents))
    asked.write(Path(str(arguments["target"])))
    return {"questions": len(asked.run), "chunks": len(chunks), "index_s": seconds}


async def words_alone(arguments: Arguments) -> Findings:
    """Ask bm25s, which searches by words alone."""
    dataset, documents = await asyncio.to_thread(_read, arguments)
    chunks = _chunks(documents)
    began = time.perf_counter()
    search = WordSearch([searched_text(chunk) for chunk in chunks])
    seconds = time.perf_counter() - began

    async def ask(_query: str, text: str) -> Hits:
        return ((chunks[place].id, score) for place, score in search.best(text, CHUNKS))

    asked = await _ask("bm25s", ask, dataset.queries, _passage_of(documents))
    asked.write(Path(str(arguments["target"])))
    return {"questions": len(asked.run), "chunks": len(chunks), "index_s": seconds}


PIECES: Final[Mapping[str, Callable[[Arguments], Coroutine[None, None, Findings]]]] = {
    "toulmin": toulmin,
    "llama_index": llama_index,
    "words_alone": words_alone,
}

_WARM_UP: Final = 20


def _read(arguments: Arguments) -> tuple[RetrievalSet, list[LaidOut]]:
    limit = arguments["limit"]
    dataset = read_retrieval_set(
        Path(str(arguments["dataset"])), str(arguments["split"]), None if limit is None else int(limit)
    )
    return dataset, lay_out(dataset.corpus)


def _installed(settings: Settings, arguments: Arguments) -> Path:
    """Share the index with `evals retrieval` of this dataset, so that nothing is embedded twice."""
    return settings.data / "evals" / Path(str(arguments["dataset"])).resolve().name


def _chunks(documents: Sequence[LaidOut]) -> list[Chunk]:
    return [chunk for one in documents for chunk in one.parsed.chunks]


def _passage_of(documents: Sequence[LaidOut]) -> dict[str, str]:
    passages = passages_of(documents)
    return {chunk.id: passages[chunk.document_id, chunk.clause_key] for chunk in _chunks(documents)}


async def _vectors(chunks: Sequence[Chunk], catalog: Catalog, model: str) -> list[list[float]]:
    keys = [embedding_key(chunk) for chunk in chunks]
    kept = await catalog.vectors(model, sorted(set(keys)))
    return [np.frombuffer(kept[key], dtype="<f4").tolist() for key in keys]


async def _ask(
    program: str,
    ask: Callable[[str, str], Awaitable[Hits]],
    queries: Mapping[str, str],
    passage_of: Mapping[str, str],
) -> Answered:
    """Ask the first questions to warm up, then all of them, one after another and in order, and time each."""
    gc.freeze()  # no program that serves keeps the dataset, in which to look for garbage
    for query, text in islice(queries.items(), _WARM_UP):
        await ask(query, text)
    run: dict[str, dict[str, float]] = {}
    milliseconds: dict[str, float] = {}
    for done, (query, text) in enumerate(queries.items(), start=1):
        began = time.perf_counter()
        hits = await ask(query, text)
        milliseconds[query] = (time.perf_counter() - began) * 1000
        run[query] = ranking(hits, passage_of)
        if done % _TOLD_EVERY == 0 or done == len(queries):
            told(f"ask {program}", done, len(queries))
    return Answered(run=run, milliseconds=milliseconds)


_TOLD_EVERY: Final = 50

if __name__ == "__main__":
    given = cast("Arguments", json.loads(sys.argv[1]))
    answer(asyncio.run(PIECES[str(given["piece"])](given)))
