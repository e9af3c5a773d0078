"""Several processes share an ingest through a real PostgreSQL server, and one of them is killed."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncGenerator
from pathlib import Path
from uuid import uuid4

import ingesting
import pytest
from ingesting import MadeUp, jobs_on, request
from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import create_async_engine

from retrieval.corpus import DEFAULT_TENANT
from service.adapters.database import open_database
from service.adapters.sql_catalog import SqlCatalog
from service.migrations import upgrade

URL = os.environ.get("TOULMIN_TEST_POSTGRES_URL")

pytestmark = pytest.mark.skipif(URL is None, reason="TOULMIN_TEST_POSTGRES_URL is not set")


@pytest.fixture
async def database_url() -> AsyncGenerator[str]:
    """Give the address of an empty PostgreSQL database."""
    server = create_async_engine(str(URL), isolation_level="AUTOCOMMIT")
    name = f"toulmin_test_{uuid4().hex}"
    async with server.connect() as connection:
        await connection.execute(text(f"CREATE DATABASE {name}"))
    yield make_url(str(URL)).set(database=name).render_as_string(hide_password=False)
    async with server.connect() as connection:
        await connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    await server.dispose()


def begun(url: str, role: str) -> subprocess.Popen[str]:
    """Start a process that works, and wait until it has begun to."""
    command = [sys.executable, ingesting.__file__, url, "unused", "0.05", role]
    working = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)  # noqa: S603 - our own program
    assert working.stdout is not None
    assert working.stdout.readline() == "working\n"
    return working


async def test_two_workers_share_an_ingest_and_one_is_killed(database_url: str, tmp_path: Path) -> None:
    database = await open_database(database_url)
    await upgrade(database)
    catalog = SqlCatalog(database)
    workers = [await asyncio.to_thread(begun, database_url, "batches") for _ in range(2)]
    jobs = jobs_on(database, tmp_path, MadeUp(catalog, 0.05))
    started = await jobs.start(request("a:200"))
    killed = False
    async with asyncio.timeout(60):
        async for now in jobs.watch(started.id):
            if now.settled >= 60 and not killed:
                os.kill(workers[0].pid, signal.SIGKILL)
                killed = True
    for working in workers:
        working.kill()
        working.communicate()

    there = await catalog.current(DEFAULT_TENANT)
    assert (await jobs.get(started.id)).state == "committed"
    assert sorted(one.document_id for one in there) == sorted(f"a-{number}" for number in range(200))
    owners = {one.revision.document.owner for one in await catalog.parsed([known.revision_id for known in there])}
    assert owners == {f"process {pid}" for pid in (os.getpid(), *(working.pid for working in workers))}
    await jobs.aclose()
    await database.close()


async def test_the_process_that_commits_is_killed_and_another_commits(database_url: str) -> None:
    database = await open_database(database_url)
    await upgrade(database)
    catalog = SqlCatalog(database)
    jobs = jobs_on(database, Path("unused"), MadeUp(catalog, 0.05))
    started = await jobs.start(request("a:300"))
    first = await asyncio.to_thread(begun, database_url, "whole")
    await jobs.aclose()  # so that nobody but the first goes on
    began_at = (await jobs.get(started.id)).settled
    async with asyncio.timeout(60):
        async for now in jobs.watch(started.id):
            if now.settled >= began_at + 10:
                break
    second = await asyncio.to_thread(begun, database_url, "whole")
    assert (await jobs.get(started.id)).state == "staging"
    os.kill(first.pid, signal.SIGKILL)
    async with asyncio.timeout(60):
        seen = [now async for now in jobs.watch(started.id)]
    for working in (first, second):
        working.kill()
        working.communicate()

    assert seen[-1].state == "committed"
    assert len(await catalog.current(DEFAULT_TENANT)) == 300
    await database.close()
