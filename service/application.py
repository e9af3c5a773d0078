"""The application as its users see it: stores, index, packs and flow, joined by `service.bootstrap`."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from decision.pack import DomainPack
from ingestion.pipeline import Ingest
from ingestion.ports import Catalog
from ingestion.report import Overdue
from retrieval.find import Finder
from retrieval.ordering import Ordering
from retrieval.ports import Embedder, Index, RetrievalError
from service.drift import PolicyTexts
from service.errors import ServiceError
from service.flow import DecisionFlow
from service.freshness import overdue_sources
from service.ports import (
    AuditLog,
    ClauseWords,
    ConfirmationStore,
    DecisionStore,
    Ingestions,
    ReviewStore,
    SourceLibrary,
)
from service.quotes import verify_citations
from service.reader import Reader
from service.records import ReleasedDecision
from service.review import Action, ReviewTask
from service.search import SearchRequest, SearchResponse, search
from service.settings import Settings


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

    async def overdue(self) -> tuple[Overdue, ...]:
        """List the sources that this reader may see and nobody looked at for longer than their owners want."""
        return await overdue_sources(self.catalog, self.library, self.reader)

    async def review(self, task_id: str, action: Action) -> ReviewTask:
        """Let a reviewer act on a task, now."""
        return await self.reviews.act(task_id, action, self.reader.now(), self.settings.tenant)


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
    flow: DecisionFlow
    owner_token: str = field(repr=False)

    async def search(self, request: SearchRequest) -> SearchResponse:
        """Find passages that this reader may see."""
        return await search(self.finder, request, await self.reader.scope(request.as_of))

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
