"""One ingest at a time: a second one, of whatever process, is told who is at it; a dead one keeps nobody out."""

import asyncio
import sys
from asyncio.subprocess import PIPE

import pytest

from ingestion.ports import IngestionError
from service.adapters.database import Database, open_database
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


async def test_another_process_is_told_who_ingests_until_that_one_dies(database_url: str, database: Database) -> None:
    holder = await asyncio.create_subprocess_exec(sys.executable, "-c", HOLD, database_url, stdout=PIPE)
    try:
        assert holder.stdout is not None
        assert await holder.stdout.readline() == b"holding\n"
        with pytest.raises(IngestionError, match=rf"Another ingest is running, by process {holder.pid} on .*Wait"):
            async with SqlCatalog(database).exclusive():
                pytest.fail("two ingests at once")
    finally:
        holder.kill()
        await holder.wait()
    for _ in range(100):  # a server notices in its own time that a client has died
        if await _is_free(database):
            break
        await asyncio.sleep(0.1)
    else:
        pytest.fail("a dead process keeps others out")


async def test_two_catalogs_of_one_process_take_turns(database_url: str, database: Database) -> None:
    other = await open_database(database_url)
    for first, second in ((database, database), (database, other)):
        async with SqlCatalog(first).exclusive():
            assert not await _is_free(second)
            assert await SqlCatalog(second).generation() == 0  # reading goes on
        assert await _is_free(second)
    await other.close()


async def test_an_ingest_that_fails_ends_its_turn(database: Database) -> None:
    with pytest.raises(ConnectionError, match="gone"):
        async with SqlCatalog(database).exclusive():
            raise ConnectionError("gone")
    assert await _is_free(database)


async def _is_free(database: Database) -> bool:
    try:
        async with SqlCatalog(database).exclusive():
            return True
    except IngestionError:
        return False
