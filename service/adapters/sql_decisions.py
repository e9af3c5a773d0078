"""Decisions in SQL: the exact bytes that were hashed, with their audit events and review task in one transaction."""

import json
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any, Final, cast

from pydantic import JsonValue, ValidationError
from sqlalchemy import Row, Select, exists, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from retrieval.corpus import DEFAULT_TENANT
from service.adapters.database import Database
from service.adapters.rows import exact
from service.adapters.sql_audit import append, lock_chain
from service.adapters.sql_reviews import insert_task, queued
from service.adapters.tables import audit_events, decisions, idempotency_keys
from service.audit import AuditEvent, Event
from service.errors import ConflictError, NotFoundError, ServiceError, TamperedError
from service.ports import IdempotencyKey, Recording
from service.records import AuditPlace, ReleasedDecision, canonical, content_hash, decision_bytes


class SqlDecisions:
    """A `service.ports.DecisionStore` in a Database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def record(self, recording: Recording) -> ReleasedDecision:
        """Make a decision durable with its events and task, in one transaction, and return it with its audit place."""
        _require_matching_task(recording)
        body, case_body = decision_bytes(recording.released), canonical(cast("JsonValue", recording.case))
        try:
            async with self._database.writing() as connection:
                await lock_chain(connection)
                if recording.idempotency is not None:
                    earlier = await _recall(connection, recording.idempotency, recording.tenant)
                    if earlier is not None:
                        return earlier
                return await _write(connection, recording, body, case_body)
        except IntegrityError as error:
            raise ConflictError(
                f"Decision {recording.released.decision_id} was not recorded: its id or that of its review task is "
                f"taken ({error.orig}); decide again."
            ) from error

    async def get(self, decision_id: str, tenant: str = DEFAULT_TENANT) -> ReleasedDecision:
        """Read a decision; NotFoundError, or TamperedError when the stored bytes are not those recorded."""
        async with self._database.reading() as connection:
            return _released(await _row(connection, decision_id, tenant))

    async def request(self, decision_id: str, tenant: str = DEFAULT_TENANT) -> Mapping[str, JsonValue]:
        """Read the case of a decision as it was sent; errors as for `get`."""
        async with self._database.reading() as connection:
            row = await _row(connection, decision_id, tenant)
        _released(row)  # which checks the event that vouches for both
        sent = exact(row.case_body)
        if AuditEvent.model_validate_json(row.event_body).payload.get("case_sha256") != sha256(sent).hexdigest():
            raise TamperedError(f"The case of decision {row.id} is not what was recorded {_REMEDY}")
        return cast("Mapping[str, JsonValue]", json.loads(sent))

    async def release(self, decision_id: str, actor: str, at: datetime, tenant: str = DEFAULT_TENANT) -> None:
        """Tell in the log that a recorded decision was handed out: once, however often it is; NotFoundError."""
        async with self._database.reading() as connection:
            recorded = _released(await _row(connection, decision_id, tenant))
            if await _told_released(connection, decision_id):
                return
        payload: Mapping[str, JsonValue] = {"content_sha256": content_hash(recorded), "tenant": tenant}
        event = Event(at=at, kind="released", subject=decision_id, actor=actor, payload=payload)
        async with self._database.writing() as connection:
            await lock_chain(connection)
            if not await _told_released(connection, decision_id):
                await append(connection, [event])

    async def recent(
        self, limit: int = 20, *, tenant: str = DEFAULT_TENANT, domain: str | None = None, before: str | None = None
    ) -> list[ReleasedDecision]:
        """List decisions, latest first; `before` is a decision id to continue from."""
        query = _decisions_of(tenant).order_by(decisions.c.id.desc()).limit(limit)
        if domain is not None:
            query = query.where(decisions.c.domain == domain)
        if before is not None:
            query = query.where(decisions.c.id < before)
        async with self._database.reading() as connection:
            return [_released(row) for row in await connection.execute(query)]

    async def recall(self, idempotency: IdempotencyKey, tenant: str = DEFAULT_TENANT) -> ReleasedDecision | None:
        """Give the decision that was made for this key, if any; ConflictError when the request was another."""
        async with self._database.reading() as connection:
            return await _recall(connection, idempotency, tenant)


async def _write(connection: AsyncConnection, recording: Recording, body: bytes, case_body: bytes) -> ReleasedDecision:
    released, task = recording.released, recording.task
    told = [*recording.events, _decided(recording, body, case_body)]
    if task is not None:
        told.append(queued(task, recording.actor, recording.at))
    links = await append(connection, told)
    place = links[len(recording.events)]
    cells = {
        "id": released.decision_id,
        "tenant": recording.tenant,
        "domain": released.domain,
        "recorded_at": recording.at,
        "content_sha256": sha256(body).hexdigest(),
        "body": body,
        "case_body": case_body,
        "audit_seq": place.seq,
        "audit_hash": place.hash,
    }
    await connection.execute(insert(decisions).values(cells))
    if task is not None:
        await insert_task(connection, task)
    if recording.idempotency is not None:
        await connection.execute(
            insert(idempotency_keys).values(
                tenant=recording.tenant,
                key=recording.idempotency.key,
                request_sha256=recording.idempotency.request_sha256,
                decision_id=released.decision_id,
            )
        )
    return released.model_copy(update={"audit": AuditPlace(seq=place.seq, hash=place.hash)})


def _decided(recording: Recording, body: bytes, case_body: bytes) -> Event:
    released = recording.released
    return Event(
        at=recording.at,
        kind="decided",
        subject=released.decision_id,
        actor=recording.actor,
        payload={
            "content_sha256": sha256(body).hexdigest(),
            "case_sha256": sha256(case_body).hexdigest(),
            "tenant": recording.tenant,
            "domain": released.domain,
            "status": released.status,
            "generation": released.generation,
            "review_required": released.review.required,
        },
    )


def _require_matching_task(recording: Recording) -> None:
    released, task = recording.released, recording.task
    expected = None if released.review.task_id is None else (released.review.task_id, recording.tenant)
    if expected != (None if task is None else (task.id, task.tenant)):
        raise ServiceError(
            f"Decision {released.decision_id} names the review task {released.review.task_id}, but "
            f"{'none' if task is None else task.id} came with it; make it with `review.task_for`."
        )
    if task is not None and (task.decision_id, task.decision_hash) != (released.decision_id, content_hash(released)):
        raise ServiceError(f"Review task {task.id} is about another decision; make it with `review.task_for`.")


async def _recall(connection: AsyncConnection, idempotency: IdempotencyKey, tenant: str) -> ReleasedDecision | None:
    query = select(idempotency_keys).where(
        idempotency_keys.c.tenant == tenant, idempotency_keys.c.key == idempotency.key
    )
    known = (await connection.execute(query)).one_or_none()
    if known is None:
        return None
    if known.request_sha256 != idempotency.request_sha256:
        raise ConflictError(
            f"Idempotency-Key {idempotency.key} was used for another request (decision {known.decision_id}); "
            "send a new key."
        )
    return _released(await _row(connection, known.decision_id, tenant))


async def _told_released(connection: AsyncConnection, decision_id: str) -> bool:
    told = exists().where(audit_events.c.subject == decision_id, audit_events.c.kind == "released")
    return (await connection.execute(select(told))).scalar_one()


async def _row(connection: AsyncConnection, decision_id: str, tenant: str) -> Row[Any]:
    row = (await connection.execute(_decisions_of(tenant).where(decisions.c.id == decision_id))).one_or_none()
    if row is None:
        raise NotFoundError(f"There is no decision {decision_id}; decide the case, or check the id.")
    return row


def _decisions_of(tenant: str) -> Select[Any]:
    event = (audit_events.c.hash.label("event_hash"), audit_events.c.body.label("event_body"))
    told = decisions.outerjoin(audit_events, audit_events.c.seq == decisions.c.audit_seq)
    return select(decisions, *event).select_from(told).where(decisions.c.tenant == tenant)


def _released(row: Row[Any]) -> ReleasedDecision:
    if not _as_decided(row):
        raise TamperedError(f"Decision {row.id} is not what was recorded {_REMEDY}")
    try:
        released = ReleasedDecision.model_validate_json(row.body)
    except ValidationError as error:
        raise TamperedError(f"Decision {row.id} cannot be read ({error.error_count()} fields) {_REMEDY}") from error
    return released.model_copy(update={"audit": AuditPlace(seq=row.audit_seq, hash=row.audit_hash)})


def _as_decided(row: Row[Any]) -> bool:
    """Compare a decision with the event that vouches for it: whoever changes a body can change the column beside it."""
    if row.event_body is None or row.event_hash != row.audit_hash:
        return False
    try:
        event = AuditEvent.model_validate_json(row.event_body)
    except ValidationError:
        return False
    told = (event.kind, event.subject, event.payload.get("content_sha256"), event.payload.get("tenant"))
    return told == ("decided", row.id, sha256(exact(row.body)).hexdigest(), row.tenant)


_REMEDY: Final = "and must not be relied on; run `toulmin audit verify` and restore it from a backup."
