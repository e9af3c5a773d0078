"""Turns named sources into the next generation of the corpus, in three phases: plan, stage, commit.

Planning compares sources with what is known. Staging reads and embeds what is new, in batches, side by side with other
ingests and in as many processes as there are. Committing is done by one ingest at a time, and takes little. Each phase
may be cut off anywhere and done again: what was done already is found done.
"""

import asyncio
import secrets
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from ingestion.committing import Committer
from ingestion.differences import difference
from ingestion.ingests import Expired, Ingestion, IngestRequest
from ingestion.planning import Planner, Planning
from ingestion.ports import Catalog, Fetching, IngestionError, Parsing, SupersededError, Watch
from ingestion.preview import preview
from ingestion.reading import Reader
from ingestion.report import IngestReport
from ingestion.settings import IngestionSettings
from ingestion.staging import Stager
from ingestion.timing import EncoderTime
from ingestion.writing import Mended, Writer
from retrieval.corpus import DEFAULT_TENANT, RecordKind
from retrieval.ports import CLAUSES, Embedder, Index

Progress = Callable[[Ingestion], None]
"""Told how far an ingestion is."""

ATTEMPTS: Final = 5
"""How often an ingest is planned anew because others committed what it was about to replace."""


@dataclass(frozen=True, kw_only=True)
class Ingest:
    """Ingests sources of one tenant into a catalog and an index.

    A source that cannot be read is quarantined and the others go on; an error of the catalog, the index or the embedder
    ends the run, and readers go on seeing the generation before it.
    """

    catalog: Catalog
    index: Index
    embedder: Embedder
    record_kinds: Mapping[str, RecordKind]
    parsing: Parsing
    fetching: Fetching | None = None
    watch: Watch | None = None
    tenant: str = DEFAULT_TENANT
    settings: IngestionSettings = field(default_factory=IngestionSettings)
    encoder_time: EncoderTime = field(default_factory=EncoderTime)

    async def plan(self, ingestion_id: str) -> int:
        """Find and compare what was asked for; returns the number of batches there are to stage.

        Raises IngestionError for what cannot be found or is misdeclared.
        """
        ingestion = await self._ingestion(ingestion_id)
        await self.catalog.move(ingestion_id, "planning")
        planning = await self._planning(ingestion)
        await self.catalog.plan(ingestion_id, planning.planned, planning.outline)
        await self.catalog.move(ingestion_id, "staging", sources=planning.sources)
        return max((one.batch + 1 for one in planning.planned), default=0)

    async def stage(self, ingestion_id: str, batch: int) -> None:
        """Read, judge, embed and write one batch for nobody to see yet; doing it again does what is left."""
        ingestion = await self._ingestion(ingestion_id)
        await self._stager.stage(ingestion_id, ingestion.request, batch)

    async def commit(self, ingestion_id: str) -> IngestReport:
        """Make what was staged the next generation; of an ingestion that has committed, give its report again.

        Raises SupersededError when it has to be planned anew, and IngestionError when it was given up.
        """
        ingestion = await self._ingestion(ingestion_id)
        if ingestion.report is not None:
            return ingestion.report
        if ingestion.over:
            raise IngestionError(f"Ingestion {ingestion_id} is {ingestion.state}; start another one.")
        await self.catalog.move(ingestion_id, "committing")
        return await self._committer.commit(ingestion)

    async def discard(self, ingestion_id: str) -> None:
        """Remove what an ingestion staged and has not committed."""
        await self.catalog.discard(ingestion_id)

    async def preview(self, request: IngestRequest) -> IngestReport:
        """Tell what an ingest would do: everything is read and judged, nothing is written or embedded."""
        planning = await self._planner.plan(request, _silent)
        return await preview(request, planning, self._stager, self._committer)

    async def run(self, request: IngestRequest, progress: Progress | None = None) -> IngestReport:
        """Do all phases here and now; what fails is discarded."""
        asked = Ingestion(id=new_id(), tenant=self.tenant, request=request, requested_at=datetime.now(UTC))
        ingestion = await self.catalog.open(asked)
        try:
            for _ in range(ATTEMPTS - 1):
                with suppress(SupersededError):
                    return await self._run(ingestion.id, progress)
            return await self._run(ingestion.id, progress)
        except BaseException as error:
            await self.catalog.move(ingestion.id, "failed", error=str(error) or type(error).__name__)
            await self.catalog.discard(ingestion.id)
            raise

    async def verify(self) -> Mended:
        """Make the index hold what the catalog says, and say what had to be done."""
        async with self.catalog.exclusive():
            await self._writer.recover()
            return await self._writer.mend()

    async def retain(self, before: int) -> Expired:
        """Forget what ended with generation `before` or earlier, in the catalog and in the index."""
        async with self.catalog.exclusive():
            await self._writer.recover()
            expired = await self.catalog.expire(before)
            await self._writer.remove(expired.revisions)
            return expired

    async def index_difference(self) -> str | None:
        """Say how the index differs from what was committed, and what to do; None, cheaply, when it does not."""
        return await difference(self.catalog, self.index, (CLAUSES, *self.record_kinds))

    async def _run(self, ingestion_id: str, progress: Progress | None) -> IngestReport:
        async def tell() -> None:
            if progress is not None:
                progress(await self._ingestion(ingestion_id))

        batches = await self.plan(ingestion_id)
        await tell()
        turn = asyncio.Semaphore(_BATCHES_AT_ONCE)

        async def stage(batch: int) -> None:
            async with turn:
                await self.stage(ingestion_id, batch)
                await tell()

        try:
            async with asyncio.TaskGroup() as together:
                for batch in range(batches):
                    together.create_task(stage(batch))
        except ExceptionGroup as failures:
            raise failures.exceptions[0] from None
        report = await self.commit(ingestion_id)
        await tell()
        return report

    async def _planning(self, ingestion: Ingestion) -> Planning:
        last = time.monotonic()

        async def told(sources: int) -> None:
            nonlocal last
            if time.monotonic() - last > _TELL_AFTER_S:
                last = time.monotonic()
                await self.catalog.move(ingestion.id, "planning", sources=sources)

        return await self._planner.plan(ingestion.request, told)

    async def _ingestion(self, ingestion_id: str) -> Ingestion:
        found = await self.catalog.ingestion(ingestion_id, self.tenant)
        if found is None:
            raise IngestionError(f"There is no ingestion {ingestion_id}; list them with `toulmin ingest list`.")
        return found

    @property
    def _planner(self) -> Planner:
        reader = Reader(self.record_kinds, self.embedder.model, self.tenant, self.settings.parsing)
        return Planner(self.catalog, reader, self.fetching, self.tenant)

    @property
    def _stager(self) -> Stager:
        return Stager(self.catalog, self.parsing, self.embedder, self.settings.gates, self.encoder_time)

    @property
    def _writer(self) -> Writer:
        return Writer(self.catalog, self.index, self.embedder, self.record_kinds)

    @property
    def _committer(self) -> Committer:
        return Committer(self.catalog, self._writer, self.watch, self.settings.gates)


def new_id() -> str:
    """Name an ingestion that nobody named."""
    return f"ing_{secrets.token_hex(12)}"


_BATCHES_AT_ONCE: Final = 2  # one is read while the other is embedded
_TELL_AFTER_S: Final = 0.5


async def _silent(sources: int) -> None:
    """Tell nobody."""
    del sources
