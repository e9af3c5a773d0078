"""What durable jobs promise, with either database: each ingest is done once, said to have failed, or cancelled."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from ingesting import MadeUp, jobs_on, request

from ingestion.ingests import Ingestion
from ingestion.ports import IngestionError, SupersededError
from ingestion.report import IngestReport
from retrieval.corpus import DEFAULT_TENANT
from retrieval.ports import IndexUnavailableError
from service.adapters.database import Database
from service.adapters.dbos_jobs import DbosIngestions
from service.adapters.sql_catalog import SqlCatalog
from service.errors import ConflictError, NotFoundError


class Troubled(MadeUp):
    """Phases in which something goes wrong, each as often as is said."""

    def __init__(self, catalog: SqlCatalog) -> None:
        super().__init__(catalog)
        self.unavailable = 0
        self.unreadable = 0
        self.superseded = 0
        self.bugs = 0
        self.committing = asyncio.Event()
        self.may_commit = asyncio.Event()
        self.may_commit.set()
        self.plans = 0

    async def plan(self, ingestion_id: str) -> int:
        self.plans += 1
        return await super().plan(ingestion_id)

    async def stage(self, ingestion_id: str, batch: int) -> None:
        if self.unavailable:
            self.unavailable -= 1
            raise IndexUnavailableError("the disk is full for a moment")
        if self.unreadable and batch:
            raise IngestionError("this cannot be read, whatever one tries")
        if self.bugs and batch:
            raise ZeroDivisionError
        await super().stage(ingestion_id, batch)

    async def commit(self, ingestion_id: str) -> IngestReport:
        self.committing.set()
        await self.may_commit.wait()
        if self.superseded:
            self.superseded -= 1
            raise SupersededError("someone else was faster")
        return await super().commit(ingestion_id)


@pytest.fixture
def phases(database: Database) -> Troubled:
    return Troubled(SqlCatalog(database))


@pytest.fixture
async def jobs(database: Database, phases: Troubled, tmp_path: Path) -> AsyncGenerator[DbosIngestions]:
    opened = jobs_on(database, tmp_path / "jobs", phases)
    yield opened
    await opened.aclose()


async def over(jobs: DbosIngestions, ingestion: Ingestion) -> Ingestion:
    """Wait for the end of an ingest."""
    async with asyncio.timeout(30):
        return [seen async for seen in jobs.watch(ingestion.id)][-1]


async def reaches(jobs: DbosIngestions, ingestion: Ingestion, settled: int) -> None:
    """Wait until so many documents are settled."""
    async with asyncio.timeout(30):
        async for seen in jobs.watch(ingestion.id):
            if seen.settled >= settled:
                return


async def becomes_true(question: Callable[[], Awaitable[bool]]) -> None:
    """Ask again and again until it is true."""
    async with asyncio.timeout(30):
        while True:
            if await question():
                return
            await asyncio.sleep(0.02)


async def documents(phases: Troubled) -> list[str]:
    return [one.document_id for one in await phases.catalog.current(DEFAULT_TENANT)]


async def staged(phases: Troubled, ingestion: Ingestion) -> int:
    return len(await phases.catalog.settled(ingestion.id))


async def test_what_is_started_is_committed_and_followed_to_its_end(jobs: DbosIngestions, phases: Troubled) -> None:
    started = await jobs.start(request("a:25"))
    async with asyncio.timeout(30):
        seen = [one async for one in jobs.watch(started.id)]

    assert seen[-1].state == "committed"
    assert seen[-1].settled == seen[-1].documents == 25
    assert seen[-1].report is not None
    assert len(seen[-1].report.new) == 25
    assert [one.settled for one in seen] == sorted(one.settled for one in seen), "progress only grows"
    assert len(set(await documents(phases))) == len(await documents(phases)) == 25
    assert [one.id for one in await jobs.recent()] == [started.id]


async def test_a_key_starts_one_ingest(jobs: DbosIngestions) -> None:
    first = await jobs.start(request("a:1"), "monday")
    again = await jobs.start(request("a:1"), "monday")
    other = await jobs.start(request("a:1"), "tuesday")

    assert first.id == again.id != other.id
    with pytest.raises(ConflictError, match="Idempotency-Key"):
        await jobs.start(request("b:1"), "monday")
    assert [(await over(jobs, one)).state for one in (first, other)] == ["committed", "committed"]
    assert (await jobs.start(request("a:1"), "monday")).state == "committed"


async def test_ingests_of_one_source_take_turns_and_others_run_beside(jobs: DbosIngestions, phases: Troubled) -> None:
    phases.may_commit.clear()
    first = await jobs.start(request("a:1", "b:1"))
    second = await jobs.start(request("b:1", "a:1"))
    beside = await jobs.start(request("c:1"))

    async def both_commit() -> bool:
        return {(await jobs.get(one.id)).state for one in (first, beside)} == {"committing"}

    await becomes_true(both_commit)
    assert (await jobs.get(second.id)).state == "queued"
    phases.may_commit.set()
    assert {(await over(jobs, one)).state for one in (first, second, beside)} == {"committed"}


async def test_what_fails_for_a_moment_is_tried_again(jobs: DbosIngestions, phases: Troubled) -> None:
    phases.unavailable = 2
    ended = await over(jobs, await jobs.start(request("a:5")))
    assert ended.state == "committed"
    assert phases.plans == 1


async def test_what_goes_on_failing_fails_with_its_message(jobs: DbosIngestions, phases: Troubled) -> None:
    phases.unavailable = 99
    ended = await over(jobs, await jobs.start(request("a:5")))
    assert (ended.state, ended.error) == ("failed", "the disk is full for a moment")


async def test_of_a_failed_ingest_nothing_stays_and_the_next_one_works(jobs: DbosIngestions, phases: Troubled) -> None:
    phases.unreadable = 1
    failed = await over(jobs, await jobs.start(request("a:25")))
    assert (failed.state, failed.error) == ("failed", "this cannot be read, whatever one tries")

    phases.unreadable = 0
    assert (await over(jobs, await jobs.start(request("a:25")))).state == "committed"
    assert await staged(phases, failed) == 0
    assert len(await documents(phases)) == 25


async def test_an_error_that_nobody_expected_fails_the_ingest_and_is_logged(
    jobs: DbosIngestions, phases: Troubled, caplog: pytest.LogCaptureFixture
) -> None:
    phases.bugs = 1
    failed = await over(jobs, await jobs.start(request("a:25")))
    assert failed.state == "failed"
    assert "nobody expected" in (failed.error or "")
    await jobs.aclose()
    assert "ZeroDivisionError" in caplog.text


async def test_an_error_that_nobody_expected_in_planning_fails_the_ingest_too(
    jobs: DbosIngestions, phases: Troubled, caplog: pytest.LogCaptureFixture
) -> None:
    failed = await over(jobs, await jobs.start(request("a:many")))
    assert failed.state == "failed"
    assert "nobody expected" in (failed.error or "")
    assert phases.plans == 1
    await jobs.aclose()
    assert "ValueError" in caplog.text


async def test_a_superseded_ingest_is_planned_anew(jobs: DbosIngestions, phases: Troubled) -> None:
    phases.superseded = 2
    ended = await over(jobs, await jobs.start(request("a:25")))
    assert ended.state == "committed"
    assert phases.plans == 3
    assert len(await documents(phases)) == 25


async def test_an_ingest_that_is_superseded_for_ever_fails(jobs: DbosIngestions, phases: Troubled) -> None:
    phases.superseded = 99
    ended = await over(jobs, await jobs.start(request("a:2")))
    assert ended.state == "failed"
    assert "start it again" in (ended.error or "")


async def test_a_staging_ingest_is_cancelled_between_documents(jobs: DbosIngestions, phases: Troubled) -> None:
    phases.pause_s = 0.2
    started = await jobs.start(request("a:200"))
    await reaches(jobs, started, 3)

    cancelled = await jobs.cancel(started.id)
    assert cancelled.state == "cancelled"
    phases.pause_s = 0.0

    async def discarded() -> bool:
        return await staged(phases, started) == 0

    await becomes_true(discarded)
    assert (await over(jobs, await jobs.start(request("a:200")))).state == "committed", "the source is free again"
    assert await staged(phases, started) == 0
    assert len(await documents(phases)) == 200
    assert (await jobs.cancel(started.id)).state == "cancelled", "twice is once"


async def test_a_queued_ingest_is_cancelled_and_never_runs(jobs: DbosIngestions, phases: Troubled) -> None:
    phases.may_commit.clear()
    first = await jobs.start(request("a:1"))
    await phases.committing.wait()
    second = await jobs.start(request("a:1"))
    await jobs.cancel(second.id)
    phases.may_commit.set()

    assert (await over(jobs, first)).state == "committed"
    assert (await over(jobs, await jobs.start(request("a:1")))).state == "committed"
    assert (await jobs.get(second.id)).state == "cancelled"
    assert phases.plans == 2


async def test_an_ingest_that_commits_is_not_cancelled(jobs: DbosIngestions, phases: Troubled) -> None:
    phases.may_commit.clear()
    started = await jobs.start(request("a:1"))
    await phases.committing.wait()
    with pytest.raises(ConflictError, match="is committing and cannot be cancelled"):
        await jobs.cancel(started.id)
    phases.may_commit.set()

    assert (await over(jobs, started)).state == "committed"
    with pytest.raises(ConflictError, match="is committed and cannot be cancelled"):
        await jobs.cancel(started.id)


async def test_what_is_unknown_is_not_found(jobs: DbosIngestions) -> None:
    with pytest.raises(NotFoundError, match="ing_none"):
        await jobs.get("ing_none")
    with pytest.raises(NotFoundError, match="ing_none"):
        await jobs.cancel("ing_none")
    with pytest.raises(NotFoundError, match="ing_none"):
        await anext(jobs.watch("ing_none"))


async def test_closing_leaves_the_rest_to_the_next(
    jobs: DbosIngestions, phases: Troubled, database: Database, tmp_path: Path
) -> None:
    phases.pause_s = 0.05
    started = await jobs.start(request("a:60"))
    await reaches(jobs, started, 3)
    await jobs.aclose()
    settled = await staged(phases, started)
    assert 3 <= settled < 60
    await asyncio.sleep(0.2)
    assert await staged(phases, started) == settled, "nothing goes on after it was closed"

    phases.pause_s = 0.0
    after = jobs_on(database, tmp_path / "jobs", phases)
    await after.resume()
    assert (await over(after, started)).state == "committed"
    await after.aclose()
    assert phases.plans == 1
    assert len(await documents(phases)) == 60


async def test_an_ingest_that_was_written_down_and_never_queued_is_done(jobs: DbosIngestions, phases: Troubled) -> None:
    asked = Ingestion.model_validate(
        {"id": "ing_lost", "tenant": DEFAULT_TENANT, "request": request("a:3"), "requested_at": "2026-06-01T12:00:00Z"}
    )
    await phases.catalog.open(asked)
    await jobs.resume()
    assert (await over(jobs, asked)).state == "committed"


async def test_following_reads_an_ingest_whole_at_its_beginning_and_its_end_only(
    jobs: DbosIngestions, phases: Troubled, monkeypatch: pytest.MonkeyPatch
) -> None:
    phases.pause_s = 0.05
    started = await jobs.start(request("a:12"))
    whole: list[str] = []
    read = SqlCatalog.ingestion

    async def counted(catalog: SqlCatalog, ingestion_id: str, tenant: str) -> Ingestion | None:
        task = asyncio.current_task()
        if task is following:
            whole.append(ingestion_id)
        return await read(catalog, ingestion_id, tenant)

    monkeypatch.setattr(SqlCatalog, "ingestion", counted)
    seen: list[Ingestion] = []

    async def follow() -> None:
        seen.extend([one async for one in jobs.watch(started.id)])

    following = asyncio.create_task(follow())
    async with asyncio.timeout(30):
        await following
    assert len({one.settled for one in seen}) > 2, "it was seen on its way"
    assert all(one.request == started.request for one in seen)
    assert seen[-1] == await jobs.get(started.id)
    assert len(whole) == 2


async def test_what_a_lost_process_staged_in_vain_is_removed_however_much_came_after_it(
    jobs: DbosIngestions, phases: Troubled
) -> None:
    first = Ingestion.model_validate(
        {"id": "ing_0", "tenant": DEFAULT_TENANT, "request": request("a:3"), "requested_at": "2026-06-01T12:00:00Z"}
    )
    await phases.catalog.open(first)
    await phases.plan(first.id)
    await phases.stage(first.id, 0)
    await phases.catalog.move(first.id, "failed", error="its process ended")
    for number in range(1, 61):
        later = first.model_copy(update={"id": f"ing_{number}", "requested_at": datetime(2026, 6, 2, tzinfo=UTC)})
        await phases.catalog.open(later)
        await phases.catalog.move(later.id, "cancelled")
    assert await staged(phases, first) == 3
    await jobs.resume()

    async def removed() -> bool:
        return await staged(phases, first) == 0

    await becomes_true(removed)
    assert await phases.catalog.orphaned(DEFAULT_TENANT) == []


async def test_it_rests_when_there_is_nothing_to_do_and_wakes_again(
    database: Database, phases: Troubled, tmp_path: Path
) -> None:
    jobs = jobs_on(database, tmp_path / "jobs", phases, rest_s=0.0)
    assert (await over(jobs, await jobs.start(request("a:1")))).state == "committed"

    async def rests() -> bool:
        return not jobs.working

    await becomes_true(rests)
    assert (await over(jobs, await jobs.start(request("b:1")))).state == "committed"
    await jobs.aclose()
