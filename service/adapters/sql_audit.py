"""The audit log in SQL: events chained inside the transaction of what they tell of."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from service.adapters.database import Database
from service.adapters.sql_verification import verified
from service.adapters.tables import audit_events
from service.audit import GENESIS, AuditEvent, Event, Head, Link, Verification, link

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
        """Check every hash of the log, and what it vouches for: decisions, review tasks, and the texts they cite."""
        async with self._database.reading() as connection:
            return await verified(connection, expected)


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
