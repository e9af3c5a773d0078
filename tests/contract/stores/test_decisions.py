"""What a store of decisions promises."""

import asyncio
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest

from service.adapters.database import Database, open_database
from service.adapters.sql_audit import SqlAuditLog
from service.adapters.sql_decisions import SqlDecisions
from service.adapters.sql_reviews import SqlReviews
from service.audit import Event, Head
from service.errors import ConflictError, NotFoundError, ServiceError, TamperedError
from service.migrations import upgrade
from service.ports import IdempotencyKey, Recording, TaskFilter
from service.records import content_hash, decision_bytes

MakeRecording = Callable[[int], Recording]
NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
KEY = IdempotencyKey("key-1", "a" * 64)


async def test_a_decision_is_read_as_it_was_recorded(database: Database, make_reviewed: MakeRecording) -> None:
    store, recording = SqlDecisions(database), make_reviewed(1)
    recorded = await store.record(recording)
    assert recorded.audit is not None
    assert recorded.model_copy(update={"audit": None}) == recording.released
    assert await store.get(recorded.decision_id) == recorded


async def test_events_and_task_are_recorded_with_it(database: Database, make_reviewed: MakeRecording) -> None:
    recording = make_reviewed(1)
    requested = Event(at=recording.at, kind="requested", subject=recording.released.decision_id, actor="test")
    recorded = await SqlDecisions(database).record(replace(recording, events=(requested,)))
    events = await SqlAuditLog(database).events()
    assert [event.kind for event in events] == ["requested", "decided", "review_queued"]
    assert events[1].payload["content_sha256"] == content_hash(recorded)
    assert recorded.audit is not None
    assert recorded.audit.seq == 2
    assert await SqlReviews(database).tasks(TaskFilter()) == [recording.task]


async def test_a_recording_that_fails_leaves_nothing(database: Database, make_reviewed: MakeRecording) -> None:
    store, log = SqlDecisions(database), SqlAuditLog(database)
    await store.record(make_reviewed(1))
    before = await log.head()
    second = make_reviewed(2)
    taken = make_reviewed(1).released.review.task_id
    released = second.released.model_copy(
        update={"review": second.released.review.model_copy(update={"task_id": taken})}
    )
    assert second.task is not None
    task = second.task.model_copy(update={"id": taken, "decision_hash": content_hash(released)})
    with pytest.raises(ConflictError, match="taken"):  # the task is written last, after decision and events
        await store.record(replace(second, released=released, task=task, idempotency=KEY))
    assert await log.head() == before
    assert await store.recall(KEY) is None
    with pytest.raises(NotFoundError):
        await store.get(released.decision_id)
    assert (await log.verify()).intact


async def test_a_decision_is_recorded_once(database: Database, make_recording: MakeRecording) -> None:
    store = SqlDecisions(database)
    await store.record(make_recording(1))
    with pytest.raises(ConflictError, match="taken"):
        await store.record(make_recording(1))


async def test_a_task_must_be_the_one_that_the_decision_names(
    database: Database, make_recording: MakeRecording, make_reviewed: MakeRecording
) -> None:
    store = SqlDecisions(database)
    for wrong in (
        replace(make_reviewed(1), task=None),
        replace(make_recording(1), task=make_reviewed(1).task),
        replace(make_reviewed(1), tenant="other"),
    ):
        with pytest.raises(ServiceError, match="review task"):
            await store.record(wrong)
    assert await store.recent() == []


async def test_the_same_request_decides_once(database: Database, make_recording: MakeRecording) -> None:
    store = SqlDecisions(database)
    assert await store.recall(KEY) is None
    first = await store.record(replace(make_recording(1), idempotency=KEY))
    again = await store.record(replace(make_recording(2), idempotency=KEY))
    assert first == again == await store.recall(KEY)
    assert await store.recent() == [first]
    other = IdempotencyKey(KEY.key, "b" * 64)
    with pytest.raises(ConflictError, match="another request"):
        await store.recall(other)
    with pytest.raises(ConflictError, match="another request"):
        await store.record(replace(make_recording(3), idempotency=other))


async def test_requests_at_once_with_one_key_decide_once(database: Database, make_recording: MakeRecording) -> None:
    store = SqlDecisions(database)
    recordings = [replace(make_recording(number), idempotency=KEY) for number in range(1, 9)]
    decided = await asyncio.gather(*(store.record(recording) for recording in recordings))
    assert len({one.decision_id for one in decided}) == len(await store.recent()) == 1


async def test_a_key_belongs_to_a_tenant(database: Database, make_recording: MakeRecording) -> None:
    store = SqlDecisions(database)
    await store.record(replace(make_recording(1), idempotency=KEY))
    assert await store.recall(KEY, "other") is None


async def test_another_tenants_decision_does_not_exist(database: Database, make_recording: MakeRecording) -> None:
    store = SqlDecisions(database)
    recorded = await store.record(replace(make_recording(1), tenant="other"))
    assert await store.get(recorded.decision_id, "other") == recorded
    with pytest.raises(NotFoundError):
        await store.get(recorded.decision_id)
    with pytest.raises(NotFoundError):
        await store.release(recorded.decision_id, "test", NOON)
    assert await store.recent() == []


async def test_the_latest_decisions_come_first(database: Database, make_recording: MakeRecording) -> None:
    store = SqlDecisions(database)
    recorded = [await store.record(make_recording(number)) for number in range(1, 6)]
    assert await store.recent(2) == [recorded[4], recorded[3]]
    assert await store.recent(2, before=recorded[3].decision_id) == [recorded[2], recorded[1]]
    assert await store.recent(domain="policy") == [recorded[3], recorded[1]]


async def test_concurrent_recordings_make_one_chain_without_gaps(
    database: Database, make_recording: MakeRecording, make_reviewed: MakeRecording
) -> None:
    store, log = SqlDecisions(database), SqlAuditLog(database)
    recorded = await asyncio.gather(
        *(store.record((make_recording if number % 3 else make_reviewed)(number)) for number in range(20))
    )
    assert len({one.decision_id for one in recorded}) == 20
    events = await log.events()
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    assert len(events) == 27
    assert (await log.verify(await log.head())).intact


async def test_several_programs_write_one_chain(
    database: Database, database_url: str, make_recording: MakeRecording
) -> None:
    others = [await open_database(database_url) for _ in range(3)]
    stores = [SqlDecisions(one) for one in (database, *others)]
    await asyncio.gather(*(stores[number % 4].record(make_recording(number)) for number in range(20)))
    result = await SqlAuditLog(database).verify()
    assert (result.intact, result.checked) == (True, 20)
    for other in others:
        await other.close()


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        (
            "UPDATE decisions SET body = CAST(replace(body, 'EUR 3', 'EUR 9') AS BLOB) WHERE id = :id",
            "decision_changed",
        ),
        ("UPDATE decisions SET case_body = CAST('{}' AS BLOB) WHERE id = :id", "decision_changed"),
        ("UPDATE decisions SET case_body = '{}' WHERE id = :id", "decision_changed"),
        ("UPDATE decisions SET domain = 'other' WHERE id = :id", "decision_changed"),
        ("UPDATE decisions SET content_sha256 = 'x' WHERE id = :id", "decision_changed"),
        ("UPDATE decisions SET recorded_at = '2020-01-01 00:00:00.000000' WHERE id = :id", "decision_changed"),
        ("UPDATE decisions SET tenant = 'other' WHERE id = :id", "decision_changed"),
        ("DELETE FROM decisions WHERE id = :id", "decision_missing"),
        ("UPDATE decisions SET audit_hash = 'x' WHERE id = :id", "decision_unrecorded"),
        ("UPDATE audit_events SET body = CAST(replace(body, 'test', 'nobody') AS BLOB) WHERE subject = :id", "changed"),
        ("UPDATE audit_events SET kind = 'released' WHERE subject = :id", "changed"),
        ("UPDATE audit_events SET at = '2020-01-01 00:00:00.000000' WHERE subject = :id", "changed"),
        ("DELETE FROM audit_events WHERE subject = :id", "removed"),
    ],
)
async def test_tampering_behind_the_triggers_is_found(
    tmp_path: Path, make_recording: MakeRecording, statement: str, fault: str
) -> None:
    database = await open_database(f"sqlite+aiosqlite:///{tmp_path}/toulmin.db")
    await upgrade(database)
    store, log = SqlDecisions(database), SqlAuditLog(database)
    recorded = [await store.record(make_recording(number)) for number in range(1, 6)]
    insider = sqlite3.connect(tmp_path / "toulmin.db", isolation_level=None)
    for trigger in insider.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        insider.execute(f"DROP TRIGGER {trigger[0]}")
    changed = insider.execute(statement, {"id": recorded[2].decision_id})
    assert changed.rowcount == 1
    insider.close()
    result = await log.verify()
    await database.close()
    assert (result.intact, result.fault) == (False, fault)
    assert result.seq in {3, None}
    assert result.subject in {recorded[2].decision_id, None}


async def test_a_changed_decision_is_not_shown(tmp_path: Path, make_recording: MakeRecording) -> None:
    database = await open_database(f"sqlite+aiosqlite:///{tmp_path}/toulmin.db")
    await upgrade(database)
    store = SqlDecisions(database)
    recorded = await store.record(make_recording(3))
    insider = sqlite3.connect(tmp_path / "toulmin.db", isolation_level=None)
    insider.execute("DROP TRIGGER decisions_no_update")
    insider.execute("UPDATE decisions SET body = CAST(replace(body, 'EUR 3', 'EUR 9') AS BLOB)")
    insider.close()
    with pytest.raises(TamperedError, match=recorded.decision_id):
        await store.get(recorded.decision_id)
    with pytest.raises(TamperedError):
        await store.recent()
    await database.close()


async def test_the_case_is_read_as_it_was_sent(database: Database, make_recording: MakeRecording) -> None:
    store, recording = SqlDecisions(database), replace(make_recording(1), case={"case": {"b": 1, "a": "x"}})
    recorded = await store.record(recording)
    assert await store.request(recorded.decision_id) == recording.case
    for unknown in (("dec_0", "public"), (recorded.decision_id, "other")):
        with pytest.raises(NotFoundError):
            await store.request(*unknown)


@pytest.mark.parametrize("column", ["body", "case_body"])
async def test_a_case_that_was_changed_is_not_used(tmp_path: Path, make_recording: MakeRecording, column: str) -> None:
    database = await open_database(f"sqlite+aiosqlite:///{tmp_path}/toulmin.db")
    await upgrade(database)
    store = SqlDecisions(database)
    recorded = await store.record(make_recording(3))
    insider = sqlite3.connect(tmp_path / "toulmin.db", isolation_level=None)
    insider.execute("DROP TRIGGER decisions_no_update")
    insider.execute(f"UPDATE decisions SET {column} = CAST('{{}}' AS BLOB)")  # noqa: S608 - of the two names above
    insider.close()
    with pytest.raises(TamperedError, match=recorded.decision_id):
        await store.request(recorded.decision_id)
    await database.close()


async def test_a_decision_whose_hash_was_changed_with_it_is_not_shown(
    tmp_path: Path, make_recording: MakeRecording
) -> None:
    database = await open_database(f"sqlite+aiosqlite:///{tmp_path}/toulmin.db")
    await upgrade(database)
    store = SqlDecisions(database)
    recorded = await store.record(make_recording(3))
    forged = decision_bytes(recorded).replace(b"EUR 3", b"EUR 9")
    insider = sqlite3.connect(tmp_path / "toulmin.db", isolation_level=None)
    insider.execute("DROP TRIGGER decisions_no_update")
    insider.execute("UPDATE decisions SET body = ?, content_sha256 = ?", (forged, sha256(forged).hexdigest()))
    insider.close()
    for read in (store.get(recorded.decision_id), store.recent(), store.release(recorded.decision_id, "test", NOON)):
        with pytest.raises(TamperedError):
            await read
    assert (await SqlAuditLog(database).verify()).fault == "decision_changed"
    await database.close()


async def test_a_decision_is_told_as_released_once(database: Database, make_recording: MakeRecording) -> None:
    store, log = SqlDecisions(database), SqlAuditLog(database)
    recorded = await store.record(make_recording(1))
    await asyncio.gather(*(store.release(recorded.decision_id, "test", NOON) for _ in range(4)))
    await store.release(recorded.decision_id, "test", NOON)
    decided, released = await log.events()
    assert (decided.kind, released.kind, released.subject) == ("decided", "released", recorded.decision_id)
    assert released.payload["content_sha256"] == decided.payload["content_sha256"]
    assert (await log.verify()).intact


async def test_a_cut_log_shows_against_a_kept_head(tmp_path: Path, make_recording: MakeRecording) -> None:
    database = await open_database(f"sqlite+aiosqlite:///{tmp_path}/toulmin.db")
    await upgrade(database)
    store, log = SqlDecisions(database), SqlAuditLog(database)
    for number in range(1, 4):
        await store.record(make_recording(number))
    kept = await log.head()
    insider = sqlite3.connect(tmp_path / "toulmin.db", isolation_level=None)
    for trigger in insider.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        insider.execute(f"DROP TRIGGER {trigger[0]}")
    insider.execute("DELETE FROM decisions WHERE audit_seq = 3")
    insider.execute("DELETE FROM audit_events WHERE seq = 3")
    insider.close()
    assert (await log.verify()).intact
    result = await log.verify(kept)
    assert (result.fault, result.seq) == ("truncated", 3)
    assert (await log.verify(Head(seq=2, hash="d" * 64))).fault == "other_history"
    await database.close()


async def test_a_long_log_is_read_in_parts(database: Database, make_recording: MakeRecording) -> None:
    log, at = SqlAuditLog(database), make_recording(1).at
    events = [Event(at=at, kind="requested", subject=f"dec_{number}", actor="test") for number in range(4_100)]
    head = await log.append(events)
    result = await log.verify(head)
    assert (result.intact, result.checked, result.head) == (True, 4_100, head)
    assert (await log.verify(Head(seq=head.seq + 1, hash=head.hash))).fault == "truncated"
    assert [event.seq for event in await log.events(after=4_098)] == [4_099, 4_100]
    assert [event.seq for event in await log.events(subject="dec_7")] == [8]
