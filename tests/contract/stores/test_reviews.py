"""What a store of review tasks promises."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from service.adapters.database import Database
from service.adapters.sql_audit import SqlAuditLog
from service.adapters.sql_decisions import SqlDecisions
from service.adapters.sql_reviews import SqlReviews
from service.errors import ConflictError, InvalidInputError, NotFoundError
from service.ports import Recording, TaskFilter
from service.review import LEASE, ClaimTask, GiveBack, Resolve, ReviewTask, task_hash

MakeRecording = Callable[[int], Recording]
NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


@pytest.fixture
async def task(database: Database, make_reviewed: MakeRecording) -> ReviewTask:
    """Give a task that waits in the store, with its decision."""
    recording = make_reviewed(1)
    await SqlDecisions(database).record(recording)
    assert recording.task is not None
    return recording.task


async def kinds(database: Database) -> list[str]:
    """List what happened."""
    return [event.kind for event in await SqlAuditLog(database).events()]


async def test_a_task_is_read_as_it_was_queued(database: Database, task: ReviewTask) -> None:
    assert await SqlReviews(database).get(task.id) == task


async def test_each_change_is_an_event(database: Database, task: ReviewTask) -> None:
    store = SqlReviews(database)
    await store.act(task.id, ClaimTask("ada"), NOON)
    await store.act(task.id, GiveBack("ada", 1), NOON)
    await store.act(task.id, ClaimTask("bob"), NOON)
    verdict = Resolve("bob", 2, task.decision_hash, "overturn", justification="The flight was not ours.")
    resolved = await store.act(task.id, verdict, NOON)
    assert await store.get(task.id) == resolved
    assert resolved.status == "resolved"
    assert await kinds(database) == [
        "decided",
        "review_queued",
        "review_claimed",
        "review_released",
        "review_claimed",
        "review_resolved",
    ]
    last = (await SqlAuditLog(database).events())[-1]
    assert (last.actor, last.subject) == ("bob", task.id)
    assert last.payload["decision_sha256"] == task.decision_hash
    assert last.payload["task_sha256"] == task_hash(resolved)
    assert (await SqlAuditLog(database).verify()).intact


async def test_a_log_is_whole_while_reviewers_work(database: Database, task: ReviewTask) -> None:
    store, log = SqlReviews(database), SqlAuditLog(database)

    async def work() -> None:
        for _ in range(10):
            await store.act(task.id, ClaimTask("ada"), NOON)

    working = asyncio.create_task(work())
    results = [await log.verify()]
    while not working.done():
        results.append(await log.verify())
        assert (await store.get(task.id)).id == task.id
    await working
    assert [result.message for result in results if not result.intact] == []


async def test_an_amendment_that_cannot_be_hashed_is_refused(database: Database, task: ReviewTask) -> None:
    store = SqlReviews(database)
    claimed = await store.act(task.id, ClaimTask("ada"), NOON)
    verdict = Resolve("ada", 1, task.decision_hash, "amend", justification="Too low.", amended={"amount": 10**30})
    with pytest.raises(InvalidInputError, match=r"amended\.amount"):
        await store.act(task.id, verdict, NOON)
    assert await store.get(task.id) == claimed


async def test_a_refused_change_leaves_nothing(database: Database, task: ReviewTask) -> None:
    store = SqlReviews(database)
    claimed = await store.act(task.id, ClaimTask("ada"), NOON)
    before = await kinds(database)
    with pytest.raises(ConflictError):
        await store.act(task.id, ClaimTask("bob"), NOON)
    with pytest.raises(ConflictError):
        await store.act(task.id, Resolve("ada", 1, "0" * 64, "uphold"), NOON)
    with pytest.raises(InvalidInputError):
        await store.act(task.id, Resolve("ada", 1, task.decision_hash, "overturn"), NOON)
    assert await store.get(task.id) == claimed
    assert await kinds(database) == before


async def test_of_many_who_claim_at_once_one_gets_it(database: Database, task: ReviewTask) -> None:
    store = SqlReviews(database)
    answers = await asyncio.gather(
        *(store.act(task.id, ClaimTask(f"reviewer {number}"), NOON) for number in range(10)), return_exceptions=True
    )
    assert sum(isinstance(answer, ReviewTask) for answer in answers) == 1
    assert sum(isinstance(answer, ConflictError) for answer in answers) == 9


async def test_of_two_holders_in_turn_one_gives_the_verdict(database: Database, task: ReviewTask) -> None:
    store = SqlReviews(database)
    await store.act(task.id, ClaimTask("ada"), NOON)
    later = NOON + LEASE + timedelta(seconds=1)
    await store.act(task.id, ClaimTask("bob"), later)
    answers = await asyncio.gather(
        store.act(task.id, Resolve("ada", 1, task.decision_hash, "uphold"), later),
        store.act(task.id, Resolve("bob", 2, task.decision_hash, "uphold"), later),
        return_exceptions=True,
    )
    assert isinstance(answers[0], ConflictError)
    assert isinstance(answers[1], ReviewTask)


async def test_tasks_are_found_by_what_they_are(
    database: Database, task: ReviewTask, make_reviewed: MakeRecording
) -> None:
    store, decisions = SqlReviews(database), SqlDecisions(database)
    await decisions.record(make_reviewed(2))
    third = make_reviewed(3)
    assert third.task is not None
    due = {"queue": "legal", "reasons": ("stale_rule", "high_amount"), "due_at": NOON + timedelta(days=1)}
    urgent = third.task.model_copy(update=due)
    await decisions.record(replace(third, task=urgent))
    await store.act(task.id, ClaimTask("ada"), NOON)

    async def found(which: TaskFilter) -> list[str]:
        return [one.id for one in await store.tasks(which)]

    everything = await found(TaskFilter())
    assert everything[0] == urgent.id
    assert len(everything) == 3
    assert await found(TaskFilter(status="claimed")) == [task.id]
    assert await found(TaskFilter(assignee="ada")) == [task.id]
    assert await found(TaskFilter(queue="legal")) == [urgent.id]
    assert await found(TaskFilter(reason="stale_rule")) == [urgent.id]
    assert await found(TaskFilter(due_before=NOON + timedelta(days=2))) == [urgent.id]
    assert await found(TaskFilter(due_before=NOON + timedelta(days=1))) == []
    assert await found(TaskFilter(tenant="other")) == []
    assert len(await store.tasks(TaskFilter(), limit=2)) == 2


async def test_another_tenants_task_does_not_exist(database: Database, task: ReviewTask) -> None:
    store = SqlReviews(database)
    with pytest.raises(NotFoundError):
        await store.get(task.id, "other")
    with pytest.raises(NotFoundError):
        await store.act(task.id, ClaimTask("ada"), NOON, "other")
