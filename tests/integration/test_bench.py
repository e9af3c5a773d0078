"""The benchmark of ingestion, at a size that takes seconds: every figure is there and can be true."""

import asyncio
import json
import os
import sys
from pathlib import Path

import pytest

FIGURES = {
    "first ingest": (0.5, 600),
    "encoder at work in it": (0.5, 100),
    "unchanged corpus again": (0.3, 300),
    "one changed document": (0.3, 300),
    "writing to the index": (1, 1_000_000),
    "ingest with known vectors": (0.1, 100_000),
    "readers' p95 without ingest": (0.1, 60_000),
    "readers' p95 during one": (0.1, 60_000),
    "slower during an ingest": (0.05, 10_000),
}
"""Each figure, and between which values it lies on any machine."""


async def bench(*arguments: str | Path, folder: Path) -> tuple[int, str, str]:
    """Run the benchmark; its exit code, what it printed, and what it said of its progress."""
    running = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "evals", "bench", "ingestion", *arguments),
        env={**os.environ, "TOULMIN_DATA": str(folder), "NO_COLOR": "1", "COLUMNS": "200"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    printed, progress = await running.communicate()
    assert running.returncode is not None
    return running.returncode, printed.decode(), progress.decode()


@pytest.fixture(name="var")
def _var(tmp_path: Path, prepared_model: Path) -> Path:
    folder = tmp_path / "var"
    folder.mkdir()
    (folder / "models").symlink_to(prepared_model.parent)
    return folder


async def test_every_figure_is_measured_and_can_be_true(var: Path, tmp_path: Path) -> None:
    target = tmp_path / "figures.json"
    code, printed, progress = await bench("--passages", "100", "--largest", "1000", "--json", target, folder=var)
    assert code == 0, progress
    found = json.loads(target.read_text(encoding="utf-8"))
    measured = {one["name"]: one for one in found["figures"]}
    for name, (least, most) in FIGURES.items():
        assert least <= measured[name]["value"] <= most, name
    memory = [one for name, one in measured.items() if name.startswith("peak memory")]
    assert [0.05 < one["value"] < 1.5 for one in memory] == [True, True]
    assert memory[-1]["reached"] is True
    assert [one["name"] for one in found["comparison"]] == [*list(FIGURES)[:1], *list(FIGURES)[2:4]]
    assert all(one["ours_s"] > 0 and one["theirs_s"] > 0 for one in found["comparison"])
    pieces = found["setting"]["pieces"]
    assert pieces["first"]["embedded"] == pieces["first"]["chunks"] >= 100
    assert pieces["writing"]["embedded"] == 0
    assert pieces["writing"]["points"] == pieces["first"]["chunks"]
    assert pieces["readers"]["embedded"] >= 25
    assert pieces["other"]["points"] == pieces["other"]["points_after"] == 100
    assert all(name in printed for name in (*FIGURES, "LlamaIndex"))
    assert "first ingest ..." in progress
    assert list((var / "bench").iterdir()) == []


async def test_a_dataset_that_is_not_there_is_an_error_with_its_path(var: Path, tmp_path: Path) -> None:
    code, _, said = await bench("--corpus", tmp_path / "nowhere", folder=var)
    assert code == 1
    assert "nowhere" in said.replace("\n", "")
