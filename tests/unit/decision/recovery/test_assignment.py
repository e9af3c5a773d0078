"""Who gets which seat: parties together, priorities, cabins, those left and what would help."""

import time
from collections.abc import Sequence
from datetime import timedelta
from random import Random

import pytest
from flying import NOON, TRIP, flight

from decision.facts import DecisionError
from decision.recovery import programme
from decision.recovery.assignment import Assignment, assign
from decision.recovery.flights import Flight
from decision.recovery.itineraries import itineraries
from decision.recovery.parties import Passenger, parties_of
from decision.recovery.plan import plan
from decision.recovery.preferences import DEFAULTS, Preferences


def assigned(
    flights: Sequence[Flight],
    *passengers: Passenger,
    split: bool = False,
    preferences: Preferences = DEFAULTS,
) -> Assignment:
    ways = itineraries(TRIP, flights, preferences)[0]
    return assign(TRIP, parties_of(passengers, split=split), ways, preferences)


def person(name: str, **other: object) -> Passenger:
    return Passenger.model_validate({"id": name, **other})


def seats_of(assignment: Assignment) -> dict[str, str]:
    return {
        member.id: f"{one.alternative.way.name} {cabin}"
        for one in assignment.placed
        for member, cabin in zip(one.party.members, one.alternative.cabins, strict=True)
    }


def test_a_party_stays_together_unless_it_may_be_split() -> None:
    flights = [flight(2, 30, seats_economy=1), flight(3, 90, seats_economy=1)]
    couple = (person("a", party="x"), person("b", party="x"))
    together = assigned(flights, *couple)
    assert [one.party.id for one in together.left] == ["x"]
    assert seats_of(assigned(flights, *couple, split=True)) == {"a": "KL 2 economy", "b": "KL 3 economy"}


def test_who_needs_help_is_not_parted_from_company() -> None:
    flights = [flight(2, 30, seats_economy=1), flight(3, 90, seats_economy=1)]
    helped = (person("a", party="x", reduced_mobility=True), person("b", party="x"))
    assert assigned(flights, *helped, split=True).placed == ()


@pytest.mark.parametrize(
    "priority",
    [
        {"reduced_mobility": True},
        {"unaccompanied_minor": True},
        {"onward": (NOON + timedelta(hours=6)).isoformat()},
        {"tier": "silver"},
    ],
)
def test_the_last_seat_goes_to_whoever_has_priority(priority: dict[str, object]) -> None:
    found = assigned([flight(2, 30, seats_economy=1)], person("a"), person("b", **priority))
    assert list(seats_of(found)) == ["b"]


def test_a_flight_to_catch_decides_who_goes_first() -> None:
    flights = [flight(2, 30, seats_economy=1), flight(3, 300, seats_economy=1)]
    hurried = person("b", onward=(NOON + timedelta(hours=3, minutes=90)).isoformat())
    assert seats_of(assigned(flights, person("a", tier="platinum"), hurried))["b"] == "KL 2 economy"


def test_as_many_as_can_be_are_placed_before_anybody_is_placed_well() -> None:
    flights = [flight(2, 30, seats_economy=2), flight(3, 2000, seats_economy=1)]
    found = assigned(flights, person("a", tier="platinum"), person("b", party="x"), person("c", party="x"))
    assert found.left == ()
    assert seats_of(found)["a"] == "KL 3 economy", "only so there is room for the two who stay together"


def test_unknown_seats_and_flights_without_status_are_given_to_nobody() -> None:
    flights = [flight(2, 30), flight(3, 30, status=None, seats_economy=5)]
    assert assigned(flights, person("a")).placed == ()
    assumed = Preferences(assumed_seats={"economy": 1}, assumed_operating=True)
    assert len(assigned(flights, person("a"), person("b"), preferences=assumed).placed) == 2


def test_a_minor_alone_is_not_sent_through_a_connection() -> None:
    first = flight(10, 10, destination="CDG", arrival=(NOON + timedelta(minutes=80)).isoformat(), seats_economy=5)
    second = flight(11, 150, origin="CDG", seats_economy=5)
    found = assigned([first, second], person("a"), person("b", unaccompanied_minor=True))
    assert seats_of(found) == {"a": "KL 10 + KL 11 economy"}
    assert found.left[0].wanted == ()


def test_those_left_are_told_why_and_what_would_help() -> None:
    booked = flight(1, 0, status="cancelled")
    people = [person("a", tier="gold"), person("b"), person("c", party="x"), person("d", party="x")]
    made = plan(booked, [flight(2, 30, seats_economy=1)], people, DEFAULTS, split=False)
    alone, two = made.left
    assert isinstance(alone, dict)
    assert isinstance(two, dict)
    assert alone["would_help"] == "1 more in economy on KL 2"
    assert two["reason"] == "no flight has 2 free seats together"
    assert two["would_help"] == "let the party be split, or 2 more in economy on KL 2"
    without = plan(booked, [], people[:1], DEFAULTS, split=False)
    assert isinstance(without.left[0], dict)
    assert without.left[0]["reason"] == "no flight leads to the destination in time"


def test_a_flight_that_is_not_cancelled_and_assumed_seats_are_noted() -> None:
    made = plan(flight(1, 0), [flight(2, 30)], [person("a")], Preferences(assumed_seats={"economy": 2}), split=False)
    assert made.notes == [
        "The status of KL 1 in the table is scheduled; make sure that it is not flown.",
        "Assumed: 2 in economy are free on each of 1 flights whose table does not tell.",
    ]


def test_odd_passengers_are_refused() -> None:
    with pytest.raises(DecisionError, match="stands twice"):
        parties_of([person("a"), person("a")])
    with pytest.raises(DecisionError, match="unaccompanied minor"):
        parties_of([person("a", party="x", unaccompanied_minor=True), person("b", party="x")])


def test_two_hundred_passengers_over_sixty_flights_in_seconds_and_always_alike() -> None:
    chance = Random(3)  # noqa: S311 - for people who do not exist
    flights = [
        flight(number, 40 * number, seats_economy=chance.randint(0, 7), seats_business=chance.randint(0, 2))
        for number in range(2, 62)
    ]
    people = [
        person(f"p{n}", party=f"x{n // chance.choice((1, 2))}", tier=chance.choice(("none", "none", "gold")))
        for n in range(200)
    ]
    started = time.process_time()
    found = assigned(flights, *people)
    assert time.process_time() - started < 4, "2 s are aimed at; twice that where others use the machine"
    assert sum(len(one.party.members) for one in (*found.placed, *found.left)) == 200
    assert found == assigned(flights[::-1], *people[::-1])


def scarce(chance: Random, people: int) -> tuple[list[Flight], list[Passenger]]:
    """Give twelve flights with two cabins and too few seats, and varied parties of up to seven."""
    flights = [
        flight(
            number,
            chance.randint(60, 2400),
            seats_economy=chance.randint(people // 60, people // 12),
            seats_business=chance.randint(0, people // 60),
        )
        for number in range(10, 22)
    ]
    found: list[Passenger] = []
    while len(found) < people:
        size = min(people - len(found), chance.choice((1, 1, 1, 2, 2, 2, 3, 3, 4, 4, 5, 6, 7)))
        found += [
            person(
                f"p{len(found) + each:03}",
                party=f"x{len(found):03}",
                cabin=chance.choice(("economy",) * 5 + ("business",)),
                tier=chance.choice(("none",) * 4 + ("silver", "gold", "platinum")),
                reduced_mobility=chance.random() < 0.06,
                onward=NOON + timedelta(minutes=chance.randint(240, 2200)) if chance.random() < 0.25 else None,
            )
            for each in range(size)
        ]
    return flights, found


@pytest.mark.parametrize("seed", range(3))
def test_a_scarce_day_with_varied_parties_is_assigned_while_an_agent_waits(seed: int) -> None:
    flights, people = scarce(Random(seed), 180)  # noqa: S311 - for people who do not exist
    started = time.process_time()
    found = assigned(flights, *people)
    assert time.process_time() - started < 4, "2 s are aimed at; twice that where others use the machine"
    assert found.left
    assert 0 <= found.gap < 0.02


def test_what_was_not_proved_in_time_says_how_far_it_may_be_from_the_best(monkeypatch: pytest.MonkeyPatch) -> None:
    flights, people = scarce(Random(3), 60)  # noqa: S311 - for people who do not exist
    best = assigned(flights, *people)
    assert best.gap == 0
    for seconds in (0.05, 0.02, 0.0):
        monkeypatch.setattr(programme, "PROVING_SECONDS", seconds)
        found = assigned(flights, *people)
        assert found.weight_placed == best.weight_placed
        assert found.weighted_minutes * (1 - found.gap) <= best.weighted_minutes + 1e-6
        assert found.weighted_minutes >= best.weighted_minutes
    assert found.gap > 0
    (note,) = plan(flight(1, 0, status="cancelled"), flights, people, DEFAULTS, split=False).notes
    assert f"was not proved in time: they could be fewer by at most {found.gap:.2%}." in str(note)
