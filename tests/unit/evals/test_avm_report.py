"""The report on the quality-control factors: what was recorded, what was measured, and what is lacking."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime

import pytest
from pydantic import JsonValue

from decision.packs.real_estate.quality import Flag
from evals.avm.factors import Basis, avm_report
from evals.avm.page import avm_page
from evals.avm.recorded import SAMPLE_SHARE, random_sample, repeated_runs
from explain.explanation import Argument, Explanation
from service.records import CaseFact, ConfidenceJson, ReleasedDecision, ReviewJson
from service.review import ReviewTask, Verdict

ROW: dict[str, JsonValue] = {"n": 40, "mdape": 8.0, "median_ratio": 1.0, "cod": 11.0}
FIGURES: dict[str, JsonValue] = {
    "n": 400,
    "mdape": 7.5,
    "cod": 11.0,
    "prd": 1.01,
    "prb": -0.02,
    "median_ratio": 0.99,
    "coverage_80": 80.5,
    "coverage_90": 90.1,
    "mean_width_80": 34.0,
    "mean_width_90": 45.0,
    "areas": {"98101": ROW},
    "price_deciles": [ROW],
    "config": {"sales": "s.csv", "test_from": "2014-11-01", "test_to": "2015-02-28", "sha256": {"s.csv": "ab"}},
}
FLAGS = (Flag("kc:1", "typo", "bedrooms 33", "4 times what is implied", "set aside"),)


def valued(number: int, value: str, /, *, review: bool = False, **facts: JsonValue) -> ReleasedDecision:
    """Record a valuation of a house under contract for 420,000."""
    case = {"address": "1 Elm Street", "contract_price": "USD 420,000", "living_area": "1800", **facts}
    return ReleasedDecision(
        decision_id=f"dec_{number:026}",
        domain="real_estate",
        status="decided",
        summary="",
        answer={"outcome": value},
        claims=(),
        citations=(),
        assumptions=(),
        missing_facts=(),
        policy_checks=(),
        counter_evidence=(),
        counterfactuals=(),
        confidence=ConfidenceJson(value=None, band="low", method="none", calibrated_on=None, n=None, reliability={}),
        review=ReviewJson(required=review, reasons=(), task_id=None),
        explanation=Explanation(
            summary="",
            reasons=(),
            trace=(),
            narration="",
            argument=Argument(claim="", grounds=(), warrant=(), backing=(), qualifier="", rebuttal=()),
        ),
        mode="no_llm",
        generation=3,
        as_of=date(2015, 1, 1),
        case={name: CaseFact(value=fact, provenance="given") for name, fact in case.items()},
        versions={},
        trace_id="0" * 32,
        timings_ms={},
    )


def pushed() -> list[ReleasedDecision]:
    """Value one house again and again with a better condition, until it is worth what was wanted; latest first."""
    steps = (("380000", "4"), ("395000", "5"), ("405000", "6"), ("418500", "8"))
    return [valued(at, value, condition=condition) for at, (value, condition) in enumerate(steps)][::-1]


def test_runs_that_drift_to_the_contract_price_are_found() -> None:
    (series,) = repeated_runs(pushed())
    assert series.direction == "toward"
    assert series.figures() | {"decisions": []} == {
        "property": "1 elm street",
        "target": "contract_price",
        "amount": "420000",
        "runs": 4,
        "first_value": "380000",
        "last_value": "418500",
        "first_gap": -0.0952,
        "last_gap": -0.0036,
        "direction": "toward",
        "changed_facts": {"condition": 3},
        "decisions": [],
    }


@pytest.mark.parametrize(
    "runs",
    [
        [valued(1, "380000", condition="4"), valued(2, "415000", condition="8")],
        [valued(at, value) for at, value in enumerate(("380000", "400000", "418000"))],
        [valued(at, "400000", address=f"{at} Elm Street", condition=str(at)) for at in range(5)],
        [valued(at, "400000", contract_price=f"USD 42{at},000", condition=str(at)) for at in range(5)],
        [valued(at, "400000", address=None, condition=str(at)) for at in range(5)],
    ],
    ids=["twice only", "same facts", "other houses", "other prices", "nobody knows which house"],
)
def test_ordinary_runs_are_no_series(runs: Sequence[ReleasedDecision]) -> None:
    assert repeated_runs(runs) == ()


@pytest.mark.parametrize(
    ("values", "direction"),
    [(("380000", "400000", "385000"), "neither"), (("415000", "400000", "380000"), "away")],
)
def test_a_series_that_leads_elsewhere_is_listed_as_that(values: Sequence[str], direction: str) -> None:
    (series,) = repeated_runs([valued(at, value, condition=str(at)) for at, value in enumerate(values)])
    assert series.direction == direction


def test_the_sample_is_the_same_for_everybody_and_leaves_out_what_was_escalated() -> None:
    decisions = [valued(at, "400000", review=at % 2 == 0) for at in range(2000)]
    sample = random_sample(decisions, (), "a seed")
    assert sample.eligible == 1000
    assert 0.6 * SAMPLE_SHARE < len(sample.drawn) / 1000 < 1.4 * SAMPLE_SHARE
    assert random_sample(decisions[::-1], (), "a seed").drawn == sample.drawn[::-1]
    assert random_sample(decisions, (), "another").drawn != sample.drawn
    even = {one.decision_id for one in decisions if one.review.required}
    assert not even & set(sample.drawn)


def test_verdicts_of_the_sample_are_counted() -> None:
    decisions = [valued(at, "400000") for at in range(200)]
    drawn = random_sample(decisions, (), "s").drawn
    at = datetime(2015, 2, 1, tzinfo=UTC)
    task = ReviewTask(
        id=f"task_{1:026}",
        decision_id=drawn[0],
        decision_hash="a" * 64,
        domain="real_estate",
        summary="",
        levels=(),
        reasons=(),
        created_at=at,
        verdict=Verdict(kind="uphold", reviewer="ada", at=at),
    )
    found = random_sample(decisions, (task,), "s").figures()
    assert (found["drawn"], found["reviewed"], found["verdicts"]) == (len(drawn), 1, {"uphold": 1})


def standings(basis: Basis) -> Mapping[str, JsonValue]:
    """Give how each factor stands."""
    factors = avm_report(basis)["factors"]
    assert isinstance(factors, dict)
    return {name: section["standing"] for name, section in factors.items() if isinstance(section, dict)}


def test_nothing_measured_and_nothing_recorded_is_no_evidence() -> None:
    for decisions in (None, ()):
        found = standings(Basis(None, (), (), decisions, (), "s"))
        assert set(found.values()) == {"not_shown"}
        assert len(found) == 5


def test_evidence_in_order_and_evidence_that_calls_for_a_person() -> None:
    assert standings(Basis(FIGURES, FLAGS, ("living_area",), pushed(), (), "s")) == {
        "confidence": "shown",
        "data_integrity": "shown",
        "independence": "attention",
        "random_sample": "not_shown",
        "nondiscrimination": "shown",
    }
    off: dict[str, JsonValue] = {**FIGURES, "coverage_80": 71.0, "areas": {"98101": {**ROW, "median_ratio": 1.3}}}
    found = standings(Basis(off, FLAGS, ("living_area", "Religion"), None, (), "s"))
    assert (found["confidence"], found["nondiscrimination"]) == ("attention", "attention")
    lacking = {name: value for name, value in FIGURES.items() if name != "coverage_90"}
    assert standings(Basis(lacking, (), (), None, (), "s"))["confidence"] == "attention"


def test_the_page_shows_all_and_runs_nothing() -> None:
    hostile = Flag("<script>alert(1)</script>", "typo", "x", "y", "z")
    page = avm_page(avm_report(Basis(FIGURES, (hostile,), ("living_area",), pushed(), (), "s")))
    assert "Avoidance of conflicts of interest" in page
    assert "1 elm street" in page
    assert "<script" not in page
    assert "http" not in page.replace("http-equiv", "")
