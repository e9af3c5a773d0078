"""Whole ingests: what readers see before and after, what is embedded, removed, quarantined and recovered."""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

import pytest
from small import asked, ingest_of

from ingestion.ingests import Ingestion
from ingestion.pipeline import Ingest
from ingestion.ports import Catalog, IngestionError
from ingestion.report import IngestReport
from retrieval.corpus import DEFAULT_TENANT, OPEN, Record, RecordKind, Scalar
from retrieval.filters import Between, Equals
from retrieval.ports import CLAUSES, Embedder, Hit, Index, Point
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


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in (("sources.toml", SOURCES), ("policy.md", POLICY), ("sales.csv", SALES), ("map.toml", MAPPING)):
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


@pytest.fixture
def ingest(catalog: Catalog, index: Index, embedder: Embedder, sale: RecordKind) -> Ingest:
    return ingest_of(catalog, index, embedder, {"sale": sale})


@pytest.fixture
def parts(index: Index, catalog: Catalog, embedder: Embedder) -> tuple[Index, Catalog, Embedder]:
    return index, catalog, embedder


async def _visible(index: Index, collection: str, generation: int) -> list[Hit]:
    scope = ReadScope(as_of=date(2026, 1, 1), generation=generation)
    return await index.scroll(collection, visible_to(scope))


async def _texts(index: Index, generation: int) -> list[str]:
    return sorted(str(hit.payload["text"]) for hit in await _visible(index, CLAUSES, generation))


async def test_a_first_ingest_makes_a_generation_that_readers_see(
    ingest: Ingest, index: Index, catalog: Catalog, folder: Path
) -> None:
    told: list[Ingestion] = []
    report = await ingest.run(asked(folder), told.append)
    assert (report.generation, report.new, report.quarantined) == (1, ("policy", "sales"), ())
    assert (report.clauses, report.chunks, report.records, report.embedded) == (4, 2, 2, 2)
    assert await _texts(index, 1) == ["**4.1 Sources.** Use sales.", "**4.2 Number.** At least three."]
    assert len(await _visible(index, "sale", 1)) == 2
    assert await _texts(index, 0) == []
    assert await catalog.generation() == 1
    assert [(one.state, one.settled, one.written) for one in told] == [
        ("staging", 0, 0),
        ("staging", 2, 0),
        ("committed", 2, 2),
    ]
    assert (told[-1].sources, told[-1].documents, told[-1].embedded, told[-1].report) == (2, 2, 2, report)


async def test_nothing_changed_makes_no_generation(ingest: Ingest, folder: Path) -> None:
    await ingest.run(asked(folder))
    report = await ingest.run(asked(folder))
    assert (report.generation, report.unchanged, report.embedded) == (1, ("policy", "sales"), 0)
    assert (report.new, report.changed, report.removed) == ((), (), ())


async def test_a_change_embeds_only_new_words_and_the_old_generation_stays_readable(
    ingest: Ingest, index: Index, folder: Path
) -> None:
    await ingest.run(asked(folder))
    (folder / "policy.md").write_text(POLICY.replace("three", "five"), encoding="utf-8")
    (folder / "sales.csv").write_text(SALES + "3,2012-05-01,300\n", encoding="utf-8")
    report = await ingest.run(asked(folder))
    assert (report.generation, report.changed, report.embedded) == (2, ("policy", "sales"), 1)
    assert await _texts(index, 1) == ["**4.1 Sources.** Use sales.", "**4.2 Number.** At least three."]
    assert await _texts(index, 2) == ["**4.1 Sources.** Use sales.", "**4.2 Number.** At least five."]
    assert [len(await _visible(index, "sale", generation)) for generation in (1, 2)] == [2, 3]


async def test_words_that_come_back_are_a_revision_anew(ingest: Ingest, index: Index, folder: Path) -> None:
    for number in ("three", "five", "three"):
        (folder / "policy.md").write_text(POLICY.replace("three", number), encoding="utf-8")
        report = await ingest.run(asked(folder))
    assert (report.generation, report.embedded) == (3, 0)
    assert [(await _texts(index, generation))[1][-7:] for generation in (1, 2, 3)] == [" three.", "t five.", " three."]


async def test_a_removed_file_ends_and_another_folder_removes_nothing(
    ingest: Ingest, index: Index, catalog: Catalog, folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = tmp_path_factory.mktemp("other")
    (other / "note.md").write_text("A note.", encoding="utf-8")
    await ingest.run(asked(folder))
    assert (await ingest.run(asked(other))).removed == ()
    assert {known.document_id for known in await catalog.current(DEFAULT_TENANT)} == {"policy", "sales", "note"}
    (folder / "sources.toml").write_text(SOURCES.split('[[source]]\npath = "sales', maxsplit=1)[0], encoding="utf-8")
    report = await ingest.run(asked(folder))
    assert (report.removed, report.generation) == (("sales",), 3)
    assert await _visible(index, "sale", 3) == []
    assert len(await _visible(index, "sale", 2)) == 2


async def test_a_moved_file_with_a_declared_id_embeds_nothing(ingest: Ingest, folder: Path) -> None:
    await ingest.run(asked(folder))
    (folder / "policy.md").rename(folder / "renamed.md")
    (folder / "sources.toml").write_text(SOURCES.replace("policy.md", "renamed.md"), encoding="utf-8")
    report = await ingest.run(asked(folder))
    assert (report.changed, report.removed, report.new, report.embedded) == (("policy",), (), (), 0)


async def test_an_id_of_another_file_is_not_taken_over(
    ingest: Ingest, folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = tmp_path_factory.mktemp("other")
    (other / "policy.md").write_text("Something else.", encoding="utf-8")
    await ingest.run(asked(folder))
    report = await ingest.run(asked(other))
    assert "belongs to" in report.quarantined[0].reason
    assert report.generation == 1


async def test_a_second_file_of_an_id_waits_and_neither_replaces_nor_stops_the_others(
    ingest: Ingest, catalog: Catalog, tmp_path: Path
) -> None:
    folder = tmp_path / "policies"
    folder.mkdir()
    (folder / "travel.txt").write_text("Travel is booked early.", encoding="utf-8")
    await ingest.run(asked(folder))
    for name in ("travel.md", "other.md"):
        (folder / name).write_text(f"# {name}\n\nWords.", encoding="utf-8")
    report = await ingest.run(asked(folder))
    assert (report.new, report.changed, report.removed) == (("other",), (), ())
    assert [one.source for one in report.quarantined] == [f"{folder.as_posix()}//travel.md"]
    assert report.quarantined[0].remedy.startswith("declare another id")
    known = {one.document_id: one.source for one in await catalog.current(DEFAULT_TENANT)}
    assert known["travel"] == f"{folder.as_posix()}//travel.txt"


async def test_an_unreadable_file_is_quarantined_and_what_was_known_of_it_stays(
    ingest: Ingest, index: Index, folder: Path
) -> None:
    await ingest.run(asked(folder))
    (folder / "policy.md").write_bytes(b"Words in caf\xe9.")
    (folder / "sales.csv").write_text(SALES + "3,2012-05-01,300\n", encoding="utf-8")
    report = await ingest.run(asked(folder))
    assert (report.changed, report.removed, report.generation) == (("sales",), (), 2)
    assert report.quarantined[0].source.endswith("policy.md")
    assert "UTF-8" in report.quarantined[0].reason
    assert len(await _texts(index, 2)) == 2


async def test_an_unexpected_error_quarantines_one_document_only(
    catalog: Catalog, index: Index, embedder: Embedder, folder: Path
) -> None:
    def vector(values: Mapping[str, Scalar]) -> tuple[float, ...]:
        return (float(str(values["no_such_value"])),)

    report = await ingest_of(catalog, index, embedder, {"sale": RecordKind("sale", 1, vector)}).run(asked(folder))
    assert report.new == ("policy",)
    assert "no_such_value" in report.quarantined[0].reason


async def test_an_unknown_kind_of_record_is_quarantined(
    catalog: Catalog, index: Index, embedder: Embedder, folder: Path
) -> None:
    report = await ingest_of(catalog, index, embedder, {}).run(asked(folder))
    assert report.new == ("policy",)
    assert "no pack reads records of the kind 'sale'" in report.quarantined[0].reason


async def test_a_table_that_its_mapping_does_not_fit_is_held(ingest: Ingest, folder: Path) -> None:
    (folder / "map.toml").write_text(MAPPING.replace('"Price"', '"Cost"'), encoding="utf-8")
    report = await ingest.run(asked(folder))
    assert report.new == ("policy",)
    assert "'Cost'" in " ".join(report.held[0].reasons)


async def test_what_is_named_and_not_there_fails_and_says_so(ingest: Ingest, catalog: Catalog, folder: Path) -> None:
    with pytest.raises(IngestionError, match="nowhere does not exist"):
        await ingest.run(asked(folder / "nowhere"))
    (failed,) = await catalog.ingestions(DEFAULT_TENANT)
    assert (failed.state, await catalog.generation()) == ("failed", 0)
    assert "nowhere does not exist" in str(failed.error)


async def test_an_id_to_accept_that_no_source_has_is_refused(ingest: Ingest, folder: Path) -> None:
    request = asked(folder).model_copy(update={"accept": ("sales", "saels")})
    with pytest.raises(IngestionError, match=r"has the id saels, .* did you mean sales\?"):
        await ingest.run(request)


async def test_a_dry_run_reports_and_writes_nothing(
    ingest: Ingest, index: Index, catalog: Catalog, folder: Path
) -> None:
    report = await ingest.preview(asked(folder))
    assert (report.generation, report.new, report.chunks, report.records) == (0, ("policy", "sales"), 2, 2)
    assert report.embedded == 2  # as many texts would be
    assert await catalog.ingestions(DEFAULT_TENANT) == []
    assert await catalog.current(DEFAULT_TENANT) == []
    assert await index.count(CLAUSES, []) == 0


async def _assert_first_generation_whole(index: Index, catalog: Catalog) -> None:
    assert await catalog.generation() == 1
    assert [known.document_id for known in await catalog.current(DEFAULT_TENANT)] == ["policy", "sales"]
    assert await _texts(index, 1) == ["**4.1 Sources.** Use sales.", "**4.2 Number.** At least three."]
    assert len(await _visible(index, "sale", 1)) == 2


@pytest.mark.parametrize("broken", ["embed", "plan", "settle", "assign", "upsert", "set_where", "retire", "commit"])
async def test_a_crash_before_the_commit_leaves_readers_where_they_were(
    ingest: Ingest, parts: tuple[Index, Catalog, Embedder], folder: Path, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    index, catalog, _ = parts
    await ingest.run(asked(folder))
    (folder / "policy.md").write_text(POLICY.replace("three", "five"), encoding="utf-8")
    (folder / "sales.csv").write_text(SALES + "3,2012-05-01,300\n", encoding="utf-8")

    async def fail(*_: object, **__: object) -> None:
        raise ConnectionError("gone")

    part = next(one for one in parts if hasattr(one, broken))
    with monkeypatch.context() as patch:
        patch.setattr(part, broken, fail)
        with pytest.raises(ConnectionError):
            await ingest.run(asked(folder))
    await _assert_first_generation_whole(index, catalog)

    report = await ingest.run(asked(folder))
    assert (report.generation, report.changed) == (2, ("policy", "sales"))
    assert await _texts(index, 1) == ["**4.1 Sources.** Use sales.", "**4.2 Number.** At least three."]
    assert (await _texts(index, 2))[1].endswith("five.")


async def test_recovery_undoes_what_was_written_and_retired(
    ingest: Ingest, index: Index, catalog: Catalog, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await ingest.run(asked(folder))
    (folder / "policy.md").write_text("# Policy\n\nNothing is left.\n", encoding="utf-8")

    async def fail(ingestion_id: str, report: IngestReport, *_: object) -> None:
        raise ConnectionError(f"no commit of {ingestion_id} {report.changed}")

    with monkeypatch.context() as patch:
        patch.setattr(catalog, "commit", fail)
        with pytest.raises(ConnectionError):
            await ingest.run(asked(folder))
    (folder / "policy.md").write_text(POLICY, encoding="utf-8")
    assert (await ingest.run(asked(folder))).unchanged == ("policy", "sales")
    await _assert_first_generation_whole(index, catalog)
    for collection in (CLAUSES, "sale"):
        assert await index.count(collection, [Between("valid_from_generation", at_least=2)]) == 0
        assert await index.count(collection, [Between("valid_to_generation", below=OPEN)]) == 0


async def test_long_documents_are_written_in_batches(
    ingest: Ingest, index: Index, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clauses = "".join(f"**4.{n} Clause.** Words number {n}.\n\n" for n in range(1, 900)) + "".join(
        f"**5.{n} Clause.** Words number {n} again.\n\n" for n in range(1, 900)
    )
    (folder / "policy.md").write_text("## 4 Data\n\n" + clauses, encoding="utf-8")
    sizes: list[int] = []
    upsert = index.upsert

    async def measured(collection: str, points: Sequence[Point]) -> None:
        sizes.append(len(points))
        await upsert(collection, points)

    monkeypatch.setattr(index, "upsert", measured)
    monkeypatch.setattr("ingestion.writing.BATCH", 1000)
    report = await ingest.run(asked(folder))
    assert report.clauses > 1000
    assert report.chunks == report.embedded
    assert max(sizes) == 1000
    assert len(await _texts(index, 1)) == report.chunks


async def test_a_record_is_found_by_its_payload(ingest: Ingest, index: Index, folder: Path) -> None:
    await ingest.run(asked(folder))
    (hit,) = await index.scroll("sale", [Equals("values.price", 200)])
    record = Record.model_validate(
        {name: hit.payload[name] for name in Record.model_fields if name in hit.payload}
        | {"observed_on": date.fromordinal(int(str(hit.payload["observed_on"])))}
    )
    assert (record.id, record.observed_on) == ("sales:2", date(2011, 5, 1))
    assert SALES[record.span.start : record.span.end] == "2,2011-05-01,200"
