"""Confidence: it is only ever lowered, each time with the reason, and never made up."""

from dataclasses import replace

import pytest

from decision.decision import ClauseRef, Decision, Qualifier
from explain.citations import Unresolved
from explain.confidence import confidence
from retrieval.query import Mode


@pytest.fixture
def certain(decision: Decision) -> Decision:
    qualifier = Qualifier(
        method="conformal_interval",
        value=0.8,
        band="high",
        calibrated_on="2014-11 to 2015-02",
        n=900,
        reliability={"coverage_80": 0.803},
    )
    return replace(decision, qualifier=qualifier, assumptions=())


def test_what_was_measured_is_passed_on_unchanged(certain: Decision) -> None:
    found = confidence(certain, "full")
    assert (found.value, found.band, found.n, found.notes) == (0.8, "high", 900, ())
    assert found.reliability == {"coverage_80": 0.803}


def test_no_number_is_made_up(decision: Decision) -> None:
    assert confidence(decision, "full").value is None


@pytest.mark.parametrize(
    ("mode", "band", "value"),
    [
        ("no_rerank", "medium", 0.8),
        ("lexical_only", "medium", 0.8),
        ("no_llm", "medium", 0.8),
        ("abstain", "low", None),
    ],
)
def test_every_degraded_mode_caps(certain: Decision, mode: Mode, band: str, value: float | None) -> None:
    found = confidence(certain, mode)
    assert (found.band, found.value) == (band, value)
    assert len(found.notes) == 1


def test_a_probability_measured_in_full_mode_does_not_stand_for_another(certain: Decision) -> None:
    supported = replace(certain, qualifier=Qualifier(method="evidence_support", value=0.9, band="high"))
    assert confidence(supported, "full").value == 0.9
    assert confidence(supported, "lexical_only").value is None


def test_an_assumption_that_decides_caps_and_is_named(decision: Decision) -> None:
    found = confidence(decision, "full")
    assert found.band == "medium"
    assert found.notes[0] == "All facts were given."
    assert "confirmed_reservation" in found.notes[1]


def test_stale_rules_and_missing_quotes_cap_low(certain: Decision) -> None:
    first, *rest = certain.outcomes
    stale = replace(certain, outcomes=(replace(first, stale=True), *rest))
    assert confidence(stale, "full").band == "low"
    assert "EU-DUE" in confidence(stale, "full").notes[0]
    gone = Unresolved(reference=ClauseRef(document_id="policy", key="6.9"), reason="not there")
    assert confidence(certain, "full", [gone]).band == "low"
    assert "policy#6.9" in confidence(certain, "full", [gone]).notes[0]


def test_a_low_band_is_not_raised_by_a_cap(certain: Decision) -> None:
    low = replace(certain, qualifier=Qualifier(method="fact_certainty", band="low"))
    assert confidence(low, "lexical_only").band == "low"


def test_without_an_outcome_there_is_no_value(certain: Decision) -> None:
    assert confidence(replace(certain, status="abstained"), "full").value is None
    assert confidence(replace(certain, status="needs_facts"), "full").band == "low"


def test_what_was_left_open_caps_at_medium_and_is_named(certain: Decision) -> None:
    part = replace(certain, stands={"refund": None, "hotel": "due"})
    assert confidence(part, "full").band == "medium"
    assert confidence(part, "full").notes[-1] == "Part of it could not be determined: refund."
    assert confidence(replace(part, stands={"refund": "due"}), "full").band == "high"
