"""What a catalog promises: what is staged appears whole, by one commit, or never."""

import asyncio
from hashlib import sha256

import numpy as np
import pytest
from catalogs import NOON, committed, in_tenant, known, opened, parsed, staged

from ingestion.ingests import Ingestion, IngestRequest, Outline, Planned, Settled
from ingestion.ports import IngestionError, SupersededError
from ingestion.report import Held, IngestReport
from retrieval.corpus import (
    DEFAULT_TENANT,
    OPEN,
)
from service.adapters.database import Database, open_database
from service.adapters.sql_catalog import SqlCatalog


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
    assert contents == parsed("r1").model_copy(update={"clauses": ()})


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
