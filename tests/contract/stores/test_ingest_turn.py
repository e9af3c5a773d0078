"""One commit at a time: a second one, of whatever process, waits its turn; a dead one keeps nobody out."""

import asyncio
import sys
from asyncio.subprocess import PIPE

import pytest

from ingestion.ports import IngestionError
from service.adapters.database import Database, open_database
from service.adapters.ingest_turn import ingest_turn
from service.adapters.sql_catalog import SqlCatalog

HOLD = """
import asyncio, sys
from service.adapters.database import open_database
from service.adapters.sql_catalog import SqlCatalog
async def hold():
    database = await open_database(sys.argv[1])
    async with SqlCatalog(database).exclusive():
        print("holding", flush=True)
        await asyncio.sleep(60)
asyncio.run(hold())
"""


async def test_another_process_waits_and_is_told_for_whom_until_that_one_dies(
    database_url: str, database: Database
) -> None:
    holder = await asyncio.create_subprocess_exec(sys.executable, "-c", HOLD, database_url, stdout=PIPE)
    try:
        assert holder.stdout is not None
        assert await holder.stdout.readline() == b"holding\n"
        with pytest.raises(IngestionError, match=rf"committing for long, by process {holder.pid} on "):
            async with ingest_turn(database, patience_s=0.2):
                pytest.fail("two commits at once")
    finally:
        holder.kill()
        await holder.wait()
    async with ingest_turn(database, patience_s=10):  # a server notices in its own time that a client has died
        pass


async def test_two_catalogs_of_one_process_take_turns(database_url: str, database: Database) -> None:
    other = await open_database(database_url)
    for first, second in ((database, database), (database, other)):
        order: list[str] = []

        async def wait(order: list[str], second: Database) -> None:
            async with SqlCatalog(second).exclusive():
                order.append("second")

        async with SqlCatalog(first).exclusive():
            waiting = asyncio.create_task(wait(order, second))
            assert await SqlCatalog(second).generation() == 0  # reading goes on
            await asyncio.sleep(0.3)
            order.append("first")
        await waiting
        assert order == ["first", "second"]
    await other.close()


async def test_a_commit_that_fails_ends_its_turn(database: Database) -> None:
    with pytest.raises(ConnectionError, match="gone"):
        async with SqlCatalog(database).exclusive():
            raise ConnectionError("gone")
    async with ingest_turn(database, patience_s=1):
        pass
