"""Review tasks in SQL: each change of one with its audit event, in one transaction."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import JsonValue
from sqlalchemy import exists, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from retrieval.corpus import DEFAULT_TENANT
from service.adapters.database import Database
from service.adapters.sql_audit import append, lock_chain
from service.adapters.tables import decisions, review_reasons, review_tasks
from service.audit import Event
from service.errors import ConflictError, NotFoundError
from service.ports import TaskFilter
from service.review import EVENT_OF, Action, ReviewTask, advance


def queued(task: ReviewTask, actor: str, at: datetime) -> Event:
    """Make the event that tells of a new task."""
    return Event(at=at, kind="review_queued", subject=task.id, actor=actor, payload=_told(task))


async def insert_task(connection: AsyncConnection, task: ReviewTask) -> None:
    """Write a new task, in the caller's transaction."""
    await connection.execute(insert(review_tasks).values(id=task.id, **_cells(task)))
    if task.reasons:
        reasons = [{"task_id": task.id, "code": code} for code in sorted(set(task.reasons))]
        await connection.execute(insert(review_reasons), reasons)


class SqlReviews:
    """A `service.ports.ReviewStore` in a Database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def create(self, task: ReviewTask, actor: str, at: datetime) -> ReviewTask:
        """Queue a task; the same queue, decision and hash again gives the task that is there."""
        async with self._database.writing() as connection:
            await lock_chain(connection)
            await _require_decision(connection, task)
            present = await connection.execute(
                select(review_tasks.c.body).where(
                    review_tasks.c.queue == task.queue,
                    review_tasks.c.decision_id == task.decision_id,
                    review_tasks.c.decision_hash == task.decision_hash,
                )
            )
            if (body := present.scalar_one_or_none()) is not None:
                return ReviewTask.model_validate(body)
            taken = await connection.execute(select(review_tasks.c.id).where(review_tasks.c.id == task.id))
            if taken.scalar_one_or_none() is not None:
                raise ConflictError(f"id: review task {task.id} is about another decision; make a new id.")
            await insert_task(connection, task)
            await append(connection, [queued(task, actor, at)])
            return task

    async def get(self, task_id: str, tenant: str = DEFAULT_TENANT) -> ReviewTask:
        """Read a task; NotFoundError."""
        async with self._database.reading() as connection:
            return await _read(connection, task_id, tenant)

    async def tasks(self, which: TaskFilter, limit: int = 100) -> list[ReviewTask]:
        """List tasks, the earliest due first, then the oldest."""
        columns = review_tasks.c
        query = select(columns.body).where(columns.tenant == which.tenant)
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
            return [ReviewTask.model_validate(row.body) for row in await connection.execute(query)]

    async def act(self, task_id: str, action: Action, at: datetime, tenant: str = DEFAULT_TENANT) -> ReviewTask:
        """Claim, renew, give back or resolve; errors as `review.advance`, and NotFoundError."""
        async with self._database.writing() as connection:
            await lock_chain(connection)
            task = advance(await _read(connection, task_id, tenant), action, at)
            await connection.execute(update(review_tasks).where(review_tasks.c.id == task_id).values(_cells(task)))
            if (kind := EVENT_OF[type(action)]) is not None:
                event = Event(at=at, kind=kind, subject=task_id, actor=action.reviewer, payload=_told(task))
                await append(connection, [event])
            return task


async def _read(connection: AsyncConnection, task_id: str, tenant: str) -> ReviewTask:
    query = select(review_tasks.c.body).where(review_tasks.c.id == task_id, review_tasks.c.tenant == tenant)
    body = (await connection.execute(query)).scalar_one_or_none()
    if body is None:
        raise NotFoundError(f"There is no review task {task_id}; list them with `toulmin review list`.")
    return ReviewTask.model_validate(body)


async def _require_decision(connection: AsyncConnection, task: ReviewTask) -> None:
    query = select(decisions.c.content_sha256).where(
        decisions.c.id == task.decision_id, decisions.c.tenant == task.tenant
    )
    stored = (await connection.execute(query)).scalar_one_or_none()
    if stored is None:
        raise NotFoundError(f"There is no decision {task.decision_id} to review.")
    if stored != task.decision_hash:
        raise ConflictError(
            f"decision_hash: decision {task.decision_id} has {stored}, not {task.decision_hash}; read it again."
        )


def _told(task: ReviewTask) -> Mapping[str, JsonValue]:
    verdict = None if task.verdict is None else task.verdict.model_dump(mode="json")
    return {
        "queue": task.queue,
        "decision_id": task.decision_id,
        "decision_sha256": task.decision_hash,
        "token": task.token,
        "assignee": task.assignee,
        "verdict": verdict,
    }


def _cells(task: ReviewTask) -> dict[str, Any]:
    return {
        "tenant": task.tenant,
        "queue": task.queue,
        "decision_id": task.decision_id,
        "decision_hash": task.decision_hash,
        "status": task.status,
        "assignee": task.assignee,
        "created_at": task.created_at,
        "due_at": task.due_at,
        "body": task.model_dump(mode="json"),
    }
