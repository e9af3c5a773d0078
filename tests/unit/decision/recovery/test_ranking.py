"""Ways on: which flights are one, in which order, and why."""

from datetime import timedelta

from flying import NOON, TRIP, flight

from decision.recovery.flights import Flight
from decision.recovery.itineraries import Excluded, itineraries
from decision.recovery.preferences import DEFAULTS, Preferences
from decision.recovery.ranking import LOWER, Option, ranked


def names(*flights: Flight, preferences: Preferences = DEFAULTS) -> list[str]:
    return [one.name for one in itineraries(TRIP, flights, preferences)[0]]


def options(*flights: Flight, preferences: Preferences = DEFAULTS) -> tuple[tuple[Option, ...], tuple[Excluded, ...]]:
    return ranked(TRIP, itineraries(TRIP, flights, preferences)[0], "economy", preferences)


def leg(number: int, origin: str, destination: str, leaves: int, lands: int) -> Flight:
    return flight(
        number,
        leaves,
        origin=origin,
        destination=destination,
        arrival=(NOON + timedelta(minutes=lands)).isoformat(),
        seats_economy=5,
    )


def test_neither_the_flight_itself_nor_what_is_over_nor_what_left_before_is_a_way_on() -> None:
    found, excluded = itineraries(
        TRIP,
        [
            flight(1, 0),
            flight(2, -5),
            flight(3, 60, status="cancelled"),
            flight(4, 60, status="delayed"),
            flight(5, 48 * 60),
            flight(6, 48 * 60 + 1),
        ],
        DEFAULTS,
    )
    assert [one.name for one in found] == ["KL 5"]
    assert {one.flights: one.why.partition(",")[0] for one in excluded} == {
        ("KL 3",): "cancelled according to the table",
        ("KL 4",): "delayed",
    }


def test_a_connection_needs_its_time_to_the_minute() -> None:
    first = leg(10, "AMS", "CDG", 10, 80)
    assert names(first, leg(11, "CDG", "LIS", 140, 300)) == ["KL 10 + KL 11"]
    found, (short,) = itineraries(TRIP, [first, leg(11, "CDG", "LIS", 139, 300)], DEFAULTS)
    assert (found, short.why) == ((), "less than 60 min between the flights")
    assert names(first, leg(11, "CDG", "LIS", 80 + 480, 800)) == ["KL 10 + KL 11"]
    assert names(first, leg(11, "CDG", "LIS", 80 + 481, 800)) == []
    assert names(first, leg(11, "CDG", "LIS", 139, 300), preferences=Preferences(minimum_connection_min=59))


def test_a_connection_has_the_seats_of_its_fuller_leg() -> None:
    second = flight(11, 140, origin="CDG", seats_economy=2)
    (best,), _ = options(leg(10, "AMS", "CDG", 10, 80), second)
    assert best.seats_left == 2
    assert "a connection in CDG (counts as 45 min)" in best.reason


def test_the_earlier_arrival_comes_first_and_each_place_has_its_reason() -> None:
    found, _ = options(flight(2, 90, seats_economy=3), flight(3, 30, seats_economy=1))
    assert [one.itinerary.name for one in found] == ["KL 3", "KL 2"]
    assert found[0].reason == "arrives 30 min after the booked arrival; 1 seats left: first"
    assert found[1].reason.endswith("counts 60 min more than the one above")


def test_a_lower_cabin_is_flagged_with_what_follows_from_it() -> None:
    trip_in_business = itineraries(TRIP, [flight(2, 30, seats_economy=3)], DEFAULTS)[0]
    (lower,), _ = ranked(TRIP, trip_in_business, "business", DEFAULTS)
    assert LOWER in lower.reason
    assert lower.weighed.minutes == 30 + 2 * DEFAULTS.lower_cabin_min


def test_what_is_unknown_is_never_before_what_is_certain() -> None:
    found, _ = options(flight(2, 10), flight(3, 900, seats_economy=1), flight(4, 10, status=None, seats_economy=1))
    assert [one.itinerary.name for one in found] == ["KL 3", "KL 2", "KL 4"]
    assert [bool(one.doubts) for one in found] == [False, True, True]
    assert found[1].seats_left is None
    assert "does not tell whether KL 4 is flown" in found[2].reason


def test_a_flight_without_free_seats_is_none_and_is_named() -> None:
    found, (full,) = options(flight(2, 10, seats_economy=0))
    assert found == ()
    assert full.flights == ("KL 2",)


def test_a_cheaper_fare_breaks_a_tie_unless_currencies_differ() -> None:
    dear = flight(2, 60, seats_economy=1, fare_economy=99.9, currency="EUR")
    cheap = flight(3, 60, seats_economy=1, fare_economy=80, currency="EUR")
    assert [one.itinerary.name for one in options(dear, cheap)[0]] == ["KL 3", "KL 2"]
    other = flight(3, 60, seats_economy=1, fare_economy=80, currency="USD")
    assert [one.itinerary.name for one in options(dear, other)[0]] == ["KL 2", "KL 3"]


def test_equal_ways_on_keep_one_order_however_they_come() -> None:
    several = [flight(number, 60, seats_economy=1) for number in range(2, 9)]
    assert options(*several) == options(*reversed(several))
