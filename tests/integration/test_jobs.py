"""Jobs of one process on SQLite: what a kill interrupts, the next process finishes; reading alone pays nothing."""

import asyncio
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import ingesting
import pytest
from ingesting import MadeUp, jobs_on, request

from retrieval.corpus import DEFAULT_TENANT
from service.adapters.database import Database, open_database
from service.adapters.sql_catalog import SqlCatalog
from service.migrations import upgrade

KILLS = 3


async def opened(folder: Path) -> Database:
    database = await open_database(f"sqlite+aiosqlite:///{folder}/toulmin.db")
    await upgrade(database)
    return database


def worker(folder: Path) -> subprocess.Popen[str]:
    """Start a process that works on what is left."""
    url = f"sqlite+aiosqlite:///{folder}/toulmin.db"
    command = [sys.executable, ingesting.__file__, url, str(folder), "0.02", "whole"]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)  # noqa: S603 - our own program


async def until(done: Callable[[int], bool], catalog: SqlCatalog, ingestion_id: str) -> int:
    """Wait until so many documents are settled; an ingestion that is over counts as all."""
    async with asyncio.timeout(60):
        while True:
            now = await catalog.ingestion(ingestion_id, DEFAULT_TENANT)
            assert now is not None
            assert now.error is None
            if now.over or done(now.settled):
                return now.settled
            await asyncio.sleep(0.02)


async def test_an_ingest_that_is_killed_again_and_again_has_every_document_once(tmp_path: Path) -> None:
    database = await opened(tmp_path)
    catalog = SqlCatalog(database)
    jobs = jobs_on(database, tmp_path, MadeUp(catalog, 0.02))
    started = await jobs.start(request("a:200"))
    settled = await until(lambda settled: settled >= 10, catalog, started.id)
    await jobs.aclose()

    for _ in range(KILLS):
        enough = settled + 20
        working = worker(tmp_path)
        settled = await until(lambda settled, enough=enough: settled >= enough, catalog, started.id)
        os.kill(working.pid, signal.SIGKILL)
        working.communicate()
        assert settled < 200, "it was killed in the middle"

    last = worker(tmp_path)
    await until(lambda _: False, catalog, started.id)
    os.kill(last.pid, signal.SIGTERM)
    last.communicate()
    committed = await jobs.get(started.id)
    there = await catalog.current(DEFAULT_TENANT)
    assert committed.state == "committed"
    assert sorted(one.document_id for one in there) == sorted(f"a-{number}" for number in range(200))
    owners = {one.revision.document.owner for one in await catalog.parsed([known.revision_id for known in there])}
    assert len(owners) == KILLS + 2, "what a killed process had read was not read again"
    await database.close()


async def test_an_ingest_goes_on_after_nothing_could_be_written_for_a_while(tmp_path: Path) -> None:
    database = await opened(tmp_path)
    catalog = SqlCatalog(database)
    jobs = jobs_on(database, tmp_path, MadeUp(catalog, 0.02))
    started = await jobs.start(request("a:200"))
    await jobs.aclose()
    working = worker(tmp_path)
    await until(lambda settled: settled >= 20, catalog, started.id)

    unlimited = resource.prlimit(working.pid, resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))
    await asyncio.sleep(2)  # what was being written is
    settled = await until(lambda _: True, catalog, started.id)
    await asyncio.sleep(3)
    assert working.poll() is None
    assert await until(lambda _: True, catalog, started.id) == settled < 200

    resource.prlimit(working.pid, resource.RLIMIT_FSIZE, unlimited)
    await until(lambda _: False, catalog, started.id)
    os.kill(working.pid, signal.SIGTERM)
    working.communicate()
    assert (await jobs.get(started.id)).state == "committed"
    assert len(await catalog.current(DEFAULT_TENANT)) == 200
    await database.close()


@pytest.mark.parametrize("module", ["service.adapters.dbos_jobs", "service.api.app", "service.cli.app"])
def test_nothing_of_dbos_is_imported_before_there_is_something_to_ingest(module: str) -> None:
    check = f"import sys, {module}; sys.exit('dbos' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", check], check=False).returncode == 0  # noqa: S603 - our own program


async def test_resuming_costs_nothing_when_nothing_is_left(tmp_path: Path) -> None:
    database = await opened(tmp_path)
    jobs = jobs_on(database, tmp_path, MadeUp(SqlCatalog(database)))
    await jobs.resume()
    await asyncio.sleep(0.3)
    assert not jobs.working
    assert not (tmp_path / "jobs.db").exists()
    await jobs.aclose()
    await database.close()
