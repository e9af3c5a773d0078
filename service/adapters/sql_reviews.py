"""Review tasks in SQL: each change of one with its audit event, in one transaction."""

from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any

from pydantic import JsonValue, ValidationError
from sqlalchemy import Row, Select, exists, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from retrieval.corpus import DEFAULT_TENANT
from service.adapters.database import Database
from service.adapters.rows import exact, task_cells
from service.adapters.sql_audit import append, lock_chain
from service.adapters.tables import audit_events, review_reasons, review_tasks
from service.audit import AuditEvent, Event
from service.errors import NotFoundError, TamperedError
from service.ports import TaskFilter
from service.review import EVENT_OF, Action, ReviewTask, advance, task_hash


def queued(task: ReviewTask, actor: str, at: datetime) -> Event:
    """Make the event that tells of a new task."""
    return Event(at=at, kind="review_queued", subject=task.id, actor=actor, payload=_told(task))


async def insert_task(connection: AsyncConnection, task: ReviewTask) -> None:
    """Write a new task, in the caller's transaction."""
    await connection.execute(insert(review_tasks).values(task_cells(task)))
    if task.reasons:
        reasons = [{"task_id": task.id, "code": code} for code in sorted(set(task.reasons))]
        await connection.execute(insert(review_reasons), reasons)


class SqlReviews:
    """A `service.ports.ReviewStore` in a Database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, task_id: str, tenant: str = DEFAULT_TENANT) -> ReviewTask:
        """Read a task; NotFoundError, or TamperedError when it is not what the log's last event about it recorded."""
        async with self._database.reading() as connection:
            return await _read(connection, task_id, tenant)

    async def tasks(self, which: TaskFilter, limit: int = 100) -> list[ReviewTask]:
        """List tasks, the earliest due first, then the oldest; TamperedError as in `get`."""
        columns = review_tasks.c
        query = _tasks_of(which.tenant)
        if which.status is not None:
            query = query.where(columns.status == which.status)
        if which.queue is not None:
            query = query.where(columns.queue == which.queue)
        if which.assignee is not None:
            query = query.where(columns.assignee == which.assignee)
        if which.due_before is not None:
            query = query.where(columns.due_at < which.due_before)
        if which.reason is not None:
            query = query.where(
                exists().where(review_reasons.c.task_id == columns.id, review_reasons.c.code == which.reason)
            )
        query = query.order_by(columns.due_at.is_(None), columns.due_at, columns.created_at, columns.id).limit(limit)
        async with self._database.reading() as connection:
            return [_as_told(row) for row in await connection.execute(query)]

    async def act(self, task_id: str, action: Action, at: datetime, tenant: str = DEFAULT_TENANT) -> ReviewTask:
        """Claim, give back or resolve; errors as `review.advance`, NotFoundError and TamperedError."""
        async with self._database.writing() as connection:
            await lock_chain(connection)
            task = advance(await _read(connection, task_id, tenant), action, at)
            await connection.execute(update(review_tasks).where(review_tasks.c.id == task_id).values(task_cells(task)))
            kind = EVENT_OF[type(action)]
            event = Event(at=at, kind=kind, subject=task_id, actor=action.reviewer, payload=_told(task))
            await append(connection, [event])
            return task


async def _read(connection: AsyncConnection, task_id: str, tenant: str) -> ReviewTask:
    row = (await connection.execute(_tasks_of(tenant).where(review_tasks.c.id == task_id))).one_or_none()
    if row is None:
        raise NotFoundError(f"There is no review task {task_id}; list them with `toulmin review list`.")
    return _as_told(row)


def _tasks_of(tenant: str) -> Select[Any]:
    """Tasks with the last event about each, read by one statement, so that a step in between cannot part them."""
    last = (
        select(audit_events.c.body)
        .where(audit_events.c.subject == review_tasks.c.id)
        .order_by(audit_events.c.seq.desc())
        .limit(1)
        .scalar_subquery()
    )
    columns = [review_tasks.c.id, review_tasks.c.body, last.label("told")]
    return select(*columns).where(review_tasks.c.tenant == tenant)


def _as_told(row: Row[Any]) -> ReviewTask:
    body = exact(row.body)
    try:
        told = None if row.told is None else AuditEvent.model_validate_json(row.told).payload.get("task_sha256")
        if told != sha256(body).hexdigest():
            raise _tampered(row.id)
        return ReviewTask.model_validate_json(body)
    except ValidationError as error:
        raise _tampered(row.id) from error


def _tampered(task_id: str) -> TamperedError:
    return TamperedError(
        f"Review task {task_id} is not what was recorded and must not be acted on; run `toulmin audit verify` and "
        "restore it from a backup."
    )


def _told(task: ReviewTask) -> Mapping[str, JsonValue]:
    verdict = None if task.verdict is None else task.verdict.model_dump(mode="json")
    return {
        "task_sha256": task_hash(task),
        "queue": task.queue,
        "decision_id": task.decision_id,
        "decision_sha256": task.decision_hash,
        "token": task.token,
        "assignee": task.assignee,
        "verdict": verdict,
    }
