"""Turns a database URL into connections on which reads see one state and writes are whole or not there at all."""

import asyncio
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Final, Protocol, cast

from sqlalchemy import URL, Connection, event, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from service.errors import StoreUnavailableError

_IMMEDIATE: Final = "toulmin_immediate"
_BUSY_MS: Final = 15_000

_PRAGMAS: Final = (
    f"PRAGMA busy_timeout={_BUSY_MS}",
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
)


class Database:
    """One SQLite file or PostgreSQL database; `close` it, or its threads stay.

    Writers of one process take turns here, in order, rather than by polling SQLite's lock.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self.engine = engine
        self._turn = asyncio.Lock()

    @property
    def is_sqlite(self) -> bool:
        """Whether this is an SQLite file."""
        return self.engine.dialect.name == "sqlite"

    @asynccontextmanager
    async def reading(self) -> AsyncGenerator[AsyncConnection]:
        """Open a connection for queries."""
        with naming_failures(self.engine.url):
            async with self.engine.connect() as connection:
                yield connection

    @asynccontextmanager
    async def writing(self) -> AsyncGenerator[AsyncConnection]:
        """Open a transaction: committed at the end, rolled back by any error. On SQLite it is the only writer."""
        engine = self.engine.execution_options(**{_IMMEDIATE: True})
        if not self.is_sqlite:
            with naming_failures(engine.url):
                async with engine.begin() as connection:
                    yield connection
            return
        with naming_failures(engine.url):
            async with self._turn, engine.begin() as connection:
                yield connection

    async def close(self) -> None:
        """Close every connection."""
        await self.engine.dispose()


async def open_database(url: str) -> Database:
    """Open the database at a URL (`sqlite+aiosqlite:///path` or `postgresql+asyncpg://...`), making SQLite's folder.

    Raises StoreUnavailableError that names the database and what to do.
    """
    address = _address(url)
    try:
        if address.get_backend_name() == "sqlite" and address.database:
            Path(address.database).parent.mkdir(parents=True, exist_ok=True)
        engine = create_async_engine(address)
    except (OSError, ModuleNotFoundError) as error:
        raise _unavailable(address, error) from error
    if engine.dialect.name == "sqlite":
        event.listen(engine.sync_engine, "connect", _configure_sqlite)
        event.listen(engine.sync_engine, "begin", _begin_sqlite)
    database = Database(engine)
    try:
        async with database.reading() as connection:
            await connection.execute(text("SELECT 1"))
    except DBAPIError as error:
        await database.close()
        raise _unavailable(address, error) from error
    except StoreUnavailableError:
        await database.close()
        raise
    return database


class _Cursor(Protocol):
    def execute(self, statement: str) -> object: ...

    def close(self) -> None: ...


class _SqliteConnection(Protocol):
    isolation_level: str | None

    def cursor(self) -> _Cursor: ...


def _configure_sqlite(connection: object, _record: object) -> None:
    sqlite = cast("_SqliteConnection", connection)
    sqlite.isolation_level = None  # the driver must not begin transactions by itself: `_begin_sqlite` does
    cursor = sqlite.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(pragma)
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    immediate = connection.get_execution_options().get(_IMMEDIATE, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")


@contextmanager
def naming_failures(url: URL) -> Generator[None]:
    """Turn a failure to reach or use the database into StoreUnavailableError that names it."""
    try:
        yield
    except (OperationalError, InterfaceError, PoolTimeoutError, OSError) as error:
        raise _unavailable(url, error) from error
    except DBAPIError as error:
        if error.connection_invalidated:
            raise _unavailable(url, error) from error
        raise


def _address(url: str) -> URL:
    try:
        return make_url(url)
    except ArgumentError as error:
        raise StoreUnavailableError(
            "TOULMIN_DATABASE_URL: expected sqlite+aiosqlite:///PATH or postgresql+asyncpg://USER:PASSWORD@HOST/NAME; "
            "correct it, or unset it to keep everything in one file below TOULMIN_DATA."
        ) from error


def _unavailable(url: URL, error: Exception) -> StoreUnavailableError:
    cause = error.orig if isinstance(error, DBAPIError) else error
    remedy = (
        "check that the folder exists, is writable and has room, and that no other program locks the file"
        if url.get_backend_name() == "sqlite"
        else "check that the server runs, and the user, password and name in TOULMIN_DATABASE_URL"
    )
    return StoreUnavailableError(f"The database {url.render_as_string()} cannot be used ({cause}); {remedy}.")
