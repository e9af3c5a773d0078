"""Turns a party and the ways on into its alternatives: who sits in which cabin, the seats taken, what each counts."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from decision.recovery.flights import CABINS, Cabin
from decision.recovery.itineraries import Itinerary, Trip
from decision.recovery.parties import Party, Passenger, weight
from decision.recovery.preferences import Preferences
from decision.recovery.ranking import Weighed, leg_seats, weighed

Seat = tuple[str, Cabin]
"""The id of a flight's record, and a cabin on it."""


@dataclass(frozen=True, slots=True)
class Alternative:
    """A way on for a whole party, `cabins` in the order of its members; `minutes` are weighed by who they are."""

    way: Itinerary
    cabins: tuple[Cabin, ...]
    each: tuple[Weighed, ...]
    minutes: int
    needs: Mapping[Seat, int]


def capacities(ways: Sequence[Itinerary], preferences: Preferences) -> Mapping[Seat, int]:
    """Count the free seats of every flight and cabin; what is not known is not there."""
    found: dict[Seat, int] = {}
    for leg in (leg for way in ways for leg in way.legs):
        for cabin in CABINS:
            free = leg_seats(leg, cabin, preferences)
            if free:
                found[leg.record.id, cabin] = free
    return found


def kind_of(party: Party, ways: Sequence[Itinerary], preferences: Preferences) -> tuple[object, ...]:
    """Tell parties apart by all that matters for their way on; those of one kind are interchangeable."""
    return tuple(
        (
            one.cabin,
            weight(one),
            one.reduced_mobility,
            one.unaccompanied_minor,
            sum(_misses(one, way, preferences) for way in ways),  # the later ones, so that the number tells which
        )
        for one in party.members
    )


def alternatives(
    trip: Trip, party: Party, ways: Sequence[Itinerary], capacity: Mapping[Seat, int], preferences: Preferences
) -> tuple[Alternative, ...]:
    """List what a party could take if it were alone, best first.

    Everybody sits as booked, or all in one cabin. A minor without company is not sent through a connection.
    """
    found: list[Alternative] = []
    booked: tuple[Cabin, ...] = tuple(one.cabin for one in party.members)
    together = [tuple[Cabin, ...]((cabin,) * len(booked)) for cabin in CABINS]
    seatings = dict.fromkeys([booked, *together])
    for way in ways:
        if len(way.legs) > 1 and any(one.unaccompanied_minor for one in party.members):
            continue
        for cabins in seatings:
            count = Counter(cabins)
            needs: dict[Seat, int] = {(leg.record.id, cabin): n for leg in way.legs for cabin, n in count.items()}
            if all(capacity.get(seat, 0) >= needed for seat, needed in needs.items()):
                each = tuple(
                    _weighed(trip, one, way, cabin, preferences)
                    for one, cabin in zip(party.members, cabins, strict=True)
                )
                minutes = sum(weight(one) * how.minutes for one, how in zip(party.members, each, strict=True))
                found.append(Alternative(way, cabins, each, minutes, needs))
    return tuple(sorted(found, key=lambda one: (one.minutes, one.way.lands, one.way.leaves, one.way.name, one.cabins)))


def _weighed(trip: Trip, one: Passenger, way: Itinerary, cabin: Cabin, preferences: Preferences) -> Weighed:
    """Weigh a way on for one passenger: what anybody minds, and what this one does."""
    common = weighed(trip, way, one.cabin, cabin, preferences)
    parts: list[tuple[str, int]] = []
    if one.reduced_mobility and len(way.legs) > 1:
        parts.append(("a connection with reduced mobility", preferences.connection_with_need_min))
    if _misses(one, way, preferences):
        parts.append(("the flight to catch is missed", preferences.missed_connection_min))
    said = tuple(f"{words} (counts as {minutes} min)" for words, minutes in parts)
    return Weighed(common.minutes + sum(minutes for _, minutes in parts), (*common.parts, *said))


def _misses(one: Passenger, way: Itinerary, preferences: Preferences) -> bool:
    least = timedelta(minutes=preferences.minimum_connection_min)
    return one.onward is not None and one.onward - way.lands < least
