"""Turns a database of any earlier version, or an empty one, into one with today's tables."""

from typing import Final

from sqlalchemy import Connection, inspect, text

from service.adapters.database import Database

HEAD: Final = "0005"
"""The revision that this code reads and writes; a test compares it with the scripts."""


async def upgrade(database: Database) -> None:
    """Bring a database to `HEAD`, whole or not at all; at once when it is there already.

    Raises StoreUnavailableError for a database that a later version of Toulmin has written.
    """
    async with database.reading() as connection:
        version = await connection.run_sync(_version)
    if version == HEAD:
        return
    # Importing alembic takes longer than everything else a command does, so only a real migration pays for it.
    from service.migrations.scripts import migrate  # noqa: PLC0415

    async with database.writing() as connection:
        if not database.is_sqlite:
            await connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        await connection.run_sync(migrate)


_LOCK: Final = 7_463_001
"""Only one program migrates a PostgreSQL database at a time; SQLite's own lock serves there."""


def _version(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
