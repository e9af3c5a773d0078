"""How the passenger-rights pack says what is certain, what is open, and which law speaks."""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, cast

import pytest
from deciding import DELAY, decided, entitlement, escalation_codes

from decision.decision import Decision


def claimed_and_entitled_clauses(decision: Decision) -> set[str]:
    rows = cast("Sequence[Mapping[str, Any]]", decision.answer["entitlements"])
    cited = {str(cited) for claim in decision.claims for cited in claim.cites}
    return cited | {str(key) for row in rows for key in row["clause_ids"]}


def test_later_rules_are_cited_from_their_own_document_and_only_for_later_flights() -> None:
    later = "airline-disruption-policy-2027#"
    then = decided({**DELAY, "departure_delay": "2 h"}, date(2027, 11, 1))
    assert {f"{later}17.2", f"{later}17.9"} <= claimed_and_entitled_clauses(then)
    now = decided({**DELAY, "departure_delay": "2 h"}, date(2026, 11, 1))
    assert [key for key in claimed_and_entitled_clauses(now) if key.startswith(later)] == []


def test_special_needs_make_care_due_in_a_short_delay_and_are_reviewed() -> None:
    short = {**DELAY, "arrival_delay": "40 min", "departure_delay": "40 min"}
    decision = decided({**short, "special_needs": True})
    row = entitlement(decision, "care_meal")
    assert (row["status"], row["clause_ids"]) == ("due", ["airline-disruption-policy#11.5"])
    assert "special_needs" in escalation_codes(decision)
    assert entitlement(decided(short), "care_meal")["status"] == "not_due"


@pytest.mark.parametrize(
    ("fact", "rule"), [("extraordinary_claimed", "REVIEW-EXTRAORDINARY"), ("special_needs", "REVIEW-SPECIAL-NEEDS")]
)
def test_silence_of_the_file_is_a_visible_assumption(fact: str, rule: str) -> None:
    decision = decided(DELAY)
    assert decision.facts[fact].provenance == "assumed"
    (assumption,) = [one for one in decision.assumptions if one.fact == fact]
    assert "clause" in assumption.reason
    assert assumption.changes_outcome
    (outcome,) = [one for one in decision.outcomes if one.rule_id == rule]
    assert outcome.state == "not_held"


def test_review_of_a_delay_that_nobody_knows_does_not_claim_to_have_passed() -> None:
    states = {one.rule_id: one.state for one in decided(DELAY).outcomes}
    assert states["REVIEW-DEPARTURE-EU"] == "not_applicable"


def test_sum_that_is_certain_is_named_where_the_other_regime_is_open() -> None:
    facts = {name: value for name, value in DELAY.items() if name != "carrier_is_community"}
    decision = decided({**facts, "origin": "JFK", "destination": "AMS", "carrier_is_uk": True})
    assert decision.status == "needs_facts"
    assert decision.summary == (
        "UK261 compensation GBP 520 per passenger; "
        "EU261 cannot be decided yet: the operating carrier's licence is missing"
    )
    row = entitlement(decision, "compensation")
    assert (row["regime"], row["status"], row["amount"]["value"]) == ("UK261", "due", "520")
    notice = str(decision.answer["notice"])
    assert "Under UK261 you are owed GBP 520 per passenger" in notice
    assert "cannot yet say whether another law applies as well" in notice
    assert any("Compensation under UK261 is GBP 520" in claim.text for claim in decision.claims)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"origin": "JFK", "carrier_is_community": None}, "the operating carrier's licence is missing"),
        ({"origin": None}, "the departure airport is missing"),
        ({"arrival_delay": None}, "the delay at arrival is missing"),
        (
            {"event": "cancellation"},
            "the number of days of notice and a record of whether re-routing was offered are missing",
        ),
        ({"event": "denied_boarding"}, "a record of whether the passenger volunteered is missing"),
        ({"arrival_delay_min": 60}, "arrival_delay says 4 h, but arrival_delay_min says 1 h"),
        ({"origin": "LYR", "destination": "OSL"}, "the status of the origin in the territory of EU261 is special"),
    ],
)
def test_headline_of_an_open_case_says_what_is_missing(change: Mapping[str, Any], words: str) -> None:
    decision = decided({**DELAY, **change})
    assert decision.status == "needs_facts"
    assert decision.summary.startswith("Cannot be decided yet: ")
    assert words in decision.summary


def test_two_regimes_are_both_named_in_the_notice() -> None:
    notice = str(decided({**DELAY, "destination": "LHR"}).answer["notice"])
    assert "Under EU261 you are owed EUR 250 per passenger" in notice
    assert "UK261 applies as well and gives GBP 220 per passenger, as an alternative to EU261" in notice


@pytest.mark.parametrize("flown", ["2019-05-01", "2027-11-01"])
def test_flight_under_other_law_than_that_of_the_decision_is_not_decided(flown: str) -> None:
    decision = decided({**DELAY, "origin": "LHR", "destination": "JFK", "flight_date": flown})
    assert decision.status == "abstained"
    assert any("decide it as of the flight's date (leave as_of out)" in reason for reason in decision.reasons)
    assert decision.answer["entitlements"] == decision.answer["regimes_considered"] == []
    assert decision.answer["regime"] is decision.answer["compensation"] is None
    assert "the rules of the day of your flight" in str(decision.answer["notice"])


def test_flight_in_a_territory_that_changed_since_is_not_decided() -> None:
    facts = {**DELAY, "origin": "ZAG", "destination": "IST", "flight_date": "2013-06-01"}
    assert decided(facts, date(2013, 8, 1)).status == "abstained"
    assert decided({**facts, "flight_date": "2013-07-15"}, date(2013, 8, 1)).status == "decided"


def test_part_of_a_passenger_is_refused_plainly_and_without_amounts() -> None:
    decision = decided({**DELAY, "passengers": 2.5})
    assert decision.summary == (
        "Cannot be decided: passengers: 2.5 is no number of persons; expected a whole number; correct it"
    )
    assert "EUR" not in json.dumps(decision.answer, default=str)
    assert decision.claims == ()


def test_total_is_in_the_headline_and_written_as_elsewhere() -> None:
    decision = decided({**DELAY, "destination": "JFK", "passengers": 6})
    assert decision.summary == "EU261 compensation EUR 600 per passenger, EUR 3,600 in total for 6 passengers"
    assert "EUR 600 per passenger, EUR 3,600 in total" in str(decision.answer["notice"])


def test_volunteer_is_addressed_and_keeps_what_was_agreed() -> None:
    decision = decided({**DELAY, "event": "denied_boarding", "involuntary": False})
    notice = str(decision.answer["notice"])
    assert "left without you, because you gave up your seat." in notice
    assert "You keep the benefits that you agreed with us" in notice
    assert "the passenger" not in notice
    (claim,) = [claim for claim in decision.claims if "benefits that were agreed" in claim.text]
    assert [str(cited) for cited in claim.cites] == ["airline-disruption-policy#7.1"]


def test_care_is_owed_for_the_wait_also_to_who_has_arrived() -> None:
    decision = decided({**DELAY, "departure_delay": "4 h"})
    notice = str(decision.answer["notice"])
    assert "While you wait" not in notice
    assert "For the time of your wait you are owed meals" in notice
    assert "we reimburse reasonable cost" in notice
    assert "airline-disruption-policy#11.6" in claimed_and_entitled_clauses(decision)
