"""A source is looked at once it was taken or found unchanged; one that is quarantined or held still becomes overdue."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from small import asked, ingest_of

from ingestion.freshness import overdue
from ingestion.pipeline import Ingest
from ingestion.ports import Catalog
from ingestion.report import IngestReport
from retrieval.corpus import DEFAULT_TENANT
from retrieval.ports import Embedder, Index

WORDS = "".join(f"**1.{n} Clause.** Fees of kind {n} are due within {n} days of the journey.\n\n" for n in range(1, 9))
NAMES = ("broken", "shrunk", "same", "changed")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    _declare(tmp_path, NAMES, 'refresh = "7 days"')
    for name in NAMES:
        (tmp_path / f"{name}.md").write_text(f"# {name}\n\n{WORDS}", encoding="utf-8")
    return tmp_path


@pytest.fixture
def ingest(catalog: Catalog, index: Index, embedder: Embedder) -> Ingest:
    return ingest_of(catalog, index, embedder, {})


async def test_what_is_quarantined_or_held_is_not_looked_at(ingest: Ingest, catalog: Catalog, folder: Path) -> None:
    await ingest.run(asked(folder))
    between = datetime.now(UTC)
    (folder / "broken.md").write_bytes(b"Words in caf\xe9.")
    (folder / "shrunk.md").write_text("# shrunk\n\nNothing is left.\n", encoding="utf-8")
    (folder / "changed.md").write_text(f"# changed\n\n{WORDS.replace('days', 'weeks')}", encoding="utf-8")
    report = await ingest.run(asked(folder))
    assert [one.source.rpartition("/")[2] for one in report.quarantined] == ["broken.md"]
    assert [one.document_id for one in report.held] == ["shrunk"]
    assert (report.changed, report.unchanged) == (("changed",), ("same",))
    assert await _looked_at_since(catalog, between) == {"changed", "same"}
    assert await _overdue(catalog, between + timedelta(days=7)) == {"broken", "shrunk"}

    again = datetime.now(UTC)
    unchanged = await ingest.run(asked(folder))
    assert (unchanged.generation, unchanged.changed) == (report.generation, ())
    assert await _looked_at_since(catalog, again) == {"changed", "same"}, "also where nothing is committed"
    await ingest.run(asked(folder, accept=("shrunk",)))
    assert await _overdue(catalog, between + timedelta(days=7)) == {"broken"}


async def test_nothing_counts_as_looked_at_when_the_ingest_fails(
    ingest: Ingest, catalog: Catalog, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object) -> IngestReport:
        raise ConnectionError("gone")

    with monkeypatch.context() as patch:
        patch.setattr(catalog, "commit", fail)
        with pytest.raises(ConnectionError):
            await ingest.run(asked(folder))
    assert await catalog.checks(DEFAULT_TENANT) == []
    await ingest.run(asked(folder))
    assert {one.document_id for one in await catalog.checks(DEFAULT_TENANT)} == set(NAMES)


async def test_a_wish_that_is_taken_back_or_a_source_that_is_gone_is_never_overdue(
    ingest: Ingest, catalog: Catalog, folder: Path
) -> None:
    await ingest.run(asked(folder))
    _declare(folder, NAMES, "")
    await ingest.run(asked(folder))
    assert await catalog.checks(DEFAULT_TENANT) == []
    _declare(folder, NAMES, 'refresh = "7 days"')
    await ingest.run(asked(folder))
    _declare(folder, NAMES[:-1], 'refresh = "7 days"')
    assert (await ingest.run(asked(folder))).removed == ("changed",)
    assert {one.document_id for one in await catalog.checks(DEFAULT_TENANT)} == {*NAMES[:-1]}


async def test_a_rollback_looks_at_no_source(ingest: Ingest, catalog: Catalog, folder: Path) -> None:
    await ingest.run(asked(folder))
    (folder / "changed.md").write_text(f"# changed\n\n{WORDS.replace('days', 'weeks')}", encoding="utf-8")
    await ingest.run(asked(folder))
    before = await catalog.checks(DEFAULT_TENANT)
    assert (await ingest.run(asked(rollback_to=1))).changed == ("changed",)
    assert await catalog.checks(DEFAULT_TENANT) == before


def _declare(folder: Path, names: tuple[str, ...], wish: str) -> None:
    entries = (f'[[source]]\npath = "{name}.md"\nid = "{name}"\n{wish}\n' for name in names)
    (folder / "sources.toml").write_text("\n".join(entries), encoding="utf-8")


async def _looked_at_since(catalog: Catalog, moment: datetime) -> set[str]:
    return {one.document_id for one in await catalog.checks(DEFAULT_TENANT) if one.checked_at >= moment}


async def _overdue(catalog: Catalog, now: datetime) -> set[str]:
    return {one.document_id for one in overdue(await catalog.checks(DEFAULT_TENANT), now)}
