"""Turns the end of a process into something that others notice: a lock that the system lets go of.

With SQLite each process that works holds a locked file beside the others'; in PostgreSQL a session holds an advisory
lock. Neither needs a clock, and neither outlives the process, however it ends.
"""

import fcntl
from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from hashlib import sha256
from pathlib import Path
from typing import Protocol, TextIO

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from service.adapters.database import Database, naming_failures
from service.errors import ServiceError


class Presence(Protocol):
    """Who is there, by name; a name is used by one process and never again."""

    async def enter(self, name: str) -> None:
        """Be there from now on."""
        ...

    async def leave(self) -> None:
        """Be there no longer."""
        ...

    async def confirm(self) -> None:
        """Be there again, where the connection that said so was lost."""
        ...

    def gone(self, name: str) -> AbstractAsyncContextManager[bool]:
        """Tell whether another is gone; while it is told so, nobody else is."""
        ...


class FilePresence:
    """Presence of processes on one machine, each by a locked file in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._mine: TextIO | None = None

    async def enter(self, name: str) -> None:
        """Be there from now on."""
        self._mine = self._path(name).open("a", encoding="utf-8")
        if not _locked(self._mine):
            raise ServiceError(f"Another process already goes by the name {name}; start this one again.")

    async def leave(self) -> None:
        """Be there no longer."""
        if self._mine is not None:
            _remove(self._mine)
            self._mine = None

    async def confirm(self) -> None:
        """Do nothing: a lock on a file is not lost."""

    @asynccontextmanager
    async def gone(self, name: str) -> AsyncGenerator[bool]:
        """Tell whether another is gone; its file goes with it."""
        with self._path(name).open("a", encoding="utf-8") as lock:
            free = _locked(lock)
            try:
                yield free
            finally:
                if free:
                    _remove(lock)

    def _path(self, name: str) -> Path:
        self._folder.mkdir(parents=True, exist_ok=True)
        return self._folder / f"{name}.here"


class SessionPresence:
    """Presence of processes on any machine, each by a session of one PostgreSQL database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._name: str | None = None
        self._session: AsyncConnection | None = None

    async def enter(self, name: str) -> None:
        """Be there from now on."""
        self._name = name
        with naming_failures(self._database.engine.url):
            session = await self._database.engine.connect()
            await session.execution_options(isolation_level="AUTOCOMMIT")
            await session.execute(_TAKE, {"key": _key(name)})
        self._session = session

    async def leave(self) -> None:
        """Be there no longer."""
        self._name = None
        if self._session is not None:
            await self._session.invalidate()  # the lock goes with the session, which must not return to the pool
            await self._session.close()
            self._session = None

    async def confirm(self) -> None:
        """Take the lock again in a new session, where the one that held it was lost."""
        if self._name is None or self._session is None:
            return
        try:
            await self._session.execute(text("SELECT 1"))
        except (DBAPIError, OSError):
            name = self._name
            await self.leave()
            await self.enter(name)

    @asynccontextmanager
    async def gone(self, name: str) -> AsyncGenerator[bool]:
        """Tell whether another's session is gone."""
        with naming_failures(self._database.engine.url):
            async with self._database.engine.connect() as session:
                await session.execution_options(isolation_level="AUTOCOMMIT")
                free = bool((await session.execute(_TAKE, {"key": _key(name)})).scalar_one())
                try:
                    yield free
                finally:
                    if free:
                        await session.execute(_LET_GO, {"key": _key(name)})


_TAKE = text("SELECT pg_try_advisory_lock(:key)")
_LET_GO = text("SELECT pg_advisory_unlock(:key)")


def _key(name: str) -> int:
    return int.from_bytes(sha256(f"toulmin worker {name}".encode()).digest()[:8], signed=True)


def _locked(lock: TextIO) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _remove(lock: TextIO) -> None:
    Path(lock.name).unlink(missing_ok=True)
    lock.close()
