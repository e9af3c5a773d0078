"""What a catalog promises: what is staged appears whole, by one commit, or never."""

import asyncio
from contextlib import suppress
from dataclasses import replace
from datetime import date
from hashlib import sha256

import numpy as np
import pytest

from ingestion.ports import IngestionError, ParsedRevision
from ingestion.report import IngestReport
from retrieval.corpus import DEFAULT_TENANT, OPEN, Chunk, Clause, Document, Record, Revision, Span
from service.adapters.database import Database, open_database
from service.adapters.sql_catalog import SqlCatalog

TEXT = "1 Scope\nThis policy applies to all loans.\n2 Limits\nNo loan exceeds 80 %.\nrow 1"


def parsed(revision_id: str, document_id: str = "policy", generation: int = 1) -> ParsedRevision:
    """Make a revision with two clauses, two chunks and a record."""
    digest = sha256(TEXT.encode()).hexdigest()
    clauses = tuple(
        Clause(
            revision_id=revision_id,
            document_id=document_id,
            key=key,
            title=title,
            headings=("Policy", title),
            parent=None,
            references=("other#3",),
            span=Span(start=start, end=end, page=1),
            text_sha256=sha256(TEXT[start:end].encode()).hexdigest(),
        )
        for key, title, start, end in (("1", "Scope", 0, 42), ("2", "Limits", 42, 74))
    )
    return ParsedRevision(
        revision=Revision(
            id=revision_id,
            document=Document(id=document_id, title="Policy", source="p.md", owner="legal", groups=("public", "b")),
            content_sha256=digest,
            canonical_text=TEXT,
            page_starts=(0, 42),
            effective_from=date(2026, 1, 1),
            valid_from_generation=generation,
        ),
        fingerprint="f" * 64,
        clauses=clauses,
        chunks=tuple(
            Chunk(
                id=f"{revision_id}-{clause.key}",
                revision_id=revision_id,
                document_id=document_id,
                clause_key=clause.key,
                headings=clause.headings,
                span=clause.span,
                text=TEXT[clause.span.start : clause.span.end],
            )
            for clause in clauses
        ),
        records=(
            Record(
                id="sale-1",
                revision_id=revision_id,
                document_id=document_id,
                kind="sale",
                values={"price": 215000, "zone": "RL", "pool": None, "ratio": 0.25, "new": True},
                observed_on=date(2010, 5, 1),
                latitude=42.05,
                longitude=-93.62,
                vector=(0.5, -1.25),
                span=Span(start=74, end=79),
            ),
        ),
    )


def in_tenant(tenant: str, one: ParsedRevision) -> ParsedRevision:
    """Give a revision to another tenant."""
    document = one.revision.document.model_copy(update={"tenant": tenant})
    return replace(one, revision=one.revision.model_copy(update={"document": document}))


async def known(catalog: SqlCatalog) -> set[str]:
    """Name the revisions that are valid now."""
    return {one.revision_id for one in await catalog.current(DEFAULT_TENANT)}


async def test_an_empty_catalog_is_at_generation_0(database: Database) -> None:
    catalog = SqlCatalog(database)
    assert await catalog.generation() == 0
    assert await catalog.current(DEFAULT_TENANT) == []
    assert not await catalog.discard_uncommitted()


async def test_what_is_staged_appears_by_the_commit(database: Database) -> None:
    catalog = SqlCatalog(database)
    await catalog.stage(parsed("r1"))
    assert (await catalog.generation(), await known(catalog)) == (0, set())
    await catalog.commit(1, IngestReport(generation=1, new=("policy",)), ["r1"], [])
    assert await catalog.generation() == 1
    (only,) = await catalog.current(DEFAULT_TENANT)
    assert (only.document_id, only.revision_id, only.source) == ("policy", "r1", "p.md")
    assert (only.fingerprint, only.effective_from, only.effective_to) == ("f" * 64, date(2026, 1, 1), None)


async def test_a_revision_is_kept_whole(database: Database) -> None:
    catalog = SqlCatalog(database)
    await catalog.stage(parsed("r1"))
    assert await catalog.parsed("r1") == parsed("r1")
    assert await catalog.parsed("r2") is None


async def test_a_new_revision_takes_the_old_ones_place_at_once(database: Database) -> None:
    catalog = SqlCatalog(database)
    await catalog.stage(parsed("r1"))
    await catalog.commit(1, IngestReport(generation=1), ["r1"], [])
    await catalog.stage(parsed("r2", generation=2))
    await catalog.retire(2, ["r1"])
    assert await known(catalog) == {"r1"}
    await catalog.commit(2, IngestReport(generation=2), ["r2"], ["r1"])
    assert await known(catalog) == {"r2"}


async def test_what_was_not_committed_is_discarded(database: Database) -> None:
    catalog = SqlCatalog(database)
    await catalog.stage(parsed("r1"))
    await catalog.commit(1, IngestReport(generation=1), ["r1"], [])
    await catalog.stage(parsed("r2", generation=2))
    await catalog.stage(parsed("r3", "other", generation=2))
    await catalog.retire(2, ["r1"])
    assert await catalog.discard_uncommitted()
    assert not await catalog.discard_uncommitted()
    assert await known(catalog) == {"r1"}
    assert await catalog.parsed("r2") is None
    kept = await catalog.parsed("r1")
    assert kept is not None
    assert kept.revision.valid_to_generation == OPEN
    await catalog.stage(parsed("r2", generation=2))


async def test_what_was_retired_by_a_commit_stays_retired(database: Database) -> None:
    catalog = SqlCatalog(database)
    await catalog.stage(parsed("r1"))
    await catalog.commit(1, IngestReport(generation=1), ["r1"], [])
    await catalog.retire(2, ["r1"])
    await catalog.commit(2, IngestReport(generation=2), [], ["r1"])
    assert not await catalog.discard_uncommitted()
    assert await known(catalog) == set()


async def test_a_committed_generation_does_not_change(database: Database) -> None:
    catalog = SqlCatalog(database)
    await catalog.stage(parsed("r1"))
    await catalog.commit(1, IngestReport(generation=1), ["r1"], [])
    for refused in (catalog.stage(parsed("r2")), catalog.retire(1, ["r1"])):
        with pytest.raises(IngestionError, match="committed already"):
            await refused
    for number in (1, 3):
        with pytest.raises(IngestionError, match="cannot follow"):
            await catalog.commit(number, IngestReport(generation=number), [], [])
    assert await known(catalog) == {"r1"}


async def test_a_revision_is_written_once_and_whole(database: Database) -> None:
    catalog = SqlCatalog(database)
    await catalog.stage(parsed("r1"))
    with pytest.raises(IngestionError, match="r1"):
        await catalog.stage(parsed("r1"))
    twice = parsed("r2", "other")
    doubled = ParsedRevision(
        revision=twice.revision, fingerprint="f", clauses=twice.clauses, records=(*twice.records, *twice.records)
    )
    with pytest.raises(IngestionError, match="r2"):
        await catalog.stage(doubled)
    assert await catalog.parsed("r2") is None


async def test_only_what_is_valid_can_be_retired(database: Database) -> None:
    catalog = SqlCatalog(database)
    await catalog.stage(parsed("r1"))
    await catalog.stage(parsed("r2", "other"))
    await catalog.commit(1, IngestReport(generation=1), ["r1", "r2"], [])
    with pytest.raises(IngestionError, match="unknown or have ended"):
        await catalog.retire(2, ["r1", "nobody"])
    await catalog.retire(2, ["r1"])
    await catalog.retire(2, ["r1", "r2"])
    await catalog.commit(2, IngestReport(generation=2), [], ["r1", "r2"])
    with pytest.raises(IngestionError, match="unknown or have ended"):
        await catalog.retire(3, ["r1"])


async def test_a_commit_takes_exactly_what_the_run_wrote(database: Database) -> None:
    catalog = SqlCatalog(database)
    await catalog.stage(parsed("r1"))
    await catalog.commit(1, IngestReport(generation=1), ["r1"], [])
    await catalog.stage(parsed("r2", generation=2))
    await catalog.retire(2, ["r1"])
    for written, retired in ((["r2", "r3"], ["r1"]), ([], ["r1"]), (["r2"], []), (["r2"], ["r1", "r0"])):
        with pytest.raises(IngestionError, match="nothing was committed"):
            await catalog.commit(2, IngestReport(generation=2), written, retired)
    assert (await catalog.generation(), await known(catalog)) == (1, {"r1"})
    await catalog.commit(2, IngestReport(generation=2), ["r2"], ["r1"])


async def test_what_is_written_while_another_commits_is_not_slipped_in(database_url: str, database: Database) -> None:
    async def late(catalog: SqlCatalog, number: int) -> None:
        with suppress(IngestionError):
            await catalog.stage(parsed(f"late{number}", f"d{number}"))

    other = await open_database(database_url)
    catalog = SqlCatalog(database)
    await catalog.stage(parsed("r1"))
    writing = [asyncio.create_task(late(SqlCatalog(other), number)) for number in range(12)]
    with suppress(IngestionError):
        await catalog.commit(1, IngestReport(generation=1), ["r1"], [])
    await asyncio.gather(*writing)
    expected = {"r1"} if await catalog.generation() else set[str]()
    assert await known(catalog) == expected
    await other.close()


async def test_what_the_index_must_hold_is_counted(database: Database) -> None:
    catalog = SqlCatalog(database)
    await catalog.stage(parsed("r1"))
    await catalog.commit(1, IngestReport(generation=1), ["r1"], [])
    await catalog.stage(in_tenant("north", parsed("r2", generation=2)))
    await catalog.retire(2, ["r1"])
    assert {(one.revision_id, one.collection, one.points) for one in await catalog.held(1)} == {
        ("r1", "clauses", 2),
        ("r1", "sale", 1),
    }
    await catalog.commit(2, IngestReport(generation=2), ["r2"], ["r1"])
    bounds = {(one.revision_id, one.valid_from_generation, one.valid_to_generation) for one in await catalog.held(2)}
    assert bounds == {("r1", 1, 2), ("r2", 2, OPEN)}


async def test_a_tenant_knows_its_own_documents_only(database: Database) -> None:
    catalog = SqlCatalog(database)
    await catalog.stage(parsed("r1"))
    await catalog.stage(in_tenant("north", parsed("r2")))
    await catalog.commit(1, IngestReport(generation=1), ["r1", "r2"], [])
    assert await known(catalog) == {"r1"}
    assert [one.revision_id for one in await catalog.current("north")] == ["r2"]
    assert await catalog.current("south") == []


async def test_vectors_are_kept_by_model_and_text(database: Database) -> None:
    catalog = SqlCatalog(database)
    hashes = [sha256(str(number).encode()).hexdigest() for number in range(1200)]
    vectors = np.random.default_rng(7).normal(size=(1200, 4)).astype(np.float32)
    await catalog.keep_vectors("a", hashes, vectors)
    await catalog.keep_vectors("a", hashes[:2], vectors[2:4])
    kept = await catalog.vectors("a", [*hashes, "unknown"])
    assert set(kept) == set(hashes)
    assert np.array_equal(np.array([kept[text_hash] for text_hash in hashes], dtype=np.float32), vectors)
    assert await catalog.vectors("b", hashes) == {}
    await catalog.keep_vectors("a", [], vectors[:0])
    with pytest.raises(IngestionError, match="embed each text once"):
        await catalog.keep_vectors("a", hashes[:2], vectors[:1])


async def test_reports_are_kept(database: Database) -> None:
    catalog = SqlCatalog(database)
    reports = [IngestReport(generation=number, new=(f"d{number}",), seconds=0.5) for number in (1, 2, 3)]
    for report in reports:
        await catalog.commit(report.generation, report, [], [])
    found = await catalog.reports(2)
    assert [one.report for one in found] == [reports[2], reports[1]]
    assert all(one.committed_at.tzinfo is not None for one in found)
