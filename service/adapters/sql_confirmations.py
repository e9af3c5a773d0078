"""Confirmations in SQL: each with its audit event in one transaction, and counted only as that event tells of it."""

from collections.abc import Sequence
from hashlib import sha256
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Row, Select, and_, insert, select

from decision.rules import Confirmed
from service.adapters.database import Database
from service.adapters.rows import confirmation_cells, exact
from service.adapters.sql_audit import append, lock_chain
from service.adapters.tables import audit_events, confirmations
from service.audit import AuditEvent
from service.confirmations import Confirmation, told
from service.errors import TamperedError


class SqlConfirmations:
    """A `service.ports.ConfirmationStore` in a Database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def confirm(self, confirmed: Sequence[Confirmation]) -> None:
        """Store confirmations with their events, all or none."""
        if not confirmed:
            return
        async with self._database.writing() as connection:
            await lock_chain(connection)
            await connection.execute(insert(confirmations), [confirmation_cells(one) for one in confirmed])
            await append(connection, [told(one) for one in confirmed])

    async def confirmed(self, tenant: str, pack: str, rulebook_version: str, generation: int) -> Confirmed:
        """Give the words that were confirmed for this version of a rule book, up to this generation."""
        columns = confirmations.c
        query = _with_events().where(
            columns.tenant == tenant,
            columns.pack == pack,
            columns.rulebook_version == rulebook_version,
            columns.generation <= generation,
        )
        async with self._database.reading() as connection:
            found = [_as_told(row) for row in await connection.execute(query)]
        return frozenset((one.clause, one.text_sha256) for one in found if one is not None)

    async def confirmations(self, tenant: str, pack: str | None = None) -> list[Confirmation]:
        """List confirmations, latest first; TamperedError when one is not what was recorded."""
        query = _with_events().where(confirmations.c.tenant == tenant).order_by(confirmations.c.id.desc())
        if pack is not None:
            query = query.where(confirmations.c.pack == pack)
        async with self._database.reading() as connection:
            return [_whole(row) for row in await connection.execute(query)]


def _with_events() -> Select[Any]:
    event = and_(audit_events.c.subject == confirmations.c.id, audit_events.c.kind == "rules_confirmed")
    return select(confirmations, audit_events.c.body.label("told")).outerjoin(audit_events, event)


def _as_told(row: Row[Any]) -> Confirmation | None:
    """Read a confirmation; None when no event tells of it, or tells otherwise."""
    body = exact(row.body)
    if row.told is None:
        return None
    try:
        event = AuditEvent.model_validate_json(row.told)
        if event.payload.get("confirmation_sha256") != sha256(body).hexdigest():
            return None
        one = Confirmation.model_validate_json(body)
    except ValidationError:
        return None
    return (
        one
        if all(getattr(row, name) == cell for name, cell in confirmation_cells(one).items() if name != "body")
        else None
    )


def _whole(row: Row[Any]) -> Confirmation:
    one = _as_told(row)
    if one is None:
        raise TamperedError(
            f"Confirmation {row.id} is not what was recorded and counts for nothing; run `toulmin audit verify` and "
            "restore it from a backup."
        )
    return one
