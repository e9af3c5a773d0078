"""What a store of confirmations promises."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import insert, text
from sqlalchemy.exc import DBAPIError

from service.adapters.database import Database
from service.adapters.sql_audit import SqlAuditLog
from service.adapters.sql_confirmations import SqlConfirmations
from service.adapters.tables import confirmations
from service.audit import Event
from service.confirmations import Confirmation, confirmation_bytes, told
from service.errors import TamperedError

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
CLAUSE = "policy#4.2"


def confirmation(number: int = 1, **others: object) -> Confirmation:
    """Make a confirmation of other words for each number."""
    made = Confirmation(
        id=f"conf_{number:026d}",
        pack="claims",
        clause=CLAUSE,
        text_sha256=f"{number:064x}",
        rulebook_version="v1",
        generation=4,
        confirmed_by="ada",
        because="The meaning is the same.",
        at=NOON,
    )
    return made.model_copy(update=others)


async def test_what_was_confirmed_counts(database: Database) -> None:
    store = SqlConfirmations(database)
    await store.confirm([confirmation(1), confirmation(2, clause="policy#5")])
    assert await store.confirmed("default", "claims", "v1", 4) == {
        (CLAUSE, f"{1:064x}"),
        ("policy#5", f"{2:064x}"),
    }
    assert await store.confirmations("default") == [confirmation(2, clause="policy#5"), confirmation(1)]


@pytest.mark.parametrize(
    ("tenant", "pack", "version", "generation"),
    [
        ("other", "claims", "v1", 4),
        ("default", "other", "v1", 4),
        ("default", "claims", "v2", 4),
        ("default", "claims", "v1", 3),
    ],
    ids=["of another tenant", "of another pack", "for other rules", "before it was confirmed"],
)
async def test_it_counts_for_nothing_else(
    database: Database, tenant: str, pack: str, version: str, generation: int
) -> None:
    store = SqlConfirmations(database)
    await store.confirm([confirmation()])
    assert await store.confirmed(tenant, pack, version, generation) == frozenset()


async def test_confirmations_are_listed_for_one_tenant_and_pack(database: Database) -> None:
    store = SqlConfirmations(database)
    await store.confirm([confirmation(1), confirmation(2, pack="other"), confirmation(3, tenant="other")])
    assert [one.id for one in await store.confirmations("default", "other")] == [confirmation(2).id]
    assert [one.id for one in await store.confirmations("default")] == [confirmation(2).id, confirmation(1).id]


async def test_each_is_an_event(database: Database) -> None:
    await SqlConfirmations(database).confirm([confirmation(1), confirmation(2)])
    events = await SqlAuditLog(database).events()
    assert [(one.kind, one.subject, one.actor, one.at) for one in events] == [
        ("rules_confirmed", confirmation(1).id, "ada", NOON),
        ("rules_confirmed", confirmation(2).id, "ada", NOON),
    ]
    payload = events[0].payload
    assert (payload["pack"], payload["clause"], payload["text_sha256"]) == ("claims", CLAUSE, f"{1:064x}")
    assert (await SqlAuditLog(database).verify()).intact


async def test_confirmations_and_events_are_stored_all_or_none(database: Database) -> None:
    store = SqlConfirmations(database)
    await store.confirm([confirmation(1)])
    with pytest.raises(DBAPIError):
        await store.confirm([confirmation(2), confirmation(1)])
    assert [one.id for one in await store.confirmations("default")] == [confirmation(1).id]
    assert len(await SqlAuditLog(database).events()) == 1


async def test_nothing_to_confirm_is_no_event(database: Database) -> None:
    await SqlConfirmations(database).confirm([])
    assert await SqlAuditLog(database).events() == []


async def test_a_row_that_no_event_tells_of_counts_for_nothing(database: Database) -> None:
    await write(database, confirmation())
    await refused(database)


async def test_a_row_with_an_event_of_other_words_counts_for_nothing(database: Database) -> None:
    forged = confirmation()
    await SqlAuditLog(database).append(
        [Event(at=NOON, kind="rules_confirmed", subject=forged.id, actor="ada", payload={"confirmation_sha256": "0"})]
    )
    await write(database, forged)
    await refused(database)


async def test_columns_that_differ_from_what_was_confirmed_count_for_nothing(database: Database) -> None:
    true = confirmation(rulebook_version="v0")
    await write(database, confirmation(), body=confirmation_bytes(true))
    await SqlAuditLog(database).append([told(true)])
    await refused(database)


@pytest.mark.parametrize("statement", ["UPDATE confirmations SET pack = pack", "DELETE FROM confirmations"])
async def test_what_was_confirmed_is_not_changed(database: Database, statement: str) -> None:
    await SqlConfirmations(database).confirm([confirmation()])
    with pytest.raises(DBAPIError, match="confirmations only grows"):
        async with database.writing() as connection:
            await connection.execute(text(statement))


async def test_a_confirmation_that_no_event_tells_of_is_found(database: Database) -> None:
    await SqlConfirmations(database).confirm([confirmation(1)])
    await write(database, confirmation(2))
    found = await SqlAuditLog(database).verify()
    assert (found.fault, found.subject) == ("confirmation_unrecorded", confirmation(2).id)


async def test_a_confirmation_that_was_lost_is_found(database: Database) -> None:
    await SqlAuditLog(database).append([told(confirmation(1))])
    found = await SqlAuditLog(database).verify()
    assert (found.fault, found.subject, found.seq) == ("confirmation_missing", confirmation(1).id, 1)


async def test_a_confirmation_that_was_altered_is_found(database: Database) -> None:
    await SqlAuditLog(database).append([told(confirmation(1))])
    await write(database, confirmation(1, because="Something else."))
    found = await SqlAuditLog(database).verify()
    assert (found.fault, found.subject, found.seq) == ("confirmation_changed", confirmation(1).id, 1)


async def write(database: Database, one: Confirmation, body: bytes | None = None) -> None:
    """Write a row as somebody would who can write the database, past the store."""
    async with database.writing() as connection:
        await connection.execute(
            insert(confirmations).values(
                id=one.id,
                tenant=one.tenant,
                pack=one.pack,
                rulebook_version=one.rulebook_version,
                generation=one.generation,
                body=body or confirmation_bytes(one),
            )
        )


async def refused(database: Database) -> None:
    store = SqlConfirmations(database)
    assert await store.confirmed("default", "claims", "v1", 4) == frozenset()
    with pytest.raises(TamperedError, match="not what was recorded"):
        await store.confirmations("default")
