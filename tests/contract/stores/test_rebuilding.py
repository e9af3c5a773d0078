"""The real stores together: whoever removes the folder of the index and ingests again has lost nothing."""

import hashlib
import shutil
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from small import asked, ingest_of

from retrieval.adapters.edge_index import EdgeIndex
from retrieval.ports import CLAUSES, Collection, Hit, Vectors
from retrieval.words import weigh_question
from service.adapters.database import Database
from service.adapters.sql_catalog import SqlCatalog

POLICY = "# Policy\n\n" + "".join(f"**4.{number} Clause.** Words of number {number}.\n\n" for number in range(1, 40))


class Letters:
    """Embeds by a hash; counts what it was given."""

    model = "letters 1"
    dimensions = 16

    def __init__(self) -> None:
        self.embedded = 0

    async def embed(self, texts: Sequence[str]) -> Vectors:
        self.embedded += len(texts)
        rows = np.array([list(hashlib.sha256(text.encode()).digest()[:16]) for text in texts], dtype=np.float32)
        return (rows - 127.5) / np.linalg.norm(rows - 127.5, axis=1, keepdims=True)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "policy.md").write_text(POLICY, encoding="utf-8")
    return tmp_path / "source"


@asynccontextmanager
async def _open(folder: Path, model: str) -> AsyncGenerator[EdgeIndex]:
    index = await EdgeIndex.open(folder, [Collection(CLAUSES, 16, "cosine", lexical=True, model=model)])
    try:
        yield index
    finally:
        await index.close()


async def _found(index: EdgeIndex) -> list[list[Hit]]:
    vector = [1.0] + [0.0] * 15
    found = [
        await index.scroll(CLAUSES, []),
        await index.nearest(CLAUSES, vector, [], 10),
        await index.lexical(CLAUSES, weigh_question("number 7"), [], 10),
    ]
    return [[replace(hit, score=round(hit.score, 4)) for hit in hits] for hits in found]


async def test_a_removed_folder_loses_nothing(database: Database, tmp_path: Path, source: Path) -> None:
    folder, embedder = tmp_path / "index", Letters()
    async with _open(folder, embedder.model) as index:
        ingest = ingest_of(SqlCatalog(database), index, embedder, {})
        await ingest.run(asked(source))
        (source / "policy.md").write_text(POLICY.replace("number 7", "number seven"), encoding="utf-8")
        await ingest.run(asked(source))
        before = await _found(index)
    embedded = embedder.embedded
    shutil.rmtree(folder)
    async with _open(folder, embedder.model) as index:
        ingest = ingest_of(SqlCatalog(database), index, embedder, {})
        assert "clauses" in str(await ingest.index_difference())
        report = await ingest.run(asked(source))
        assert [note for note in report.notes if "rebuilt 78 points of 2 revisions from the catalog" in note]
        assert await ingest.index_difference() is None
        assert await _found(index) == before
    assert (embedder.embedded, report.generation) == (embedded, 2)
