"""Turns requests to ingest into durable jobs, and takes over those of processes that are gone.

Nothing of DBOS is imported or runs before there is something to do, and it rests again when all is done: it looks at
its queues several times a second. The catalog says how far each ingestion is, whoever works on it.
"""

import asyncio
import logging
import os
import secrets
import socket
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine
from contextlib import suppress
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy.exc import SQLAlchemyError

from ingestion.ingests import Ingestion, IngestRequest
from ingestion.ports import Catalog
from retrieval.ports import RetrievalError
from service.adapters.database import Database, naming_failures
from service.adapters.job_steps import JobSteps, Queues
from service.adapters.presence import FilePresence, SessionPresence
from service.errors import ServiceError
from service.ingestions import cancelled, new_ingestion, require_same, required, source_key
from service.ports import IngestPhases

if TYPE_CHECKING:
    from service.adapters.dbos_engine import Engine
    from service.adapters.dbos_workflows import Job

_LOG: Final = logging.getLogger(__name__)
_SEEN_S: Final = 0.2
_ATTEND_S: Final = 2.0
_RANDOM_BYTES: Final = 10


class DbosIngestions:
    """A `service.ports.Ingestions` on DBOS: in an SQLite file of the folder, or in the PostgreSQL database.

    `pauses_s` are the waits before another try of what failed because something could not be reached; `afterwards` is
    done as a part of the job when an ingest has committed.
    """

    def __init__(  # noqa: PLR0913 - each is another thing that jobs are made of
        self,
        phases: IngestPhases,
        catalog: Catalog,
        database: Database,
        folder: Path,
        queues: Queues,
        *,
        pauses_s: tuple[float, ...] = (1.0, 2.0, 4.0, 8.0),
        afterwards: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self._catalog = catalog
        self._database = database
        self._folder = folder
        self._queues = queues
        self._steps = JobSteps(phases, catalog, queues.tenant, self._tell, pauses_s, afterwards)
        self._presence = FilePresence(folder / "workers") if database.is_sqlite else SessionPresence(database)
        self._engine: Engine | None = None
        self._turn = asyncio.Lock()
        self._attending: asyncio.Task[None] | None = None
        self._lost: list[Job] = []
        self._changed = asyncio.Event()

    @property
    def working(self) -> bool:
        """Whether it looks at the queues now."""
        return self._engine is not None

    async def start(self, request: IngestRequest, idempotency_key: str | None = None) -> Ingestion:
        """Start an ingest, or give the one that was started with this key; ConflictError for another request."""
        asked = new_ingestion(
            request, self._queues.tenant, datetime.now(UTC), os.urandom(_RANDOM_BYTES), idempotency_key
        )
        turn = source_key(asked.tenant, request)  # which refuses what cannot be written down
        there = require_same(asked, await self._catalog.open(asked))
        if not there.over:
            await self._enqueue(there.id, turn)
        return there

    async def get(self, ingestion_id: str) -> Ingestion:
        """Read how far an ingest is; NotFoundError."""
        return await required(self._catalog, ingestion_id, self._queues.tenant)

    async def recent(self, limit: int = 50) -> list[Ingestion]:
        """List ingests, latest first."""
        return await self._catalog.ingestions(self._queues.tenant, limit)

    async def cancel(self, ingestion_id: str) -> Ingestion:
        """End an ingest before it commits; ConflictError when that is too late, NotFoundError."""
        before = await self.get(ingestion_id)
        found = await cancelled(self._catalog, ingestion_id, self._queues.tenant)
        if before.over:
            return found
        self._tell(ingestion_id)
        await self._enqueue(
            found.id, source_key(found.tenant, found.request)
        )  # what it staged is removed by its job, also if that had not begun
        return await self.get(ingestion_id)

    async def watch(self, ingestion_id: str) -> AsyncGenerator[Ingestion]:
        """Give an ingest as it is now and at each change, until it is over; NotFoundError."""
        changed = self._changed
        seen = await self.get(ingestion_id)
        yield seen
        while not seen.over:
            with suppress(TimeoutError):
                async with asyncio.timeout(_SEEN_S):
                    await changed.wait()
            changed = self._changed
            found = await self._looked_at(seen)
            if found != seen:
                yield found
            seen = found

    async def resume(self) -> None:
        """Go on with what earlier processes left, in the background, and remove what they staged in vain."""
        self._attend()

    async def work(self) -> None:
        """Begin to take jobs from the queues now, whether or not there are any."""
        async with self._turn:
            await self._launched()

    async def aclose(self, patience_s: float = 0.0) -> None:
        """Stop working, after waiting so long for what runs; whoever comes next goes on with the rest."""
        if self._attending is not None:
            self._attending.cancel()
            await asyncio.wait((self._attending,))
        async with self._turn:
            await _whole(self._close(patience_s))

    async def _looked_at(self, seen: Ingestion) -> Ingestion:
        """Give an ingestion as it is now, read whole only once it is over: several look, several times a second."""
        now = await self._catalog.standing(seen.id, seen.tenant)
        if now is None or now.over:
            return await self.get(seen.id)
        return seen.model_copy(update=asdict(now))

    async def _enqueue(self, ingestion_id: str, turn: str) -> None:
        async with self._turn:
            engine = await self._launched()
            with naming_failures(self._database.engine.url):
                await asyncio.to_thread(engine.enqueue, ingestion_id, turn)

    async def _launched(self) -> "Engine":
        if self._engine is None:
            await _whole(self._launch())
        if self._engine is None:
            raise ServiceError("The jobs did not begin; try again.")
        return self._engine

    async def _launch(self) -> None:
        name = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}"
        await self._presence.enter(name)
        try:
            engine = await asyncio.to_thread(self._make_engine, name)
            with naming_failures(self._database.engine.url):
                await asyncio.to_thread(engine.launch, asyncio.get_running_loop())
        except BaseException:
            await self._presence.leave()
            raise
        self._engine = engine
        self._attend()

    def _make_engine(self, name: str) -> "Engine":
        # Imported only now, for it takes half a second, which nobody who does not ingest should wait.
        from service.adapters.dbos_engine import Engine, system_database  # noqa: PLC0415

        url = self._database.engine.url.render_as_string(hide_password=False)
        return Engine(system_database(url, self._folder), name, self._queues, self._steps)

    async def _close(self, patience_s: float) -> None:
        engine, self._engine = self._engine, None
        if engine is not None:
            try:
                await asyncio.to_thread(engine.close, patience_s)
                await engine.ended()
            finally:
                await self._presence.leave()

    def _tell(self, ingestion_id: str) -> None:
        """Wake those who watch; few do, so all of them."""
        del ingestion_id
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()

    def _attend(self) -> None:
        if self._attending is None:
            self._attending = asyncio.create_task(self._attend_for_ever())

    async def _attend_for_ever(self) -> None:
        loop = asyncio.get_running_loop()
        busy_at = loop.time()
        with suppress(ServiceError):  # the next process tries again
            await self._discard_orphans()
        while True:
            try:
                if await self._attended():
                    busy_at = loop.time()
                elif self._queues.rest_s is not None and loop.time() - busy_at >= self._queues.rest_s:
                    await self._rest()
            except (ServiceError, RetrievalError, SQLAlchemyError) as error:
                _LOG.warning("Looking after ingests failed and is tried again: %s", error)
            await asyncio.sleep(_ATTEND_S)

    async def _discard_orphans(self) -> None:
        for ingestion_id in await self._catalog.orphaned(self._queues.tenant):
            await self._steps.discard(ingestion_id)

    async def _attended(self) -> bool:
        """Look after everything that is not over, and whatever processes that are gone had begun; whether there is."""
        unfinished = await self._catalog.unfinished(self._queues.tenant)
        if unfinished and self._engine is None:
            await self.work()
        engine = self._engine
        if engine is None:
            return False
        await self._take_over(engine)
        if self._queues.whole and unfinished:
            await self._mend(engine, unfinished)
        return bool(unfinished)

    async def _take_over(self, engine: "Engine") -> None:
        await self._presence.confirm()
        lost = await asyncio.to_thread(engine.lost)
        await asyncio.to_thread(engine.requeue, [job for job in lost if job in self._lost])  # not what just ends
        self._lost = lost
        others = {job.claimed_by for job in await asyncio.to_thread(engine.claimed)} - {engine.name, None}
        for other in sorted(name for name in others if name is not None):
            async with self._presence.gone(other) as gone:
                if gone:  # and only now is what it had begun certain, for it begins nothing any more
                    left = await asyncio.to_thread(engine.claimed, other)
                    await asyncio.to_thread(engine.requeue, left)

    async def _mend(self, engine: "Engine", unfinished: list[Ingestion]) -> None:
        """Queue what was written down and never queued; what ended without saying how has failed."""
        states = await asyncio.to_thread(engine.states, [one.id for one in unfinished])
        for one in unfinished:
            if one.id not in states:
                await self._enqueue(one.id, source_key(one.tenant, one.request))
            elif states[one.id] == "ended":
                await self._steps.fail(one.id, "Its job ended with an error that nobody expected; the log says which.")
                await self._steps.discard(one.id)

    async def _rest(self) -> None:
        async with self._turn:
            if self._engine is not None and await asyncio.to_thread(self._engine.idle):
                await _whole(self._close(0.0))


async def _whole(work: Coroutine[Any, Any, None]) -> None:
    """Do work to its end, also when what waits for it is cancelled meanwhile: a thread cannot be stopped half way."""
    task = asyncio.create_task(work)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait((task,))
        raise
