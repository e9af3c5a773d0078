"""What the passenger-rights pack derives and concludes, through the engine and without any index."""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, cast

import pytest

from decision.decision import Decision
from decision.engine import decide
from decision.facts import InvalidCaseError
from decision.packs.passenger_rights import PACK

TODAY = date(2026, 6, 1)
DELAY: Mapping[str, Any] = {
    "event": "delay",
    "origin": "AMS",
    "destination": "LIS",
    "arrival_delay": "4 h",
    "carrier_is_community": True,
    "carrier_is_uk": False,
    "extraordinary": False,
}


def decided(facts: Mapping[str, Any], as_of: date = TODAY) -> Decision:
    dated = {"flight_date": str(as_of), **facts}
    return decide(PACK, PACK.schema.read(PACK.name, dated, as_of), {})


def entitlement(decision: Decision, kind: str) -> Mapping[str, Any]:
    rows = cast("Sequence[Mapping[str, Any]]", decision.answer["entitlements"])
    return next(row for row in rows if row["kind"] == kind)


def escalation_codes(decision: Decision) -> set[str]:
    return {reason.code for reason in decision.escalations}


def test_distance_is_computed_from_the_airports_and_stated_with_its_method() -> None:
    journey = cast("Mapping[str, Mapping[str, str]]", decided(DELAY).answer["journey"])
    assert float(journey["distance"]["km"]) == pytest.approx(1847.5, abs=0.5)
    assert journey["distance"]["method"].startswith("WGS84 geodesic")


def test_minutes_are_accepted_for_the_delay() -> None:
    by_minutes = {name: value for name, value in DELAY.items() if name != "arrival_delay"} | {"arrival_delay_min": 240}
    assert decided(by_minutes).summary == decided(DELAY).summary == "EU261 compensation EUR 400 per passenger"


def test_two_statements_of_the_delay_that_disagree_leave_it_unknown() -> None:
    decision = decided({**DELAY, "arrival_delay_min": 60})
    assert decision.status == "needs_facts"
    assert decision.answer["outcome"] == "unknown"
    assert "contradiction" in escalation_codes(decision)


def test_delay_is_that_between_two_instants() -> None:
    instants = {"scheduled_arrival": "2026-06-01T14:05:00+01:00", "actual_arrival": "2026-06-01T19:05:00+02:00"}
    by_instants = {name: value for name, value in DELAY.items() if name != "arrival_delay"} | instants
    assert decided(by_instants).summary == decided(DELAY).summary
    assert "contradiction" in escalation_codes(decided({**DELAY, **instants, "arrival_delay": "5 h"}))


def test_stated_distance_far_from_the_airports_is_reviewed() -> None:
    assert "contradiction" in escalation_codes(decided({**DELAY, "distance_km": 1200}))
    assert "contradiction" not in escalation_codes(decided({**DELAY, "distance_km": 1846.3}))


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"origin": "QQQ"}, "origin: QQQ is no known airport"),
        ({"destination": "ams"}, "destination: AMS is also the origin"),
        ({"passengers": 1.5}, "passengers: 1.5 is no number of persons"),
        ({"origin_country": "Narnia"}, "origin_country: Narnia is no country code"),
    ],
)
def test_unusable_facts_end_in_abstention_with_what_to_do(wrong: Mapping[str, Any], words: str) -> None:
    decision = decided({**DELAY, **wrong})
    assert decision.status == "abstained"
    assert decision.claims == ()
    assert any(reason.startswith(words) for reason in decision.reasons)


def test_unknown_airport_is_no_obstacle_where_country_and_distance_are_stated() -> None:
    decision = decided({**DELAY, "origin": "QQQ", "origin_country": "NL", "distance_km": 900})
    assert decision.summary == "EU261 compensation EUR 250 per passenger"


def test_unknown_airport_asks_for_what_would_do_instead() -> None:
    decision = decided({**DELAY, "origin": "QQQ"})
    assert {"origin_country", "distance_km"} <= {missing.fact for missing in decision.missing}
    undetermined = next(outcome for outcome in decision.outcomes if outcome.rule_id == "EU-SCOPE-DEPARTS")
    assert "country of the departure airport" in undetermined.because


def test_special_status_of_a_place_is_for_legal_and_asks_for_nothing() -> None:
    decision = decided({**DELAY, "origin": "LYR", "destination": "OSL"})
    assert decision.status == "needs_facts"
    assert decision.missing == ()
    assert decision.reasons == ("The status of the origin in the territory of EU261 is special; legal decides.",)


def test_missing_airport_is_asked_for() -> None:
    decision = decided({name: value for name, value in DELAY.items() if name != "origin"})
    assert decision.status == "needs_facts"
    assert "origin" in {missing.fact for missing in decision.missing}
    assert "scope_fact_missing" in escalation_codes(decision)


def test_licence_that_decides_the_scope_is_asked_for_and_reviewed() -> None:
    facts = {name: value for name, value in DELAY.items() if name != "carrier_is_community"}
    decision = decided({**facts, "origin": "JFK"})
    assert decision.status == "needs_facts"
    assert decision.answer["regime"] is None
    assert {missing.fact: missing.changes_outcome for missing in decision.missing}["carrier_is_community"]
    assert "scope_fact_missing" in escalation_codes(decision)


def test_licence_that_leaves_it_open_whether_a_second_regime_applies_is_asked_for_and_reviewed() -> None:
    facts = {name: value for name, value in DELAY.items() if name != "carrier_is_uk"}
    decision = decided({**facts, "departure_delay": "4 h"})
    assert decision.status == "decided"
    assert {missing.fact: missing.changes_outcome for missing in decision.missing}["carrier_is_uk"]
    (reason,) = decision.escalations
    assert reason.code == "missing_fact"
    assert reason.message.startswith("Not determined: UK261 scope. The outcome, or who must look at it, could change")
    assert "the operating carrier holds a licence of the United Kingdom" in reason.message
    considered = cast("Sequence[Mapping[str, Any]]", decision.answer["regimes_considered"])
    assert [(row["regime"], row["applies"]) for row in considered] == [("EU261", True), ("UK261", None)]


def test_right_that_a_missing_fact_leaves_open_is_asked_for_and_reviewed() -> None:
    open_rights = decided({**DELAY, "destination": "JFK", "arrival_delay": "5 h"})
    assert open_rights.status == "decided"
    assert {"EU261 refund", "EU261 care meal"} <= set(open_rights.unsettled)
    assert {missing.fact: missing.changes_outcome for missing in open_rights.missing}["departure_delay"]
    assert "missing_fact" in escalation_codes(open_rights)
    settled = decided({**DELAY, "destination": "JFK", "arrival_delay": "5 h", "departure_delay": "6 h"})
    assert entitlement(settled, "refund")["status"] == entitlement(settled, "care_meal")["status"] == "due"
    assert settled.outcome != open_rights.outcome
    assert settled.escalations == ()


def test_right_that_is_stated_with_its_condition_needs_no_person_and_is_asked_for() -> None:
    decision = decided({**DELAY, "departure_delay": "4 h"})
    assert entitlement(decision, "care_hotel")["status"] == "conditional"
    assert [(missing.fact, missing.changes_outcome) for missing in decision.missing] == [
        ("new_departure_next_day", True)
    ]
    assert decision.escalations == ()


def test_assumption_that_changes_only_the_total_says_so() -> None:
    (persons,) = [one for one in decided(DELAY).assumptions if one.fact == "passengers"]
    assert persons.changes_outcome
    assert "EU261 compensation: due, EUR 800 instead of due, EUR 400" in persons.effect_if_false


def test_delay_and_licence_may_decide_together() -> None:
    facts = {name: value for name, value in DELAY.items() if name not in {"arrival_delay", "carrier_is_community"}}
    decision = decided({**facts, "origin": "JFK"})
    assert {one.fact for one in decision.missing if one.changes_outcome} >= {"arrival_delay", "carrier_is_community"}
    (delay,) = [one for one in decision.missing if one.fact == "arrival_delay"]
    assert "together with" in delay.why


def test_unknown_day_of_the_flight_goes_to_a_person_and_is_not_named() -> None:
    decision = decided({**DELAY, "flight_date": None})
    assert "law_date_differs" not in decision.facts
    assert "law_date_differs_undetermined" in escalation_codes(decision)
    assert {missing.fact: missing.changes_outcome for missing in decision.missing}["flight_date"]
    assert "(LIS) was delayed" in str(decision.answer["notice"])


def test_notice_names_the_day_of_the_flight_and_not_that_of_the_law() -> None:
    decision = decided({**DELAY, "flight_date": "2026-05-30"})
    assert "on 30 May 2026 was delayed" in str(decision.answer["notice"])
    assert "law_date_differs" in escalation_codes(decision)


def test_amounts_are_written_out() -> None:
    price = {"value": 1e16, "currency": "EUR"}
    row = entitlement(decided({**DELAY, "departure_delay": "6 h", "ticket_price": price}), "refund")
    assert row["amount"]["per_passenger"] == row["amount"]["value"] == "10000000000000000"
    assert "E+" not in row["amount"]["formula"]


def test_total_is_for_all_passengers_and_in_the_currency_of_the_regime() -> None:
    row = entitlement(decided({**DELAY, "passengers": 3}), "compensation")
    assert row["status"] == "due"
    assert (row["amount"]["value"], row["amount"]["per_passenger"], row["amount"]["n"]) == ("1200", "400", 3)
    assert row["amount"]["currency"] == "EUR"
    assert row["clause_ids"] == ["airline-disruption-policy#6.1", "airline-disruption-policy#8.2"]


def test_halving_is_shown_as_an_option_and_not_applied() -> None:
    row = entitlement(decided({**DELAY, "destination": "JFK", "arrival_delay": "3 h 30 min"}), "compensation")
    assert row["amount"]["per_passenger"] == "600"
    assert row["reductions"] == [
        {
            "percent": "50",
            "per_passenger_if_reduced": "300",
            "clause": "airline-disruption-policy#9.3",
            "discretionary": True,
        }
    ]


def test_what_is_not_known_is_not_called_not_due() -> None:
    unknown = decided(DELAY)
    assert entitlement(unknown, "care_meal")["status"] == "unknown"
    assert entitlement(unknown, "care_hotel")["status"] == "conditional"
    assert entitlement(unknown, "reroute")["status"] == "not_due"
    assert entitlement(decided({**DELAY, "departure_delay": "1 h"}), "care_meal")["status"] == "not_due"


def test_refund_is_the_price_paid_and_stands_beside_compensation() -> None:
    decision = decided(
        {
            **DELAY,
            "departure_delay": "5 h",
            "arrival_delay": "5 h",
            "passengers": 2,
            "ticket_price": {"value": "99.50", "currency": "EUR"},
        }
    )
    assert entitlement(decision, "refund")["amount"]["value"] == "199.00"
    assert entitlement(decision, "compensation")["status"] == "due"


def test_two_regimes_are_alternatives_and_reviewed() -> None:
    decision = decided({**DELAY, "origin": "FRA", "destination": "LHR"})
    rows = cast("Sequence[Mapping[str, Any]]", decision.answer["entitlements"])
    sums = [(row["regime"], row["alternative_to"], row["amount"]["value"]) for row in rows if row["amount"]]
    assert sums == [("EU261", None, "250"), ("UK261", "EU261", "220")]
    assert "two_regimes" in escalation_codes(decision)
    assert "paid only once" in str(decision.answer["notice"])


def test_every_clause_of_the_answer_is_cited_by_a_claim() -> None:
    decision = decided({**DELAY, "departure_delay": "3 h"})
    cited = {str(clause).partition("#")[2] for claim in decision.claims for clause in claim.cites}
    rows = cast("Sequence[Mapping[str, Any]]", decision.answer["entitlements"])
    considered = cast("Sequence[Mapping[str, Any]]", decision.answer["regimes_considered"])
    answered = {str(key).partition("#")[2] for row in rows for key in row["clause_ids"]}
    answered |= {str(row["clause"]).partition("#")[2] for row in considered}
    assert {"3.1", "3.3", "11.2", "11.3", "11.4", "12.3"} <= answered
    assert answered <= cited


@pytest.mark.parametrize(
    ("change", "words", "clause"),
    [
        ({"arrival_delay": "2 h 59 min"}, "the arrival was not late enough", "6.1"),
        ({"event": "denied_boarding", "involuntary": False}, "the passenger gave up the seat voluntarily", "7.2"),
        ({"extraordinary": True}, "extraordinary circumstances are proven", "10.1"),
        ({"origin": "JFK", "destination": "AMS", "benefits_received_abroad": True}, "benefits were already", "3.9"),
        ({"origin": "JFK", "destination": "YYZ"}, "nor is an arrival there that it covers", "3.2"),
    ],
)
def test_refusal_is_claimed_with_its_reason_and_clause(change: Mapping[str, Any], words: str, clause: str) -> None:
    decision = decided({**DELAY, **change})
    assert decision.answer["eligible"] is False
    (claim,) = [claim for claim in decision.claims if words in claim.text]
    assert f"airline-disruption-policy#{clause}" in {str(cited) for cited in claim.cites}


def test_regime_that_did_not_exist_yet_is_said_to_begin_later() -> None:
    considered = cast("Sequence[Mapping[str, Any]]", decided(DELAY, date(2020, 12, 30)).answer["regimes_considered"])
    assert considered[1]["why"] == "UK261 does not apply: its first day is 2021-01-01"


def test_notice_names_the_airports_and_says_what_is_owed() -> None:
    notice = str(decided({**DELAY, "destination": "JFK", "arrival_delay": "3 h 30 min"}).answer["notice"])
    assert "Schiphol (AMS) to John F Kennedy International Airport (JFK) on 1 June 2026" in notice
    assert "EUR 600 per passenger, paid in money" in notice
    assert "reduce this by 50 percent, to EUR 300 per passenger, but does not oblige us to" in notice
    assert "0 min late" not in str(decided({**DELAY, "arrival_delay": "0 min"}).answer["notice"])
    assert "must be corrected first" in str(decided({**DELAY, "origin": "QQQ"}).answer["notice"])


def test_band_follows_the_certainty_of_the_facts() -> None:
    stated = {
        **DELAY,
        "checked_in_on_time": True,
        "fare_open_to_public": True,
        "benefits_received_abroad": False,
        "extraordinary_claimed": False,
        "special_needs": False,
    }
    assert decided({**stated, "passengers": 1}).qualifier.band == "high"
    assert decided(DELAY).qualifier.band == "medium"
    assert decided({**DELAY, "arrival_delay": None}).qualifier.band == "low"
    assert decided(DELAY).qualifier.value is None


def test_law_is_that_of_the_flight() -> None:
    exactly = {**DELAY, "arrival_delay": "3 h"}
    assert decided(exactly, date(2027, 10, 22)).answer["eligible"] is True
    assert decided(exactly, date(2027, 10, 23)).answer["eligible"] is False
    assert "30 calendar days" in entitlement(decided(DELAY, date(2027, 10, 23)), "compensation")["deadline"]


def test_case_before_the_law_is_refused() -> None:
    with pytest.raises(InvalidCaseError, match="2005-02-17"):
        decided(DELAY, date(2005, 2, 16))


def test_neither_regime_is_a_decision_and_no_error() -> None:
    decision = decided({**DELAY, "origin": "JFK", "destination": "YYZ", "carrier_is_community": False})
    assert decision.status == "decided"
    assert decision.summary == "no compensation due: neither EU261 nor UK261 applies"
    assert decision.answer["entitlements"] == []


@pytest.mark.parametrize(
    ("name", "outcome"),
    [
        ("delay", "EU261 compensation EUR 400 per passenger, EUR 800 in total for 2 passengers"),
        ("cancellation_uk", "UK261 compensation GBP 350 per passenger"),
    ],
)
def test_examples(name: str, outcome: str) -> None:
    example = json.loads((PACK.folder / "examples" / f"{name}.json").read_text())
    decision = decided(example["case"], date.fromisoformat(example["as_of"]))
    assert decision.summary == outcome
    assert decision.assumptions
    assert decision.missing
    assert decision.claims


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
