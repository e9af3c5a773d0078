"""Turns ways on into ranked options: in which cabin, how much later, with how many seats, and why in this place."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Final

from decision.facts import Money
from decision.recovery.flights import CABINS, Cabin, Flight
from decision.recovery.itineraries import Excluded, Itinerary, Trip
from decision.recovery.preferences import Preferences

LOWER: Final = "a reimbursement for the lower cabin may be owed"
"""What follows from putting somebody into a lower cabin; how much is for the law of the journey to say."""


@dataclass(frozen=True, slots=True)
class Weighed:
    """What a way on counts, in minutes, and the parts of it in words."""

    minutes: int
    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Option:
    """A way on in one cabin. `seats_left` and `fare` are None where the table does not tell; `doubts` must be settled.

    `delta_min` is how much later (negative: earlier) than booked it arrives, None where the booked arrival is unknown.
    """

    itinerary: Itinerary
    cabin: Cabin
    delta_min: int | None
    weighed: Weighed
    seats_left: int | None
    fare: Money | None
    doubts: tuple[str, ...]
    reason: str = ""


def ranked(
    trip: Trip, ways: Sequence[Itinerary], booked: Cabin, preferences: Preferences, seats: int = 1
) -> tuple[tuple[Option, ...], tuple[Excluded, ...]]:
    """Rank ways on for somebody with a booked cabin who needs `seats`; equal ones stay in the order of departure.

    First come options whose seats and flights are certain, then the fewest minutes, the nearest cabin, the lowest fare.
    """
    found: list[Option] = []
    full: list[str] = []
    for way in ways:
        options = list(_options(trip, way, booked, preferences))
        fitting = [one for one in options if one.seats_left is None or one.seats_left >= seats]
        found += fitting
        if not fitting:
            full.append(way.name)
    by_fare = len({one.fare.currency for one in found if one.fare}) == 1  # amounts of two currencies are not compared
    ordered = sorted(found, key=lambda one: _key(one, booked, by_fare=by_fare))[: preferences.most_options]
    excluded = (Excluded("not enough seats are left in any cabin", tuple(full)),) if full else ()
    return tuple(_placed(one, ordered[at - 1] if at else None) for at, one in enumerate(ordered)), excluded


def seats_left(way: Itinerary, cabin: Cabin, preferences: Preferences) -> int | None:
    """Count the seats that are free on every leg; None where one leg does not tell and nothing is assumed."""
    free = [leg_seats(leg, cabin, preferences) for leg in way.legs]
    known = [one for one in free if one is not None]
    return min(known) if len(known) == len(free) else None


def leg_seats(leg: Flight, cabin: Cabin, preferences: Preferences) -> int | None:
    """Count the free seats of a flight: told ones, else assumed ones. A table that tells of one cabin tells of all."""
    if leg.seats:
        return leg.seats.get(cabin, 0)
    return preferences.assumed_seats.get(cabin, 0) if preferences.assumed_seats else None


def weighed(trip: Trip, way: Itinerary, booked: Cabin, cabin: Cabin, preferences: Preferences) -> Weighed:
    """Weigh what anybody minds: the later arrival, a connection, another cabin, another carrier."""
    late = delta(trip, way)
    since = (way.lands - trip.departs).total_seconds() // 60 if late is None else max(0, late)
    parts = [(_arrives(late), int(since))]
    if len(way.legs) > 1:
        parts.append((f"a connection in {way.legs[0].destination}", preferences.connection_min))
    steps = CABINS.index(cabin) - CABINS.index(booked)
    if steps < 0:
        parts.append((f"{_said(cabin)} instead of {_said(booked)}, so {LOWER}", -steps * preferences.lower_cabin_min))
    elif steps > 0:
        parts.append((f"{_said(cabin)}, better than booked", steps * preferences.higher_cabin_min))
    others = sorted({leg.carrier for leg in way.legs} - {trip.carrier or ""}) if trip.carrier else []
    if others:
        parts.append((f"on another carrier ({', '.join(others)})", preferences.other_carrier_min))
    words = [parts[0][0], *(f"{said} (counts as {minutes} min)" for said, minutes in parts[1:])]
    return Weighed(sum(minutes for _, minutes in parts), tuple(words))


def delta(trip: Trip, way: Itinerary) -> int | None:
    """Give the minutes by which a way on arrives later than booked; None where that is not known."""
    return None if trip.arrives is None else int((way.lands - trip.arrives).total_seconds() // 60)


def _options(trip: Trip, way: Itinerary, booked: Cabin, preferences: Preferences) -> Iterator[Option]:
    for cabin in CABINS:
        free = seats_left(way, cabin, preferences)
        if free == 0 or (free is None and cabin != booked):
            continue
        untold = [leg.name for leg in way.legs if leg_seats(leg, cabin, preferences) is None]
        seats = (f"the table does not tell the seats left on {', '.join(untold)}",) if untold else ()
        yield Option(
            itinerary=way,
            cabin=cabin,
            delta_min=delta(trip, way),
            weighed=weighed(trip, way, booked, cabin, preferences),
            seats_left=free,
            fare=_fare(way, cabin),
            doubts=(*way.doubts, *seats),
        )


def _fare(way: Itinerary, cabin: Cabin) -> Money | None:
    """Add the fares of the legs; unknown where one is, or where currencies differ."""
    fares = [leg.fares[cabin] for leg in way.legs if cabin in leg.fares]
    if len(fares) < len(way.legs) or len({fare.currency for fare in fares}) != 1:
        return None
    return Money(value=sum((fare.value for fare in fares), Decimal(0)), currency=fares[0].currency)


def _key(one: Option, booked: Cabin, *, by_fare: bool) -> tuple[bool, int, int, bool, Decimal, datetime, str, int]:
    away = CABINS.index(one.cabin) - CABINS.index(booked)
    fare = one.fare.value if one.fare and by_fare else Decimal(0)
    untold = by_fare and one.fare is None
    way = one.itinerary
    return (bool(one.doubts), one.weighed.minutes, abs(away), untold, fare, way.leaves, way.name, away)


def _placed(one: Option, above: Option | None) -> Option:
    left = "seats not known" if one.seats_left is None else f"{one.seats_left} seats left"
    told = "; ".join((*one.weighed.parts, left, *(f"confirm first: {doubt}" for doubt in one.doubts)))
    if above is None:
        why = "first"
    elif one.doubts and not above.doubts:
        why = "after all that are certain"
    elif one.weighed.minutes > above.weighed.minutes:
        why = f"counts {one.weighed.minutes - above.weighed.minutes} min more than the one above"
    else:
        why = "counts as much as the one above, which is nearer to the booked cabin, cheaper or leaves earlier"
    return replace(one, reason=f"{told}: {why}")


def _arrives(late: int | None) -> str:
    if late is None:
        return "the booked arrival is not known"
    if late == 0:
        return "arrives as booked"
    return f"arrives {late} min after the booked arrival" if late > 0 else f"arrives {-late} min earlier than booked"


def _said(cabin: Cabin) -> str:
    return cabin.replace("_", " ")
