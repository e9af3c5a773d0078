"""A released decision to work with."""

from datetime import date

import pytest

from explain.explanation import Argument, Explanation
from service.records import (
    Citation,
    CitedClaim,
    ConfidenceJson,
    PolicyCheck,
    ReleasedDecision,
    ReviewJson,
    ReviewReason,
)


@pytest.fixture
def decision() -> ReleasedDecision:
    """Give a small decision with one citation, one check and a review."""
    return ReleasedDecision(
        decision_id="dec_01K00000000000000000000001",
        domain="passenger_rights",
        status="decided",
        summary="EUR 400 are due.",
        answer={"outcome": "due", "amount": {"value": "400", "currency": "EUR"}, "share": 0.5},
        claims=(CitedClaim(text="EUR 400 are due.", citations=(1,)),),
        citations=(
            Citation(
                n=1,
                revision_id="policy@1",
                document="Disruption policy",
                clause="4.2",
                page=None,
                char_start=0,
                char_end=11,
                quote="EUR 400 for",
                sha256="a" * 64,
                url=None,
            ),
        ),
        assumptions=(),
        missing_facts=(),
        policy_checks=(
            PolicyCheck(
                rule_id="PR-1",
                title="Distance band",
                kind="conclusion",
                result="pass",
                clause="policy#4.2",
                citation=1,
                because="1,870 km is more than 1,500 km",
                facts_used={"distance_km": "1870"},
                owner="legal",
                effective_from=date(2005, 2, 17),
                stale=False,
            ),
        ),
        counter_evidence=(),
        counterfactuals=(),
        confidence=ConfidenceJson(
            value=None, band="high", method="fact_certainty", calibrated_on=None, n=None, reliability={}
        ),
        review=ReviewJson(
            required=True,
            reasons=(ReviewReason(code="high_amount", level="agent", message="Above the desk limit."),),
            task_id="task_01K00000000000000000000001",
        ),
        explanation=Explanation(
            summary="EUR 400 are due.",
            reasons=(),
            trace=(),
            narration="EUR 400 are due.",
            argument=Argument(
                claim="EUR 400 are due.", grounds=(), warrant=(), backing=(), qualifier="high", rebuttal=()
            ),
        ),
        mode="no_llm",
        generation=1,
        as_of=date(2026, 6, 1),
        case={},
        versions={"pack": "1"},
        trace_id="0" * 32,
        timings_ms={"decision": 1.5},
    )
