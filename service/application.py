"""The application as its users see it: stores, index, packs and flow, joined by `service.bootstrap`."""

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field
from typing import Final

from decision.pack import DomainPack
from decision.registry import choose
from ingestion.ingests import Ingestion, IngestRequest
from ingestion.pipeline import Ingest
from ingestion.ports import Catalog
from ingestion.report import IngestReport, Overdue
from retrieval.find import Finder
from retrieval.ordering import Ordering
from retrieval.ports import Embedder, Index, RetrievalError
from service.drift import PolicyTexts
from service.errors import ServiceError, TamperedError
from service.flow import DecisionFlow, DecisionRequest, Earlier
from service.freshness import overdue_sources
from service.ingest_words import readable_ingestion, readable_report
from service.ingestions import required
from service.ports import (
    AuditLog,
    ClauseWords,
    ConfirmationStore,
    DecisionStore,
    Ingestions,
    ReviewStore,
    SourceLibrary,
    TaskFilter,
)
from service.quotes import may_read, verify_citations
from service.reader import Reader
from service.reconsideration import Reconsideration, reconsidered
from service.records import ReleasedDecision
from service.recovering import Planner, Recovery, RecoveryRequest
from service.review import Action, ReviewTask
from service.search import SearchRequest, SearchResponse, search
from service.settings import Settings
from service.teaching import Teacher

WITHHELD: Final = "It quotes a source that you may not read."
"""Instead of the summary of a decision."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """What was recorded: decisions, reviews, confirmations, the audit log, sources. Needs the database alone."""

    settings: Settings
    catalog: Catalog
    library: SourceLibrary
    words: ClauseWords
    confirmations: ConfirmationStore
    store: DecisionStore
    reviews: ReviewStore
    audit: AuditLog
    reader: Reader

    @property
    def policy_texts(self) -> PolicyTexts:
        """The texts that policy is compared with."""
        return PolicyTexts(self.library, self.words, self.confirmations)

    async def decision(self, decision_id: str) -> ReleasedDecision:
        """Read a recorded decision, checking again that every quote stands in its stored text.

        Raises NotFoundError, or TamperedError when decision or text is not what was recorded.
        """
        released = await self.store.get(decision_id, self.settings.tenant)
        await verify_citations(released, self.library, await self.reader.scope(released.as_of, released.generation))
        return released

    async def decisions(
        self, limit: int, *, domain: str | None = None, before: str | None = None
    ) -> list[ReleasedDecision]:
        """List decisions, latest first; a summary may quote, so it is withheld where this reader may not read that."""
        found = await self.store.recent(limit, tenant=self.settings.tenant, domain=domain, before=before)
        return [one if await self._may_read(one) else one.model_copy(update={"summary": WITHHELD}) for one in found]

    async def tasks(self, which: TaskFilter, limit: int) -> list[ReviewTask]:
        """List review tasks, the earliest due first; what they tell of a decision is withheld as in `decisions`."""
        return [await self._told(task) for task in await self.reviews.tasks(which, limit)]

    async def ingestion(self, ingestion_id: str) -> Ingestion:
        """Read how far an ingest is; words that this reader may not read are withheld. NotFoundError."""
        return await self.readable(await required(self.catalog, ingestion_id, self.settings.tenant))

    async def recent_ingestions(self, limit: int) -> list[Ingestion]:
        """List ingests, latest first; words are withheld as in `ingestion`."""
        return [await self.readable(one) for one in await self.catalog.ingestions(self.settings.tenant, limit)]

    async def readable(self, ingestion: Ingestion) -> Ingestion:
        """Withhold from an ingestion the words that this reader may not read."""
        return await readable_ingestion(ingestion, self.words, self.reader)

    async def overdue(self) -> tuple[Overdue, ...]:
        """List the sources that this reader may see and nobody looked at for longer than their owners want."""
        return await overdue_sources(self.catalog, self.library, self.reader)

    async def review(self, task_id: str, action: Action) -> ReviewTask:
        """Let a reviewer act on a task, now."""
        return await self._told(await self.reviews.act(task_id, action, self.reader.now(), self.settings.tenant))

    async def _may_read(self, released: ReleasedDecision) -> bool:
        return await may_read(released, self.library, await self.reader.scope(released.as_of, released.generation))

    async def _told(self, task: ReviewTask) -> ReviewTask:
        try:
            if await self._may_read(await self.store.get(task.decision_id, self.settings.tenant)):
                return task
        except TamperedError:
            pass  # what cannot be checked is not shown either
        verdict = task.verdict and task.verdict.model_copy(update={"amended": None, "justification": None})
        return task.model_copy(update={"summary": WITHHELD, "verdict": verdict})


@dataclass(frozen=True, slots=True, kw_only=True)
class Application(Records):
    """The whole application, with index, model and packs.

    Who knows `owner_token` may read the data folder, where it stands in the lock of the index.
    """

    packs: Mapping[str, DomainPack]
    index: Index
    embedder: Embedder
    finder: Finder
    ordering: Ordering
    ingest: Ingest
    ingestions: Ingestions
    teacher: Teacher
    flow: DecisionFlow
    owner_token: str = field(repr=False)

    async def search(self, request: SearchRequest) -> SearchResponse:
        """Find passages that this reader may see."""
        return await search(self.finder, request, await self.reader.scope(request.as_of))

    async def reconsider(
        self, decision_id: str, asked: Reconsideration, *, actor: str, idempotency_key: str | None = None
    ) -> ReleasedDecision:
        """Decide the case of an earlier decision anew, corrected; whoever may not read that one gets NotFoundError."""
        earlier = await self.decision(decision_id)
        sent = DecisionRequest.model_validate(await self.store.request(decision_id, self.settings.tenant))
        request = reconsidered(choose(self.packs, earlier.domain), earlier, sent, asked)
        reference = Earlier(earlier, asked.because)
        return await self.flow.decide(request, actor=actor, idempotency_key=idempotency_key, earlier=reference)

    async def recover(self, request: RecoveryRequest, *, actor: str) -> Recovery:
        """Plan ways on for the passengers of a flight, from the flights that this reader sees, and record that."""
        return await Planner(self.finder, self.reader, self.audit).recover(request, actor)

    async def start_ingest(self, request: IngestRequest, idempotency_key: str | None = None) -> Ingestion:
        """Start an ingest, or give the one that was started with this key, as `ingestion` does; ConflictError."""
        return await self.readable(await self.ingestions.start(request, idempotency_key))

    async def watch_ingest(self, ingestion_id: str) -> AsyncGenerator[Ingestion]:
        """Give an ingest, as `ingestion` does, now and at each change, until it is over; NotFoundError."""
        async for now in self.ingestions.watch(ingestion_id):
            yield await self.readable(now)

    async def cancel_ingest(self, ingestion_id: str) -> Ingestion:
        """End an ingest before it commits; ConflictError when that is too late, NotFoundError."""
        return await self.readable(await self.ingestions.cancel(ingestion_id))

    async def preview_ingest(self, request: IngestRequest, *, owner: bool) -> IngestReport:
        """Tell what an ingest would do; words that this reader may not read are withheld.

        Those of files that were not ingested yet are told to the `owner` of the data folder alone.
        """
        report = await self.ingest.preview(request)
        return await readable_report(report, self.words, self.reader, planned=owner)

    async def learn(self) -> None:
        """Learn what the next cases will want, if that is not done or being done."""
        await self.teacher.prepare(self.packs.values(), self.reader, self.library)

    async def readiness(self) -> tuple[int | None, dict[str, str]]:
        """Tell the committed generation, and for each part `ok` or what is wrong with it."""
        generation, parts = None, {"packs": "ok" if self.packs else "no pack is installed"}
        try:
            generation = await self.library.generation()
            parts["database"] = "ok"
            parts["index"] = await self.ingest.index_difference() or "ok"
        except ServiceError as error:
            parts["database"] = str(error)
        except RetrievalError as error:
            parts["index"] = str(error)
        parts["model"] = "ok" if self.embedder.dimensions else "the embedding model has no dimensions"
        return generation, parts
