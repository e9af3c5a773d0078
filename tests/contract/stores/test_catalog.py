"""What a catalog promises: what is staged appears whole, by one commit, or never."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from itertools import count

import numpy as np
import pytest
from sqlalchemy import delete

from ingestion.ingests import Ingestion, IngestRequest, Outline, ParsedRevision, Planned, Settled, SourceCheck, Standing
from ingestion.ports import IngestionError, SupersededError
from ingestion.report import Held, IngestReport
from retrieval.corpus import (
    DEFAULT_TENANT,
    OPEN,
    Chunk,
    Clause,
    Definition,
    Document,
    Record,
    Revision,
    Span,
    StatedDate,
)
from service.adapters.database import Database, open_database
from service.adapters.sql_catalog import SqlCatalog
from service.adapters.tables import planned_documents, revisions

TEXT = "1 Scope\nThis policy applies to all loans.\n2 Limits\nNo loan exceeds 80 %.\nrow 1"
NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


def parsed(revision_id: str, document_id: str = "policy") -> ParsedRevision:
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
            stated_dates=(StatedDate(kind="in_force", day=date(2026, 1, 1), span=Span(start=0, end=7)),),
        ),
        fingerprint="f" * 64,
        text_fingerprint="t" * 64,
        definitions=(Definition(term="loan", clause_key="1", span=Span(start=38, end=42)),),
        language="en",
        signature=(1, 2**32 - 1, 7),
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
    return one.model_copy(update={"revision": one.revision.model_copy(update={"document": document})})


NUMBERS = count(1)


async def opened(catalog: SqlCatalog, *revisions: ParsedRevision, replaces: str | None = None) -> Ingestion:
    """Open and plan an ingest of these revisions."""
    tenant = revisions[0].revision.document.tenant if revisions else DEFAULT_TENANT
    asked = Ingestion(id=f"ing_{next(NUMBERS)}", tenant=tenant, request=IngestRequest(), requested_at=NOON)
    ingestion = await catalog.open(asked)
    planned = [Planned(one.revision.document.id, 0, {"path": "p.md"}, "f" * 64, replaces) for one in revisions]
    await catalog.plan(ingestion.id, planned, Outline())
    return ingestion


async def staged(catalog: SqlCatalog, *revisions: ParsedRevision, replaces: str | None = None) -> Ingestion:
    """Stage these revisions."""
    ingestion = await opened(catalog, *revisions, replaces=replaces)
    await catalog.settle(ingestion.id, [Settled(one.revision.document.id, parsed=one) for one in revisions])
    return ingestion


async def committed(
    catalog: SqlCatalog, generation: int, *revisions: ParsedRevision, retired: tuple[str, ...] = ()
) -> IngestReport:
    """Stage and commit these revisions, of one document or of new ones."""
    ingestion = await staged(catalog, *revisions, replaces=retired[0] if retired and revisions else None)
    written = await catalog.assign(ingestion.id, generation)
    await catalog.retire(generation, retired)
    report = IngestReport(generation=generation)
    await catalog.commit(ingestion.id, report, written, retired)
    return report


async def known(catalog: SqlCatalog) -> set[str]:
    """Name the revisions that are valid now."""
    return {one.revision_id for one in await catalog.current(DEFAULT_TENANT)}


async def test_an_empty_catalog_is_at_generation_0(database: Database) -> None:
    catalog = SqlCatalog(database)
    assert await catalog.generation() == 0
    assert await catalog.current(DEFAULT_TENANT) == []
    assert not await catalog.undo_uncommitted()


async def test_what_is_staged_appears_by_the_commit(database: Database) -> None:
    catalog = SqlCatalog(database)
    ingestion = await staged(catalog, parsed("r1"))
    assert (await catalog.generation(), await known(catalog)) == (0, set())
    assert await catalog.assign(ingestion.id, 1) == ["r1"]
    assert (await catalog.generation(), await known(catalog)) == (0, set())
    await catalog.commit(ingestion.id, IngestReport(generation=1, new=("policy",)), ["r1"], [])
    assert await catalog.generation() == 1
    (only,) = await catalog.current(DEFAULT_TENANT)
    assert (only.document_id, only.revision_id, only.source) == ("policy", "r1", "p.md")
    assert (only.fingerprint, only.text_fingerprint, only.family) == ("f" * 64, "t" * 64, None)
    assert only.shape == parsed("r1").shape
    closed = await catalog.ingestion(ingestion.id, DEFAULT_TENANT)
    assert closed is not None
    assert (closed.state, closed.generation, closed.over) == ("committed", 1, True)
    assert closed.report == IngestReport(generation=1, new=("policy",))


async def test_a_revision_is_kept_whole(database: Database) -> None:
    catalog = SqlCatalog(database)
    await staged(catalog, parsed("r1"), parsed("r2", "other"))
    assert await catalog.parsed(["r2", "nobody", "r1"]) == [parsed("r2", "other"), parsed("r1")]
    (contents,) = await catalog.contents(["r1"])
    assert (contents.chunks, contents.records, contents.clauses) == (parsed("r1").chunks, parsed("r1").records, ())


async def test_a_new_revision_takes_the_old_ones_place_at_once(database: Database) -> None:
    catalog = SqlCatalog(database)
    await committed(catalog, 1, parsed("r1"))
    ingestion = await staged(catalog, parsed("r2"), replaces="r1")
    await catalog.assign(ingestion.id, 2)
    await catalog.retire(2, ["r1"])
    assert await known(catalog) == {"r1"}
    await catalog.commit(ingestion.id, IngestReport(generation=2), ["r2"], ["r1"])
    assert await known(catalog) == {"r2"}
    assert [one.revision_id for one in await catalog.at(DEFAULT_TENANT, 1)] == ["r1"]
    with pytest.raises(IngestionError, match="these are: 1 to 2"):
        await catalog.at(DEFAULT_TENANT, 3)


async def test_what_was_given_and_not_committed_is_taken_back_and_stays_staged(database: Database) -> None:
    catalog = SqlCatalog(database)
    await committed(catalog, 1, parsed("r1"))
    ingestion = await staged(catalog, parsed("r2"), replaces="r1")
    await catalog.assign(ingestion.id, 2)
    await catalog.retire(2, ["r1"])
    assert await catalog.undo_uncommitted()
    assert not await catalog.undo_uncommitted()
    assert await known(catalog) == {"r1"}
    (kept,) = await catalog.parsed(["r1"])
    assert kept.revision.valid_to_generation == OPEN
    assert await catalog.assign(ingestion.id, 2) == ["r2"]
    await catalog.undo_uncommitted()
    await catalog.discard(ingestion.id)
    assert await catalog.parsed(["r2", "r1"]) == [kept]
    assert await catalog.assign(ingestion.id, 2) == []


async def test_what_was_retired_by_a_commit_stays_retired(database: Database) -> None:
    catalog = SqlCatalog(database)
    await committed(catalog, 1, parsed("r1"))
    await committed(catalog, 2, retired=("r1",))
    assert not await catalog.undo_uncommitted()
    assert await known(catalog) == set()


async def test_a_committed_generation_does_not_change(database: Database) -> None:
    catalog = SqlCatalog(database)
    await committed(catalog, 1, parsed("r1"))
    ingestion = await staged(catalog, parsed("r2", "other"))
    with pytest.raises(IngestionError, match="committed already"):
        await catalog.assign(ingestion.id, 1)
    with pytest.raises(IngestionError, match="unknown or have ended"):
        await catalog.retire(1, ["r1"])
    for number in (1, 3):
        with pytest.raises(IngestionError, match="cannot follow"):
            await catalog.commit(ingestion.id, IngestReport(generation=number), [], [])
    assert await known(catalog) == {"r1"}


async def test_a_revision_is_written_once_and_whole(database: Database) -> None:
    catalog = SqlCatalog(database)
    await staged(catalog, parsed("r1"))
    with pytest.raises(IngestionError, match="policy"):
        await staged(catalog, parsed("r1"))
    twice = parsed("r2", "other")
    with pytest.raises(IngestionError, match="other"):
        await staged(catalog, twice.model_copy(update={"records": (*twice.records, *twice.records)}))
    assert await catalog.parsed(["r2"]) == []


async def test_a_document_is_settled_once(database: Database) -> None:
    catalog = SqlCatalog(database)
    ingestion = await opened(catalog, parsed("r1"), parsed("r2", "other"), parsed("r3", "third"))
    assert [one.document_id for one in await catalog.planned(ingestion.id, 0)] == ["policy", "other", "third"]
    held = Held(document_id="other", source="o.md", reasons=("it shrank",))
    await catalog.settle(ingestion.id, [Settled("other", held=held), Settled("policy", parsed=parsed("r1"))])
    await catalog.settle(ingestion.id, [Settled("policy", parsed=parsed("again")), Settled("unplanned", same=True)])
    assert [one.document_id for one in await catalog.planned(ingestion.id, 0)] == ["third"]
    assert await catalog.planned(ingestion.id, 1) == []
    first, second = await catalog.settled(ingestion.id)
    assert (first.document_id, first.revision_id, first.clauses, first.chunks, first.records) == (
        "policy",
        "r1",
        2,
        2,
        1,
    )
    assert (second.document_id, second.held, second.revision_id) == ("other", held, None)
    progress = await catalog.ingestion(ingestion.id, DEFAULT_TENANT)
    assert progress is not None
    assert (progress.documents, progress.settled) == (3, 2)


async def test_the_same_words_learn_the_fingerprint_of_their_source(database: Database) -> None:
    catalog = SqlCatalog(database)
    await committed(catalog, 1, parsed("r1"))
    asked = Ingestion(id="ing_same", tenant=DEFAULT_TENANT, request=IngestRequest(), requested_at=NOON)
    await catalog.open(asked)
    await catalog.plan("ing_same", [Planned("policy", 0, {}, "e" * 64, "r1")], Outline())
    await catalog.settle("ing_same", [Settled("policy", same=True)])
    (only,) = await catalog.known(["r1"])
    assert (only.fingerprint, only.text_fingerprint) == ("e" * 64, "t" * 64)


async def test_a_plan_that_others_overtook_is_refused(database: Database) -> None:
    catalog = SqlCatalog(database)
    await committed(catalog, 1, parsed("r1"))
    slow = await staged(catalog, parsed("r2"), replaces="r1")
    late = await staged(catalog, parsed("r3"))
    await committed(catalog, 2, parsed("r4"), retired=("r1",))
    for ingestion in (slow, late):
        with pytest.raises(SupersededError, match="policy"):
            await catalog.assign(ingestion.id, 3)
    await catalog.plan(slow.id, [Planned("policy", 0, {}, "f" * 64, "r4")], Outline())
    assert await catalog.parsed(["r2"]) == []
    await catalog.settle(slow.id, [Settled("policy", parsed=parsed("r5"))])
    assert await catalog.assign(slow.id, 3) == ["r5"]


async def test_an_ingestion_is_opened_once_and_ends_once(database: Database) -> None:
    catalog = SqlCatalog(database)
    request = IngestRequest(locations=("a", "b"), accept=("x",), online=True, requested_by="ada")
    asked = Ingestion(id="ing_a", tenant=DEFAULT_TENANT, request=request, requested_at=NOON)
    assert await catalog.open(asked) == asked
    await catalog.move("ing_a", "staging", sources=7)
    await catalog.add_embedded("ing_a", 5)
    await catalog.add_embedded("ing_a", 6)
    again = await catalog.open(asked.model_copy(update={"request": IngestRequest()}))
    assert (again.request, again.state, again.sources, again.embedded) == (request, "staging", 7, 11)
    await catalog.move("ing_a", "failed", error="no room")
    await catalog.move("ing_a", "staging")
    (only,) = await catalog.ingestions(DEFAULT_TENANT)
    assert (only.state, only.error, only.over) == ("failed", "no room", True)
    assert await catalog.ingestion("ing_a", "north") is None
    assert await catalog.ingestions("north") == []


async def test_an_outline_is_kept_until_the_ingest_is_over(database: Database) -> None:
    catalog = SqlCatalog(database)
    ingestion = await opened(catalog)
    outline = Outline(unchanged=("a",), removed={"b": "r1"}, notes=("n",), planned_in_s=0.5)
    await catalog.plan(ingestion.id, [], outline)
    assert await catalog.outline(ingestion.id) == outline
    await catalog.finish(ingestion.id, IngestReport(generation=0))
    assert await catalog.outline(ingestion.id) == Outline()


async def test_sources_with_an_interval_are_remembered(database: Database) -> None:
    catalog = SqlCatalog(database)
    weekly = SourceCheck("law", "https://example.org/law", "legal", NOON, 7.0)
    monthly = SourceCheck("note", "n.md", "me", NOON, 30.0)
    first = await opened(catalog)
    outline = Outline(checks=(weekly, monthly))
    await catalog.plan(first.id, [], outline)
    assert await catalog.outline(first.id) == outline
    assert await catalog.checks(DEFAULT_TENANT) == [], "nothing counts before the ingest is over"
    await catalog.finish(first.id, IngestReport(generation=0), [weekly, monthly])
    assert await catalog.checks(DEFAULT_TENANT) == [weekly, monthly]
    later = SourceCheck("law", "https://example.org/law", "legal", NOON.replace(hour=13), 1.5)
    undemanding = SourceCheck("note", "n.md", "me", NOON, None)
    second = await staged(catalog, parsed("r1"))
    written = await catalog.assign(second.id, 1)
    await catalog.commit(second.id, IngestReport(generation=1), written, [], [later, undemanding])
    assert (await catalog.checks(DEFAULT_TENANT), await catalog.checks("north")) == ([later], [])


async def test_only_what_is_valid_can_be_retired(database: Database) -> None:
    catalog = SqlCatalog(database)
    await committed(catalog, 1, parsed("r1"), parsed("r2", "other"))
    with pytest.raises(IngestionError, match="unknown or have ended"):
        await catalog.retire(2, ["r1", "nobody"])
    await catalog.retire(2, ["r1"])
    await committed(catalog, 2, retired=("r1", "r2"))
    with pytest.raises(IngestionError, match="unknown or have ended"):
        await catalog.retire(3, ["r1"])


async def test_a_commit_takes_exactly_what_the_run_wrote(database: Database) -> None:
    catalog = SqlCatalog(database)
    await committed(catalog, 1, parsed("r1"))
    ingestion = await staged(catalog, parsed("r2"), replaces="r1")
    await catalog.assign(ingestion.id, 2)
    await catalog.retire(2, ["r1"])
    for written, retired in ((["r2", "r3"], ["r1"]), ([], ["r1"]), (["r2"], []), (["r2"], ["r1", "r0"])):
        with pytest.raises(IngestionError, match="nothing was committed"):
            await catalog.commit(ingestion.id, IngestReport(generation=2), written, retired)
    assert (await catalog.generation(), await known(catalog)) == (1, {"r1"})
    await catalog.commit(ingestion.id, IngestReport(generation=2), ["r2"], ["r1"])


async def test_what_is_staged_while_another_commits_is_not_slipped_in(database_url: str, database: Database) -> None:
    async def late(catalog: SqlCatalog, number: int) -> None:
        await staged(catalog, parsed(f"late{number}", f"d{number}"))

    other = await open_database(database_url)
    catalog = SqlCatalog(database)
    writing = [asyncio.create_task(late(SqlCatalog(other), number)) for number in range(12)]
    await committed(catalog, 1, parsed("r1"))
    await asyncio.gather(*writing)
    assert await known(catalog) == {"r1"}
    await other.close()


async def test_what_the_index_must_hold_is_counted(database: Database) -> None:
    catalog = SqlCatalog(database)
    await committed(catalog, 1, parsed("r1"))
    await staged(catalog, in_tenant("north", parsed("unseen", "unseen")))
    assert {(one.revision_id, one.collection, one.points) for one in await catalog.counts(1)} == {
        ("r1", "clauses", 2),
        ("r1", "sale", 1),
    }
    await committed(catalog, 2, parsed("r2"), retired=("r1",))
    bounds = {(one.revision_id, one.valid_from_generation, one.valid_to_generation) for one in await catalog.counts(2)}
    assert bounds == {("r1", 1, 2), ("r2", 2, OPEN)}


async def test_a_tenant_knows_its_own_documents_only(database: Database) -> None:
    catalog = SqlCatalog(database)
    await committed(catalog, 1, parsed("r1"))
    await committed(catalog, 2, in_tenant("north", parsed("r2")))
    assert await known(catalog) == {"r1"}
    assert [one.revision_id for one in await catalog.current("north")] == ["r2"]
    assert await catalog.current("south") == []
    assert set(await catalog.signatures("north")) == {"r2"}


async def test_families_are_given_before_the_commit_only(database: Database) -> None:
    catalog = SqlCatalog(database)
    ingestion = await staged(catalog, parsed("r1"))
    assert await catalog.signatures(DEFAULT_TENANT) == {}
    await catalog.assign(ingestion.id, 1)
    assert await catalog.signatures(DEFAULT_TENANT) == {"r1": (None, (1, 2**32 - 1, 7))}
    await catalog.set_families({"r1": "fam_a"})
    await catalog.commit(ingestion.id, IngestReport(generation=1), ["r1"], [])
    await catalog.set_families({"r1": "fam_b"})
    assert [one.family for one in await catalog.current(DEFAULT_TENANT)] == ["fam_a"]
    assert (await catalog.parsed(["r1"]))[0].revision.family == "fam_a"


async def test_vectors_are_kept_by_model_and_text(database: Database) -> None:
    catalog = SqlCatalog(database)
    hashes = [sha256(str(number).encode()).hexdigest() for number in range(1200)]
    vectors = np.random.default_rng(7).normal(size=(1200, 4)).astype(np.float32)
    await catalog.keep_vectors("a", hashes, vectors)
    await catalog.keep_vectors("a", hashes[:2], vectors[2:4])
    kept = await catalog.vectors("a", [*hashes, "unknown"])
    assert set(kept) == set(hashes) == await catalog.kept("a", [*hashes, "unknown"])
    assert np.array_equal(np.array([np.frombuffer(kept[text], dtype="<f4") for text in hashes]), vectors)
    assert (await catalog.vectors("b", hashes), await catalog.kept("b", hashes)) == ({}, set())
    await catalog.keep_vectors("a", [], vectors[:0])
    with pytest.raises(IngestionError, match="embed each text once"):
        await catalog.keep_vectors("a", hashes[:2], vectors[:1])


async def test_what_is_not_over_is_listed_however_much_came_after_it(database: Database) -> None:
    catalog = SqlCatalog(database)
    for number, state in enumerate(("staging", "committed", "failed", "queued", "cancelled", "committing")):
        asked = Ingestion(
            id=f"ing_{number}",
            tenant=DEFAULT_TENANT,
            request=IngestRequest(requested_by="test"),
            requested_at=NOON + timedelta(minutes=number),
        )
        await catalog.open(asked)
        await catalog.move(asked.id, state)
    assert [one.id for one in await catalog.unfinished(DEFAULT_TENANT)] == ["ing_0", "ing_3", "ing_5"]
    assert await catalog.unfinished("other") == []


async def test_how_far_an_ingest_is_is_read_without_the_rest(database: Database) -> None:
    catalog = SqlCatalog(database)
    ingestion = await staged(catalog, parsed("r1"), parsed("r2", "other"))
    await catalog.move(ingestion.id, "staging", sources=7)
    await catalog.add_embedded(ingestion.id, 5)
    far = await catalog.standing(ingestion.id, DEFAULT_TENANT)
    assert far == Standing("staging", sources=7, documents=2, settled=2, written=0, embedded=5)
    assert far is not None
    assert not far.over
    await catalog.move(ingestion.id, "failed")
    over = await catalog.standing(ingestion.id, DEFAULT_TENANT)
    assert over is not None
    assert over.over
    assert await catalog.standing(ingestion.id, "north") is None
    assert await catalog.standing("ing_none", DEFAULT_TENANT) is None


async def test_what_failed_or_was_cancelled_and_left_something_is_named(database: Database) -> None:
    catalog = SqlCatalog(database)
    await committed(catalog, 1, parsed("r1"))
    only_planned, only_staged, discarded, going_on = [
        await staged(catalog, parsed(f"{name}-r", name)) for name in ("planned", "staged", "discarded", "going")
    ]
    await catalog.move(only_planned.id, "cancelled")
    await catalog.move(only_staged.id, "failed")
    await catalog.move(discarded.id, "failed")
    await catalog.discard(discarded.id)
    async with database.writing() as connection:
        await connection.execute(delete(revisions).where(revisions.c.ingestion_id == only_planned.id))
        await connection.execute(delete(planned_documents).where(planned_documents.c.ingestion_id == only_staged.id))
    assert await catalog.orphaned(DEFAULT_TENANT) == sorted([only_planned.id, only_staged.id])
    assert await catalog.orphaned("north") == []
    assert going_on.id in {one.id for one in await catalog.unfinished(DEFAULT_TENANT)}


async def test_reports_are_kept(database: Database) -> None:
    catalog = SqlCatalog(database)
    reports = [await committed(catalog, number) for number in (1, 2, 3)]
    found = await catalog.reports(2)
    assert [one.report for one in found] == [reports[2], reports[1]]
    assert all(one.committed_at.tzinfo is not None for one in found)


async def test_retention_forgets_what_ended_and_the_vectors_that_nothing_needs(database: Database) -> None:
    catalog = SqlCatalog(database)
    await committed(catalog, 1, parsed("r1"))
    await committed(catalog, 2, parsed("r2", "other"))
    await committed(catalog, 3, retired=("r1",))
    await committed(catalog, 4, retired=("r2",))
    await catalog.keep_vectors("a", ["0" * 64], np.ones((1, 4), dtype=np.float32))
    with pytest.raises(IngestionError, match="not committed yet"):
        await catalog.expire(5)
    expired = await catalog.expire(3)
    assert (expired.revisions, expired.kept_for_citation, expired.vectors) == (("r1",), 0, 1)
    assert [one.revision_id for one in await catalog.known(["r1", "r2"])] == ["r2"]
    with pytest.raises(IngestionError, match="these are: 3 to 4"):
        await catalog.at(DEFAULT_TENANT, 2)
    assert [one.revision_id for one in await catalog.at(DEFAULT_TENANT, 3)] == ["r2"]
    assert (await catalog.expire(3)).revisions == ()
