"""Two tenants on one catalog and index, with documents of the same ids; and two ingests at once."""

import asyncio
from datetime import date
from pathlib import Path

import pytest
from small import asked, ingest_of

from ingestion.pipeline import Ingest
from ingestion.ports import Catalog
from retrieval.corpus import RecordKind
from retrieval.filters import Equals
from retrieval.ports import CLAUSES, Embedder, Index
from retrieval.scope import ReadScope, visible_to

SOURCES = """
[[source]]
path = "policy.md"
id = "policy"
groups = ["public"]
[[source]]
path = "sales.csv"
id = "sales"
groups = ["public"]
kind = "table"
record = "sale"
mapping = "map.toml"
"""
FILES = {
    "sources.toml": SOURCES,
    "policy.md": "At least three.",
    "sales.csv": "PID,Sold,Price\n1,2010-05-01,100\n",
    "map.toml": '[columns]\nid = "PID"\ndate = "Sold"\nprice = "Price"\n',
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


@pytest.fixture
def ingests(catalog: Catalog, index: Index, embedder: Embedder, sale: RecordKind) -> tuple[Ingest, Ingest]:
    north, south = (ingest_of(catalog, index, embedder, {"sale": sale}, tenant) for tenant in ("north", "south"))
    return north, south


async def _seen(index: Index, tenant: str, generation: int) -> tuple[list[str], int]:
    scope = visible_to(ReadScope(tenant=tenant, as_of=date(2026, 1, 1), generation=generation))
    return [str(hit.payload["text"]) for hit in await index.scroll(CLAUSES, scope)], await index.count("sale", scope)


async def test_each_tenant_has_the_same_files_as_its_own(
    ingests: tuple[Ingest, Ingest], index: Index, catalog: Catalog, folder: Path
) -> None:
    reports = [await ingest.run(asked(folder)) for ingest in ingests]
    assert [(report.generation, report.new) for report in reports] == [
        (1, ("policy", "sales")),
        (2, ("policy", "sales")),
    ]
    for tenant in ("north", "south"):
        assert await _seen(index, tenant, 2) == (["At least three."], 1)
        assert await index.count(CLAUSES, [Equals("tenant", tenant)]) == 1
    assert await _seen(index, "default", 2) == ([], 0)
    north, south = [{one.revision_id for one in await catalog.current(tenant)} for tenant in ("north", "south")]
    assert len(north) == len(south) == 2
    assert not north & south


async def test_one_tenant_neither_changes_nor_ends_what_another_has(
    ingests: tuple[Ingest, Ingest], index: Index, folder: Path
) -> None:
    north, south = ingests
    await north.run(asked(folder))
    await south.run(asked(folder))
    (folder / "policy.md").write_text("At least five.", encoding="utf-8")
    (folder / "sources.toml").write_text(SOURCES.split('[[source]]\npath = "sales', maxsplit=1)[0], encoding="utf-8")
    report = await south.run(asked(folder))
    assert (report.generation, report.changed, report.removed) == (3, ("policy",), ("sales",))
    assert await _seen(index, "south", 3) == (["At least five."], 0)
    assert await _seen(index, "north", 3) == (["At least three."], 1)
    assert await north.index_difference() is None


async def test_two_ingests_at_once_are_both_whole(ingests: tuple[Ingest, Ingest], index: Index, folder: Path) -> None:
    reports = await asyncio.gather(*(ingest.run(asked(folder)) for ingest in ingests))
    assert sorted(report.generation for report in reports) == [1, 2]
    assert await _seen(index, "south", 2) == await _seen(index, "north", 2) == (["At least three."], 1)


async def test_of_two_ingests_of_one_document_the_second_is_planned_anew(
    ingests: tuple[Ingest, Ingest], index: Index, folder: Path
) -> None:
    north, _ = ingests
    await north.run(asked(folder))
    for name, text in FILES.items():
        (folder / name).write_text(text.replace("three", "five"), encoding="utf-8")
    reports = await asyncio.gather(*(north.run(asked(folder)) for _ in range(3)))
    assert sorted((report.generation, report.changed) for report in reports) == [
        (2, ()),
        (2, ()),
        (2, ("policy",)),
    ]
    assert await _seen(index, "north", 2) == (["At least five."], 1)
    assert await index.count(CLAUSES, [Equals("tenant", "north")]) == 2
