"""Turns the facts of a disrupted passenger and the flights found into `recommended_recovery`: what a pack adds.

A pack lists `FLIGHT` among its record kinds, adds `recovery_queries` to its queries, `recommended_recovery` to its
answer and `recovery_claims` to its claims. It needs the facts `origin`, `destination`, `scheduled_departure` and, where
they are known, `scheduled_arrival`, `cabin` and `passengers`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from math import ceil
from typing import Final

from pydantic import JsonValue

from decision.decision import Claim, PassageRef
from decision.facts import Fact
from decision.pack import Found
from decision.recovery.flights import CABINS, Cabin, Flight, flight_of, local
from decision.recovery.itineraries import Excluded, Itinerary, Trip, flight_queries, itineraries
from decision.recovery.preferences import DEFAULTS, Preferences
from decision.recovery.ranking import Option, ranked
from retrieval.corpus import Record
from retrieval.query import Evidence, RecordQuery

SHOWN: Final = 5
"""How many options a recommendation lists."""


_BY_NAME: Final[Mapping[str, Cabin]] = {cabin: cabin for cabin in CABINS}


@dataclass(frozen=True, slots=True)
class Booking:
    """The cabin and the seats that a party had, and in words what of it is assumed."""

    cabin: Cabin
    seats: int
    assumptions: tuple[str, ...]


def booking_of(facts: Mapping[str, Fact]) -> Booking:
    """Read the cabin and the size of the party; what the case does not state is assumed, and said to be."""
    cabin = _BY_NAME.get(str(_value(facts, "cabin")))
    passengers = facts.get("passengers")
    is_stated = passengers is not None and passengers.provenance != "assumed"
    number = passengers.value if passengers and is_stated else None
    assumed = (
        ("The cabin booked is not stated: taken to be economy.", cabin is None),
        ("The number of passengers is not stated: taken to be one, who needs one seat.", number is None),
    )
    return Booking(
        cabin=cabin or "economy",
        seats=ceil(number) if isinstance(number, Decimal) else 1,
        assumptions=tuple(words for words, is_assumed in assumed if is_assumed),
    )


def trip_of(facts: Mapping[str, Fact]) -> Trip | None:
    """Read the booked trip; None where an airport or the scheduled departure is not known."""
    origin, destination = _value(facts, "origin"), _value(facts, "destination")
    departs, arrives = _value(facts, "scheduled_departure"), _value(facts, "scheduled_arrival")
    if not (isinstance(origin, str) and isinstance(destination, str) and isinstance(departs, datetime)):
        return None
    return Trip(
        origin=origin.strip().upper(),
        destination=destination.strip().upper(),
        departs=departs,
        arrives=arrives if isinstance(arrives, datetime) and arrives > departs else None,
    )


def recovery_queries(facts: Mapping[str, Fact], preferences: Preferences = DEFAULTS) -> Mapping[str, RecordQuery]:
    """Ask for the flights that may be ways on; nothing where the trip is not known."""
    trip = trip_of(facts)
    return {} if trip is None else flight_queries(trip, preferences)


def recommended_recovery(
    facts: Mapping[str, Fact], evidence: Found, preferences: Preferences = DEFAULTS
) -> dict[str, JsonValue]:
    """Recommend a way on, with the others and why they were not chosen; an option with doubts is never recommended."""
    trip = trip_of(facts)
    if trip is None:
        return _none(["The airports or the scheduled departure are not known, so no flights were looked for."])
    flights = flights_in(evidence)
    if not flights:
        return _none([f"No flight table on file has flights that leave {trip.origin} for {trip.destination} then."])
    booked = booking_of(facts)
    ways, excluded = itineraries(trip, flights, preferences)
    options, full = ranked(trip, ways, booked.cabin, preferences, booked.seats)
    against = [told(one) for one in (*excluded, *full)]
    if not options:
        return _none(against or ["No flight leads to the destination in time."], booked)
    others = [f"{one.itinerary.name}: {one.reason}" for one in options[1:SHOWN]]
    return {
        "action": "confirm_first" if options[0].doubts else "rebook",
        "options": [option_document(one) for one in options[:SHOWN]],
        "not_chosen_because": [*others, *against],
        **_sought(booked),
    }


def recovery_claims(
    facts: Mapping[str, Fact], evidence: Found, preferences: Preferences = DEFAULTS
) -> tuple[Claim, ...]:
    """Assert the recommended way on, leg by leg, each with the row of the table that tells of it."""
    trip = trip_of(facts)
    if trip is None:
        return ()
    booked, ways = booking_of(facts), itineraries(trip, flights_in(evidence), preferences)[0]
    options, _ = ranked(trip, ways, booked.cabin, preferences, booked.seats)
    if not options or options[0].doubts:
        return ()
    return tuple(
        Claim(
            text=f"{leg.name} leaves {leg.origin} at {local(leg.origin, leg.leaves or leg.departs)} and is to be in "
            f"{leg.destination} at {local(leg.destination, leg.lands or leg.arrives)}.",
            cites=(PassageRef.to_row(leg.record),),
        )
        for leg in options[0].itinerary.legs
    )


def flights_in(evidence: Mapping[str, Sequence[Evidence]]) -> list[Flight]:
    """Read the flights that the queries of a recovery found, each once, in the order of their ids."""
    found = _records(one for name, several in evidence.items() if name.startswith("recovery_") for one in several)
    return [flight_of(found[name]) for name in sorted(found)]


def option_document(one: Option) -> dict[str, JsonValue]:
    """Lay out an option for programs."""
    return {
        "itinerary": itinerary_document(one.itinerary),
        "arrival_delta_min": one.delta_min,
        "cabin": one.cabin,
        "cost": None if one.fare is None else {"value": str(one.fare.value), "currency": one.fare.currency},
        "seats_left": one.seats_left,
        "rank_reason": one.reason,
    }


def itinerary_document(way: Itinerary) -> list[JsonValue]:
    """Lay out the legs of a way on, with the clocks of their airports."""
    return [
        {
            "flight": leg.name,
            "record_id": leg.record.id,
            "origin": leg.origin,
            "destination": leg.destination,
            "departs": local(leg.origin, leg.leaves or leg.departs),
            "arrives": local(leg.destination, leg.lands or leg.arrives),
            "status": leg.status,
        }
        for leg in way.legs
    ]


def told(one: Excluded) -> str:
    """Say why some flights are no way on."""
    named = ", ".join(one.flights[:SHOWN])
    more = f" and {len(one.flights) - SHOWN} more" if len(one.flights) > SHOWN else ""
    return f"{named}{more}: {one.why}"


def _none(reasons: Sequence[str], booked: Booking | None = None) -> dict[str, JsonValue]:
    sought = _sought(booked) if booked else {}
    return {"action": "none_found", "options": [], "not_chosen_because": list(reasons), **sought}


def _sought(booked: Booking) -> dict[str, JsonValue]:
    """Say for how many, and for which cabin, ways on were ranked."""
    return {"cabin": booked.cabin, "passengers": booked.seats, "assumptions": list(booked.assumptions)}


def _records(found: Iterable[Evidence]) -> Mapping[str, Record]:
    return {one.item.id: one.item for one in found if isinstance(one.item, Record)}


def _value(facts: Mapping[str, Fact], name: str) -> object:
    fact = facts.get(name)
    return None if fact is None else fact.value
