"""Turns one phase of an ingest into a step that can be cancelled, tried again, and answered by a number.

Steps run in the event loop that the database and the index belong to. What goes wrong is written to the catalog, so
that an answer never has to carry it.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, Literal, ParamSpec, TypeVar

from ingestion.ports import Catalog, IngestionError, SupersededError
from retrieval.ports import RetrievalError
from service.errors import ServiceError
from service.ingestions import TRANSIENT
from service.ports import IngestPhases

T = TypeVar("T")
P = ParamSpec("P")

Committing = Literal["committed", "superseded", "over"]
"""What came of committing: done, to be planned anew, or nothing, because it was cancelled or failed."""

OVER: Final = -1
"""Instead of a number of batches: there is nothing more to do."""

_LOOK_S: Final = 0.25


@dataclass(frozen=True, slots=True)
class Queues:
    """What a process takes from the queues of a tenant, and how often it looks.

    It stages so many `batches` at a time; None leaves that as it was said before, or two. Only a process that has the
    index takes `whole` ingestions, which plan and commit. It looks every `look_s` seconds, and rests when there was
    nothing to do for `rest_s`; None is never, as for a worker.
    """

    tenant: str
    whole: bool = True
    batches: int | None = None
    ingests: int = 4
    look_s: float = 0.1
    rest_s: float | None = 2.0

    @property
    def ingestions(self) -> str:
        """Name the queue of ingestions."""
        return f"ingestions/{self.tenant}"

    @property
    def documents(self) -> str:
        """Name the queue of batches."""
        return f"documents/{self.tenant}"


@dataclass(frozen=True, slots=True)
class JobSteps:
    """The phases of a tenant's ingests; `pauses_s` are the waits before another try of what failed for a while.

    `told` hears the id of an ingestion of which something has changed; `afterwards` is done once one has committed.
    """

    phases: IngestPhases
    catalog: Catalog
    tenant: str
    told: Callable[[str], None]
    pauses_s: tuple[float, ...]
    afterwards: Callable[[], Awaitable[None]] | None = None

    async def learn(self) -> None:
        """Do what follows a commit and takes long; the ingestion is over already, whatever becomes of it."""
        if self.afterwards is not None:
            await self._patiently(self.afterwards)

    async def plan(self, ingestion_id: str) -> int:
        """Plan; returns how many batches there are to stage, or `OVER`."""
        batches: list[int] = []

        async def plan() -> None:
            batches.append(await self.phases.plan(ingestion_id))

        await self._until_over(ingestion_id, plan)
        return OVER if not batches or await self._patiently(self.over, ingestion_id) else batches[-1]

    async def stage(self, ingestion_id: str, batch: int) -> None:
        """Stage a batch, or as much of it as is left when the ingestion is cancelled or has failed."""
        await self._until_over(ingestion_id, lambda: self.phases.stage(ingestion_id, batch))

    async def commit(self, ingestion_id: str) -> Committing:
        """Commit; `over` when it was cancelled or failed. Once it has begun it cannot be cancelled."""
        came: list[Committing] = []

        async def commit() -> None:
            await self.catalog.move(ingestion_id, "committing")
            if await self.over(ingestion_id):
                return
            try:
                await self.phases.commit(ingestion_id)
            except SupersededError:
                came.append("superseded")

        await self._try(ingestion_id, commit)
        self.told(ingestion_id)
        return came[0] if came else await self._patiently(self._committing, ingestion_id)

    async def discard(self, ingestion_id: str) -> None:
        """Remove what an ingestion staged that did not commit."""
        if await self._patiently(self._committing, ingestion_id) == "over":
            await self._patiently(self.phases.discard, ingestion_id)
        self.told(ingestion_id)

    async def fail(self, ingestion_id: str, why: str) -> None:
        """Write down that an ingestion failed."""
        await self.catalog.move(ingestion_id, "failed", error=why)
        self.told(ingestion_id)

    async def over(self, ingestion_id: str) -> bool:
        """Tell whether nothing more is to be done for an ingestion."""
        found = await self.catalog.standing(ingestion_id, self.tenant)
        return found is None or found.over

    async def _committing(self, ingestion_id: str) -> Committing:
        found = await self.catalog.standing(ingestion_id, self.tenant)
        return "committed" if found is not None and found.state == "committed" else "over"

    async def _until_over(self, ingestion_id: str, phase: Callable[[], Awaitable[None]]) -> None:
        """Do a phase, and stop in the middle of it once the ingestion is over."""
        if await self._patiently(self.over, ingestion_id):
            return
        task = asyncio.create_task(self._try(ingestion_id, phase))
        try:
            while not (await asyncio.wait((task,), timeout=_LOOK_S))[0]:
                with suppress(*TRANSIENT):  # a look that fails now may not fail the next time
                    if await self.over(ingestion_id):
                        return
            task.result()
        finally:
            await _ended(task)
            self.told(ingestion_id)

    async def _try(self, ingestion_id: str, phase: Callable[[], Awaitable[None]]) -> None:
        """Do a phase; when it fails and goes on failing, so does the ingestion."""
        try:
            await self._patiently(phase)
        except (IngestionError, RetrievalError, ServiceError) as error:
            await self._patiently(self.fail, ingestion_id, str(error))

    async def _patiently(self, work: Callable[P, Awaitable[T]], *args: P.args, **kwargs: P.kwargs) -> T:
        """Do work, again after a pause when what failed may work later."""
        for pause_s in self.pauses_s:
            try:
                return await work(*args, **kwargs)
            except TRANSIENT:
                await asyncio.sleep(pause_s)
        return await work(*args, **kwargs)


async def _ended(task: asyncio.Task[None]) -> None:
    """Cancel a task that still runs, and wait until it has cleaned up; how it ended no longer matters."""
    task.cancel()
    await asyncio.wait((task,))
    if not task.cancelled():
        task.exception()
