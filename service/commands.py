"""What a command has done by whoever has the index: this process, or a service that runs."""

from collections.abc import AsyncIterator
from typing import Protocol

from ingestion.ingests import Ingestion, IngestRequest
from ingestion.report import IngestReport, Overdue
from ingestion.writing import Mended
from service.flow import DecisionRequest
from service.maintenance import Retained, Retention
from service.reconsideration import Reconsideration
from service.records import ReleasedDecision
from service.recovering import Recovery, RecoveryRequest
from service.search import SearchRequest, SearchResponse


class Commands(Protocol):
    """The work of commands that need the index; raises the errors of whoever does it, with the same words."""

    async def search(self, request: SearchRequest) -> SearchResponse:
        """Find passages."""
        ...

    async def decide(self, request: DecisionRequest) -> ReleasedDecision:
        """Decide a case and record it."""
        ...

    async def reconsider(self, decision_id: str, asked: Reconsideration) -> ReleasedDecision:
        """Decide the case of an earlier decision anew, corrected, and record it."""
        ...

    async def learn(self) -> None:
        """Wait until what the next cases will want is learned; a service does that by itself, and is not waited for."""
        ...

    async def recover(self, request: RecoveryRequest) -> Recovery:
        """Plan ways on for the passengers of a flight."""
        ...

    async def cut_off(self) -> list[Ingestion]:
        """Take up, and list in their order, the ingests that nobody else works on."""
        ...

    async def start(self, request: IngestRequest) -> Ingestion:
        """Start an ingest as a durable job."""
        ...

    def watch(self, ingestion_id: str) -> AsyncIterator[Ingestion]:
        """Give an ingest as it is now and at each change, until it is over."""
        ...

    async def cancel(self, ingestion_id: str) -> Ingestion:
        """End an ingest before it commits; ConflictError when that is too late."""
        ...

    async def preview(self, request: IngestRequest) -> IngestReport:
        """Tell what an ingest would do."""
        ...

    async def overdue(self) -> tuple[Overdue, ...]:
        """List sources that nobody looked at for longer than their owners want."""
        ...

    async def verify(self) -> Mended:
        """Make the index hold what the catalog says."""
        ...

    async def retain(self, which: Retention) -> Retained:
        """Forget old generations."""
        ...
