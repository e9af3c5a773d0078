"""Who is there, by a lock that the system lets go of when the process ends."""

from pathlib import Path

import pytest
from sqlalchemy import text

from service.adapters.database import Database
from service.adapters.presence import FilePresence, Presence, SessionPresence


@pytest.fixture
def presences(database: Database, tmp_path: Path) -> tuple[Presence, Presence]:
    """Give two, as two processes have them."""
    if database.is_sqlite:
        return FilePresence(tmp_path / "here"), FilePresence(tmp_path / "here")
    return SessionPresence(database), SessionPresence(database)


async def test_who_is_there_is_not_gone_until_it_leaves(presences: tuple[Presence, Presence]) -> None:
    one, other = presences
    await one.enter("one")
    async with other.gone("one") as gone:
        assert not gone
    await one.confirm()
    await one.leave()
    async with other.gone("one") as gone:
        assert gone
    async with other.gone("never there") as gone:
        assert gone


async def test_only_one_is_told_that_another_is_gone(presences: tuple[Presence, Presence]) -> None:
    one, other = presences
    async with one.gone("someone") as gone, other.gone("someone") as gone_too:
        assert gone
        assert not gone_too


async def test_presence_is_taken_again_when_its_session_was_lost(
    presences: tuple[Presence, Presence], database: Database
) -> None:
    one, other = presences
    await one.enter("one")
    if not database.is_sqlite:
        end = "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND pid <> pg_backend_pid()"
        async with database.reading() as connection:
            await connection.execute(text(end))
        async with other.gone("one") as gone:
            assert gone
    await one.confirm()
    async with other.gone("one") as gone:
        assert not gone
    await one.leave()
