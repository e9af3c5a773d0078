"""Turns the log and what it vouches for, as they lie in SQL, into a verdict on decisions, reviews and cited texts."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Final

from pydantic import BaseModel
from sqlalchemy import Row, Table, and_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from service.adapters.rows import Cells, confirmation_cells, exact, task_cells
from service.adapters.tables import audit_events, confirmations, decisions, review_tasks, revisions
from service.audit import GENESIS, AuditEvent, Fault, Head, Link, Verification, found, verify
from service.confirmations import Confirmation
from service.quotes import misquoted
from service.records import Citation
from service.review import ReviewTask

_PAGE: Final = 2_000
_BODIES: Final = 200
_TEXTS: Final = 10


async def verified(connection: AsyncConnection, expected: Head | None) -> Verification:
    """Check a log, and everything it vouches for, in one state of the database; the first fault ends it."""
    if connection.dialect.name == "postgresql":  # SQLite's readers see one state anyway
        await connection.execution_options(isolation_level="REPEATABLE READ")
    told = _Told()
    result = Verification(intact=True, checked=0, head=GENESIS, message="no events")
    last_page = False
    while result.intact and not last_page:
        page = await _page(connection, result.head)
        last_page = len(page) < _PAGE
        result = await _verify_page(connection, page, told, _Bounds(result.head, expected, last_page))
    if not result.intact:
        return result
    return (
        await _unrecorded(connection, result.head)
        or await _rows(connection, _TASKS, told.tasks, result.head)
        or await _rows(connection, _CONFIRMATIONS, told.confirmations, result.head)
        or await _texts(connection, result.head)
        or result.model_copy(update={"message": f"{result.message}; {told.summary()}"})
    )


@dataclass(slots=True)
class _Told:
    """What the events read so far vouch for; of each task and confirmation, the number and hash of its last event."""

    decisions: int = 0
    quotes: int = 0
    tasks: dict[str, tuple[int, object]] = field(default_factory=dict[str, tuple[int, object]])
    confirmations: dict[str, tuple[int, object]] = field(default_factory=dict[str, tuple[int, object]])

    def note(self, event: AuditEvent) -> None:
        if event.kind == "decided":
            self.decisions += 1
        elif event.kind.startswith("review_"):
            self.tasks[event.subject] = (event.seq, event.payload.get("task_sha256"))
        elif event.kind == "rules_confirmed":
            self.confirmations[event.subject] = (event.seq, event.payload.get("confirmation_sha256"))

    def summary(self) -> str:
        confirmed = f"{len(self.confirmations)} confirmations, " if self.confirmations else ""
        counts = f"{self.decisions} decisions, {self.quotes} quotes and {len(self.tasks)} review tasks"
        return f"{confirmed}{counts} are as recorded"


@dataclass(frozen=True, slots=True)
class _Bounds:
    """The head before a page, the head that was kept elsewhere, and whether the page is the last."""

    after: Head
    expected: Head | None
    last_page: bool

    def due(self, links: Sequence[Link]) -> Head | None:
        """Give the kept head if this page can answer for it."""
        if self.expected is None or not (self.last_page or self.expected.seq <= links[-1].seq):
            return None
        return self.expected


async def _verify_page(
    connection: AsyncConnection, page: Sequence[Row[Any]], told: _Told, bounds: _Bounds
) -> Verification:
    links = [Link(row.seq, exact(row.body), row.hash) for row in page]
    result = verify(links, after=bounds.after, expected=bounds.due(links))
    whole = links[: result.checked - bounds.after.seq]
    before, decided = bounds.after, list[AuditEvent]()
    for row, one in zip(page, whole, strict=False):
        event = one.event()
        if (row.kind, row.subject, row.at) != (event.kind, event.subject, event.at):
            return found("changed", before, row.seq, f"the columns of event {row.seq} differ from what was recorded")
        before = Head(seq=one.seq, hash=one.hash)
        told.note(event)
        if event.kind == "decided":
            decided.append(event)
    for start in range(0, len(decided), _BODIES):
        if fault := await _vouched(connection, decided[start : start + _BODIES], told, result.head):
            return fault
    return result


async def _vouched(
    connection: AsyncConnection, events: Sequence[AuditEvent], told: _Told, head: Head
) -> Verification | None:
    query = select(decisions).where(decisions.c.id.in_([event.subject for event in events]))
    stored = {row.id: row for row in await connection.execute(query)}
    cited: defaultdict[str, list[tuple[AuditEvent, Citation]]] = defaultdict(list)
    for event in events:
        if event.subject not in stored:
            return _at("decision_missing", event, head, f"decision {event.subject} is not stored any more")
        row = stored[event.subject]
        if not _as_decided(row, event):
            return _at("decision_changed", event, head, f"decision {event.subject} is not what was recorded")
        for citation in _Cited.model_validate_json(exact(row.body)).citations:
            cited[citation.revision_id].append((event, citation))
            told.quotes += 1
    return await _quoted(connection, cited, head)


class _Cited(BaseModel):
    """What a decision cites, whatever else it holds."""

    citations: tuple[Citation, ...]


def _as_decided(row: Row[Any], event: AuditEvent) -> bool:
    digest = sha256(exact(row.body)).hexdigest()
    told = {
        "content_sha256": digest,
        "case_sha256": sha256(exact(row.case_body)).hexdigest(),
        "tenant": row.tenant,
        "domain": row.domain,
    }
    columns = (row.content_sha256, row.recorded_at) == (digest, event.at)
    return columns and all(event.payload.get(name) == value for name, value in told.items())


async def _quoted(
    connection: AsyncConnection, cited: Mapping[str, Sequence[tuple[AuditEvent, Citation]]], head: Head
) -> Verification | None:
    for revision_id, there in sorted(cited.items()):
        query = select(revisions.c.canonical_text).where(revisions.c.id == revision_id)
        row = (await connection.execute(query)).one_or_none()
        if row is None:
            event = there[0][0]
            message = f"the text {revision_id}, which decision {event.subject} cites, is not stored any more"
            return found("text_missing", head, event.seq, message, revision_id)
        false = misquoted((citation for _, citation in there), exact(row.canonical_text).decode(errors="replace"))
        if false is not None:
            event = next(event for event, citation in there if citation is false)
            message = f"the text {revision_id} is not what decision {event.subject} cites as [{false.n}]"
            return found("text_changed", head, event.seq, message, revision_id)
    return None


async def _unrecorded(connection: AsyncConnection, head: Head) -> Verification | None:
    vouching = and_(
        audit_events.c.seq == decisions.c.audit_seq,
        audit_events.c.hash == decisions.c.audit_hash,
        audit_events.c.kind == "decided",
        audit_events.c.subject == decisions.c.id,
    )
    query = select(decisions.c.id).outerjoin(audit_events, vouching).where(audit_events.c.seq.is_(None)).limit(1)
    stray = (await connection.execute(query)).scalar_one_or_none()
    if stray is None:
        return None
    return found("decision_unrecorded", head, None, f"decision {stray} is stored, but no event tells of it", stray)


@dataclass(frozen=True, slots=True)
class _Kept:
    """A table of whose every row the last event about it has the hash, and what it is when that is not so."""

    table: Table
    called: str
    unrecorded: Fault
    changed: Fault
    missing: Fault
    cells: Callable[[bytes], Cells]


_TASKS: Final = _Kept(
    review_tasks,
    "review task",
    "task_unrecorded",
    "task_changed",
    "task_missing",
    lambda body: task_cells(ReviewTask.model_validate_json(body)),
)
_CONFIRMATIONS: Final = _Kept(
    confirmations,
    "confirmation",
    "confirmation_unrecorded",
    "confirmation_changed",
    "confirmation_missing",
    lambda body: confirmation_cells(Confirmation.model_validate_json(body)),
)


async def _rows(
    connection: AsyncConnection, kept: _Kept, told: Mapping[str, tuple[int, object]], head: Head
) -> Verification | None:
    """Compare each stored row with the last event about it: what was altered, deleted or added shows."""
    left, after = dict(told), ""
    while page := await _rows_after(connection, kept.table, after):
        for row in page:
            seq, digest = left.pop(row.id, (None, None))
            if seq is None:
                message = f"{kept.called} {row.id} is stored, but no event tells of it"
                return found(kept.unrecorded, head, None, message, row.id)
            if not _as_left(row, digest, kept):
                return found(kept.changed, head, seq, f"{kept.called} {row.id} is not what event {seq} left", row.id)
        after = page[-1].id
    if not left:
        return None
    row_id, (seq, _) = min(left.items(), key=lambda item: item[1][0])
    return found(kept.missing, head, seq, f"{kept.called} {row_id} of event {seq} is not stored any more", row_id)


async def _rows_after(connection: AsyncConnection, table: Table, after: str) -> Sequence[Row[Any]]:
    query = select(table).where(table.c.id > after).order_by(table.c.id).limit(_PAGE)
    return (await connection.execute(query)).all()


def _as_left(row: Row[Any], digest: object, kept: _Kept) -> bool:
    body = exact(row.body)
    if sha256(body).hexdigest() != digest:
        return False
    return all(getattr(row, name) == cell for name, cell in kept.cells(body).items() if name != "body")


async def _texts(connection: AsyncConnection, head: Head) -> Verification | None:
    """Compare every stored text, cited or not, with the hash that was taken when it was ingested."""
    after = ""
    while page := await _texts_after(connection, after):
        for row in page:
            if sha256(exact(row.canonical_text)).hexdigest() != row.content_sha256:
                return found("text_changed", head, None, f"the text {row.id} is not the one that was ingested", row.id)
        after = page[-1].id
    return None


async def _texts_after(connection: AsyncConnection, after: str) -> Sequence[Row[Any]]:
    columns = [revisions.c.id, revisions.c.canonical_text, revisions.c.content_sha256]
    query = select(*columns).where(revisions.c.id > after).order_by(revisions.c.id).limit(_TEXTS)
    return (await connection.execute(query)).all()


async def _page(connection: AsyncConnection, after: Head) -> Sequence[Row[Any]]:
    query = select(audit_events).where(audit_events.c.seq > after.seq).order_by(audit_events.c.seq).limit(_PAGE)
    return (await connection.execute(query)).all()


def _at(fault: Fault, event: AuditEvent, head: Head, message: str) -> Verification:
    return found(fault, head, event.seq, f"{message} (event {event.seq})", event.subject)
