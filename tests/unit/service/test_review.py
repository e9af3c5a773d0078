"""What reviewers may do with a task, in which state, with which token."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import get_args

import pytest

from service.errors import ConflictError, InvalidInputError
from service.records import ReleasedDecision, content_hash
from service.review import LEASE, ClaimTask, GiveBack, Resolve, ReviewTask, VerdictKind, advance, task_for, task_hash

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


@pytest.fixture
def task(decision: ReleasedDecision) -> ReviewTask:
    """Give a queued task."""
    made = task_for(decision, NOON, due_in=timedelta(days=2))
    assert made is not None
    return made


@pytest.fixture
def resolve(task: ReviewTask) -> Resolve:
    """Give a sound verdict of the first claimer."""
    return Resolve(reviewer="ada", token=1, decision_hash=task.decision_hash, verdict="uphold")


def test_a_task_is_bound_to_the_decision(decision: ReleasedDecision, task: ReviewTask) -> None:
    assert (task.id, task.decision_hash) == (decision.review.task_id, content_hash(decision))
    assert (task.status, task.reasons, task.levels) == ("queued", ("high_amount",), ("agent",))
    assert task.due_at == NOON + timedelta(days=2)


def test_a_decision_that_asks_for_no_review_makes_no_task(decision: ReleasedDecision) -> None:
    review = decision.review.model_copy(update={"required": False, "task_id": None})
    assert task_for(decision.model_copy(update={"review": review}), NOON) is None


def test_a_claim_gives_a_token_and_a_lease(task: ReviewTask) -> None:
    claimed = advance(task, ClaimTask("ada"), NOON)
    assert (claimed.status, claimed.assignee, claimed.token) == ("claimed", "ada", 1)
    assert claimed.lease_until == NOON + LEASE
    assert (task.status, task.token) == ("queued", 0)


def test_a_held_task_is_not_given_to_another(task: ReviewTask) -> None:
    claimed = advance(task, ClaimTask("ada"), NOON)
    with pytest.raises(ConflictError, match="held by ada"):
        advance(claimed, ClaimTask("bob"), NOON + LEASE - timedelta(seconds=1))


def test_after_the_lease_another_may_claim_and_the_old_token_is_void(task: ReviewTask, resolve: Resolve) -> None:
    taken = advance(advance(task, ClaimTask("ada"), NOON), ClaimTask("bob"), NOON + LEASE)
    assert (taken.assignee, taken.token) == ("bob", 2)
    with pytest.raises(ConflictError, match="not held by ada with token 1"):
        advance(taken, resolve, NOON + LEASE)


def test_claiming_again_voids_the_own_older_token(task: ReviewTask, resolve: Resolve) -> None:
    claimed = advance(advance(task, ClaimTask("ada"), NOON), ClaimTask("ada"), NOON)
    with pytest.raises(ConflictError):
        advance(claimed, resolve, NOON)
    assert advance(claimed, replace(resolve, token=2), NOON).status == "resolved"


def test_claiming_again_gives_the_holder_more_time(task: ReviewTask) -> None:
    later = NOON + timedelta(minutes=20)
    claimed = advance(advance(task, ClaimTask("ada"), NOON), ClaimTask("ada"), later)
    assert (claimed.token, claimed.lease_until) == (2, later + LEASE)


def test_each_step_gives_the_task_another_hash(task: ReviewTask, resolve: Resolve) -> None:
    claimed = advance(task, ClaimTask("ada"), NOON)
    resolved = advance(claimed, resolve, NOON)
    forged = resolved.model_copy(update={"summary": "Nothing is due."})
    assert len({task_hash(one) for one in (task, claimed, resolved, forged)}) == 4
    assert task_hash(resolved) == task_hash(ReviewTask.model_validate_json(resolved.model_dump_json()))


def test_a_task_given_back_is_queued_again(task: ReviewTask) -> None:
    back = advance(advance(task, ClaimTask("ada"), NOON), GiveBack("ada", 1), NOON)
    assert (back.status, back.assignee, back.lease_until, back.token) == ("queued", None, None, 1)
    assert advance(back, ClaimTask("bob"), NOON).token == 2


def test_a_verdict_resolves_for_good(task: ReviewTask, resolve: Resolve) -> None:
    resolved = advance(advance(task, ClaimTask("ada"), NOON), resolve, NOON)
    assert resolved.verdict is not None
    assert (resolved.status, resolved.verdict.kind, resolved.verdict.reviewer) == ("resolved", "uphold", "ada")
    for action in (resolve, ClaimTask("bob"), GiveBack("ada", 1)):
        with pytest.raises(ConflictError, match="final"):
            advance(resolved, action, NOON)


@pytest.mark.parametrize("change", [{"token": 2}, {"token": 0}, {"reviewer": "bob"}, {"decision_hash": "0" * 64}])
def test_a_stale_verdict_is_refused(task: ReviewTask, resolve: Resolve, change: dict[str, object]) -> None:
    claimed = advance(task, ClaimTask("ada"), NOON)
    with pytest.raises(ConflictError):
        advance(claimed, replace(resolve, **change), NOON)  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(
    ("verdict", "justification"), list(product(get_args(VerdictKind), (None, " ", "The amount is right.")))
)
def test_only_upholding_needs_no_justification(
    task: ReviewTask, resolve: Resolve, verdict: VerdictKind, justification: str | None
) -> None:
    claimed = advance(task, ClaimTask("ada"), NOON)
    amended = {"outcome": "due"} if verdict == "amend" else None
    action = replace(resolve, verdict=verdict, justification=justification, amended=amended)
    if verdict == "uphold" or justification == "The amount is right.":
        assert advance(claimed, action, NOON).status == "resolved"
    else:
        with pytest.raises(InvalidInputError, match="justification"):
            advance(claimed, action, NOON)


def test_an_amendment_comes_with_the_answer_and_only_it(task: ReviewTask, resolve: Resolve) -> None:
    claimed = advance(task, ClaimTask("ada"), NOON)
    for action in (
        replace(resolve, verdict="amend", justification="Too low."),
        replace(resolve, amended={"outcome": "due"}),
    ):
        with pytest.raises(InvalidInputError, match="amended"):
            advance(claimed, action, NOON)


def test_a_task_that_nobody_holds_cannot_be_resolved(task: ReviewTask, resolve: Resolve) -> None:
    for action in (resolve, replace(resolve, token=0), GiveBack("ada", 0)):
        with pytest.raises(ConflictError):
            advance(task, action, NOON)


def test_a_claim_names_its_reviewer(task: ReviewTask) -> None:
    with pytest.raises(InvalidInputError, match="reviewer"):
        advance(task, ClaimTask(""), NOON)
