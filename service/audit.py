"""Turns what happened into a chain of hashed events, and such a chain into a verdict on whether it is whole."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from hashlib import sha256
from typing import Annotated, Final, Literal, cast

from pydantic import AfterValidator, AwareDatetime, Field, JsonValue, ValidationError

from retrieval.corpus import Value
from service.errors import InvalidInputError
from service.records import Sha256, canonical

EventKind = Literal[
    "requested",
    "retrieved",
    "rules_evaluated",
    "decided",
    "released",
    "reconsidered",
    "review_queued",
    "review_claimed",
    "review_released",
    "review_resolved",
    "rules_confirmed",
    "recovery_planned",
]
"""The steps of a decision's life, what owners say of its rules, and plans; there is no kind that nothing writes."""

Instant = Annotated[AwareDatetime, AfterValidator(lambda at: at.astimezone(UTC))]
"""A moment with a time zone, kept in UTC."""


class Event(Value):
    """One fact about what happened to a subject, not yet in the log; `actor` is the person or program that did it."""

    at: Instant
    kind: EventKind
    subject: str = Field(min_length=1, description="Id of the decision, task, rule or setting that it happened to.")
    actor: str = Field(min_length=1, description="Who did it.")
    payload: Mapping[str, JsonValue] = Field(default_factory=dict)


class AuditEvent(Event):
    """An Event with its number in the log, from 1 without gaps."""

    seq: int = Field(ge=1)


class Head(Value):
    """The state of a log after `seq` events: the hash over all of them. Kept elsewhere, it proves that none was cut."""

    seq: int = Field(ge=0)
    hash: Sha256


HEAD_PATTERN: Final = "^[0-9]{1,18}:[0-9a-f]{64}$"
"""How a head is written on the command line and in an address: SEQ:HASH."""

GENESIS: Final = Head(seq=0, hash=sha256(b"toulmin audit genesis v1").hexdigest())
"""The head of a log in which nothing has happened."""


def read_head(written: str) -> Head:
    """Read a head that was kept as SEQ:HASH; InvalidInputError when it is none."""
    if re.fullmatch(HEAD_PATTERN, written) is None:
        raise InvalidInputError(
            "expect: expected SEQ:HASH, the number of an event and 64 hex digits; copy it from `toulmin audit verify`."
        )
    seq, _, digest = written.partition(":")
    return Head(seq=int(seq), hash=digest)


@dataclass(frozen=True, slots=True)
class Link:
    """One event as it is stored: its number, its canonical bytes, and the hash of the chain up to it (hex)."""

    seq: int
    body: bytes
    hash: str

    def event(self) -> AuditEvent:
        """Parse the bytes; ValueError when they are no event."""
        return AuditEvent.model_validate_json(self.body)


Fault = Literal[
    "changed",
    "removed",
    "reordered",
    "duplicated",
    "inserted",
    "truncated",
    "other_history",
    "decision_changed",
    "decision_missing",
    "decision_unrecorded",
    "task_changed",
    "task_missing",
    "task_unrecorded",
    "confirmation_changed",
    "confirmation_missing",
    "confirmation_unrecorded",
    "text_changed",
    "text_missing",
]
"""What can be wrong with a log, with the decisions, tasks and confirmations it vouches for, or with what they cite."""


class Verification(Value):
    """Whether a log is whole; if not, the first fault, the event where it shows, and what it means."""

    intact: bool
    checked: int
    head: Head
    fault: Fault | None = None
    seq: int | None = None
    subject: str | None = None
    message: str


def event_bytes(event: AuditEvent) -> bytes:
    """Serialise an event in the one way that is hashed and stored."""
    return canonical(cast("JsonValue", event.model_dump(mode="json")))


def chain(previous: str, body: bytes) -> str:
    """Hash of the log (hex) after an event: SHA-256 over a domain separator, the hash before it, and its bytes."""
    return sha256(_SEPARATOR + bytes.fromhex(previous) + body).hexdigest()


def link(head: Head, event: Event) -> Link:
    """Give an event the next number and bind it to everything before it."""
    numbered = AuditEvent(seq=head.seq + 1, **event.model_dump())
    body = event_bytes(numbered)
    return Link(numbered.seq, body, chain(head.hash, body))


def verify(links: Sequence[Link], *, after: Head = GENESIS, expected: Head | None = None) -> Verification:
    """Check the links that follow `after`, and say where the first fault is.

    Events cut off at the end, or a log that was written anew as a whole, show only against an `expected` head that was
    kept elsewhere.
    """
    head = after
    if expected is not None and expected.seq == head.seq and expected.hash != head.hash:
        return _other_history(head)
    for position, current in enumerate(links):
        if not _follows(head, current):
            return _fault(head, links, position)
        head = Head(seq=current.seq, hash=current.hash)
        if expected is not None and expected.seq == head.seq and expected.hash != head.hash:
            return _other_history(head)
    if expected is not None and expected.seq > head.seq:
        return found(
            "truncated", head, head.seq + 1, f"the log ends after event {head.seq}; {expected.seq} events were known"
        )
    return Verification(intact=True, checked=head.seq, head=head, message=f"{head.seq} events, every hash is right")


def found(fault: Fault, head: Head, seq: int | None, message: str, subject: str | None = None) -> Verification:
    """Report a fault: up to `head` all is well, at `seq` it shows."""
    return Verification(
        intact=False, checked=head.seq, head=head, fault=fault, seq=seq, subject=subject, message=message
    )


_SEPARATOR: Final = b"toulmin audit event v1\x00"


def _other_history(head: Head) -> Verification:
    return found("other_history", head, head.seq, "the log is whole but is not the one whose head was kept")


def _follows(head: Head, current: Link) -> bool:
    if current.seq != head.seq + 1 or current.hash != chain(head.hash, current.body):
        return False
    try:
        return current.event().seq == current.seq
    except ValidationError:
        return False


def _fault(head: Head, links: Sequence[Link], position: int) -> Verification:
    current, rest = links[position], links[position + 1 :]
    expected = head.seq + 1
    if current.seq == expected:
        if any(_follows(head, later) for later in rest):
            return found("inserted", head, expected, f"an event that was never recorded stands before event {expected}")
        return found("changed", head, expected, f"event {expected} is not what was recorded")
    if current.seq > expected:
        if any(_follows(head, later) for later in rest):
            return found("reordered", head, expected, f"event {current.seq} stands where event {expected} belongs")
        return found("removed", head, expected, f"event {expected} is missing")
    if current in links[:position]:
        return found("duplicated", head, current.seq, f"event {current.seq} stands there twice")
    return found(
        "inserted", head, current.seq, f"a second event {current.seq}, never recorded, follows event {head.seq}"
    )
