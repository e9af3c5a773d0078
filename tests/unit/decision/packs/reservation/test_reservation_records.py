"""Records of a reservation become typed facts, and what cannot be is refused by its path."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from pydantic import JsonValue
from reserving import codes, decided, records

from decision.engine import decide
from decision.facts import InvalidCaseError
from decision.packs.reservation import PACK
from decision.packs.reservation.unfolding import unfold


@pytest.mark.parametrize(
    ("changed", "path", "words"),
    [
        ({"reservation__passengers": []}, "reservation.passengers", "at least one passenger"),
        (
            {"reservation__passengers": None, "reservation__n_passengers": None},
            "reservation.passengers",
            "at least one",
        ),
        ({"reservation__n_passengers": 3}, "reservation.n_passengers", "2, the number of passengers listed"),
        ({"reservation__flights__0__price": -1}, "reservation.flights[0].price", "not negative"),
        ({"reservation__flights__0__price": "x"}, "reservation.flights[0].price", "an amount"),
        ({"reservation__flights__0__currency": "EUR"}, "reservation.flights[0].price", "in USD"),
        ({"reservation__flights": []}, "reservation.flights", "at least one flight"),
        ({"reservation__flights__0__status": "boarding"}, "reservation.flights[0].status", "one of available"),
        ({"reservation__flights__0__scheduled_arrival_est": "22:10:00"}, "scheduled_arrival", "after the departure"),
        ({"reservation__flights__0__date": "1900-06-09"}, "reservation.flights[0].date", "no earlier than the booking"),
        ({"reservation__flights__0__date": "soon"}, "reservation.flights[0].scheduled_departure_est", "on a date"),
        ({"reservation__flights__1__status": "landed"}, "reservation.flights[1].status", "another status than landed"),
        ({"reservation__cabin": "first"}, "reservation.cabin", "one of basic_economy, economy, business"),
        ({"user__membership": "platinum"}, "user.membership", "one of regular, silver, gold"),
        ({"reservation__insurance": "perhaps"}, "reservation.insurance", "yes or no"),
        ({"reservation__created_at": "2026-06-02T00:00:00"}, "reservation.created_at", "before the request"),
        ({"reservation__created_at": "lately"}, "reservation.created_at", "a moment"),
        ({"reservation__paid_total": 601}, "reservation.paid_total", "600, the sum of the payments"),
        ({"reservation__payment_history__0__amount": -5}, "reservation.payment_history", "no more refunded"),
        ({"reservation__total_baggages": -1}, "reservation.total_baggages", "a whole number from 0"),
        ({"reservation__total_baggages": 1.5}, "reservation.total_baggages", "a whole number from 0"),
        ({"currency": "dollars"}, "currency", "ISO 4217"),
        ({"currency": None}, "currency", "ISO 4217"),
        ({"as_of": "yesterday"}, "as_of", "a moment"),
        ({"as_of": None}, "as_of", "the moment of the request"),
        ({"request__type": None}, "request.type", "what the customer wants"),
        ({"request": None}, "request.type", "what the customer wants"),
        ({"reservation": "QX4T7L"}, "reservation", "a record"),
        ({"reservation__flights": "TL210"}, "reservation.flights", "a list of records"),
    ],
)
def test_what_cannot_be_is_refused_by_its_path(changed: Mapping[str, Any], path: str, words: str) -> None:
    case = records(**changed)
    with pytest.raises(InvalidCaseError) as refused:
        unfold(case)
    assert any(path in one.field and words in one.expected for one in refused.value.problems), str(refused.value)


def test_every_problem_is_told_at_once() -> None:
    with pytest.raises(InvalidCaseError) as refused:
        unfold(records(user__membership="platinum", reservation__cabin="first", reservation__flights__0__price=-1))
    assert len(refused.value.problems) == 3


def test_a_case_in_facts_stays_as_it_is() -> None:
    facts: dict[str, JsonValue] = {"steps": ["cancel"], "insured": False}
    assert unfold(facts) is facts


def test_what_stands_beside_the_records_is_left_to_the_schema() -> None:
    assert unfold(records(colour="blue"))["colour"] == "blue"


def test_records_become_facts() -> None:
    facts = unfold(records())
    assert facts["steps"] == ["cancel"]
    assert facts["passengers"] == 2
    assert facts["fare"] == {"value": "300", "currency": "USD"}
    assert facts["payments"] == ["gift_card_81 100", "credit_card_52 500"]
    assert facts["asked_at"] == "2026-06-01T15:00:00-05:00"
    assert facts["booked_at"] == "2026-05-12T18:30:00-05:00"
    assert (facts["segments_flown"], facts["segments_cancelled"]) == (0, 0)


@pytest.mark.parametrize(
    ("status", "flown", "cancelled"),
    [
        ("available", 0, 0),
        ("on time", 0, 0),
        ("delayed", 0, 0),
        ("flying", 1, 0),
        ("landed", 1, 0),
        ("cancelled", 0, 1),
    ],
)
def test_the_status_tells_what_was_flown(status: str, flown: int, cancelled: int) -> None:
    facts = unfold(records(reservation__flights__0__status=status, reservation__flights__0__date="2026-06-01"))
    assert (facts["segments_flown"], facts["segments_cancelled"]) == (flown, cancelled)


def test_a_flight_without_status_that_was_due_leaves_open_what_was_flown() -> None:
    unknown: dict[str, object] = {
        "reservation__flights__0__status": None,
        "reservation__flights__0__date": "2026-05-20",
    }
    case = records(reservation__cabin="business", **unknown)
    assert "segments_flown" not in unfold(case)
    assert (decided(case).status, decided(case).answer["decision"]) == ("needs_facts", None)
    assert decided(records(**unknown)).answer["decision"] == "deny"  # nothing would allow it, flown or not


def test_payments_of_one_method_are_added_up() -> None:
    payments = [{"payment_id": "gift_card_1", "amount": 700}, {"payment_id": "gift_card_1", "amount": -100}]
    assert unfold(records(reservation__payment_history=payments))["payments"] == ["gift_card_1 600"]


@pytest.mark.parametrize(
    "moment",
    ["2026-06-01T15:00:00 EST", "2026-06-01T15:00:00-05:00", "2026-06-01 20:00:00Z", "2026-06-01T16:00:00 EDT"],
)
def test_a_moment_names_its_zone_in_several_ways(moment: str) -> None:
    created = "2026-05-31T20:00:00+00:00"
    answer = decided(records(as_of=moment, reservation__created_at=created)).answer
    assert answer["decision"] == "allow"


def test_amounts_in_another_currency_than_the_policy_decide_nothing() -> None:
    decision = decided(records(currency="EUR"))
    assert (decision.status, codes(decision)) == ("abstained", {"abstained"})


def test_facts_in_two_currencies_decide_nothing() -> None:
    facts: dict[str, JsonValue] = {**unfold(records()), "new_fare": {"value": "10", "currency": "EUR"}}
    decision = decide(PACK, PACK.schema.read("reservation", facts, date(2026, 6, 1)), {})
    assert decision.status == "abstained"
    assert "EUR" in decision.summary


def test_a_reservation_of_somebody_else_is_looked_at() -> None:
    assert "other_customer" in codes(decided(records(user__user_id="eve_2")))


def test_money_is_exact() -> None:
    facts = unfold(records(reservation__flights__0__price=0.1, reservation__flights__1__price=0.2))
    fare = facts["fare"]
    assert isinstance(fare, dict)
    assert Decimal(str(fare["value"])) == Decimal("0.3")
