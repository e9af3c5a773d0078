"""The tables, their migration, and what the database itself refuses."""

import asyncio
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import func, insert, select, text
from sqlalchemy.exc import DBAPIError

from service import migrations
from service.adapters.database import Database, open_database
from service.adapters.sql_decisions import SqlDecisions
from service.adapters.tables import APPEND_ONLY, embeddings, metadata
from service.errors import StoreUnavailableError
from service.ports import Recording

MakeRecording = Callable[[int], Recording]


async def test_the_tables_are_those_that_the_migration_makes(database: Database) -> None:
    async with database.reading() as connection:
        differences = await connection.run_sync(
            lambda sync: compare_metadata(MigrationContext.configure(sync), metadata)
        )
    assert differences == []


def test_the_head_is_the_last_script() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    assert ScriptDirectory.from_config(config).get_current_head() == migrations.HEAD


async def test_upgrading_again_changes_nothing(database: Database) -> None:
    await migrations.upgrade(database)
    async with database.reading() as connection:
        versions = (await connection.execute(text("SELECT version_num FROM alembic_version"))).scalars().all()
    assert versions == [migrations.HEAD]


async def test_programs_that_start_together_make_the_tables_once(database_url: str) -> None:
    opened = [await open_database(database_url) for _ in range(3)]
    await asyncio.gather(*(migrations.upgrade(one) for one in opened))
    async with opened[0].reading() as connection:
        assert (await connection.execute(text("SELECT count(*) FROM decisions"))).scalar_one() == 0
    for one in opened:
        await one.close()


async def test_a_database_of_a_later_version_is_refused(database: Database) -> None:
    async with database.writing() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreUnavailableError, match="another version"):
        await migrations.upgrade(database)


@pytest.mark.parametrize("table", APPEND_ONLY)
@pytest.mark.parametrize("statement", ["UPDATE {} SET body = body", "DELETE FROM {}"])
async def test_what_was_recorded_is_not_changed(
    database: Database, make_recording: MakeRecording, table: str, statement: str
) -> None:
    await SqlDecisions(database).record(make_recording(1))
    with pytest.raises(DBAPIError, match=f"{table} only grows"):
        async with database.writing() as connection:
            await connection.execute(text(statement.format(table)))


async def test_what_was_recorded_is_not_replaced_by_any_program(tmp_path: Path, make_recording: MakeRecording) -> None:
    database = await open_database(f"sqlite+aiosqlite:///{tmp_path}/toulmin.db")
    await migrations.upgrade(database)
    await SqlDecisions(database).record(make_recording(1))
    await database.close()
    other = sqlite3.connect(tmp_path / "toulmin.db")
    for table in APPEND_ONLY:
        with pytest.raises(sqlite3.IntegrityError, match="only grows"):
            other.execute(f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}")  # noqa: S608 - a constant of ours
    other.close()


async def test_an_error_undoes_the_whole_transaction(database: Database) -> None:
    async def interrupted() -> None:
        async with database.writing() as connection:
            await connection.execute(insert(embeddings).values(model="m", text_sha256="x", vector=b"1234"))
            raise RuntimeError("power cut")

    with pytest.raises(RuntimeError, match="power cut"):
        await interrupted()
    async with database.reading() as connection:
        assert (await connection.execute(select(func.count()).select_from(embeddings))).scalar_one() == 0


async def test_sqlite_keeps_what_was_committed(tmp_path: Path) -> None:
    database = await open_database(f"sqlite+aiosqlite:///{tmp_path}/toulmin.db")
    async with database.reading() as connection:
        settings = {
            name: (await connection.execute(text(f"PRAGMA {name}"))).scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    await database.close()
    assert settings == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


@pytest.mark.parametrize(
    "url",
    [
        "nonsense",
        "sqlite+aiosqlite:////proc/nowhere/toulmin.db",
        "postgresql+asyncpg://user:sesame@127.0.0.1:1/toulmin",
    ],
)
async def test_a_database_that_cannot_be_opened_is_named(url: str) -> None:
    with pytest.raises(StoreUnavailableError) as refused:
        await open_database(url)
    assert "sesame" not in str(refused.value)
    assert str(refused.value).endswith(".")


async def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "toulmin.db").write_bytes(b"This is a letter, not a database. " * 100)
    with pytest.raises(StoreUnavailableError, match="file is not a database"):
        await open_database(f"sqlite+aiosqlite:///{tmp_path}/toulmin.db")
