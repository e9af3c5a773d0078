"""The audit log in SQL: events chained inside the transaction of what they tell of, and their verification."""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any, Final

from sqlalchemy import Row, and_, insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from service.adapters.database import Database
from service.adapters.rows import exact
from service.adapters.tables import audit_events, decisions
from service.audit import GENESIS, AuditEvent, Event, Head, Link, Verification, found, link, verify

_PAGE: Final = 2_000
_LOCK: Final = 7_463_002


async def lock_chain(connection: AsyncConnection) -> None:
    """Make this transaction the only one that adds to the log until it ends; a writer on SQLite is that anyway."""
    if connection.dialect.name == "postgresql":
        await connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})


async def append(connection: AsyncConnection, events: Sequence[Event]) -> list[Link]:
    """Add events at the end of the log, in the caller's transaction."""
    await lock_chain(connection)
    head = await _head(connection)
    links: list[Link] = []
    for event in events:
        links.append(link(head, event))
        head = Head(seq=links[-1].seq, hash=links[-1].hash)
    if links:
        await connection.execute(insert(audit_events), list(map(_cells, links, events)))
    return links


class SqlAuditLog:
    """A `service.ports.AuditLog` in a Database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def append(self, events: Sequence[Event]) -> Head:
        """Add events at the end, in one transaction."""
        async with self._database.writing() as connection:
            await append(connection, events)
            return await _head(connection)

    async def events(self, after: int = 0, limit: int = 100, subject: str | None = None) -> list[AuditEvent]:
        """Read events in order, from the one after number `after`."""
        query = select(audit_events.c.body).where(audit_events.c.seq > after).order_by(audit_events.c.seq).limit(limit)
        if subject is not None:
            query = query.where(audit_events.c.subject == subject)
        async with self._database.reading() as connection:
            return [AuditEvent.model_validate_json(row.body) for row in await connection.execute(query)]

    async def head(self) -> Head:
        """Read the number and hash of the last event."""
        async with self._database.reading() as connection:
            return await _head(connection)

    async def verify(self, expected: Head | None = None) -> Verification:
        """Check every hash of the log, and every stored decision against the event that vouches for it."""
        async with self._database.reading() as connection:
            result = Verification(intact=True, checked=0, head=GENESIS, message="no events")
            last_page = False
            while result.intact and not last_page:
                page = await _page(connection, result.head)
                last_page = len(page) < _PAGE
                result = await _verify_page(connection, page, result.head, expected, last_page=last_page)
            if result.intact:
                return await _unrecorded(connection, result.head) or result
            return result


async def _verify_page(
    connection: AsyncConnection, page: Sequence[Row[Any]], after: Head, expected: Head | None, *, last_page: bool
) -> Verification:
    links = [Link(row.seq, exact(row.body), row.hash) for row in page]
    due = expected if expected is not None and (last_page or expected.seq <= links[-1].seq) else None
    result = verify(links, after=after, expected=due)
    whole = links[: result.checked - after.seq]
    before = after
    for row, one in zip(page, whole, strict=False):
        event = one.event()
        if (row.kind, row.subject, row.at) != (event.kind, event.subject, event.at):
            return found("changed", before, row.seq, f"the columns of event {row.seq} differ from what was recorded")
        before = Head(seq=one.seq, hash=one.hash)
    return await _vouched(connection, whole, result.head) or result


async def _vouched(connection: AsyncConnection, links: Sequence[Link], head: Head) -> Verification | None:
    events = [event for one in links if (event := one.event()).kind == "decided"]
    query = select(decisions).where(decisions.c.id.in_([event.subject for event in events]))
    stored = {row.id: _vouched_for(row) for row in await connection.execute(query)}
    for event in events:
        if event.subject not in stored:
            message = f"decision {event.subject} of event {event.seq} is not stored any more"
            return found("decision_missing", head, event.seq, message, event.subject)
        if any(event.payload.get(name) != value for name, value in stored[event.subject].items()):
            message = f"decision {event.subject} is not what event {event.seq} recorded"
            return found("decision_changed", head, event.seq, message, event.subject)
    return None


def _vouched_for(row: Row[Any]) -> Mapping[str, str]:
    return {
        "content_sha256": sha256(exact(row.body)).hexdigest(),
        "case_sha256": sha256(row.case_body).hexdigest(),
        "tenant": row.tenant,
    }


async def _unrecorded(connection: AsyncConnection, head: Head) -> Verification | None:
    vouching = and_(
        audit_events.c.seq == decisions.c.audit_seq,
        audit_events.c.hash == decisions.c.audit_hash,
        audit_events.c.kind == "decided",
        audit_events.c.subject == decisions.c.id,
    )
    query = select(decisions.c.id).outerjoin(audit_events, vouching).where(audit_events.c.seq.is_(None)).limit(1)
    stray = (await connection.execute(query)).scalar_one_or_none()
    if stray is None:
        return None
    return found("decision_unrecorded", head, None, f"decision {stray} is stored, but no event tells of it", stray)


async def _page(connection: AsyncConnection, after: Head) -> Sequence[Row[Any]]:
    query = select(audit_events).where(audit_events.c.seq > after.seq).order_by(audit_events.c.seq).limit(_PAGE)
    return (await connection.execute(query)).all()


async def _head(connection: AsyncConnection) -> Head:
    query = select(audit_events.c.seq, audit_events.c.hash).order_by(audit_events.c.seq.desc()).limit(1)
    row = (await connection.execute(query)).one_or_none()
    return GENESIS if row is None else Head(seq=row.seq, hash=row.hash)


def _cells(one: Link, event: Event) -> dict[str, object]:
    return {
        "seq": one.seq,
        "at": event.at,
        "kind": event.kind,
        "subject": event.subject,
        "body": one.body,
        "hash": one.hash,
    }
