"""Turns numbers of clauses into figures of the embedded index: writing, memory, disk, searching, and engine options.

Clauses are varied from real passages (`evals.bench.variation`) and written through the application's own Index; all but
the vectors is as in production. Each size is built in one process and searched in another, and each option of the
engine, which the product does not use, is built and searched in one more, on a copy of the closed folder.
"""

import asyncio
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final, cast

from pydantic import JsonValue
from rich.table import Table

from evals.bench.children import Findings, piece
from evals.bench.engine_options import OPTIONS
from evals.bench.figures import Figure, Measured, other_work, shown
from evals.bench.places import bench_folder
from evals.runs import Tell
from service.bootstrap import prepared_model
from service.settings import Settings

PIECES: Final = "evals.bench.scale_pieces"
LEAST: Final = 1_000
"""Fewer clauses than this measure nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """What is measured: sizes in clauses, the corpus whose passages are varied, and which options of the engine."""

    sizes: tuple[int, ...]
    corpus: Path
    options: tuple[str, ...] = tuple(OPTIONS)


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionRow:
    """One way to search by vector alone: latency in ms, and the share of the true first 10 and 100 that it finds."""

    clauses: int
    option: str
    search: str
    reader: str
    p50: float
    p95: float
    recall_10: float
    recall_100: float
    build_s: float
    peak_mb: float
    disk_mb: float


@dataclass(frozen=True, slots=True)
class Grown:
    """What was measured, and what the options of the engine gave."""

    measured: Measured
    options: tuple[OptionRow, ...]

    def document(self) -> dict[str, JsonValue]:
        """Give everything as one JSON document."""
        return {**self.measured.document(), "options": cast("JsonValue", [asdict(one) for one in self.options])}


async def measure_scale(growth: Growth, settings: Settings, tell: Tell) -> Grown:
    """Measure all sizes, one after another; nothing of it is kept."""
    load = other_work()
    await asyncio.to_thread(prepared_model, settings)
    pieces: dict[str, Findings] = {}
    figures: list[Figure] = []
    rows: list[OptionRow] = []
    with bench_folder(settings) as folder:
        sample = await piece(
            PIECES, {"piece": "sample", "corpus": str(growth.corpus), "sample": str(folder / "sample")}, tell
        )
        for clauses in growth.sizes:
            bench = _Bench(clauses, folder, tell)
            build, search = await bench.run("build"), await bench.run("search")
            figures += _figures(clauses, build, search)
            pieces |= {f"{clauses} build": build, f"{clauses} search": search}
            for name in growth.options:
                found = await bench.option(name)
                rows += option_rows(clauses, name, found)
                pieces[f"{clauses} {name}"] = found
            await asyncio.to_thread(bench.clear)
    setting: dict[str, JsonValue] = {
        "corpus": growth.corpus.resolve().name,
        "sample": dict(sample),
        "vectors": "means of two real embeddings that are near each other, with noise",
        "embedding_model": settings.model,
        "pieces": {name: dict(found) for name, found in pieces.items()},
    }
    return Grown(Measured(load, setting, (*_likeness(sample), *figures)), tuple(rows))


@dataclass(frozen=True, slots=True)
class _Bench:
    """One size, in subfolders of `folder`."""

    clauses: int
    folder: Path
    tell: Tell

    async def run(self, name: str, installed: str = "installed", **more: str) -> Findings:
        """Run a piece."""
        arguments: dict[str, JsonValue] = {
            "piece": name,
            "clauses": self.clauses,
            "sample": str(self.folder / "sample"),
            "vectors": str(self.folder / "vectors.f32"),
            "installed": str(self.folder / installed),
        }
        return await piece(PIECES, {**arguments, **more}, self.tell)

    async def option(self, name: str) -> Findings:
        """Build and search an option on a copy of the index."""
        copy = self.folder / "copy"
        try:
            await asyncio.to_thread(shutil.copytree, self.folder / "installed" / "index", copy / "index")
            return await self.run("option", copy.name, option=name)
        finally:
            await asyncio.to_thread(shutil.rmtree, copy, ignore_errors=True)

    def clear(self) -> None:
        """Remove what was made of this size."""
        shutil.rmtree(self.folder / "installed")
        for file in self.folder.glob("vectors.*"):
            file.unlink()


def option_rows(clauses: int, name: str, found: Findings) -> list[OptionRow]:
    """Read what a piece found of an option: a row for each way of searching and each reader."""
    places = {key.rpartition("/")[0]: None for key in found if "/" in key}
    return [
        OptionRow(
            clauses=clauses,
            option=name,
            search=place.partition("/")[0],
            reader=place.partition("/")[2],
            **{one: found[f"{place}/{one}"] for one in ("p50", "p95", "recall_10", "recall_100")},
            **{one: found[one] for one in ("build_s", "peak_mb", "disk_mb")},
        )
        for place in places
    ]


def options_table(rows: tuple[OptionRow, ...]) -> Table:
    """Show what each option of the engine costs and gives."""
    table = Table(
        *("Clauses", "Option", "Built in", "Peak", "Disk", "Search by vector", "Reader"),
        *("p50", "p95", "Recall@10", "Recall@100"),
    )
    for one in rows:
        table.add_row(
            f"{one.clauses:,}",
            one.option,
            shown(one.build_s, "s"),
            shown(one.peak_mb / _MB_OF_A_GB, "GB"),
            shown(one.disk_mb / _MB_OF_A_GB, "GB"),
            one.search,
            one.reader,
            shown(one.p50, "ms"),
            shown(one.p95, "ms"),
            f"{one.recall_10:.3f}",
            f"{one.recall_100:.3f}",
        )
    return table


_MB_OF_A_GB: Final = 1024.0


def _likeness(sample: Findings) -> Iterator[Figure]:
    note = f"mean cosine, of {sample['texts']:,.0f} real passages and as many varied clauses"
    yield Figure("tenth neighbour, real passages", sample["closeness"], "", note=note)
    yield Figure("tenth neighbour, varied clauses", sample["made_closeness"], "")


def _figures(clauses: int, build: Findings, search: Findings) -> Iterator[Figure]:
    size = f"{clauses:,}: "
    yield Figure(
        f"{size}writing", build["points"] / build["write_s"], "points/s", note=f"{build['write_s']:,.0f} s in all"
    )
    yield Figure(
        f"{size}peak memory, writing", build["peak_mb"] / _MB_OF_A_GB, "GB", note=_mapped(build, build["before_mb"])
    )
    yield Figure(
        f"{size}memory, searching",
        search["resident_mb"] / _MB_OF_A_GB,
        "GB",
        note=f"model included; and {search['mapped_mb'] / _MB_OF_A_GB:.2g} GB mapped files",
    )
    yield Figure(f"{size}disk", build["disk_mb"] / _MB_OF_A_GB, "GB")
    yield Figure(f"{size}opening", search["open_s"], "s", note="the whole application")
    for reader in ("most", "few"):
        yield from _search_figures(size, reader, search)


def _search_figures(size: str, reader: str, search: Findings) -> Iterator[Figure]:
    sees = f"by one who sees {search[f'{reader} seen']:,.0f}"
    yield Figure(f"{size}pool p50, {reader}", search[f"{reader} pool p50"], "ms", note=sees)
    yield Figure(f"{size}pool p95, {reader}", search[f"{reader} pool p95"], "ms")
    yield Figure(f"{size}of it words p50, {reader}", search[f"{reader} words p50"], "ms", note="a pool by words alone")
    yield Figure(f"{size}of it vector p50, {reader}", search[f"{reader} dense p50"], "ms", note="by the vector alone")
    yield Figure(f"{size}recall@10, {reader}", search[f"{reader} recall"], "", "at least", 0.99, "against all vectors")


def _mapped(found: Findings, before_mb: float) -> str:
    mapped = found["mapped_mb"] / _MB_OF_A_GB
    return f"of it {mapped:.2g} GB mapped files at the end, {before_mb / _MB_OF_A_GB:.2g} GB before the first clause"
