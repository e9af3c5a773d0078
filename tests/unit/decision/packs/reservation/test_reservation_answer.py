"""The answer to a request: its decision, amounts, actions and conditions, and the clauses that it cites."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, cast

import pytest
from reserving import codes, decided, records

from decision.engine import decide
from decision.packs.reservation import PACK
from decision.packs.reservation.evaluation import verdict

PRICES = {
    "TL210 2026-06-09": {"status": "available", "available_seats": {"business": 2}, "prices": {"business": 500}},
    "TL211 2026-06-14": {"status": "available", "available_seats": {"business": 9}, "prices": {"business": 400}},
    "TL215 2026-06-15": {"status": "available", "available_seats": {"economy": 2}, "prices": {"economy": 95}},
}
NEW = [["TL210", "2026-06-09"], ["TL215", "2026-06-15"]]


def sums(case: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    amounts = cast("Sequence[Mapping[str, Any]]", decided(case).answer["amounts"])
    return [(one["kind"], one["value"], one.get("to")) for one in amounts]


def answer(case: Mapping[str, Any]) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", decided(case).answer)


def test_a_refund_goes_back_to_each_method() -> None:
    case = records(reservation__cabin="business")
    assert sums(case) == [("refund", "100", "gift_card_81"), ("refund", "500", "credit_card_52")]
    assert answer(case)["actions"] == ["cancel"]
    assert any("5 to 7 business days" in words for words in answer(case)["conditions"])


def test_a_refusal_names_every_ground_that_is_missing() -> None:
    decision = decided(records())
    assert decision.answer["decision"] == "deny"
    assert decision.answer["amounts"] == []
    cited = {str(cite).rpartition("#")[2] for claim in decision.claims for cite in claim.cites}
    assert {"7.2", "7.3", "7.4", "7.5", "7.6"} <= cited


def test_what_is_asked_for_instead_is_refused_with_its_sums() -> None:
    request = {"type": "cancel", "alternatives_requested": ["50% refund", "travel voucher"]}
    assert sums(records(request)) == [("refund", "0", None), ("certificate", "0", None)]


def test_a_flown_flight_outweighs_every_ground_and_offers_a_person() -> None:
    changed = {"reservation__flights__0__status": "landed", "reservation__flights__0__date": "2026-05-30"}
    found = answer(records(reservation__cabin="business", reservation__insurance="yes", **changed))
    assert (found["decision"], found["human_handoff"]) == ("deny", True)
    assert "CANCEL-FLOWN" in found["decided_by"]
    assert "CANCEL-BUSINESS" not in found["decided_by"]


def test_an_upgrade_before_a_cancellation_counts_and_is_refunded() -> None:
    request = {"type": "upgrade_then_cancel", "new_cabin": "business", "payment_id": "credit_card_52"}
    case = records(request, new_flight_prices_per_passenger=PRICES)
    assert sums(case) == [
        ("upgrade_charge", "1200", "credit_card_52"),
        ("refund", "100", "gift_card_81"),
        ("refund", "1700", "credit_card_52"),
    ]
    assert answer(case)["actions"] == ["update_cabin:business", "cancel"]


def test_an_upgrade_whose_price_is_not_known_is_allowed_and_looked_at() -> None:
    decision = decided(records({"type": "change_cabin", "new_cabin": "business"}))
    assert decision.answer["decision"] == "allow"
    assert [one.fact for one in decision.missing] == ["new_fare"]
    assert "missing_fact" in codes(decision)


def test_a_kept_flight_keeps_its_price_and_the_others_cost_what_they_cost_now() -> None:
    request = {"type": "change_flights", "new_flights": NEW, "payment_id": "gift_card_81"}
    case = records(request, new_flight_prices_per_passenger=PRICES)
    assert sums(case) == [("refund", "50", "gift_card_81")]
    assert answer(case)["actions"] == ["update_flights"]


@pytest.mark.parametrize(("seats", "decision"), [(1, "deny"), (2, "allow"), (3, "allow")])
def test_everyone_needs_a_seat(seats: int, decision: str) -> None:
    prices = {**PRICES, "TL215 2026-06-15": {"available_seats": {"economy": seats}, "prices": {"economy": 95}}}
    request = {"type": "change_flights", "new_flights": NEW}
    assert answer(records(request, new_flight_prices_per_passenger=prices))["decision"] == decision


def test_seats_are_sold_on_available_flights_only() -> None:
    prices = {**PRICES, "TL215 2026-06-15": {**PRICES["TL215 2026-06-15"], "status": "delayed"}}
    request = {"type": "change_flights", "new_flights": NEW}
    assert answer(records(request, new_flight_prices_per_passenger=prices))["decision"] == "deny"


def test_a_price_beyond_the_customers_limit_is_told_and_not_carried_out() -> None:
    request = {"type": "change_cabin", "new_cabin": "business", "budget_ceiling": 1199}
    found = answer(records(request, new_flight_prices_per_passenger=PRICES))
    assert (found["decision"], found["actions"]) == ("allow", [])
    assert "above the customer's limit" in found["amounts"][0]["note"]


def test_a_quote_changes_nothing() -> None:
    request = {"type": "quote_change_cabin", "new_cabin": "business"}
    assert answer(records(request, new_flight_prices_per_passenger=PRICES))["actions"] == ["quote_only"]


@pytest.mark.parametrize("part", [{"segments": "outbound only"}, {"passengers": "Ben only"}, {"passengers": ["Ben"]}])
def test_a_part_of_the_reservation_cannot_change_its_cabin(part: Mapping[str, Any]) -> None:
    request = {"type": "change_cabin", "new_cabin": "business", **part}
    assert answer(records(request, new_flight_prices_per_passenger=PRICES))["decision"] == "deny"


@pytest.mark.parametrize("whole", [{"segments": "all flights"}, {"passengers": ["Ada", "Ben"]}, {"passengers": 2}, {}])
def test_the_whole_reservation_can(whole: Mapping[str, Any]) -> None:
    request = {"type": "change_cabin", "new_cabin": "Business", **whole}
    assert answer(records(request, new_flight_prices_per_passenger=PRICES))["decision"] == "allow"


@pytest.mark.parametrize(
    ("request_", "decision"),
    [
        ({"type": "cancel", "passengers": "Ben only"}, "deny"),
        ({"type": "cancel", "segments": "return only"}, "deny"),
        ({"type": "cancel_return_flight"}, "deny"),
        ({"type": "upgrade_outbound_leg", "new_cabin": "business"}, "deny"),
        ({"type": "upgrade_one_passenger", "new_cabin": "business"}, "deny"),
        ({"type": "remove_bags"}, "deny"),
        ({"type": "add_passenger", "passenger": "Cy"}, "deny"),
        ({"type": "rename_passenger"}, "allow"),
        ({"type": "change_passengers", "n_passengers": 1}, "deny"),
        ({"type": "add_insurance"}, "deny"),
        ({"type": "refund_insurance_only"}, "deny"),
        ({"type": "bring_a_pet"}, "transfer"),
        ({"type": "change_flights"}, None),
        ({"type": "change_flights", "change": "+1 day", "payment_id": "certificate_1"}, "deny"),
    ],
)
def test_decisions(request_: Mapping[str, Any], decision: str | None) -> None:
    assert answer(records(request_))["decision"] == decision


def test_bags_cost_the_fee_beyond_the_free_ones() -> None:
    case = records({"type": "add_bags", "additional_bags": 5}, reservation__cabin="basic_economy")
    assert sums(case) == [("charge", "200", None)]
    assert answer(case)["actions"] == ["update_bags:total=6,nonfree=4"]
    upgraded = records({"type": "add_bags", "additional_bags": 5, "cabin_after_upgrade": "business"})
    assert sums(upgraded) == [("charge", "0", None)]
    assert any("business is made first" in words for words in answer(upgraded)["conditions"])


def test_free_bags_are_counted_by_the_membership_on_record() -> None:
    decision = decided(records({"type": "quote_free_bags"}, unverified_user_claims=["gold member"]))
    assert decision.answer["decision"] == "answer"
    assert decision.answer["amounts"] == [{"kind": "free_bags", "value": "4", "unit": "bags"}]
    assert "claim_contradicted" in codes(decision)


def test_a_flight_that_is_named_must_be_the_one_in_trouble() -> None:
    for number, decision in (("TL211", "allow"), ("TL210", "deny")):
        request = {"type": "compensation", "complaint": f"{number} was cancelled"}
        case = records(request, reservation__flights__1__status="cancelled")
        assert answer(case)["decision"] == decision


def test_the_reservation_in_trouble_is_found_among_all_that_a_customer_has() -> None:
    fine = records()["reservation"]
    late = records(reservation__flights__0__status="delayed")["reservation"]
    request = {"type": "compensation", "complaint": "my flight is delayed", "wants_change_or_cancel": True}
    both = records(request, reservation=None, all_reservations=[fine, late])
    assert sums(both) == [("certificate", "100", None)]
    none = records(request, reservation=None, all_reservations=[fine, fine])
    assert answer(none)["decision"] == "deny"
    assert "COMPENSATION-NO-RECORD" in answer(none)["decided_by"]


def test_a_booking_is_split_over_the_methods_that_may_be_used() -> None:
    methods = {
        "credit_card_1": {"source": "credit_card", "brand": "visa", "last_four": "1111"},
        "credit_card_2": {"source": "credit_card", "brand": "mastercard", "last_four": "2222"},
        "gift_card_1": {"source": "gift_card", "amount": 30},
        "certificate_1": {"source": "certificate", "amount": 50},
        "certificate_2": {"source": "certificate", "amount": 80},
    }
    request = {"type": "book", "price_total": 200, "preference": "certificate, then gift cards, rest on the Mastercard"}
    case = records(request, reservation=None, user__payment_methods=methods)
    assert sums(case) == [
        ("certificate", "80", "certificate_2"),
        ("gift_card", "30", "gift_card_1"),
        ("credit_card", "90", "credit_card_2"),
    ]
    assert answer(case)["decision"] == "allow"
    request = {"type": "book", "price_total": 200, "wanted": ["gift_card_1", "gift_card_9"]}
    assert answer(records(request, reservation=None, user__payment_methods=methods))["decision"] == "deny"


def test_without_its_policy_facts_nothing_is_granted() -> None:
    for step in ("cancel", "change_flights", "change_cabin", "add_bags", "change_passengers", "compensation", "book"):
        case = PACK.schema.read("reservation", {"steps": [step]}, date(2026, 6, 1))
        decision = decide(PACK, case, {})
        assert (decision.status, decision.answer["decision"]) == ("needs_facts", None), step
        assert decision.missing, step


def test_the_verdict_names_the_rules_that_made_it() -> None:
    found = verdict(decided(records(reservation__cabin="business")).answer)
    assert found["decision"] == "allow"
    assert found["decided_by"] == ["CANCEL-BUSINESS", "CANCEL-REFUND", "DECIDE-ALLOW"]
