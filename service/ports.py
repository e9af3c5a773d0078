"""What the service asks of the outside: stores of decisions, of the audit log, of review tasks, of sources."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol

from pydantic import JsonValue

from ingestion.report import IngestReport
from retrieval.corpus import DEFAULT_TENANT, Document, Value
from retrieval.ports import Library
from retrieval.scope import ReadScope
from service.audit import AuditEvent, Event, Head, Verification
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
    "CommittedReport",
    "ConflictError",
    "DecisionStore",
    "IdempotencyKey",
    "InvalidInputError",
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
