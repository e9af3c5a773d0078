"""Turns a dataset into the figures of search: how good, how fast and in what time, beside two other programs.

Toulmin, LlamaIndex and bm25s answer the same questions, in the same order, from the same chunks, each in a process of
its own, one after another. The two that embed do so with the same model, and share the vectors of the chunks.
"""

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, cast

from pydantic import JsonValue

from evals.bench.answered import MEASURED, Answered, Beside, beside, latencies
from evals.bench.children import piece
from evals.bench.figures import Figure, Measured, other_work
from evals.bench.places import bench_folder
from evals.bootstrap import RESAMPLES, SEED, intervals
from evals.datasets import RetrievalSet, read_retrieval_set
from evals.retrieval import Scores, percentiles, question_scores
from evals.runs import Tell
from service.bootstrap import prepared_model
from service.settings import Settings

PIECES: Final = "evals.bench.retrieval_pieces"
LLAMA_INDEX: Final = "LlamaIndex"
BM25S: Final = "bm25s"


@dataclass(frozen=True, slots=True, kw_only=True)
class Questions:
    """Which questions are asked: the first `limit` of a split; of LlamaIndex, which is slow, the first `compared`."""

    dataset: Path
    split: str
    limit: int | None = None
    compared: int = 300

    @property
    def fewer(self) -> int:
        """How many are asked of LlamaIndex."""
        return self.compared if self.limit is None else min(self.limit, self.compared)


@dataclass(frozen=True, slots=True)
class Searched:
    """What was measured, and the comparison with each other program."""

    measured: Measured
    others: tuple[Beside, ...]

    def document(self) -> dict[str, JsonValue]:
        """Give everything as one JSON document."""
        compared = [
            {
                "other": one.other,
                "questions": one.questions,
                "rows": [{**asdict(row), "ratio": row.ratio} for row in one.rows],
            }
            for one in self.others
        ]
        return {**self.measured.document(), "side_by_side": cast("JsonValue", compared)}


async def measure_search(questions: Questions, settings: Settings, tell: Tell) -> Searched:
    """Ask all three; the index of the dataset is kept for the next time, as that of `evals retrieval`."""
    load = other_work()
    dataset = await asyncio.to_thread(read_retrieval_set, questions.dataset, questions.split, questions.limit)
    await asyncio.to_thread(prepared_model, settings)
    with bench_folder(settings) as folder:
        bench = _Bench(questions, folder, tell)
        ours = await bench.ask("toulmin", questions.limit)
        words = await bench.ask("words_alone", questions.limit)
        theirs = await bench.ask("llama_index", questions.fewer)
    scored = {name: _scores(dataset, one) for name, one in (("ours", ours), (BM25S, words), (LLAMA_INDEX, theirs))}
    others = (
        beside(LLAMA_INDEX, (scored["ours"], ours), (scored[LLAMA_INDEX], theirs)),
        beside(BM25S, (scored["ours"], ours), (scored[BM25S], words)),
    )
    measured = Measured(
        load=load,
        setting={
            "dataset": questions.dataset.resolve().name,
            "split": questions.split,
            "questions": len(dataset.queries),
            "questions_of_llama_index": len(theirs.run),
            "passages": len(dataset.corpus),
            "embedding_model": settings.model,
            "remarks": [*dataset.remarks],
            "bootstrap": {"resamples": RESAMPLES, "seed": SEED},
            "latency_ms": {
                "Toulmin": dict(latencies(ours.milliseconds)),
                LLAMA_INDEX: dict(latencies(theirs.milliseconds)),
                BM25S: dict(latencies(words.milliseconds)),
            },
        },
        figures=(*_speed(ours), *_quality(scored["ours"]), *_ahead(others)),
    )
    return Searched(measured, others)


@dataclass(frozen=True, slots=True)
class _Bench:
    questions: Questions
    folder: Path
    tell: Tell

    async def ask(self, program: str, limit: int | None) -> Answered:
        """Let a piece ask a program."""
        target = self.folder / f"{program}.json"
        with TemporaryDirectory(dir=self.folder) as own:
            arguments: Mapping[str, JsonValue] = {
                "piece": program,
                "dataset": str(self.questions.dataset),
                "split": self.questions.split,
                "limit": limit,
                "target": str(target),
                "folder": own,
            }
            await piece(PIECES, arguments, self.tell)
        return Answered.read(target)


def _scores(dataset: RetrievalSet, answered: Answered) -> Scores:
    judgements = {query: dataset.judgements[query] for query in answered.run}
    scores = question_scores(judgements, answered.run)
    return {query: {name: each[name] for name in MEASURED} for query, each in scores.items()}


def _speed(ours: Answered) -> Iterator[Figure]:
    times = latencies(ours.milliseconds)
    note = f"{len(ours.run):,} questions, one after another, encoding included"
    yield Figure("p50 of a question", times["p50"], "ms", "at most", 15, note)
    yield Figure("p95 of a question", times["p95"], "ms", "at most", 40)
    yield Figure("longest question", times["max"], "ms")
    encoding, index, either = (ours.parts[part] for part in ("encoding", "index", "either"))
    rest = {query: each - either[query] for query, each in ours.milliseconds.items()}
    yield Figure("p50 of encoding", _p50(encoding), "ms")
    beside = "calls of the Index, the search by words beside the encoding"
    yield Figure("p50 of the index", _p50(index), "ms", "at most", 2, beside)
    yield Figure("p50 of the rest", _p50(rest), "ms", note="weighing words, fusing, citations")


def _p50(milliseconds: Mapping[str, float]) -> float:
    return percentiles(list(milliseconds.values()))["p50"]


def _quality(scores: Scores) -> Iterator[Figure]:
    for name, found in intervals(scores).items():
        yield Figure(name, found.mean, "", note=f"95 % interval {found.low:.4f} to {found.high:.4f}")


def _ahead(others: tuple[Beside, ...]) -> Iterator[Figure]:
    """Compare with targets: better than both, and faster than the one that embeds, too."""
    for one in others:
        for name in MEASURED:
            row = one[name]
            note = f"95 % interval {row.low:+.4f} to {row.high:+.4f}, {one.questions:,} questions"
            yield Figure(f"{name} above {one.other}", row.difference, "", "at least", 0, note)
    for one in others:
        for name in ("p50", "p95"):
            target = 1 if one.other == LLAMA_INDEX else None
            yield Figure(f"{name} / {one.other}'s", one[name].ratio, "times", "at most", target)
