"""Turns flights into ways on for a disrupted trip: direct, or with one connection; and says what is none, and why."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, cast

from decision.recovery.flights import FLIGHT, OVER, Flight, minutes_of, vector
from decision.recovery.preferences import Preferences
from retrieval.filters import AnyOf, Between, Condition, Equals, Not
from retrieval.query import RecordQuery

MOST_FLIGHTS: Final = 1_000
"""How many flights out of, and into, an airport are looked at, those that leave first."""


@dataclass(frozen=True, slots=True)
class Trip:
    """What was booked and does not take place: `flight` and `carrier` where they are known, instants in UTC."""

    origin: str
    destination: str
    departs: datetime
    arrives: datetime | None = None
    carrier: str | None = None
    flight: str | None = None


@dataclass(frozen=True, slots=True)
class Itinerary:
    """One or two flights that lead to the destination; times are as expected now."""

    legs: tuple[Flight, ...]
    leaves: datetime
    lands: datetime
    doubts: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The flights, as a person names them."""
        return " + ".join(leg.name for leg in self.legs)


@dataclass(frozen=True, slots=True)
class Excluded:
    """Flights that were looked at and lead nowhere, and why."""

    why: str
    flights: tuple[str, ...]


def flight_queries(trip: Trip, preferences: Preferences) -> Mapping[str, RecordQuery]:
    """Ask for the flights out of the origin and into the destination that leave after the booked departure.

    What is cancelled, diverted or gone is left out by the index; those between the two airports are asked for apart, to
    be named.
    """
    start, end = minutes_of(trip.departs), minutes_of(trip.departs + timedelta(hours=preferences.horizon_hours)) + 1
    window: tuple[Condition, ...] = (Between("values.departs", at_least=start, below=end),)
    is_open, place = Not(AnyOf("values.status", OVER)), vector({"departs": start})
    leaving, reaching = Equals("values.origin", trip.origin), Equals("values.destination", trip.destination)
    return {
        "recovery_out": RecordQuery(FLIGHT.name, MOST_FLIGHTS, place, (*window, leaving, is_open)),
        "recovery_in": RecordQuery(FLIGHT.name, MOST_FLIGHTS, place, (*window, reaching, is_open)),
        "recovery_closed": RecordQuery(
            FLIGHT.name, MOST_FLIGHTS, place, (*window, leaving, reaching, AnyOf("values.status", OVER))
        ),
    }


def itineraries(
    trip: Trip, flights: Sequence[Flight], preferences: Preferences
) -> tuple[tuple[Itinerary, ...], tuple[Excluded, ...]]:
    """Find the ways on, the earliest arrival first, and name the flights between the two airports that are none.

    `flights` may hold others, and may be in any order; the disrupted flight itself is never a way on.
    """
    found, excluded = _Found(trip, preferences), defaultdict[str, list[str]](list)
    usable: list[Flight] = []
    for flight in sorted({one.record.id: one for one in flights}.values(), key=_order):
        why = found.against(flight)
        if why is None:
            usable.append(flight)
        elif why and (flight.origin, flight.destination) == (trip.origin, trip.destination):
            excluded[why].append(flight.name)
    ways = [one for flight in usable if (one := found.direct(flight)) is not None]
    ways += found.connections(usable, excluded)
    ordered = sorted(ways, key=lambda one: (one.lands, len(one.legs), one.leaves, one.name))
    return tuple(ordered), tuple(Excluded(why, tuple(dict.fromkeys(names))) for why, names in excluded.items())


@dataclass(frozen=True, slots=True)
class _Found:
    trip: Trip
    preferences: Preferences

    def against(self, flight: Flight) -> str | None:
        """Say why a flight cannot be taken; nothing to say of those that do not matter, None of one that can."""
        trip = self.trip
        if flight.name == trip.flight and flight.departs == trip.departs:
            return ""
        last = trip.departs + timedelta(hours=self.preferences.horizon_hours)
        if not trip.departs <= flight.departs <= last:
            return ""
        if flight.status in OVER:
            return f"{flight.status} according to the table"
        if flight.leaves is None or flight.lands is None:
            return "delayed, and the table does not tell until when: unknown is not on time"
        return None

    def direct(self, flight: Flight) -> Itinerary | None:
        if (flight.origin, flight.destination) != (self.trip.origin, self.trip.destination):
            return None
        return self._way((flight,))

    def connections(self, usable: Sequence[Flight], excluded: Mapping[str, list[str]]) -> Iterator[Itinerary]:
        """Join a flight out of the origin with the first ones that leave from where it lands, in time."""
        onward = defaultdict[str, list[Flight]](list)
        for flight in usable:
            if flight.destination == self.trip.destination and flight.origin != self.trip.origin:
                onward[flight.origin].append(flight)
        least = timedelta(minutes=self.preferences.minimum_connection_min)
        longest = timedelta(minutes=self.preferences.longest_connection_min)
        for first in usable:
            if first.origin != self.trip.origin:
                continue
            for second in onward.get(first.destination, ()):
                wait = _known(second.leaves) - _known(first.lands)
                if least <= wait <= longest:
                    yield self._way((first, second))
                elif timedelta(0) <= wait < least:
                    short = f"less than {self.preferences.minimum_connection_min} min between the flights"
                    excluded[short].append(f"{first.name} + {second.name}")

    def _way(self, legs: tuple[Flight, ...]) -> Itinerary:
        untold = [leg.name for leg in legs if leg.status is None and not self.preferences.assumed_operating]
        doubts = tuple(f"the table does not tell whether {name} is flown" for name in untold)
        return Itinerary(legs, _known(legs[0].leaves), _known(legs[-1].lands), doubts)


def _order(flight: Flight) -> tuple[datetime, str, str]:
    return (flight.departs, flight.name, flight.record.id)


def _known(instant: datetime | None) -> datetime:
    """Give a time that `against` found to be known."""
    return cast("datetime", instant)
