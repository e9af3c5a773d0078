"""The catalog is the truth: an index that was removed, thinned out or exchanged is made again from it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from small import asked, ingest_of

from ingestion.pipeline import Ingest
from ingestion.ports import Catalog
from retrieval.corpus import RecordKind
from retrieval.filters import Equals, Not
from retrieval.ports import CLAUSES, Embedder, Hit, Index, Point, Vectors
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
POLICY = "# Policy\n\n## 4 Data\n\n**4.1 Sources.** Use sales.\n\n**4.2 Number.** At least three.\n"
SALES = "PID,Sold,Price\n1,2010-05-01,100\n2,2011-05-01,200\n"
MAPPING = '[columns]\nid = "PID"\ndate = "Sold"\nprice = "Price"\n'
EVERYTHING = [Not(Equals("item", "nothing"))]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in (("sources.toml", SOURCES), ("policy.md", POLICY), ("sales.csv", SALES), ("map.toml", MAPPING)):
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


@pytest.fixture
async def ingest(catalog: Catalog, index: Index, embedder: Embedder, sale: RecordKind, folder: Path) -> Ingest:
    """Give what has ingested three generations, in which a clause was changed and a table shortened, then removed."""
    ingest = ingest_of(catalog, index, embedder, {"sale": sale})
    await ingest.run(asked(folder))
    (folder / "policy.md").write_text(POLICY.replace("three", "five"), encoding="utf-8")
    (folder / "sales.csv").write_text(SALES.split("2,2011", maxsplit=1)[0], encoding="utf-8")
    await ingest.run(asked(folder))
    (folder / "sales.csv").unlink()
    (folder / "sources.toml").write_text(SOURCES.split('[[source]]\npath = "sales', maxsplit=1)[0], encoding="utf-8")
    await ingest.run(asked(folder))
    return ingest


async def _contents(index: Index) -> dict[str, list[Hit]]:
    return {collection: await index.scroll(collection, EVERYTHING) for collection in (CLAUSES, "sale")}


async def _seen(index: Index, generation: int) -> tuple[list[str], int]:
    scope = visible_to(ReadScope(as_of=date(2026, 1, 1), generation=generation))
    texts = sorted(str(hit.payload["text"]) for hit in await index.scroll(CLAUSES, scope))
    return texts, await index.count("sale", scope)


async def _copy(index: Index) -> dict[str, list[Point]]:
    """Take what an index holds, without its vectors and words."""
    contents = await _contents(index)
    dimensions = {CLAUSES: 32, "sale": 2}
    return {
        collection: [Point(hit.id, (1.0,) * dimensions[collection], hit.payload) for hit in hits]
        for collection, hits in contents.items()
    }


async def test_a_removed_index_is_made_again_without_embedding(
    ingest: Ingest, index: Index, embedder: Embedder, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = await _contents(index)
    seen = [await _seen(index, generation) for generation in range(4)]
    found = await index.nearest(CLAUSES, (await embedder.embed(["Use sales."]))[0].tolist(), EVERYTHING, 3)
    for collection in before:
        await index.delete(collection, EVERYTHING)

    async def refuse(texts: list[str]) -> Vectors:
        raise AssertionError(f"embedded again: {texts}")

    with monkeypatch.context() as patch:
        patch.setattr(embedder, "embed", refuse)
        report = await ingest.run(asked(folder))
    assert (report.generation, report.unchanged, report.embedded) == (3, ("policy",), 0)
    assert any("rebuilt 7 points of 4 revisions from the catalog" in note for note in report.notes)
    assert await _contents(index) == before
    assert [await _seen(index, generation) for generation in range(4)] == seen
    assert await index.nearest(CLAUSES, (await embedder.embed(["Use sales."]))[0].tolist(), EVERYTHING, 3) == found


async def test_only_what_has_no_vector_is_embedded(
    ingest: Ingest, catalog: Catalog, index: Index, sale: RecordKind, folder: Path, embedder: Embedder
) -> None:
    del ingest
    for collection in (CLAUSES, "sale"):
        await index.delete(collection, EVERYTHING)
    other = OtherModel(embedder)
    report = await ingest_of(catalog, index, other, {"sale": sale}).run(asked(folder))
    assert report.changed == ("policy",)
    assert report.embedded == 2  # for the revision of the other model; what the old ones hold, to mend the index
    assert (await _seen(index, 2))[0] == (await _seen(index, 4))[0]


async def test_records_of_a_pack_with_other_numbers_are_neutral_until_their_table_is_read(
    ingest: Ingest, catalog: Catalog, index: Index, embedder: Embedder, folder: Path
) -> None:
    del ingest
    await index.delete("sale", EVERYTHING)
    wider = RecordKind("sale", 3, lambda values: (float(str(values["price"])), 1.0, 2.0))
    await ingest_of(catalog, index, embedder, {"sale": wider}).run(asked(folder))
    assert {hit.payload["vector"] for hit in await index.scroll("sale", EVERYTHING)} == {(0.0, 0.0, 0.0)}
    (folder / "sales.csv").write_text(SALES, encoding="utf-8")
    (folder / "sources.toml").write_text(SOURCES, encoding="utf-8")
    report = await ingest_of(catalog, index, embedder, {"sale": wider}).run(asked(folder))
    now = visible_to(ReadScope(as_of=date(2026, 1, 1), generation=report.generation))
    vectors = [hit.payload["vector"] for hit in await index.scroll("sale", now)]
    assert sorted(map(str, vectors)) == ["(100.0, 1.0, 2.0)", "(200.0, 1.0, 2.0)"]


async def test_what_is_missing_odd_or_too_much_is_mended(ingest: Ingest, index: Index, folder: Path) -> None:
    before, copy = await _contents(index), await _copy(index)
    gone, hidden = before[CLAUSES][0], before["sale"][0]
    foreign = replace(copy["sale"][0], id="f" * 32, payload={**hidden.payload, "revision_id": "rev_unknown"})
    await index.delete(CLAUSES, [Equals(name, str(gone.payload[name])) for name in ("revision_id", "text")])
    await index.set_payload("sale", [hidden.id], {"valid_to_generation": 2**31 - 1})
    await index.upsert("sale", [foreign])
    report = await ingest.run(asked(folder))
    assert any("2 revisions from the catalog" in note for note in report.notes)
    assert any("held 1 points of revisions that the catalog does not know" in note for note in report.notes)
    assert await _contents(index) == before


async def test_a_difference_is_told_and_a_dry_run_leaves_it(ingest: Ingest, index: Index, folder: Path) -> None:
    assert await ingest.index_difference() is None
    await index.delete(CLAUSES, EVERYTHING)
    assert "does not hold what the catalog does in clauses; ingest" in str(await ingest.index_difference())
    assert (await ingest.preview(asked(folder))).notes == ()
    assert await index.count(CLAUSES, []) == 0
    await ingest.run(asked(folder))
    assert await ingest.index_difference() is None


async def test_an_index_that_is_whole_is_left_alone(
    ingest: Ingest, index: Index, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(collection: str, points: list[Point]) -> None:
        raise AssertionError(f"{len(points)} points were written to {collection}")

    monkeypatch.setattr(index, "upsert", refuse)
    assert (await ingest.run(asked(folder))).notes == ()


class OtherModel:
    """The same vectors under another model's name."""

    model = "words-2"

    def __init__(self, first: Embedder) -> None:
        self._first = first
        self.dimensions = first.dimensions

    async def embed(self, texts: Sequence[str]) -> Vectors:
        return await self._first.embed(texts)
