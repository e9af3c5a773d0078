"""Turns a corpus into the figures of ingestion: what a first ingest, another one and its writing take, beside readers.

Everything runs through the product as it is: the command line for what a person waits for, and the application in
processes of their own, with the real catalog, index, parsing children and encoder, for what is inside of it. Only the
vectors of the memory figures are made up, because the encoder would take half an hour for them and needs as much memory
for few texts as for many.
"""

import asyncio
import json
import os
import shutil
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final, cast

from pydantic import JsonValue

from evals.bench.children import Findings, piece
from evals.bench.figures import Comparison, Figure, Measured, other_work
from evals.bench.places import bench_folder
from evals.bench.rulebooks import PASSAGES_OF_A_DOCUMENT, change, write_dataset, write_rulebooks
from evals.datasets import EvaluationError
from evals.runs import Tell
from service.bootstrap import prepared_model
from service.settings import Settings

PIECES: Final = "evals.bench.pieces"
OTHER: Final = "LlamaIndex"
OTHER_MODULE: Final = "evals.bench.llama_index_pipeline"


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How much is ingested: `passages` of a `corpus` in the BEIR layout, or made up; `largest` for memory."""

    passages: int = 14_000
    largest: int = 200_000
    corpus: Path | None = None
    compared: bool = True

    @property
    def documents(self) -> int:
        """Documents in which passages are made up; three of them are changed."""
        return max(_TIMES, round(self.passages / PASSAGES_OF_A_DOCUMENT))

    @property
    def beside(self) -> int:
        """Passages that are ingested while readers ask."""
        return self.passages // 4

    @property
    def least(self) -> int:
        """Passages of the smaller memory figure."""
        return self.largest // 20


async def measure_ingestion(size: Size, settings: Settings, tell: Tell) -> Measured:
    """Measure all figures; nothing of it is kept."""
    load = other_work()
    await asyncio.to_thread(prepared_model, settings)  # which takes a minute where it was not done before
    with bench_folder(settings) as folder:
        bench = _Bench(size, settings, folder, tell)
        documents = await asyncio.to_thread(bench.write_documents)
        first = await bench.piece("first", documents="documents", installed="installed")
        unchanged_s = [await bench.command(changed=0) for _ in range(_TIMES)]
        writing = await bench.piece("writing", documents="documents", known="installed", installed="written")
        changed_s = [await bench.changed(document) for document in documents[:_TIMES]]
        readers = await bench.readers()
        memory = [await bench.memory(passages) for passages in (size.least, size.largest)]
        other = await bench.other() if size.compared else None
    figures = (
        *_ingests(first, unchanged_s, changed_s),
        *_writing(writing),
        *_readers(readers),
        *_memory(*memory),
    )
    return Measured(
        load=load,
        setting={
            "corpus": "made-up rulebooks" if size.corpus is None else size.corpus.resolve().name,
            "documents": len(documents),
            "chunks": first["chunks"],
            "embedding_model": settings.model,
            "pieces": cast(
                "JsonValue",
                {"first": first, "writing": writing, "readers": readers, "memory": memory, "other": other},
            ),
        },
        figures=figures,
        comparison=() if other is None else _comparison(first, median(unchanged_s), median(changed_s), other),
        other=OTHER,
    )


@dataclass(frozen=True, slots=True)
class _Bench:
    """One run: `folder` holds the documents and one installation a subfolder."""

    size: Size
    settings: Settings
    folder: Path
    tell: Tell

    def write_documents(self) -> list[Path]:
        """Write the corpus, a copy of it for the other program, and what is ingested beside readers."""
        target = self.folder / "documents"
        if self.size.corpus is None:
            written = write_rulebooks(target, self.size.passages, seed=1, documents=self.size.documents)
        else:
            written = write_dataset(target, self.size.corpus, self.size.passages)
        shutil.copytree(target, self.folder / "copied")
        write_rulebooks(self.folder / "more", self.size.beside, seed=2)
        return sorted(written)

    async def piece(self, name: str, **folders: str) -> Findings:
        """Run a piece on subfolders."""
        return await self._run(PIECES, {"piece": name, **{key: str(self.folder / one) for key, one in folders.items()}})

    async def readers(self) -> Findings:
        """Ask without and with an ingest beside."""
        folders = {name: str(self.folder / name) for name in ("documents", "installed", "more")}
        quiet_s = max(2.0, self.size.beside / _PASSAGES_A_SECOND)
        return await self._run(PIECES, {"piece": "readers", **folders, "quiet_s": quiet_s})

    async def memory(self, passages: int) -> Findings:
        """Ingest made-up passages with made-up vectors, and forget them."""
        where = self.folder / f"memory-{passages}"
        folders = {"documents": str(where / "documents"), "installed": str(where / "installed")}
        found = await self._run(PIECES, {"piece": "memory", **folders, "passages": passages})
        await asyncio.to_thread(shutil.rmtree, where)
        return found

    async def other(self) -> Findings:
        """Let the other program do the same work."""
        (self.folder / "other").mkdir()
        folders = {"documents": str(self.folder / "copied"), "folder": str(self.folder / "other")}
        return await self._run(OTHER_MODULE, folders)

    async def changed(self, document: Path) -> float:
        """Change a document, and let the command line ingest its folder."""
        await asyncio.to_thread(change, document, _ADDED)
        return await self.command(changed=1)

    async def command(self, changed: int) -> float:
        """Let the command line ingest the documents again; the seconds that a person waits for it, all included."""
        self.tell("unchanged" if not changed else "one changed document", 0, 1)
        began = time.perf_counter()
        running = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "service.cli", "ingest", str(self.folder / "documents"), "--json"),
            env=self._environment(),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        printed, complaints = await running.communicate()
        seconds = time.perf_counter() - began
        if running.returncode != 0:
            raise EvaluationError(f"`toulmin ingest` failed in the benchmark: {complaints.decode(errors='replace')}")
        found = len(json.loads(printed)["changed"])
        if found != changed:
            raise EvaluationError(f"`toulmin ingest` found {found} changed documents where there were {changed}.")
        return seconds

    async def _run(self, module: str, arguments: Mapping[str, JsonValue]) -> Findings:
        return await piece(module, arguments, self.tell)

    def _environment(self) -> dict[str, str]:
        return os.environ | {
            "PYTHONPATH": str(Path(__file__).parents[2]),
            "TOULMIN_DATA": str(self.folder / "installed"),
            "TOULMIN_MODELS": str(prepared_model(self.settings).folder.parent),
            "TOULMIN_DATABASE_URL": "",  # which is unset: the file in the folder
            "TOULMIN_QDRANT_URL": "",
        }


_TIMES: Final = 3
_ADDED: Final = "This sentence was added after the first ingest."
_PASSAGES_A_SECOND: Final = 100.0
_MB_OF_A_GB: Final = 1024.0
_PER_CENT: Final = 100.0


def _ingests(first: Findings, unchanged_s: list[float], changed_s: list[float]) -> Iterator[Figure]:
    command = f"the whole command, median of {_TIMES}"
    share = _PER_CENT * first["encoder_s"] / first["seconds"]
    yield Figure("first ingest", first["seconds"], "s", note=f"{first['chunks'] / first['seconds']:,.0f} chunks/s")
    yield Figure("encoder at work in it", share, "%", "at least", 85, "share of its wall time")
    yield Figure("unchanged corpus again", median(unchanged_s), "s", "at most", 5, command)
    yield Figure("one changed document", median(changed_s), "s", "at most", 3, command)


def _writing(writing: Findings) -> Iterator[Figure]:
    points = writing["points"]
    yield Figure("writing to the index", points / writing["index_s"], "chunks/s", "at least", 8_000)
    yield Figure(
        "ingest with known vectors", points / writing["seconds"], "chunks/s", note="reading, SQL and index together"
    )


def _readers(readers: Findings) -> Iterator[Figure]:
    asked = "search with its embedding, {:,.0f} questions"
    quiet, busy = readers["quiet_p95_ms"], readers["busy_p95_ms"]
    yield Figure("readers' p95 without ingest", quiet, "ms", note=asked.format(readers["quiet_questions"]))
    yield Figure("readers' p95 during one", busy, "ms", note=asked.format(readers["busy_questions"]))
    yield Figure("slower during an ingest", busy / quiet, "times", "at most", 2)


def _memory(small: Findings, large: Findings) -> Iterator[Figure]:
    for found in (small, large):
        name = f"memory to stage {found['chunks']:,.0f} chunks"
        yield Figure(name, found["staged_mb"] / _MB_OF_A_GB, "GB", note="vectors made up")
    for found, target in ((small, None), (large, 1.5)):
        name = f"peak memory, {found['chunks']:,.0f} chunks"
        mapped = f"of it {found['mapped_mb'] / _MB_OF_A_GB:.2g} GB mapped files of the index; vectors made up"
        yield Figure(name, found["peak_mb"] / _MB_OF_A_GB, "GB", "at most", target, mapped)


def _comparison(first: Findings, unchanged_s: float, changed_s: float, other: Findings) -> tuple[Comparison, ...]:
    """Pair the seconds; ours of the later ingests include starting Python and all imports, theirs do not."""
    return (
        Comparison("first ingest", first["seconds"], other["first_s"]),
        Comparison("unchanged corpus again", unchanged_s, other["unchanged_s"]),
        Comparison("one changed document", changed_s, other["changed_s"]),
    )
