"""The assignment is the best there is: as good as trying everything, never worse than seating one after another."""

from collections.abc import Mapping, Sequence
from itertools import product
from random import Random

from flying import TRIP, flight
from hypothesis import given, settings
from hypothesis import strategies as st

from decision.recovery.alternatives import Alternative, Seat, alternatives, capacities
from decision.recovery.assignment import Assignment, assign
from decision.recovery.flights import Flight
from decision.recovery.itineraries import Itinerary, itineraries
from decision.recovery.parties import Party, Passenger, parties_of, weight
from decision.recovery.preferences import DEFAULTS

Worth = tuple[int, int]
"""The weight that is placed, and minus the minutes: more is better."""

SEATS = st.integers(min_value=0, max_value=2)
PEOPLE = st.builds(
    dict[str, object],
    party=st.sampled_from(("x", "y", "z")),
    cabin=st.sampled_from(("economy", "business")),
    reduced_mobility=st.booleans(),
    tier=st.sampled_from(("none", "gold")),
)
TABLES = st.lists(st.tuples(st.integers(min_value=1, max_value=600), SEATS, SEATS), min_size=1, max_size=3)


def flights_of(table: Sequence[tuple[int, int, int]]) -> list[Flight]:
    return [
        flight(number, leaves, seats_economy=economy, seats_business=business)
        for number, (leaves, economy, business) in enumerate(table, 2)
    ]


def passengers_of(people: Sequence[Mapping[str, object]]) -> list[Passenger]:
    return [Passenger.model_validate({"id": f"p{n}", **one}) for n, one in enumerate(people)]


def choices_of(parties: Sequence[Party], ways: Sequence[Itinerary]) -> list[Sequence[Alternative]]:
    capacity = capacities(ways, DEFAULTS)
    return [alternatives(TRIP, party, ways, capacity, DEFAULTS) for party in parties]


def worth(parties: Sequence[Party], taken: Sequence[Alternative | None]) -> Worth:
    pairs = [(party, one) for party, one in zip(parties, taken, strict=True) if one is not None]
    placed = sum(weight(member) for party, _ in pairs for member in party.members)
    return (placed, -sum(one.minutes for _, one in pairs))


def fits(taken: Sequence[Alternative | None], capacity: Mapping[Seat, int]) -> bool:
    used: dict[Seat, int] = {}
    for one in taken:
        for seat, needed in () if one is None else one.needs.items():
            used[seat] = used.get(seat, 0) + needed
    return all(needed <= capacity.get(seat, 0) for seat, needed in used.items())


def by_trying_everything(parties: Sequence[Party], ways: Sequence[Itinerary]) -> Worth:
    capacity = capacities(ways, DEFAULTS)
    every = product(*((None, *options) for options in choices_of(parties, ways)))
    return max(worth(parties, taken) for taken in every if fits(taken, capacity))


def one_after_another(parties: Sequence[Party], ways: Sequence[Itinerary]) -> Worth:
    capacity = capacities(ways, DEFAULTS)
    order = sorted(range(len(parties)), key=lambda at: -max(map(weight, parties[at].members)))
    taken: list[Alternative | None] = [None] * len(parties)
    choices = choices_of(parties, ways)
    for at in order:
        for one in choices[at]:
            taken[at] = one
            if fits(taken, capacity):
                break
            taken[at] = None
    return worth(parties, taken)


def reached(found: Assignment) -> Worth:
    return (found.weight_placed, -found.weighted_minutes)


@settings(max_examples=60, deadline=None)
@given(table=TABLES, people=st.lists(PEOPLE, min_size=1, max_size=6), split=st.booleans())
def test_it_is_as_good_as_trying_everything(
    table: list[tuple[int, int, int]], people: list[dict[str, object]], *, split: bool
) -> None:
    ways = itineraries(TRIP, flights_of(table), DEFAULTS)[0]
    parties = parties_of(passengers_of(people), split=split)[:4]
    found = assign(TRIP, parties, ways, DEFAULTS)
    assert reached(found) == by_trying_everything(parties, ways)
    assert min(found.left_over.values(), default=0) >= 0
    assert len(found.placed) + len(found.left) == len(parties)


@settings(max_examples=40, deadline=None)
@given(
    table=st.lists(st.tuples(st.integers(min_value=1, max_value=600), SEATS, SEATS), min_size=1, max_size=6),
    people=st.lists(PEOPLE, min_size=1, max_size=14),
    order=st.randoms(use_true_random=False),
)
def test_giving_seats_one_after_another_is_never_better_and_the_order_does_not_matter(
    table: list[tuple[int, int, int]], people: list[dict[str, object]], order: Random
) -> None:
    flights, passengers = flights_of(table), passengers_of(people)
    ways = itineraries(TRIP, flights, DEFAULTS)[0]
    parties = parties_of(passengers, split=True)
    found = assign(TRIP, parties, ways, DEFAULTS)
    assert reached(found) >= one_after_another(parties, ways)
    order.shuffle(flights)
    order.shuffle(passengers)
    again = assign(TRIP, parties_of(passengers, split=True), itineraries(TRIP, flights, DEFAULTS)[0], DEFAULTS)
    assert again == found


def test_giving_seats_one_after_another_can_be_worse() -> None:
    """A couple and one with status: who goes first takes the flight on which alone the couple has room."""
    flights = [flight(2, 30, seats_economy=2), flight(3, 400, seats_economy=1)]
    passengers = [
        Passenger(id="a", tier="platinum"),
        Passenger(id="b", party="x"),
        Passenger(id="c", party="x"),
    ]
    ways = itineraries(TRIP, flights, DEFAULTS)[0]
    parties = parties_of(passengers)
    assert reached(assign(TRIP, parties, ways, DEFAULTS)) > one_after_another(parties, ways)
