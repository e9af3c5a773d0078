"""A process that ingests files as durable jobs, and is killed where its order says.

Run as a program it makes such processes by forking, so that none of them spends a second on imports: each line that it
reads is an order, and each line that it writes is something that the process for it says, with the time.
"""

import asyncio
import gc
import inspect
import json
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, Literal, TypeVar, cast

from pydantic import JsonValue
from small import DirectParsing, WordsEmbedder
from sqlalchemy import Engine, event

import service.adapters.dbos_engine
from ingestion.ingests import IngestRequest
from ingestion.languages import recognised
from ingestion.pipeline import Ingest
from ingestion.reading import Reader as IngestReader
from ingestion.report import IngestReport
from ingestion.sandbox import ParsingChildren
from retrieval.adapters.edge_index import EdgeIndex
from retrieval.corpus import DEFAULT_TENANT, LOCAL, PUBLIC, Value
from retrieval.find import Finder
from retrieval.ports import CLAUSES, Collection, Embedder, Hit, Index
from retrieval.query import ClauseQuery
from retrieval.scope import ReadScope, visible_to
from service.adapters.database import open_database
from service.adapters.dbos_jobs import DbosIngestions
from service.adapters.job_steps import Queues
from service.adapters.sql_catalog import SqlCatalog
from service.adapters.sql_library import SqlLibrary
from service.migrations import upgrade
from service.reader import Reader

assert service.adapters.dbos_engine, "imported before forking, since it takes half a second"

QUESTION: Final = "limit of house30"
VECTORS: Final = Collection(CLAUSES, WordsEmbedder.dimensions, "cosine", lexical=True, model=WordsEmbedder.model)

T = TypeVar("T")


class Order(Value):
    """What one process is to do: ingest `sources` into `folder`, and where to die: by itself, or after seconds.

    `death` is `PART.CALL WHEN NUMBER`, such as `index.upsert after 2`, or `sql:BEGINNING before NUMBER` for a
    statement, in the catalog's database or that of the jobs. With `children` files are read in processes of their own,
    as the service does; starting one takes longer than reading all files here.
    """

    folder: str
    sources: str
    death: str | None = None
    children: bool = False
    after_s: float | None = None


@dataclass(frozen=True)
class Death:
    """Where a process dies: before, in the middle of, or after the so-and-so-manieth call of its kind."""

    call: str
    when: Literal["before", "during", "after"]
    number: int

    @classmethod
    def of(cls, text: str | None) -> "Death":
        call, when, number = (text or "nothing before 0").rsplit(" ", 2)
        return cls(call, cast("Any", when), int(number))


def die() -> None:
    """End at once, as by a power cut."""
    os.kill(os.getpid(), signal.SIGKILL)


def mortal(part: T, name: str, death: Death) -> T:
    """Give a part of which one call is the last."""
    return cast("T", _Mortal(part, name, death)) if death.call.startswith(f"{name}.") else part


class _Mortal:
    def __init__(self, part: object, name: str, death: Death) -> None:
        self._part = part
        self._death = death
        self._call = death.call.removeprefix(f"{name}.")
        self._calls = 0

    def __getattr__(self, name: str) -> object:
        found: object = getattr(self._part, name)
        return self._last(cast("Callable[..., object]", found)) if name == self._call else found

    def _last(self, call: Callable[..., object]) -> Callable[..., object]:
        def counted(*arguments: object, **options: object) -> object:
            self._calls += 1
            if self._calls != self._death.number:
                return call(*arguments, **options)
            if self._death.when == "before":
                die()
            if self._death.when == "during":
                threading.Timer(_INTO_S, die).start()
            result = call(*arguments, **options)
            return _survived_by_nobody(cast("Awaitable[object]", result)) if inspect.isawaitable(result) else result

        return counted


_WORDS: Final = (
    "Words of which it is to tell the language: so many of them that the model, which takes a while to load, is asked, "
    "for of fewer it would say nothing without it."
)
_INTO_S: Final = 0.01
_PATIENCE_S: Final = 10.0


async def _survived_by_nobody(result: Awaitable[object]) -> None:
    await result
    die()


def die_by_statement(death: Death) -> None:
    """Die before a statement that begins so, in any database."""
    beginning, calls = death.call.removeprefix("sql:"), 0

    def look(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        nonlocal calls
        if statement.startswith(beginning):
            calls += 1
            if calls == death.number:
                die()

    if death.call.startswith("sql:"):
        event.listen(Engine, "before_cursor_execute", look)


class Told:
    """The phases of an ingest, and word of the first one."""

    def __init__(self, ingest: Ingest) -> None:
        self._ingest = ingest
        self._taken_up = False

    async def plan(self, ingestion_id: str) -> int:
        self.taken_up()
        return await self._ingest.plan(ingestion_id)

    async def stage(self, ingestion_id: str, batch: int) -> None:
        self.taken_up()
        await self._ingest.stage(ingestion_id, batch)

    async def commit(self, ingestion_id: str) -> IngestReport:
        self.taken_up()
        return await self._ingest.commit(ingestion_id)

    async def discard(self, ingestion_id: str) -> None:
        await self._ingest.discard(ingestion_id)

    def taken_up(self) -> None:
        if not self._taken_up:
            self._taken_up = True
            say("taken up")


@dataclass(frozen=True)
class Readers:
    """What readers have: the search, the stored texts, and a scope at the committed generation."""

    index: Index
    library: SqlLibrary
    embedder: Embedder

    async def answer(self) -> dict[str, JsonValue]:
        """Search, and fetch by its id what was found."""
        scope = await self._scope()
        found = await Finder(self.index, self.embedder).find(ClauseQuery(text=QUESTION, limit=1), scope)
        passages: list[JsonValue] = []
        for one in found:
            revision = await self.library.revision(one.item.revision_id, scope)
            assert revision is not None, "what was found cannot be fetched"
            passages.append([one.item.document_id, revision.canonical_text[one.item.span.start : one.item.span.end]])
        return {"generation": scope.generation, "mode": found.mode, "passages": passages}

    async def everything(self) -> dict[str, JsonValue]:
        """Hash everything that can be seen, in the library and in the index."""
        scope = await self._scope()
        texts = [(one.document.id, one.content_sha256, one.clauses) for one in await self.library.sources(scope)]
        hits = await self.index.scroll(CLAUSES, visible_to(scope))
        places = [(str(hit.payload["document_id"]), _place(hit), str(hit.payload["text"])) for hit in hits]
        return {
            "generation": scope.generation,
            "documents": len(texts),
            "points": len(places),
            "texts": sha256(repr(sorted(texts)).encode()).hexdigest(),
            "places": sha256(repr(sorted(places)).encode()).hexdigest(),
        }

    async def _scope(self) -> ReadScope:
        return await Reader(DEFAULT_TENANT, (PUBLIC, LOCAL), self.library).scope()


def _place(hit: Hit) -> str:
    """Give where a chunk stands, without the name of its revision, which every run chooses anew."""
    return str(hit.payload["place"]).replace(str(hit.payload["revision_id"]), "")


async def obey(order: Order) -> None:
    """Answer a reader, go on with what is left or else begin, and end when all is done."""
    folder, death = Path(order.folder), Death.of(order.death)
    die_by_statement(death)
    async with AsyncExitStack() as opened:
        database = await open_database(f"sqlite+aiosqlite:///{folder}/toulmin.db")
        opened.push_async_callback(database.close)
        await upgrade(database)
        index = await EdgeIndex.open(folder / "index", [VECTORS])
        opened.push_async_callback(index.close)
        readers = Readers(index, SqlLibrary(database), WordsEmbedder())
        say("answers", **await readers.answer())

        catalog = mortal(SqlCatalog(database), "catalog", death)
        parsing = (ParsingChildren if order.children else DirectParsing)(IngestReader({}, WordsEmbedder.model))
        opened.push_async_callback(parsing.close)
        ingest = Ingest(
            catalog=catalog,
            index=mortal(cast("Index", index), "index", death),
            embedder=mortal(cast("Embedder", WordsEmbedder()), "embedder", death),
            record_kinds={},
            parsing=mortal(parsing, "parsing", death),
        )
        phases = Told(ingest)
        jobs = DbosIngestions(phases, catalog, database, folder, Queues(DEFAULT_TENANT))
        opened.push_async_callback(jobs.aclose, _PATIENCE_S)  # else its last job may end after it, undone
        left = [one for one in await jobs.recent() if not one.over]
        await jobs.resume()
        say("sees", **await readers.everything())
        asked = IngestRequest(locations=(order.sources,), requested_by="test")
        followed = left[0] if left else await jobs.start(asked)
        say("follows", left=len(left))
        seen = [one async for one in jobs.watch(followed.id)]
        phases.taken_up()
        say("sees", **await readers.everything())
        say("answers", **await readers.answer())
    say("done", state=seen[-1].state, error=seen[-1].error)


def say(what: str, **said: JsonValue) -> None:
    """Write a line."""
    os.write(1, (json.dumps({"what": what, "at": time.monotonic(), **said}) + "\n").encode())


def ended(process_id: int, after_s: float | None) -> int:
    """Wait until a process has ended, and kill it in time."""
    until = time.monotonic() + (after_s or 0.0)
    while True:
        done, status = os.waitpid(process_id, os.WNOHANG)
        if done:
            return status
        if after_s is not None and time.monotonic() >= until:
            os.kill(process_id, signal.SIGKILL)
            return os.waitpid(process_id, 0)[1]
        time.sleep(0.001)


def main() -> None:
    """Make a process for each order, one after another."""
    assert recognised(_WORDS) == "en", "its model is loaded before forking, since each process would take seconds"
    gc.freeze()  # so that forked processes share what is imported
    for line in sys.stdin:
        order = Order.model_validate_json(line)
        began = time.monotonic()
        process_id = os.fork()
        if process_id == 0:
            try:
                asyncio.run(obey(order))
            except Exception:  # noqa: BLE001 - it must not go on as the program that made it
                traceback.print_exc()
            finally:
                os._exit(0)
        status = ended(process_id, order.after_s)
        say("ended", began=began, killed=os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL)


if __name__ == "__main__":
    main()
