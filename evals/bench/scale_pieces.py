"""The pieces of the benchmark of growth: each works on one folder, in this process, whose memory is then its own.

It starts as `python -m evals.bench.scale_pieces JSON`, where the JSON names the piece and its arguments.
"""

import asyncio
import json
import random
import sys
import time
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Final, cast

import numpy as np

from evals.bench import engine_options
from evals.bench.children import Findings, answer, told
from evals.bench.clocks import ClockedIndex, mapped_mb, peak_mb, resident_mb
from evals.bench.exact import append, nearest, recall
from evals.bench.scale_points import READERS, named, points, seen
from evals.bench.variation import BATCH, Sample, closeness, varied
from evals.datasets import EvaluationError, read_passages
from evals.retrieval import percentiles
from evals.runs import installation
from ingestion.embedding import BATCH as EMBEDDED_AT_ONCE
from retrieval.filters import Condition
from retrieval.ports import CLAUSES, Asked, Embedder, Index, Vectors
from retrieval.scope import visible_to
from retrieval.words import weigh_question
from service.settings import read_settings

Arguments = Mapping[str, str | int]


async def sample(arguments: Arguments) -> Findings:
    """Embed passages of a `corpus`, evenly drawn, and questions made of their words; keep both in `sample`."""
    texts = await asyncio.to_thread(_drawn, Path(str(arguments["corpus"])))
    chance = random.Random(1)  # noqa: S311 - nothing is secret here
    questions = [_question(chance.choice(texts).split(), chance) for _ in range(_QUESTIONS)]
    folder = Path(str(arguments["sample"]))
    async with installation(read_settings(), folder.parent / "encoder") as running:
        kept = Sample(
            texts, await _embedded(texts, running.embedder), questions, await _embedded(questions, running.embedder)
        )
    kept.write(folder)
    made = np.concatenate([one.vectors for one in varied(kept, len(texts))])
    return {"texts": len(texts), "closeness": closeness(kept.vectors), "made_closeness": closeness(made)}


async def build(arguments: Arguments) -> Findings:
    """Write `clauses` into the empty folder `installed`, and their vectors alone into the file `vectors`."""
    count, drawn = int(arguments["clauses"]), Sample.read(Path(str(arguments["sample"])))
    made_s = 0.0
    async with installation(read_settings(), Path(str(arguments["installed"]))) as running:
        index, before_mb = ClockedIndex(running.index), resident_mb()
        vectors, began = Path(str(arguments["vectors"])), time.perf_counter()
        for clauses in varied(drawn, count):
            laid_out = list(points(clauses))
            append(vectors, clauses.vectors)
            made_s += time.perf_counter() - began
            await index.upsert(CLAUSES, laid_out)
            began = time.perf_counter()
            if clauses.first % (_TOLD_EVERY * BATCH) == 0:
                told(f"write {count:,}", clauses.first, count)
        found = {"write_s": index.clock.seconds, "made_s": made_s, "points": index.points}
        memory = {"before_mb": before_mb, "peak_mb": peak_mb(), "mapped_mb": mapped_mb(), "resident_mb": resident_mb()}
    return {**found, **memory, "disk_mb": disk_mb(_clauses(arguments))}


async def search(arguments: Arguments) -> Findings:
    """Search the closed `installed` as the service does; also find what is true by looking at all vectors."""
    count, drawn = int(arguments["clauses"]), Sample.read(Path(str(arguments["sample"])))
    began = time.perf_counter()
    async with installation(read_settings(), Path(str(arguments["installed"]))) as running:
        found = {"open_s": time.perf_counter() - began, "open_resident_mb": resident_mb()}
        hits: dict[str, list[list[str]]] = {}
        for reader, scope in READERS.items():
            told(f"search {count:,}", 0, 1)
            times = await _pool_times(running.index, drawn, visible_to(scope))
            found |= {f"{reader} {name}": value for name, value in times.items()}
            hits[reader] = await _nearest_ids(running.index, drawn, visible_to(scope))
        memory = {"mapped_mb": mapped_mb(), "resident_mb": resident_mb()}  # what follows takes some of its own
    for reader, scope in READERS.items():
        true = await asyncio.to_thread(_true, arguments, reader, drawn.asked)
        found[f"{reader} recall"] = recall(hits[reader], true, _FIRST)
        found[f"{reader} seen"] = int(seen(scope, count).sum())
    return {**found, **memory}


async def option(arguments: Arguments) -> Findings:
    """Build an `option` of the engine on `installed`, a closed folder, and search it."""
    return await asyncio.to_thread(_option, arguments)


def disk_mb(folder: Path) -> float:
    """Give what a folder takes of its disk: files of the engine are larger than what is in them."""
    return sum(file.stat().st_blocks for file in folder.rglob("*") if file.is_file()) * 512 / 1024**2


PIECES: Final[Mapping[str, Callable[[Arguments], Coroutine[None, None, Findings]]]] = {
    "sample": sample,
    "build": build,
    "search": search,
    "option": option,
}

_SAMPLE: Final = 3_000
_QUESTIONS: Final = 100
_QUESTION_WORDS: Final = 20
_WARM_UP: Final = 20
_DEEP: Final = 100  # whatever the service asks for: tables name it
_FIRST: Final = 10
_TOLD_EVERY: Final = 10


async def _pool_times(index: Index, drawn: Sample, conditions: Sequence[Condition]) -> dict[str, float]:
    """Time pools by words and vector, and by each alone: p50 and p95 in milliseconds, by `KIND p50`."""
    words = [weigh_question(text) for text in drawn.questions]
    vectors = [row.tolist() for row in drawn.asked]
    kinds = {
        "pool": [Asked(vector, weighed) for vector, weighed in zip(vectors, words, strict=True)],
        "words": [Asked(None, weighed) for weighed in words],
        "dense": [Asked(vector, {}) for vector in vectors],
    }
    found: dict[str, float] = {}
    for kind, asked in kinds.items():
        for one in asked[:_WARM_UP]:
            await index.pool(CLAUSES, one, conditions, _DEEP)
        times: list[float] = []
        for one in asked:
            began = time.perf_counter()
            await index.pool(CLAUSES, one, conditions, _DEEP)
            times.append((time.perf_counter() - began) * 1000)
        found |= {f"{kind} {name}": value for name, value in percentiles(times).items()}
    return found


async def _nearest_ids(index: Index, drawn: Sample, conditions: Sequence[Condition]) -> list[list[str]]:
    found = [await index.nearest(CLAUSES, row.tolist(), conditions, _FIRST) for row in drawn.asked]
    return [[hit.id for hit in hits] for hits in found]


def _option(arguments: Arguments) -> Findings:
    name, drawn = str(arguments["option"]), Sample.read(Path(str(arguments["sample"])))
    chosen = engine_options.OPTIONS[name]
    told(f"{name}, {int(arguments['clauses']):,}", 0, 1)
    began = time.perf_counter()
    shard = engine_options.opened(_clauses(arguments), drawn.asked.shape[1], chosen)
    try:
        shard.optimize()
        shard.flush()
        found: dict[str, float] = {
            "build_s": time.perf_counter() - began,
            "peak_mb": peak_mb(),
            "build_mb": resident_mb(),
        }
        found["disk_mb"] = disk_mb(_clauses(arguments))
        for reader, scope in READERS.items():
            true = _read_true(arguments, reader)
            among = engine_options.excluding(shard, visible_to(scope))
            for label, params in {"exact": engine_options.EXACT, **chosen.searches}.items():
                find = partial(engine_options.search, shard, limit=_DEEP, seen=among, params=params)
                for row in drawn.asked:  # which warms up
                    find(row.tolist())
                hits, times = _timed(find, drawn.asked)
                place = f"{label}/{reader}"
                found |= {f"{place}/{one}": value for one, value in percentiles(times).items()}
                found |= {f"{place}/recall_{depth}": recall(hits, true, depth) for depth in (_FIRST, _DEEP)}
    finally:
        shard.close()
    return found


def _timed(find: Callable[[list[float]], list[str]], asked: Vectors) -> tuple[list[list[str]], list[float]]:
    """Search for each vector; what was found, and the milliseconds."""
    hits: list[list[str]] = []
    times: list[float] = []
    for row in asked:
        vector = row.tolist()
        began = time.perf_counter()
        hits.append(find(vector))
        times.append((time.perf_counter() - began) * 1000)
    return hits, times


def _clauses(arguments: Arguments) -> Path:
    return Path(str(arguments["installed"])) / "index" / CLAUSES


def _true(arguments: Arguments, reader: str, asked: Vectors) -> list[list[str]]:
    """Find the nearest clauses by looking at all, and keep them for the options."""
    mask = seen(READERS[reader], int(arguments["clauses"]))
    places = nearest(Path(str(arguments["vectors"])), asked, mask, _DEEP)
    true = [[named(int(place)) for place in row] for row in places]
    _true_file(arguments, reader).write_text(json.dumps(true), encoding="utf-8")
    return true


def _read_true(arguments: Arguments, reader: str) -> list[list[str]]:
    return cast("list[list[str]]", json.loads(_true_file(arguments, reader).read_text(encoding="utf-8")))


def _true_file(arguments: Arguments, reader: str) -> Path:
    return Path(str(arguments["vectors"])).with_suffix(f".{reader}.json")


def _drawn(corpus: Path) -> list[str]:
    """Draw passages with some words, evenly over the corpus."""
    texts = [one.text for _, one in read_passages(corpus / "corpus.jsonl") if len(one.text.split()) >= _QUESTION_WORDS]
    if not texts:
        raise EvaluationError(f"{corpus}: corpus.jsonl has no passage of {_QUESTION_WORDS} words or more to vary.")
    return texts[:: max(1, len(texts) // _SAMPLE)][:_SAMPLE]


def _question(words: Sequence[str], chance: random.Random) -> str:
    start = chance.randrange(max(1, len(words) - _QUESTION_WORDS))
    return " ".join(words[start : start + _QUESTION_WORDS])


async def _embedded(texts: Sequence[str], embedder: Embedder) -> Vectors:
    def parts() -> Iterator[Sequence[str]]:
        for first in range(0, len(texts), EMBEDDED_AT_ONCE):
            told("embed a sample", first, len(texts))
            yield texts[first : first + EMBEDDED_AT_ONCE]

    return np.concatenate([await embedder.embed(part) for part in parts()])


if __name__ == "__main__":
    given = cast("Arguments", json.loads(sys.argv[1]))
    answer(asyncio.run(PIECES[str(given["piece"])](given)))
