"""What the service asks of the outside: stores of decisions, the audit log, reviews, confirmations, sources."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol

from pydantic import JsonValue

from decision.pack import Table
from decision.rules import Confirmed
from ingestion.ingests import Ingestion, IngestRequest
from ingestion.report import IngestReport
from retrieval.corpus import DEFAULT_TENANT, Document, Value
from retrieval.ports import Library
from retrieval.scope import ReadScope
from service.audit import AuditEvent, Event, Head, Verification
from service.confirmations import Confirmation
from service.errors import (
    ConflictError,
    InvalidInputError,
    NotFoundError,
    ServiceError,
    StoreUnavailableError,
    TamperedError,
)
from service.records import ReleasedDecision
from service.review import Action, ReviewTask, TaskStatus

__all__ = [
    "AuditLog",
    "ClauseWords",
    "CommittedReport",
    "ConfirmationStore",
    "ConflictError",
    "DecisionStore",
    "IdempotencyKey",
    "IngestPhases",
    "Ingestions",
    "InvalidInputError",
    "KeptLesson",
    "LessonStore",
    "NotFoundError",
    "Recording",
    "ReviewStore",
    "ServiceError",
    "SourceEntry",
    "SourceLibrary",
    "StoreUnavailableError",
    "TamperedError",
    "TaskFilter",
]


class SourceEntry(Value):
    """One revision in a list of sources, without its text; `characters` is the length of the text."""

    document: Document
    revision_id: str
    content_sha256: str
    effective_from: date | None
    effective_to: date | None
    valid_from_generation: int
    characters: int
    clauses: int


class CommittedReport(Value):
    """The report of an ingest, and when its generation was committed."""

    committed_at: datetime
    report: IngestReport


class SourceLibrary(Library, Protocol):
    """A Library that also lists what it has, and gives the hashes that tell whether a rule's clause has changed."""

    async def tables(self, scope: ReadScope) -> list[Table]:
        """List the tables that a scope sees, as they may be learned from."""
        ...

    async def sources(self, scope: ReadScope) -> list[SourceEntry]:
        """Every revision that the reader sees, by title."""
        ...

    async def clause_hashes(self, scope: ReadScope, references: Sequence[str]) -> Mapping[str, str]:
        """SHA-256 of the text of each clause (`document#key`) that the reader sees; what is not there is left out."""
        ...


@dataclass(frozen=True, slots=True)
class IdempotencyKey:
    """A caller's name for one request, with the hash of what was asked, so that asking twice decides once."""

    key: str
    request_sha256: str


@dataclass(frozen=True, slots=True)
class Recording:
    """Everything that becomes durable with one decision, or not at all.

    `case` is the case as it was sent. `events` are what happened before (requested, retrieved, rules evaluated); the
    store adds the `decided` event itself. `task` must be there exactly when `released.review.task_id` is.
    """

    released: ReleasedDecision
    case: Mapping[str, JsonValue]
    actor: str
    at: datetime
    events: tuple[Event, ...] = ()
    task: ReviewTask | None = None
    idempotency: IdempotencyKey | None = None
    tenant: str = DEFAULT_TENANT


class DecisionStore(Protocol):
    """Decisions, kept as the exact bytes that were hashed, never changed."""

    async def record(self, recording: Recording) -> ReleasedDecision:
        """Make a decision durable with its events and task, in one transaction, and return it with its audit place.

        A key that was used for the same request gives the decision made then, and stores nothing; ConflictError when it
        was used for another request, or when the decision id is taken.
        """
        ...

    async def get(self, decision_id: str, tenant: str = DEFAULT_TENANT) -> ReleasedDecision:
        """Read a decision; NotFoundError, or TamperedError when the stored bytes are not those recorded."""
        ...

    async def request(self, decision_id: str, tenant: str = DEFAULT_TENANT) -> Mapping[str, JsonValue]:
        """Read the case of a decision as it was sent; errors as for `get`."""
        ...

    async def release(self, decision_id: str, actor: str, at: datetime, tenant: str = DEFAULT_TENANT) -> None:
        """Tell in the log that a recorded decision was handed out: once, however often it is; NotFoundError."""
        ...

    async def recent(
        self, limit: int = 20, *, tenant: str = DEFAULT_TENANT, domain: str | None = None, before: str | None = None
    ) -> list[ReleasedDecision]:
        """List decisions, latest first; `before` is a decision id to continue from."""
        ...

    async def recall(self, idempotency: IdempotencyKey, tenant: str = DEFAULT_TENANT) -> ReleasedDecision | None:
        """Give the decision that was made for this key, if any; ConflictError when the request was another."""
        ...


class AuditLog(Protocol):
    """The log of everything that happened, in one chain."""

    async def append(self, events: Sequence[Event]) -> Head:
        """Add events at the end, in one transaction."""
        ...

    async def events(self, after: int = 0, limit: int = 100, subject: str | None = None) -> list[AuditEvent]:
        """Read events in order, from the one after number `after`."""
        ...

    async def head(self) -> Head:
        """Read the number and hash of the last event; keep it elsewhere to prove later that nothing was cut."""
        ...

    async def verify(self, expected: Head | None = None) -> Verification:
        """Check every hash of the log, and what it vouches for: decisions, review tasks, and the texts they cite."""
        ...


@dataclass(frozen=True, slots=True)
class TaskFilter:
    """Which review tasks to list; what is None does not matter. `due_before` leaves out tasks without a due date."""

    status: TaskStatus | None = None
    queue: str | None = None
    assignee: str | None = None
    due_before: datetime | None = None
    reason: str | None = None
    tenant: str = field(default=DEFAULT_TENANT)


class ReviewStore(Protocol):
    """Review tasks; each change of one is an audit event in the same transaction."""

    async def get(self, task_id: str, tenant: str = DEFAULT_TENANT) -> ReviewTask:
        """Read a task; NotFoundError, or TamperedError when it is not what the log's last event about it recorded."""
        ...

    async def tasks(self, which: TaskFilter, limit: int = 100) -> list[ReviewTask]:
        """List tasks, the earliest due first, then the oldest; TamperedError as in `get`."""
        ...

    async def act(self, task_id: str, action: Action, at: datetime, tenant: str = DEFAULT_TENANT) -> ReviewTask:
        """Claim, give back or resolve; errors as `review.advance`, NotFoundError and TamperedError."""
        ...


class ConfirmationStore(Protocol):
    """What owners confirmed of changed clauses; each confirmation is an audit event in the same transaction."""

    async def confirm(self, confirmed: Sequence[Confirmation]) -> None:
        """Store confirmations, all or none."""
        ...

    async def confirmed(self, tenant: str, pack: str, rulebook_version: str, generation: int) -> Confirmed:
        """Give the words that were confirmed for this version of a rule book, up to this generation.

        One that is not as the log tells of it does not count.
        """
        ...

    async def confirmations(self, tenant: str, pack: str | None = None) -> list[Confirmation]:
        """List confirmations, latest first; TamperedError when one is not what was recorded."""
        ...


@dataclass(frozen=True, slots=True)
class WordsOverTime:
    """The words (SHA-256) that a clause had in one revision; None where that revision has no such clause."""

    valid_from_generation: int
    valid_to_generation: int
    text_sha256: str | None


class ClauseWords(Protocol):
    """The words of clauses, now and before, of the documents that a reader may read."""

    async def clauses(self, scope: ReadScope, document_id: str) -> Mapping[str, str]:
        """Give the words of every clause of a document, by key, as the scope sees it; empty when it does not."""
        ...

    async def over_time(self, scope: ReadScope, clause: str) -> list[WordsOverTime]:
        """Tell what a clause (`document#key`) was in every revision of its document up to the generation, in order."""
        ...

    async def kept(self, scope: ReadScope, document_id: str, text_sha256: str) -> str | None:
        """Find words by their hash in any revision of a document up to the generation, those that ended included."""
        ...


@dataclass(frozen=True, slots=True)
class KeptLesson:
    """What a pack learned: by which key, about what, first at which generation, and its bytes with their SHA-256."""

    key: str
    about: str
    generation: int
    sha256: str
    content: bytes


class LessonStore(Protocol):
    """Keeps what packs learned; a lesson that is lost is only learned again."""

    async def get(self, tenant: str, pack: str, key: str) -> KeptLesson | None:
        """Read the lesson of a course, or None."""
        ...

    async def put(self, tenant: str, pack: str, lesson: KeptLesson) -> None:
        """Store a lesson in the place of one of the same key."""
        ...


class IngestPhases(Protocol):
    """The parts of an ingest, each of which may be done again after a process ended in the middle of it."""

    async def plan(self, ingestion_id: str) -> int:
        """Find and compare the sources, and write down what is to be read; returns how many batches that is."""
        ...

    async def stage(self, ingestion_id: str, batch: int) -> None:
        """Read, judge, embed and write one batch; documents that are settled are passed over."""
        ...

    async def commit(self, ingestion_id: str) -> IngestReport:
        """Make what was staged current; one that has committed gives its report again.

        Raises SupersededError when it has to be planned anew.
        """
        ...

    async def discard(self, ingestion_id: str) -> None:
        """Remove what was staged."""
        ...


class Ingestions(Protocol):
    """Ingests that go on when a process ends: whatever was started is finished by another, or is said to have failed.

    Two ingests of the same locations take turns; others run side by side.
    """

    async def start(self, request: IngestRequest, idempotency_key: str | None = None) -> Ingestion:
        """Start an ingest, or give the one that was started with this key.

        ConflictError when the key was used for another request.
        """
        ...

    async def get(self, ingestion_id: str) -> Ingestion:
        """Read how far an ingest is; NotFoundError."""
        ...

    async def recent(self, limit: int = 50) -> list[Ingestion]:
        """List ingests, latest first."""
        ...

    async def cancel(self, ingestion_id: str) -> Ingestion:
        """End an ingest before it commits; what it staged is removed.

        ConflictError when it is committing or is over, unless it was cancelled already; NotFoundError.
        """
        ...

    def watch(self, ingestion_id: str) -> AsyncIterator[Ingestion]:
        """Give an ingest as it is now and at each change, until it is over; NotFoundError."""
        ...

    async def resume(self) -> None:
        """Go on with what earlier processes left unfinished, in the background; cheap when there is nothing."""
        ...

    async def work(self) -> None:
        """Begin to take what is queued now, whether or not there is anything."""
        ...

    async def aclose(self, patience_s: float = 0.0) -> None:
        """Stop working, after waiting so long for what is being staged; whoever comes next goes on with the rest."""
        ...
