"""Turns a database into the turn to commit an ingest: whoever comes second waits, and is told who is at it for long.

Beside an SQLite file lies a locked file, and in PostgreSQL a session holds an advisory lock; the system lets go of
either when the process ends, however it ends.
"""

import asyncio
import fcntl
import os
import socket
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final, TextIO

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from ingestion.ports import IngestionError
from service.adapters.database import Database, naming_failures

LOCK_SUFFIX: Final = ".ingest"
"""Added to the name of the SQLite file for the file that is locked."""


PATIENCE_S: Final = 900.0
"""Seconds that an ingest waits for those before it: a commit of many documents takes some."""


@asynccontextmanager
async def ingest_turn(database: Database, patience_s: float = PATIENCE_S) -> AsyncGenerator[None]:
    """Hold the turn; IngestionError that says who has had it for longer than anybody should wait."""
    path = database.engine.url.database
    until = time.monotonic() + patience_s
    if not database.is_sqlite:
        async with _session_turn(database, until):
            yield
    elif not path or path == ":memory:":
        yield  # nobody else sees it
    else:
        lock = await _waited_for_lock(Path(path + LOCK_SUFFIX), until)
        try:
            yield
        finally:
            lock.close()  # which releases it


async def one_writer(connection: AsyncConnection) -> None:
    """Let this transaction be the only one that changes generations; SQLite's is that anyway."""
    if connection.dialect.name != "sqlite":
        await connection.execute(_WRITE, {"name": _NAME + 1})


_PAUSE_S: Final = 0.05

_NAME: Final = 7_468_351_002_114_001
"""Ours among the advisory locks of a PostgreSQL database: any number that nobody else uses."""

_WRITE: Final = text("SELECT pg_advisory_xact_lock(:name)")
_TAKE: Final = text("SELECT pg_try_advisory_lock(:name)")
_SIGN: Final = text("SELECT set_config('application_name', :who, false)")
_LEAVE: Final = text("SELECT pg_advisory_unlock(:name), set_config('application_name', '', false)")
_HOLDER: Final = text(
    "SELECT pid, application_name FROM pg_locks JOIN pg_stat_activity USING (pid) "
    "WHERE locktype = 'advisory' AND granted AND objsubid = 1 AND classid::bigint << 32 | objid::bigint = :name "
    "AND pg_locks.database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)


@asynccontextmanager
async def _session_turn(database: Database, until: float) -> AsyncGenerator[None]:
    with naming_failures(database.engine.url):  # but not those of the ingest, which the turn goes around
        connection = await database.engine.connect()
    try:
        with naming_failures(database.engine.url):
            await connection.execution_options(isolation_level="AUTOCOMMIT")
            await _wait_and_take(connection, until)
        try:
            yield
        finally:
            await _leave(connection)
    finally:
        await connection.close()


async def _wait_and_take(connection: AsyncConnection, until: float) -> None:
    while not (await connection.execute(_TAKE, {"name": _NAME})).scalar_one():
        if time.monotonic() >= until:
            holder = (await connection.execute(_HOLDER, {"name": _NAME})).first()
            raise _refusal(f"{holder.application_name} (database session {holder.pid})" if holder else "someone")
        await asyncio.sleep(_PAUSE_S)
    await connection.execute(_SIGN, {"who": _me()})


async def _leave(connection: AsyncConnection) -> None:
    try:
        await connection.execute(_LEAVE, {"name": _NAME})
    except DBAPIError:
        await connection.invalidate()  # the session is lost or odd, and the lock goes with it


async def _waited_for_lock(path: Path, until: float) -> TextIO:
    lock = path.open("a+", encoding="utf-8")
    while not _taken(lock):
        if time.monotonic() >= until:
            lock.seek(0)
            holder = lock.read().strip() or "another process"
            lock.close()
            raise _refusal(holder)
        await asyncio.sleep(_PAUSE_S)
    lock.truncate(0)
    lock.write(_me())
    lock.flush()
    return lock


def _taken(lock: TextIO) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _me() -> str:
    return f"process {os.getpid()} on {socket.gethostname()}"[:63]


def _refusal(holder: str) -> IngestionError:
    return IngestionError(
        f"Another ingest has been committing for long, by {holder}; look whether it still works, then run this again."
    )
