"""A clock counts what runs side by side once."""

import asyncio

import numpy as np
import pytest
from small import MemoryIndex, WordsEmbedder

from evals.bench.clocks import Clock, ClockedEmbedder, ClockedIndex, MadeUpEmbedder, mapped_mb, peak_mb, resident_mb
from retrieval.ports import Point


def test_what_runs_side_by_side_counts_once(monkeypatch: pytest.MonkeyPatch) -> None:
    now = iter([1.0, 5.0, 10.0, 12.0])
    monkeypatch.setattr("evals.bench.clocks.time.perf_counter", lambda: next(now))
    clock = Clock()
    with clock.running(), clock.running():
        pass
    with clock.running():
        pass
    assert clock.seconds == 6.0


async def test_an_encoder_is_timed_and_its_vectors_stay() -> None:
    plain, clocked = WordsEmbedder(), ClockedEmbedder(WordsEmbedder())
    assert (clocked.model, clocked.dimensions) == (plain.model, plain.dimensions)
    rows = await asyncio.gather(clocked.embed(["one two"]), clocked.embed(["three"]))
    assert np.array_equal(rows[0], await plain.embed(["one two"]))
    assert clocked.clock.seconds > 0


async def test_writing_is_timed_and_counted() -> None:
    index = ClockedIndex(MemoryIndex())
    await index.upsert("things", [Point("a", [1.0], {"x": 1}), Point("b", [0.5], {"x": 2})])
    assert (index.points, await index.count("things", [])) == (2, 2)
    assert index.clock.seconds > 0
    assert index.reading.seconds > 0


async def test_made_up_vectors_are_of_length_one_and_all_different() -> None:
    made_up = MadeUpEmbedder("model", 8)
    rows = np.vstack([await made_up.embed(["a"] * 5), await made_up.embed(["a"] * 5)])
    assert np.linalg.norm(rows, axis=1) == pytest.approx(1.0, abs=1e-5)
    assert len({row.tobytes() for row in rows}) == 10


def test_memory_is_that_of_this_process() -> None:
    assert 10 < peak_mb() < 100_000
    assert 0 <= mapped_mb() < peak_mb()
    assert 0 <= resident_mb() < peak_mb()
