"""Turns a disrupted flight, the flights found and its passengers into a plan: options, who travels how, who cannot."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from pydantic import JsonValue

from decision.recovery.alternatives import Alternative, Seat
from decision.recovery.assignment import Assignment, Left, Placed, assign
from decision.recovery.flights import OVER, Cabin, Flight, local
from decision.recovery.itineraries import Itinerary, Trip, itineraries
from decision.recovery.parties import Passenger, parties_of, priority
from decision.recovery.preferences import Preferences
from decision.recovery.ranking import ranked
from decision.recovery.recommendation import itinerary_document, option_document, told

NEAREST: Final = 3
"""How many flights are named on which more seats would help."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan laid out for programs, and what its reader has to know about what it rests on."""

    flight: dict[str, JsonValue]
    options: list[JsonValue]
    not_chosen_because: list[JsonValue]
    assignments: list[JsonValue]
    left: list[JsonValue]
    seats_left: list[JsonValue]
    notes: list[JsonValue]


def trip_on(flight: Flight) -> Trip:
    """Give the trip of somebody who was booked on a flight and goes no further."""
    return Trip(flight.origin, flight.destination, flight.departs, flight.arrives, flight.carrier, flight.name)


def plan(
    flight: Flight, found: Sequence[Flight], passengers: Sequence[Passenger], preferences: Preferences, *, split: bool
) -> Plan:
    """Rank the ways on for the cabin that most were booked in, and seat everybody as well as can be."""
    trip = trip_on(flight)
    ways, excluded = itineraries(trip, found, preferences)
    booked = Counter[Cabin](one.cabin for one in passengers).most_common(1)
    options, full = ranked(trip, ways, booked[0][0] if booked else "economy", preferences)
    assignment = assign(trip, parties_of(passengers, split=split), ways, preferences)
    names = {leg.record.id: leg.name for way in ways for leg in way.legs}
    return Plan(
        flight=_flight(flight),
        options=[option_document(one) for one in options],
        not_chosen_because=[told(one) for one in (*excluded, *full)],
        assignments=[_placed(one, assignment) for one in assignment.placed],
        left=[_left(one, ways, assignment, names) for one in assignment.left],
        seats_left=[
            {
                "flight": names[record],
                "record_id": record,
                "cabin": cabin,
                "had": had,
                "left": assignment.left_over[seat],
            }
            for seat, had in sorted(assignment.capacity.items())
            for record, cabin in [seat]
        ],
        notes=[*_notes(flight, ways, preferences), *_nearly(assignment)],
    )


def _flight(flight: Flight) -> dict[str, JsonValue]:
    return {
        "flight": flight.name,
        "record_id": flight.record.id,
        "origin": flight.origin,
        "destination": flight.destination,
        "departs": local(flight.origin, flight.departs),
        "arrives": local(flight.destination, flight.arrives),
        "status": flight.status,
    }


def _notes(flight: Flight, ways: Sequence[Itinerary], preferences: Preferences) -> list[str]:
    notes: list[str] = []
    if flight.status not in OVER:
        status = flight.status or "not told"
        notes.append(f"The status of {flight.name} in the table is {status}; make sure that it is not flown.")
    legs = {leg.record.id: leg for way in ways for leg in way.legs}.values()
    without = [leg for leg in legs if not leg.seats]
    if without and preferences.assumed_seats:
        seats = ", ".join(f"{n} in {cabin.replace('_', ' ')}" for cabin, n in preferences.assumed_seats.items())
        notes.append(f"Assumed: {seats} are free on each of {len(without)} flights whose table does not tell.")
    elif without:
        notes.append(
            f"The table does not tell the seats left on {len(without)} of {len(legs)} flights; nobody is put on them. "
            "Say how many are free with --assume-seats."
        )
    if preferences.assumed_operating and (untold := sum(leg.status is None for leg in legs)):
        notes.append(f"Assumed: {untold} flights without a status are flown.")
    return notes


def _nearly(assignment: Assignment) -> list[str]:
    """Say so where the assignment was not proved to be the best."""
    if not assignment.gap:
        return []
    unproved = "As much weight as can be is placed, but that the weighted minutes are the fewest was not proved in time"
    return [f"{unproved}: they could be fewer by at most {assignment.gap:.2%}."]


def _placed(one: Placed, assignment: Assignment) -> JsonValue:
    got = one.alternative
    return {
        "party": one.party.id,
        "passengers": [
            {"id": member.id, "cabin": cabin, "priority": list(priority(member)), "reason": "; ".join(how.parts)}
            for member, cabin, how in zip(one.party.members, got.cabins, got.each, strict=True)
        ],
        "itinerary": itinerary_document(got.way),
        "minutes": got.minutes,
        "reason": _reason(one, assignment.left_over),
    }


def _reason(one: Placed, left_over: Mapping[Seat, int]) -> str:
    if one.alternative.minutes == one.first_choice.minutes:
        return "the best way on there is for this party"
    best = one.first_choice
    short = sorted(
        {cabin.replace("_", " ") for (record, cabin), n in best.needs.items() if left_over[record, cabin] < n}
    )
    if not short:
        return f"of the ways on that leave most passengers placed; alone it would have had {best.way.name}"
    return (
        f"the best way on for it alone, {best.way.name}, has no seats left for {len(one.party.members)} in "
        f"{', '.join(short)}: they do more for others, or there they let more be placed"
    )


def _left(one: Left, ways: Sequence[Itinerary], assignment: Assignment, names: Mapping[str, str]) -> JsonValue:
    size = len(one.party.members)
    reason, helps = _why_left(one, ways, assignment, names)
    return {
        "party": one.party.id,
        "passengers": [{"id": member.id, "priority": list(priority(member))} for member in one.party.members],
        "size": size,
        "reason": reason,
        "would_help": helps,
    }


def _why_left(
    one: Left, ways: Sequence[Itinerary], assignment: Assignment, names: Mapping[str, str]
) -> tuple[str, str]:
    size = len(one.party.members)
    if not ways:
        return "no flight leads to the destination in time", "look more hours ahead, or at other airports"
    if not assignment.capacity:
        return "no flight is known to have free seats", "find out the seats left, or state how many to assume"
    if not one.wanted:
        return "only connections are left, and a minor alone is not sent through one", "somebody who goes along"
    alone = [wanted for wanted in one.wanted if _fits(wanted, assignment.capacity)]
    helps = "; ".join(_missing(wanted, assignment.left_over, names) for wanted in _by_way(one.wanted)[:NEAREST])
    if alone:
        return "all seats went to others, so that those who are placed weigh as much as can be", helps
    apart = "let the party be split, or " if size > 1 else ""
    return f"no flight has {size} free seats together", f"{apart}{helps}"


def _by_way(wanted: Sequence[Alternative]) -> list[Alternative]:
    """Keep the best seating of each way on, best first."""
    best: dict[str, Alternative] = {}
    for one in wanted:
        best.setdefault(one.way.name, one)
    return list(best.values())


def _fits(one: Alternative, capacity: Mapping[Seat, int]) -> bool:
    return all(capacity.get(seat, 0) >= needed for seat, needed in one.needs.items())


def _missing(one: Alternative, left_over: Mapping[Seat, int], names: Mapping[str, str]) -> str:
    lacking = {seat: needed - left_over.get(seat, 0) for seat, needed in one.needs.items()}
    said = [
        f"{n} more in {cabin.replace('_', ' ')} on {names[record]}" for (record, cabin), n in lacking.items() if n > 0
    ]
    return " and ".join(said)
