"""Turns what reviewers do into the next state of a ReviewTask: pure, so that every order of events can be tested."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final, Literal, assert_never, cast

from pydantic import Field, JsonValue

from decision.decision import ReviewLevel
from retrieval.corpus import DEFAULT_TENANT, Value
from service.audit import EventKind, Instant
from service.errors import ConflictError, InvalidInputError
from service.records import DecisionId, ReleasedDecision, Sha256, TaskId, canonical, content_hash

TaskStatus = Literal["queued", "claimed", "resolved"]
VerdictKind = Literal["uphold", "amend", "overturn", "return", "escalate"]

DEFAULT_QUEUE: Final = "review"
LEASE: Final = timedelta(minutes=30)
"""How long a claim lasts; after that anybody may take the task, and its holder may claim it again before."""


class Verdict(Value):
    """What a person decided about a decision; the original stays as it is."""

    kind: VerdictKind
    reason_code: str | None = None
    justification: str | None = None
    amended: Mapping[str, JsonValue] | None = None
    reviewer: str
    at: Instant


class ReviewTask(Value):
    """A Decision that waits for a person, bound to the decision's content hash.

    `token` rises with every claim: whoever acts with an older one has lost the task in the meantime.
    """

    id: TaskId
    queue: str = DEFAULT_QUEUE
    tenant: str = DEFAULT_TENANT
    decision_id: DecisionId
    decision_hash: Sha256
    domain: str
    summary: str
    levels: tuple[ReviewLevel, ...]
    reasons: tuple[str, ...]
    created_at: Instant
    due_at: Instant | None = None
    status: TaskStatus = "queued"
    assignee: str | None = None
    token: int = Field(default=0, ge=0)
    lease_until: Instant | None = None
    verdict: Verdict | None = None


@dataclass(frozen=True, slots=True)
class ClaimTask:
    """A reviewer takes the task for a limited time."""

    reviewer: str
    lease: timedelta = LEASE


@dataclass(frozen=True, slots=True)
class GiveBack:
    """The holder lets go of the task without a verdict."""

    reviewer: str
    token: int


@dataclass(frozen=True, slots=True)
class Resolve:
    """The holder gives a verdict on the decision with this hash."""

    reviewer: str
    token: int
    decision_hash: str
    verdict: VerdictKind
    reason_code: str | None = None
    justification: str | None = None
    amended: Mapping[str, JsonValue] | None = None


Action = ClaimTask | GiveBack | Resolve
"""What a reviewer can do with a task."""

EVENT_OF: Final[Mapping[type[Action], EventKind]] = {
    ClaimTask: "review_claimed",
    GiveBack: "review_released",
    Resolve: "review_resolved",
}
"""The audit event of each action."""


def task_for(
    released: ReleasedDecision, at: datetime, *, tenant: str = DEFAULT_TENANT, due_in: timedelta | None = None
) -> ReviewTask | None:
    """Make the task that a decision asks for by `review.task_id`; None when it asks for none."""
    if released.review.task_id is None:
        return None
    return ReviewTask(
        id=released.review.task_id,
        tenant=tenant,
        decision_id=released.decision_id,
        decision_hash=content_hash(released),
        domain=released.domain,
        summary=released.summary,
        levels=tuple(dict.fromkeys(reason.level for reason in released.review.reasons)),
        reasons=tuple(dict.fromkeys(reason.code for reason in released.review.reasons)),
        created_at=at,
        due_at=None if due_in is None else at + due_in,
    )


def task_bytes(task: ReviewTask) -> bytes:
    """Serialise a task in the one way that is hashed and stored; InvalidInputError if an amendment has no such form."""
    return canonical(cast("JsonValue", task.model_dump(mode="json")))


def task_hash(task: ReviewTask) -> str:
    """SHA-256 (hex) of `task_bytes`; each review event has that of the task after its step."""
    return sha256(task_bytes(task)).hexdigest()


def advance(task: ReviewTask, action: Action, at: datetime) -> ReviewTask:
    """Do what a reviewer asks at an instant.

    Raises ConflictError when the task is resolved, held by another person, or was claimed again since the token was
    given out, and when the decision hash is not the task's; InvalidInputError when a verdict lacks its justification.
    """
    if task.status == "resolved":
        raise ConflictError(f"Review task {task.id} is resolved; a verdict is final.")
    match action:
        case ClaimTask(reviewer, lease):
            return _claimed(task, reviewer, at, lease)
        case GiveBack(reviewer, token):
            _require_hold(task, reviewer, token)
            return _changed(task, status="queued", assignee=None, lease_until=None)
        case Resolve(reviewer, token):
            _require_hold(task, reviewer, token)
            _require_sound(task, action)
            return _changed(task, status="resolved", lease_until=None, verdict=_verdict(action, at))
        case _:
            assert_never(action)


def _claimed(task: ReviewTask, reviewer: str, at: datetime, lease: timedelta) -> ReviewTask:
    if not reviewer:
        raise InvalidInputError("reviewer: expected the name of who claims the task; send one.")
    held = task.status == "claimed" and task.lease_until is not None and at < task.lease_until
    if held and task.assignee != reviewer:
        raise ConflictError(
            f"Review task {task.id} is held by {task.assignee} until {task.lease_until}; take another or wait."
        )
    return _changed(task, status="claimed", assignee=reviewer, token=task.token + 1, lease_until=at + lease)


def _require_hold(task: ReviewTask, reviewer: str, token: int) -> None:
    if task.status != "claimed" or task.token != token or task.assignee != reviewer:
        raise ConflictError(
            f"Review task {task.id} is not held by {reviewer} with token {token}; claim it and use the new token."
        )


def _require_sound(task: ReviewTask, action: Resolve) -> None:
    if action.decision_hash != task.decision_hash:
        raise ConflictError(
            f"decision_hash: the verdict is about {action.decision_hash}, the task about {task.decision_hash}; "
            "read the decision again."
        )
    if action.verdict != "uphold" and not (action.justification or "").strip():
        raise InvalidInputError(f"justification: needed for the verdict {action.verdict}; say why in a sentence.")
    if (action.verdict == "amend") != (action.amended is not None):
        raise InvalidInputError("amended: send the amended answer with the verdict amend, and only then.")


def _verdict(action: Resolve, at: datetime) -> Verdict:
    return Verdict(
        kind=action.verdict,
        reason_code=action.reason_code,
        justification=action.justification,
        amended=action.amended,
        reviewer=action.reviewer,
        at=at,
    )


def _changed(task: ReviewTask, **changes: object) -> ReviewTask:
    return ReviewTask.model_validate({**dict(task), **changes})
