"""What the pack concludes under the law of the United States and Canada and under the Montreal Convention."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, cast

import pytest
from deciding import TODAY, decided, entitlement, escalation_codes

from decision.decision import Decision
from decision.facts import InvalidCaseError
from decision.packs.passenger_rights.entitlements import meals_due
from decision.packs.passenger_rights.timing import add_months

LICENCE: Mapping[str, Any] = {"carrier_is_community": False, "carrier_is_uk": False}
DOMESTIC: Mapping[str, Any] = {**LICENCE, "origin": "JFK", "destination": "LAX"}
DENIED: Mapping[str, Any] = {
    **DOMESTIC,
    "event": "denied_boarding",
    "involuntary": True,
    "rerouting_offered": True,
    "rerouting_arrives_late": "3 h",
    "one_way_fare": {"value": "300", "currency": "USD"},
}
CANADA: Mapping[str, Any] = {
    **LICENCE,
    "origin": "YYZ",
    "destination": "YVR",
    "event": "delay",
    "arrival_delay": "7 h",
    "departure_delay": "7 h",
    "new_departure_next_day": False,
    "notice_days": 0,
    "control": "within",
    "carrier_size": "large",
    "refund_taken": False,
}
INTO_EUROPE: Mapping[str, Any] = {**LICENCE, "origin": "GRU", "destination": "CDG", "event": "delay"}


def rows(decision: Decision) -> Sequence[Mapping[str, Any]]:
    return cast("Sequence[Mapping[str, Any]]", decision.answer["entitlements"])


def regimes(decision: Decision) -> Mapping[str, bool | None]:
    considered = cast("Sequence[Mapping[str, Any]]", decision.answer["regimes_considered"])
    return {row["regime"]: row["applies"] for row in considered}


def without(facts: Mapping[str, Any], *names: str) -> Mapping[str, Any]:
    return {name: value for name, value in facts.items() if name not in names}


def test_united_states_law_gives_no_money_for_a_delay() -> None:
    decision = decided({**DOMESTIC, "event": "delay", "arrival_delay": "9 h"})
    assert decision.summary == "no compensation due under US"
    compensation = entitlement(decision, "compensation")
    assert (compensation["status"], compensation["clause_ids"]) == ("not_due", ["airline-disruption-policy-us#20.3"])
    refund = entitlement(decision, "refund")
    assert (refund["status"], refund["amount"]) == ("conditional", None)
    assert "no flight is taken" in refund["note"]


def test_american_refund_is_made_in_the_original_form_and_silence_accepts_nothing() -> None:
    price = {"value": "250", "currency": "USD"}
    facts = {**DOMESTIC, "event": "cancellation", "passenger_travels": False, "ticket_price": price}
    for paid_by, words, last in (
        ("credit_card", "7 business days", "2026-06-10"),
        ("other", "20 calendar days", "2026-06-21"),
    ):
        asked = decided({**facts, "paid_by": paid_by, "requested_on": "2026-06-01"})
        assert entitlement(asked, "refund")["deadline"] == f"within {words} of the request, by {last}"
        decision = decided({**facts, "paid_by": paid_by, "passengers": 2})
        row = entitlement(decision, "refund")
        assert (row["status"], row["deadline"]) == ("due", f"within {words} of the request")
        assert row["form_of_payment"].startswith("original form of payment")
        assert (row["amount"]["value"], row["amount"]["currency"]) == ("500", "USD")
        assert decision.summary == "US refund USD 250 per passenger"
    assert entitlement(decided(without(facts, "passenger_travels")), "refund")["status"] == "conditional"
    assert entitlement(decided({**facts, "passenger_travels": True}), "refund")["status"] == "not_due"
    assert "paid by the agent" in entitlement(decided({**facts, "merchant_of_record": "agent"}), "refund")["note"]


def test_denied_boarding_in_the_united_states_is_a_share_of_the_fare_up_to_the_limit_of_the_day() -> None:
    decision = decided(DENIED)
    row = entitlement(decision, "compensation")
    assert (row["amount"]["value"], row["form_of_payment"]) == ("1200", "cash or cheque")
    assert row["amount"]["inputs"] == {"one_way_fare": "USD 300", "late_at_destination": "3 h"}
    dear = {**DENIED, "one_way_fare": {"value": "900", "currency": "USD"}}
    assert entitlement(decided(dear), "compensation")["amount"]["value"] == "2150"
    assert entitlement(decided(dear, date(2025, 1, 21)), "compensation")["amount"]["value"] == "1550"


@pytest.mark.parametrize(
    ("change", "asked"),
    [
        ({"one_way_fare": None}, "one_way_fare"),
        ({"rerouting_arrives_late": None}, "rerouting_arrives_late"),
        ({"involuntary": None}, "involuntary"),
    ],
)
def test_fact_that_decides_on_denied_boarding_is_asked_for(change: Mapping[str, Any], asked: str) -> None:
    decision = decided({**DENIED, **change})
    assert decision.status == "needs_facts"
    assert decision.answer["eligible"] is None
    assert {one.fact: one.changes_outcome for one in decision.missing}[asked]


def test_fare_in_another_currency_is_refused_and_never_converted() -> None:
    with pytest.raises(InvalidCaseError, match="one_way_fare"):
        decided({**DENIED, "one_way_fare": {"value": "300", "currency": "EUR"}})


@pytest.mark.parametrize(
    ("day", "facts", "kind"),
    [
        (date(2024, 5, 15), {**DOMESTIC, "event": "cancellation", "passenger_travels": False}, "refund"),
        (
            date(2024, 10, 27),
            {**DOMESTIC, "event": "advance", "departure_advanced": "5 h", "passenger_travels": False},
            "refund",
        ),
        (date(2021, 4, 12), DENIED, "compensation"),
    ],
)
def test_right_of_a_day_whose_law_is_not_encoded_is_unknown_and_never_none(
    day: date, facts: Mapping[str, Any], kind: str
) -> None:
    found = decided(facts, as_of=day)
    assert found.answer["outcome"] == "unknown"
    assert found.answer["eligible"] is None
    row = entitlement(found, kind)
    assert (row["status"], row["amount"]) == ("unknown", None)
    assert row["note"] == "the law of the day of the flight is not encoded; legal decides"
    assert found.summary == "Cannot be decided yet: the law of the day of the flight is not encoded"
    assert found.reasons == ("The law of the day of the flight is not encoded; legal decides what is owed.",)
    notice = str(found.answer["notice"])
    assert (
        "We cannot yet say what is owed: the law of the day of the flight is not encoded. A person decides that."
        in notice
    )
    assert "We will ask for it" not in notice
    assert not found.missing
    assert f"no {kind}" not in f"{found.summary} {found.answer['outcome']}"
    after = decided(facts, as_of=day + timedelta(days=1))
    assert entitlement(after, kind)["status"] == "due"


def test_what_is_unknown_beside_what_is_known_goes_to_a_person() -> None:
    found = decided({**DOMESTIC, "event": "cancellation"}, as_of=date(2024, 5, 15))
    assert found.status == "decided"
    assert entitlement(found, "compensation")["status"] == "not_due"
    assert entitlement(found, "refund")["status"] == "unknown"
    assert {"law_not_encoded", "missing_fact"} <= set(escalation_codes(found))
    travelled = decided({**DOMESTIC, "event": "cancellation", "passenger_travels": True}, as_of=date(2024, 5, 15))
    assert entitlement(travelled, "refund")["status"] == "not_due"
    assert not escalation_codes(travelled)


def test_before_december_2019_canadian_rules_gave_nothing_for_a_delay_and_say_so() -> None:
    found = decided(CANADA, as_of=date(2019, 12, 14))
    assert {str(row["kind"]): row["status"] for row in rows(found)} == dict.fromkeys(
        ("compensation", "refund", "reroute", "care_meal", "care_comms", "care_hotel"), "not_due"
    )
    assert "on the day of the flight they gave none for such an event" in str(found.answer["notice"])
    assert "not late enough" not in str(found.answer["notice"])


def test_before_its_exit_the_united_kingdom_was_in_the_union() -> None:
    facts = {**LICENCE, "origin": "LHR", "destination": "JFK", "event": "delay", "arrival_delay": "5 h"}
    found = decided(facts, as_of=date(2020, 12, 31))
    assert regimes(found)["EU261"] is True
    assert regimes(found)["UK261"] is False
    assert entitlement(found, "compensation")["status"] == "due"


def test_canadian_compensation_with_everything_beside_it() -> None:
    decision = decided(CANADA)
    assert decision.summary == "APPR compensation CAD 700 per passenger"
    found = {row["kind"]: row["status"] for row in rows(decision) if row["regime"] == "APPR"}
    assert found == {
        "compensation": "due",
        "refund": "not_due",
        "reroute": "due",
        "care_meal": "due",
        "care_comms": "due",
        "care_hotel": "not_due",
    }
    row = entitlement(decision, "compensation")
    assert row["deadline"] == "within 30 days of the request, which is made within 12 months of the flight"
    assert "Under the Canadian regulations you are owed CAD 700 per passenger" in str(decision.answer["notice"])
    assert decision.escalations == ()


@pytest.mark.parametrize("missing", ["control", "carrier_size"])
def test_canadian_case_without_its_category_or_size_is_open(missing: str) -> None:
    decision = decided(without(CANADA, missing))
    assert decision.status == "needs_facts"
    assert {one.fact: one.changes_outcome for one in decision.missing}[missing]
    assert entitlement(decision, "compensation")["status"] == "unknown"


@pytest.mark.parametrize(("control", "care"), [("outside", "not_due"), ("safety", "due")])
def test_cause_beyond_full_control_ends_compensation_only(control: str, care: str) -> None:
    decision = decided({**CANADA, "control": control})
    assert decision.answer["eligible"] is False
    assert entitlement(decision, "care_meal")["status"] == care
    assert entitlement(decision, "reroute")["status"] == "due"


def test_a_change_that_is_not_law_changes_nothing() -> None:
    today = decided(CANADA)
    later = decided(CANADA, date(2028, 6, 1))
    assert today.summary == later.summary
    control = next(one for one in later.outcomes if one.rule_id == "CA-CONTROL")
    assert control.state == "held"


def test_one_trip_under_two_regimes_is_paid_once() -> None:
    decision = decided({**CANADA, "origin": "AMS", "departure_delay": "7 h"})
    sums = [(row["regime"], row["alternative_to"], row["amount"]["value"]) for row in rows(decision) if row["amount"]]
    assert sums == [("EU261", None, "600"), ("APPR", "EU261", "700")]
    assert "two_regimes" in escalation_codes(decision)
    conflicts = cast("Sequence[Mapping[str, Any]]", decision.answer["conflicts"])
    assert [one["between"] for one in conflicts] == [["EU261", "APPR"], ["EU261", "MC99"]]
    assert "one of them is paid" in conflicts[0]["resolution"]
    assert "paid only once" in str(decision.answer["notice"])


def test_flight_into_europe_on_another_carrier_has_no_fixed_sum_but_its_proven_damage() -> None:
    decision = decided({**INTO_EUROPE, "arrival_delay": "5 h"})
    assert regimes(decision) == {"EU261": False, "UK261": False, "APPR": False, "US": False, "MC99": True}
    (row,) = rows(decision)
    assert (row["kind"], row["status"], row["alternative_to"]) == ("expenses", "conditional", None)
    assert "up to SDR 6,303" in row["note"]
    assert row["reductions"] == [
        {
            "percent": None,
            "set_off": "fixed sums paid for the same event may be set off",
            "clause": "airline-disruption-policy-montreal#40.8",
            "discretionary": True,
        }
    ]


def test_proven_damage_is_paid_in_special_drawing_rights_and_never_converted_by_estimate() -> None:
    late = {**INTO_EUROPE, "arrival_delay": "5 h"}
    in_sdr = decided({**late, "proven_damage_sdr": {"value": "7000", "currency": "XDR"}})
    assert in_sdr.summary == "MC99 damages XDR 6,303 per passenger"
    in_euro = decided({**late, "proven_damage": {"value": "450", "currency": "EUR"}})
    row = entitlement(in_euro, "expenses")
    assert (row["status"], row["amount"]) == ("conditional", None)
    assert "converted" in row["note"]
    proven = decided({**late, "proven_damage": {"value": "450", "currency": "EUR"}, "all_measures_taken": True})
    assert entitlement(proven, "expenses")["status"] == "not_due"


def test_state_that_is_not_on_record_as_a_party_is_stated_as_a_condition() -> None:
    decision = decided({**INTO_EUROPE, "origin": "TIP", "arrival_delay": "1 h"})
    assert regimes(decision)["MC99"] is None
    assert decision.stands["MC99 scope"] == "applies if both States are party to it"
    assert not any(claim.cites == () for claim in decision.claims)


def test_baggage_of_an_international_journey_falls_under_the_convention() -> None:
    facts = {**LICENCE, "event": "baggage", "origin": "AMS", "destination": "JFK", "bag_event": "lost"}
    decision = decided({**facts, "proven_damage_sdr": {"value": "1600", "currency": "XDR"}})
    assert decision.summary == "MC99 damages XDR 1,519 per passenger"
    assert {row["regime"] for row in rows(decision)} == {"US", "MC99"}
    late = decided({**facts, "bag_event": "delayed", "proven_damage_sdr": {"value": "90", "currency": "XDR"}})
    assert late.status == "needs_facts"
    assert {one.fact: one.changes_outcome for one in late.missing}["complaint_days"]


def test_lower_class_is_reimbursed_by_the_price_of_its_flight() -> None:
    facts = {"event": "downgrade", "origin": "CDG", "destination": "FDF", "carrier_is_community": True}
    open_price = decided({**facts, "carrier_is_uk": False})
    row = entitlement(open_price, "downgrade")
    assert (row["status"], row["amount"]) == ("due", None)
    assert "75 percent" in open_price.summary
    assert "flight_price" in {one.fact for one in open_price.missing}
    priced = decided({**facts, "carrier_is_uk": False, "flight_price": {"value": "999.90", "currency": "EUR"}})
    assert entitlement(priced, "downgrade")["amount"]["per_passenger"] == "749.9250"


def test_distance_runs_from_the_first_departure_to_the_final_destination() -> None:
    facts = {**LICENCE, "event": "missed_connection", "arrival_delay": "4 h", "origin": "AMS", "destination": "LIS"}
    decision = decided(facts)
    journey = cast("Mapping[str, Mapping[str, str]]", decision.answer["journey"])
    assert float(journey["distance"]["km"]) == pytest.approx(1847.5, abs=0.5)
    assert decision.summary == "EU261 compensation EUR 400 per passenger"


def test_arrival_is_by_the_doors_and_later_on_block() -> None:
    times = {"scheduled_arrival": "12:00", "on_block": "14:58", "doors_opened": "15:02"}

    def on(day: str) -> Decision:
        stamped = {name: f"{day}T{clock}:00Z" for name, clock in times.items()}
        facts = {**LICENCE, "event": "delay", "origin": "AMS", "destination": "LIS", **stamped}
        return decided(facts, date.fromisoformat(day))

    assert on("2027-10-22").answer["eligible"] is True
    assert on("2027-10-23").answer["eligible"] is False


def test_arrival_before_departure_is_refused_with_what_to_do() -> None:
    times = {"actual_departure": "2026-06-01T15:00:00Z", "actual_arrival": "2026-06-01T15:00:00Z"}
    decision = decided({**INTO_EUROPE, **times, "scheduled_arrival": "2026-06-01T11:00:00Z"})
    assert decision.status == "abstained"
    assert any("is not after actual_departure" in reason for reason in decision.reasons)


def test_delay_at_departure_is_measured_where_it_is_not_stated() -> None:
    times = {"scheduled_departure": "2026-06-01T10:00:00+02:00", "actual_departure": "2026-06-01T13:00:00Z"}
    facts = {**LICENCE, **times, "event": "delay", "origin": "AMS", "destination": "LIS", "arrival_delay": "5 h"}
    assert entitlement(decided(facts), "refund")["status"] == "due"
    assert any(reason.startswith("departure_delay") for reason in decided({**facts, "departure_delay": "1 h"}).reasons)


def test_claim_that_the_record_contradicts_is_reviewed_and_not_relied_on() -> None:
    decision = decided({**CANADA, "claimed_arrival_delay": "9 h 30 min"})
    assert decision.summary == "APPR compensation CAD 700 per passenger"
    assert "contradiction" in escalation_codes(decision)


def test_step_that_cannot_be_undone_is_reviewed() -> None:
    assert "irreversible_action" in escalation_codes(decided({**CANADA, "irreversible_action": True}))


@pytest.mark.parametrize(
    "wrong",
    [
        {"ticket_price": {"value": "-1", "currency": "USD"}},
        {"event": "strike"},
        {"control": "perhaps"},
        {"tarmac_delay": "soon"},
    ],
)
def test_unusable_fact_is_refused_by_name(wrong: Mapping[str, Any]) -> None:
    with pytest.raises(InvalidCaseError, match=next(iter(wrong))):
        decided({**CANADA, **wrong})


def test_flight_of_1900_is_refused() -> None:
    with pytest.raises(InvalidCaseError, match="2005-02-17"):
        decided(CANADA, date(1900, 1, 1))


@pytest.mark.parametrize(
    ("hours", "meals"),
    [(2.99, 0), (3, 1), (7.99, 1), (8, 2), (13, 3), (18, 3), (23.99, 3), (28, 4), (33, 5), (38, 6), (43, 6), (48, 7)],
)
def test_meals_of_a_wait(hours: float, meals: int) -> None:
    wait = timedelta(hours=hours)
    assert meals_due(wait, timedelta(hours=3), timedelta(hours=5), 3) == meals


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2027, 11, 30), 3, date(2028, 2, 29)),
        (date(2026, 6, 1), 24, date(2028, 6, 1)),
        (date(2026, 12, 31), 2, date(2027, 2, 28)),
        (date(2026, 3, 15), 9, date(2026, 12, 15)),
    ],
)
def test_months_end_on_a_day_that_exists(day: date, months: int, expected: date) -> None:
    assert add_months(day, months) == expected


def test_every_clause_of_the_answer_is_claimed() -> None:
    for facts in (DENIED, CANADA, {**CANADA, "origin": "CDG"}, {**INTO_EUROPE, "arrival_delay": "5 h"}):
        decision = decided(facts, TODAY)
        cited = {str(clause) for claim in decision.claims for clause in claim.cites}
        known = {key for row in rows(decision) if row["status"] != "unknown" for key in row["clause_ids"]}
        assert known <= cited


def test_law_of_another_country_that_changed_since_the_flight_matters_only_where_the_journey_goes() -> None:
    """On 7 July 2027 the pause in enforcing one rule of the United States ends; nothing else changes that week."""
    day = date(2027, 7, 8)
    flown = {"flight_date": "2027-07-05", "event": "delay", "arrival_delay": "4 h", **LICENCE}
    assert decided({**flown, "origin": "AMS", "destination": "LIS"}, day).status == "decided"
    assert decided({**flown, "origin": "AMS", "destination": "JFK"}, day).status == "abstained"


def test_long_delay_after_a_missed_connection_may_be_halved_like_any_other() -> None:
    facts = {**LICENCE, "event": "missed_connection", "origin": "AMS", "destination": "GRU"}
    for minutes, percents in ((239, ["50"]), (240, []), (241, [])):
        row = entitlement(decided({**facts, "arrival_delay": f"{minutes} min"}), "compensation")
        assert [one["percent"] for one in row["reductions"]] == percents
