"""What a decision recommends: a way on in the cabin that was booked, with seats for the whole party."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, cast

import pytest
from flying import NOON, TRIP, flight

from decision.facts import Fact, FactValue
from decision.pack import Found
from decision.packs.passenger_rights.pack import PACK
from decision.recovery.flights import Flight
from decision.recovery.recommendation import booking_of, recommended_recovery, recovery_claims
from retrieval.query import Evidence

CABIN = "The cabin booked is not stated: taken to be economy."
SIZE = "The number of passengers is not stated: taken to be one, who needs one seat."


def given(**values: FactValue) -> dict[str, Fact]:
    trip: Mapping[str, FactValue] = {
        "origin": TRIP.origin,
        "destination": TRIP.destination,
        "scheduled_departure": NOON,
    }
    return {name: Fact(name, value, "given") for name, value in {**trip, **values}.items()}


def evidence(*flights: Flight) -> Found:
    return {"recovery_out": [Evidence(item=one.record, score=1.0) for one in flights]}


FEW = flight(2, 60, seats_economy=2, seats_business=1)
MANY = flight(3, 240, seats_economy=9, seats_business=0)
HIGH = flight(4, 400, seats_economy=9, seats_business=4)


def recommended(**values: FactValue) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", recommended_recovery(given(**values), evidence(FEW, MANY, HIGH)))


@pytest.mark.parametrize(
    ("values", "flown", "cabin"),
    [
        ({"passengers": Decimal(2)}, "KL 2", "economy"),
        ({"passengers": Decimal(3)}, "KL 3", "economy"),
        ({"passengers": Decimal(1), "cabin": "business"}, "KL 2", "business"),
        ({"passengers": Decimal(3), "cabin": "business"}, "KL 4", "business"),
    ],
)
def test_the_way_on_has_seats_for_the_party_in_the_cabin_booked(
    values: dict[str, FactValue], flown: str, cabin: str
) -> None:
    found = recommended(**values)
    first = found["options"][0]
    assert ([leg["flight"] for leg in first["itinerary"]], first["cabin"]) == ([flown], cabin)
    assert (found["passengers"], found["cabin"]) == (int(cast("Decimal", values["passengers"])), cabin)
    (claim,) = recovery_claims(given(**values), evidence(FEW, MANY, HIGH))
    assert claim.text.startswith(f"{flown} leaves")


def test_a_party_for_which_nothing_has_seats_is_told_so() -> None:
    found = recommended(passengers=Decimal(10))
    assert (found["action"], found["options"]) == ("none_found", [])
    assert any("not enough seats" in line for line in found["not_chosen_because"])
    assert recovery_claims(given(passengers=Decimal(10)), evidence(FEW, MANY, HIGH)) == ()


def test_what_is_assumed_is_said() -> None:
    assert recommended()["assumptions"] == [CABIN, SIZE]
    assert recommended(cabin="first")["assumptions"] == [SIZE]
    assert recommended(passengers=Decimal(1))["assumptions"] == [CABIN]
    assert recommended(passengers=Decimal(1), cabin="economy")["assumptions"] == []


def test_a_number_that_the_pack_assumed_is_not_a_stated_one() -> None:
    assumed = {**given(cabin="economy"), "passengers": Fact("passengers", Decimal(1), "assumed")}
    assert booking_of(assumed).assumptions == (SIZE,)


def test_the_pack_knows_the_cabin() -> None:
    case = PACK.schema.read(PACK.name, {"event": "delay", "cabin": "premium_economy"}, date(2026, 6, 1))
    assert booking_of(case.facts).cabin == "premium_economy"
