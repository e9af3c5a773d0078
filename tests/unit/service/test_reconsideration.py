"""Corrections against an earlier decision, as a new request and as what changed."""

from datetime import date

import pytest
from pydantic import JsonValue, ValidationError

from decision.decision import ReviewLevel
from decision.facts import InvalidCaseError
from decision.packs.passenger_rights import PACK as RIGHTS
from decision.packs.real_estate import PACK as HOMES
from service.changes import changes_between
from service.errors import ConflictError, InvalidFieldsError
from service.flow import DecisionRequest
from service.reconsideration import Reconsideration, reconsidered
from service.records import CaseFact, ReleasedDecision, ReviewReason, decision_bytes

CASE: dict[str, JsonValue] = {"living_area": 1804, "bedrooms": 3, "condition": 5}
SENT = DecisionRequest(domain="real_estate", case=CASE, question="What is it worth?")


@pytest.fixture
def earlier(decision: ReleasedDecision) -> ReleasedDecision:
    return decision.model_copy(update={"domain": "real_estate", "as_of": date(2010, 7, 15)})


def ask(**sent: JsonValue) -> Reconsideration:
    return Reconsideration.model_validate(sent)


def test_corrections_are_laid_over_the_case_on_its_own_date(earlier: ReleasedDecision) -> None:
    made = reconsidered(HOMES, earlier, SENT, ask(case={"living_area": 1900, "bedrooms": None}))
    expected = {"living_area": 1900, "condition": 5, "bedrooms": None, "reconsideration_of": earlier.decision_id}
    assert made.case == expected
    assert made.as_of == date(2010, 7, 15)
    assert made.question == SENT.question
    assert SENT.case == CASE


def test_proposals_are_added_to_those_of_before(earlier: ReleasedDecision) -> None:
    sent = SENT.model_copy(update={"case": {**CASE, "proposed_comparables": ["a:1"]}})
    sale: JsonValue = {"address": "12 Elm Street", "sold_on": "2010-04-12", "price": "187500", "source": "deed"}
    made = reconsidered(HOMES, earlier, sent, ask(comparables=["a:2", "a:1"], sales=[sale]))
    assert made.case["proposed_comparables"] == ["a:1", "a:2"]
    assert made.case["proposed_sales"] == ["12 Elm Street; sold 2010-04-12 for 187,500.00; from deed"]


def test_nothing_sent_is_refused(earlier: ReleasedDecision) -> None:
    with pytest.raises(InvalidFieldsError, match="expected a corrected fact"):
        reconsidered(HOMES, earlier, SENT, ask(because="I want more"))


def test_nothing_different_is_a_conflict(earlier: ReleasedDecision) -> None:
    with pytest.raises(ConflictError, match="exactly these facts already"):
        reconsidered(HOMES, earlier, SENT, ask(case={"living_area": 1804.0}))


def test_sales_mean_nothing_where_none_are_compared(earlier: ReleasedDecision) -> None:
    with pytest.raises(InvalidFieldsError) as refused:
        reconsidered(RIGHTS, earlier, SENT, ask(comparables=["a:1"]))
    assert [one.field for one in refused.value.problems] == ["comparables"]


def test_what_is_reconsidered_cannot_be_sent(earlier: ReleasedDecision) -> None:
    with pytest.raises(InvalidFieldsError, match=r"case\.reconsideration_of"):
        reconsidered(HOMES, earlier, SENT, ask(case={"reconsideration_of": "dec_1"}))


def test_a_wrong_correction_names_its_field(earlier: ReleasedDecision) -> None:
    with pytest.raises(InvalidCaseError) as refused:
        reconsidered(HOMES, earlier, SENT, ask(case={"living_area": -1, "colour": "blue"}))
    assert {one.field for one in refused.value.problems} == {"living_area", "colour"}


def test_a_corrected_date_of_the_case_dates_it_anew(earlier: ReleasedDecision) -> None:
    facts: dict[str, JsonValue] = {
        "event": "delay",
        "origin": "AMS",
        "destination": "LIS",
        "flight_date": "2026-06-01",
        "arrival_delay": "4 h",
    }
    sent = DecisionRequest(domain="passenger_rights", case=facts)
    made = reconsidered(RIGHTS, earlier, sent, ask(case={"flight_date": "2026-06-02"}))
    assert made.as_of is None
    assert "reconsideration_of" not in made.case


@pytest.mark.parametrize(
    "sent",
    [
        {"sales": [{"address": "x", "sold_on": "2010-04-12", "price": 0}]},
        {"sales": [{"address": "", "sold_on": "2010-04-12", "price": 1}]},
        {"sales": [{"address": "x", "sold_on": "soon", "price": 1}]},
        {"comparables": [""]},
        {"comparables": ["x"] * 21},
        {"colour": "blue"},
    ],
)
def test_what_cannot_be_meant_is_refused(sent: dict[str, JsonValue]) -> None:
    with pytest.raises(ValidationError):
        Reconsideration.model_validate(sent)


def reason(code: str, level: ReviewLevel = "desk_review") -> ReviewReason:
    return ReviewReason(code=code, level=level, message=code)


def test_changes_name_facts_outcome_sales_and_reviews(earlier: ReleasedDecision) -> None:
    def made(area: str, outcome: str, ids: tuple[str, ...], codes: tuple[str, ...]) -> ReleasedDecision:
        return earlier.model_copy(
            update={
                "answer": {"outcome": outcome, "comparables": [{"id": one} for one in ids]},
                "case": {
                    "fsd": CaseFact(value="0.1", provenance="derived"),
                    "living_area": CaseFact(value=area, provenance="given"),
                    "condition": CaseFact(value="5", provenance="assumed" if area == "1804" else "given"),
                },
                "review": earlier.review.model_copy(update={"reasons": tuple(map(reason, codes))}),
                "generation": int(area),
            }
        )

    old, new = made("1804", "191400", ("a", "b"), ("x",)), made("1900", "199000", ("b", "c"), ())
    changes = changes_between(old, new, "The plans say so.")
    assert [(one.fact, one.old, one.new) for one in changes.facts] == [
        ("living_area", "1804", "1900"),
        ("condition", "5", "5"),
    ]
    assert changes.facts[1].old_provenance == "assumed"
    assert (changes.outcome.old, changes.outcome.new) == ("191400", "199000")
    assert changes.comparables is not None
    assert (changes.comparables.added, changes.comparables.dropped, changes.comparables.kept) == (
        ("c",),
        ("a",),
        ("b",),
    )
    assert (changes.review.old, changes.review.new) == (["x"], [])
    assert (changes.generation.old, changes.generation.new) == (1804, 1900)
    assert changes.because == "The plans say so."


def test_a_decision_that_reconsiders_nothing_keeps_the_bytes_it_always_had(decision: ReleasedDecision) -> None:
    assert b"reconsiders" not in decision_bytes(decision)
    assert b'"changes"' not in decision_bytes(decision)
