"""What the passenger-rights pack derives and concludes, through the engine and without any index."""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, cast

import pytest
from deciding import DELAY, decided, entitlement, escalation_codes

from decision.facts import InvalidCaseError
from decision.packs.passenger_rights import PACK


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
    assert [(row["regime"], row["applies"]) for row in considered] == [
        ("EU261", True),
        ("UK261", None),
        ("APPR", False),
        ("US", False),
        ("MC99", True),
    ]


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
    elsewhere = decided({**facts, "origin": "GRU"})
    (delay,) = [one for one in elsewhere.missing if one.fact == "arrival_delay"]
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
        ({"origin": "GRU", "destination": "EZE"}, "nor is an arrival there that it covers", "3.2"),
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
    decision = decided({**DELAY, "origin": "GRU", "destination": "EZE", "carrier_is_community": False})
    assert decision.status == "decided"
    assert decision.summary == "no compensation due: no regime that gives fixed sums applies"
    rows = cast("Sequence[Mapping[str, Any]]", decision.answer["entitlements"])
    assert [(row["regime"], row["kind"], row["status"]) for row in rows] == [("MC99", "expenses", "conditional")]


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
