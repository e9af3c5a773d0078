"""The seconds in a report: those of each stage, of which none is counted twice where batches wait for each other."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from pydantic import JsonValue
from small import DirectParsing, MemoryIndex, WordsEmbedder, asked, ingest_of

from ingestion.ingests import ParsedRevision
from ingestion.pipeline import Ingest
from ingestion.planning import LARGEST_BATCH
from ingestion.ports import Catalog
from ingestion.reading import Reader
from retrieval.ports import Vectors

BATCHES = 5
EMBEDDING_S = 0.2
READING_S = 0.05


class SlowEmbedder(WordsEmbedder):
    """Takes its time, for one batch after another."""

    def __init__(self) -> None:
        self._turn = asyncio.Lock()

    async def embed(self, texts: Sequence[str]) -> Vectors:
        async with self._turn:
            await asyncio.sleep(EMBEDDING_S)
            return await super().embed(texts)


class SlowParsing(DirectParsing):
    """Takes its time for each file."""

    async def parse(self, source: Mapping[str, JsonValue], fingerprint: str, ingestion_id: str) -> ParsedRevision:
        await asyncio.sleep(READING_S)
        return await super().parse(source, fingerprint, ingestion_id)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "files"
    folder.mkdir()
    return folder


async def test_batches_that_wait_for_the_encoder_do_not_count_its_time_twice(catalog: Catalog, folder: Path) -> None:
    for number in range(BATCHES * LARGEST_BATCH):
        (folder / f"{number}.md").write_text(f"# Document {number}\n\nWords of {number}.\n", encoding="utf-8")
    began = time.monotonic()
    report = await ingest_of(catalog, MemoryIndex(), SlowEmbedder(), {}).run(asked(folder))
    elapsed = time.monotonic() - began
    assert report.embedded == BATCHES * LARGEST_BATCH
    assert BATCHES * EMBEDDING_S <= report.seconds_by_stage["embed"] < elapsed
    assert report.seconds_by_stage.keys() == {"plan", "read", "embed", "commit"}


async def test_a_file_that_cannot_be_read_took_time_too(catalog: Catalog, folder: Path) -> None:
    (folder / "broken.md").write_bytes(b"Words in caf\xe9.")
    report = await _slowly_reading(catalog).run(asked(folder))
    assert len(report.quarantined) == 1
    assert report.seconds_by_stage["read"] >= READING_S


async def test_a_dry_run_compares_and_commits_nothing(catalog: Catalog, folder: Path) -> None:
    for number in range(3):
        (folder / f"{number}.md").write_text(f"# Document {number}\n\nWords of {number}.\n", encoding="utf-8")
    report = await _slowly_reading(catalog).preview(asked(folder))
    assert "commit" not in report.seconds_by_stage
    assert report.seconds_by_stage["read"] >= 3 * READING_S
    assert report.seconds >= READING_S + report.seconds_by_stage["compare"] > READING_S


def _slowly_reading(catalog: Catalog) -> Ingest:
    reader = Reader({}, WordsEmbedder.model)
    return Ingest(
        catalog=catalog,
        index=MemoryIndex(),
        embedder=WordsEmbedder(),
        record_kinds={},
        parsing=SlowParsing(reader),
    )
