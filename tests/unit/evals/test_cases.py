"""How a decision is compared with its label, and how comparisons are summed up."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

import pytest
from pydantic import JsonValue

from evals.cases import EvalCase, Expected, Score, facts_of, score, summary
from explain.explanation import Argument, Explanation
from service.records import (
    ConfidenceJson,
    PolicyCheck,
    ReleasedDecision,
    ReviewJson,
)

CLAUSE = "airline-disruption-policy#6.1"


def labelled(*, eligible: bool = True, strict: bool = True, clauses: tuple[str, ...] = ()) -> EvalCase:
    """Make a case that expects 250 EUR under EU261, or nothing."""
    expected = Expected(regime="EU261", eligible=eligible, amount=Decimal(250 if eligible else 0), currency="EUR")
    return EvalCase(
        case_id="c", pack="passenger_rights", facts={}, expected=expected, strict=strict, policy_clauses=clauses
    )


def decided(*, eligible: bool | None, value: str | None = None, review: bool = False) -> ReleasedDecision:
    """Make a decision with one conclusion, as it is released; `value` is in EUR for each of two passengers."""
    amount: JsonValue = None
    if value is not None:
        amount = {"value": str(2 * Decimal(value)), "currency": "EUR", "per_passenger": value, "n": 2}
    answer: Mapping[str, JsonValue] = {"regime": "EU261", "eligible": eligible, "compensation": amount}
    return ReleasedDecision(
        decision_id="dec_" + "0" * 26,
        domain="passenger_rights",
        status="decided",
        summary="",
        answer=answer,
        claims=(),
        citations=(),
        assumptions=(),
        missing_facts=(),
        policy_checks=(
            PolicyCheck(
                rule_id="R",
                title="",
                kind="conclusion",
                result="pass",
                clause=CLAUSE,
                citation=None,
                because="",
                facts_used={},
                owner="legal",
                effective_from=date(2005, 2, 17),
                stale=False,
            ),
        ),
        counter_evidence=(),
        counterfactuals=(),
        confidence=ConfidenceJson(value=None, band="high", method="m", calibrated_on=None, n=None, reliability={}),
        review=ReviewJson(required=review, reasons=(), task_id=None),
        explanation=Explanation(
            summary="",
            reasons=(),
            trace=(),
            narration="",
            argument=Argument(claim="", grounds=(), warrant=(), backing=(), qualifier="", rebuttal=()),
        ),
        mode="full",
        generation=1,
        as_of=date(2026, 6, 1),
        case={},
        versions={},
        trace_id="t",
        timings_ms={},
    )


def test_the_right_amount_is_right() -> None:
    found = score(labelled(), decided(eligible=True, value="250.00"))
    assert (found.decision, found.right, found.amount_right, found.correct) == ("allow", True, True, True)


def test_another_amount_is_a_right_decision_with_a_wrong_amount() -> None:
    found = score(labelled(), decided(eligible=True, value="400"))
    assert (found.right, found.amount_right, found.correct) == (True, False, False)


def test_what_is_not_known_is_neither_allowed_nor_denied() -> None:
    for eligible in (True, False):
        found = score(labelled(eligible=eligible), decided(eligible=None))
        assert (found.decision, found.correct) == ("undecided", False)


def test_a_label_that_allows_it_is_met_by_review_only() -> None:
    assert score(labelled(strict=False), decided(eligible=None, review=True)).correct
    assert not score(labelled(strict=False), decided(eligible=None)).correct
    assert not score(labelled(strict=True), decided(eligible=None, review=True)).correct


def test_granting_what_should_be_denied_is_counted_apart() -> None:
    scores = [
        score(labelled(eligible=False), decided(eligible=True, value="250", review=True)),
        score(labelled(eligible=False), decided(eligible=False)),
        score(labelled(), decided(eligible=True, value="250")),
    ]
    figures = summary(scores)
    assert (figures["n"], figures["wrong_allow"]) == (3, 1)
    assert figures["decision_accuracy"] == pytest.approx(2 / 3)
    assert figures["amount_exact"] == 1.0
    assert figures["review_rate"] == pytest.approx(1 / 3)


def test_clauses_are_measured_where_they_are_labelled() -> None:
    scores = [score(labelled(clauses=(CLAUSE, "another#1")), decided(eligible=True, value="250"))]
    figures = summary(scores)
    assert (figures["clause_precision"], figures["clause_recall"]) == (1.0, 0.5)


def test_nothing_measured_is_not_zero() -> None:
    scores: list[Score] = [score(labelled(), decided(eligible=False))]
    figures = summary(scores)
    assert (figures["clause_precision"], figures["clause_recall"], figures["amount_exact"]) == (None, None, None)


def test_the_wgs84_distance_is_the_one_that_counts() -> None:
    case = labelled().model_copy(update={"facts": {"distance": {"sphere_km": 1.0, "wgs84_km": 2.0}, "event": "delay"}})
    assert facts_of(case) == {"event": "delay", "distance_km": 2.0}
