"""Databases that the stores are tried on, and decisions to keep in them."""

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest

from explain.explanation import Argument, Explanation
from service.ports import Recording
from service.records import ConfidenceJson, ReleasedDecision, ReviewJson, ReviewReason, sortable_id
from service.review import task_for

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)

MakeRecording = Callable[[int], Recording]
"""Makes the recording of the decision with this number."""


@pytest.fixture
def make_recording() -> MakeRecording:
    """Give what makes recordings without a review."""
    return lambda number: _recording(number, review=False)


@pytest.fixture
def make_reviewed() -> MakeRecording:
    """Give what makes recordings with a review."""
    return lambda number: _recording(number, review=True)


def _recording(number: int, *, review: bool) -> Recording:
    decision_id = sortable_id("dec", NOON, number.to_bytes(10))
    task_id = sortable_id("task", NOON, number.to_bytes(10)) if review else None
    reason = ReviewReason(code="high_amount", level="agent", message="Above the desk limit.")
    released = ReleasedDecision(
        decision_id=decision_id,
        domain="passenger_rights" if number % 2 else "policy",
        status="decided",
        summary=f"EUR {number} are due.",
        answer={"outcome": "due", "amount": {"value": str(number), "currency": "EUR"}},
        claims=(),
        citations=(),
        assumptions=(),
        missing_facts=(),
        policy_checks=(),
        counter_evidence=(),
        counterfactuals=(),
        confidence=ConfidenceJson(value=0.9, band="high", method="m", calibrated_on="x", n=9, reliability={"ece": 0.1}),
        review=ReviewJson(required=review, reasons=(reason,) if review else (), task_id=task_id),
        explanation=Explanation(
            summary="Due.",
            reasons=(),
            trace=(),
            narration="Due.",
            argument=Argument(claim="Due.", grounds=(), warrant=(), backing=(), qualifier="high", rebuttal=()),
        ),
        mode="no_llm",
        generation=1,
        as_of=date(2026, 6, 1),
        case={},
        versions={},
        trace_id="t",
        timings_ms={},
    )
    return Recording(
        released=released, case={"number": str(number)}, actor="test", at=NOON, task=task_for(released, NOON)
    )
