"""Does the work of commands in this process, which opens the index itself."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from ingestion.ingests import Ingestion, IngestRequest
from ingestion.report import IngestReport, Overdue
from ingestion.writing import Mended
from service.application import Application
from service.bootstrap import application
from service.flow import DecisionRequest
from service.maintenance import Retained, Retention, retain
from service.reconsideration import Reconsideration
from service.records import ReleasedDecision
from service.recovering import Recovery, RecoveryRequest
from service.search import SearchRequest, SearchResponse
from service.settings import Settings


@dataclass(frozen=True, slots=True)
class Alone:
    """The work of `service.commands.Commands`, done here."""

    running: Application

    async def search(self, request: SearchRequest) -> SearchResponse:
        """Find passages."""
        return await self.running.search(request)

    async def decide(self, request: DecisionRequest) -> ReleasedDecision:
        """Decide a case and record it."""
        return await self.running.flow.decide(request, actor="cli")

    async def reconsider(self, decision_id: str, asked: Reconsideration) -> ReleasedDecision:
        """Decide the case of an earlier decision anew, corrected, and record it."""
        return await self.running.reconsider(decision_id, asked, actor="cli")

    async def learn(self) -> None:
        """Learn what the next cases will want."""
        await self.running.learn()

    async def recover(self, request: RecoveryRequest) -> Recovery:
        """Plan ways on for the passengers of a flight."""
        return await self.running.recover(request, actor="cli")

    async def cut_off(self) -> list[Ingestion]:
        """Take up, and list, what processes that have ended left: with an embedded index, all that is not over."""
        if self.running.settings.qdrant_url is not None:
            return []  # others may be at it
        left = await self.running.catalog.unfinished(self.running.settings.tenant)
        if left:
            await self.running.ingestions.resume()
        return left

    async def start(self, request: IngestRequest) -> Ingestion:
        """Start an ingest as a durable job."""
        return await self.running.start_ingest(request)

    def watch(self, ingestion_id: str) -> AsyncIterator[Ingestion]:
        """Give an ingest as it is now and at each change, until it is over."""
        return self.running.watch_ingest(ingestion_id)

    async def cancel(self, ingestion_id: str) -> Ingestion:
        """End an ingest before it commits, and wait until what it staged is removed."""
        return await self.running.cancel_ingest(ingestion_id)

    async def preview(self, request: IngestRequest) -> IngestReport:
        """Tell what an ingest would do."""
        return await self.running.preview_ingest(request, owner=True)

    async def overdue(self) -> tuple[Overdue, ...]:
        """List sources that nobody looked at for longer than their owners want."""
        return await self.running.overdue()

    async def verify(self) -> Mended:
        """Make the index hold what the catalog says."""
        return await self.running.ingest.verify()

    async def retain(self, which: Retention) -> Retained:
        """Forget old generations."""
        return await retain(self.running.catalog, self.running.ingest.retain, which)


@asynccontextmanager
async def alone(settings: Settings, doing: str, *, ingests: bool = False) -> AsyncGenerator[Alone]:
    """Open everything in this process; IndexInUseError when another one has the index."""
    async with application(settings, doing=doing, ingests=ingests) as running:
        yield Alone(running)
