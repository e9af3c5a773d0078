"""Turns the stated facts of a disrupted journey into those that the rules read: territories, distance, delay."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final

from pydantic import JsonValue

from decision.decision import Derivation
from decision.facts import Case, Fact, FactValue
from decision.packs.passenger_rights.route import (
    COUNTRIES,
    DISTANCE_METHOD,
    Place,
    Side,
    distance_km,
    place_at,
    value_of,
)
from decision.rules import Parameters
from decision.values import plain

_WAITS: Final = {
    **dict.fromkeys(("origin_in_eu", "origin_in_uk"), ("origin", "origin_country")),
    **dict.fromkeys(("destination_in_eu", "destination_in_uk"), ("destination", "destination_country")),
    "route_km": ("origin", "destination", "distance_km"),
    "delay_at_arrival": ("arrival_delay",),
    "law_date_differs": ("flight_date",),
}


def derive(case: Case, facts: Mapping[str, Fact], parameters: Parameters, *, same_rules: bool) -> Derivation:
    """Derive facts, and find contradictions between what is stated and what is on record.

    `same_rules` tells whether the rules of the decision's date are those of the date of the flight, where it is stated.
    """
    origin, destination = (place_at(side, facts, case.as_of) for side in ("origin", "destination"))
    distance = _distance(facts, origin, destination, parameters)
    delay = _delay(facts)
    contradictions = [
        words
        for words in (origin.contradiction, destination.contradiction, distance.contradiction, delay.contradiction)
        if words is not None
    ]
    flight_date = value_of(facts, "flight_date")
    values: dict[str, tuple[FactValue | None, str | None]] = {
        "origin_in_eu": (origin.territory.eu if origin.territory else None, origin.country),
        "origin_in_uk": (origin.territory.uk if origin.territory else None, origin.country),
        "destination_in_eu": (destination.territory.eu if destination.territory else None, destination.country),
        "destination_in_uk": (destination.territory.uk if destination.territory else None, destination.country),
        "route_km": (distance.value, distance.basis),
        "delay_at_arrival": (delay.value, delay.basis),
        "law_date_differs": (None if flight_date is None else flight_date != case.as_of, None),
        "contradiction": (bool(contradictions), "; ".join(contradictions) or None),
    }
    return Derivation(
        facts=tuple(Fact(name, value, "derived", basis) for name, (value, basis) in values.items()),
        working=_working(origin, destination, distance, contradictions),
        impossible=(*_other_law(case, facts, same_rules=same_rules), *_impossible(origin, destination, facts)),
        missing=_missing(origin, destination, distance, delay, facts),
        waits=_WAITS,
    )


@dataclass(frozen=True, slots=True)
class _Measured:
    value: Decimal | timedelta | None
    basis: str | None
    contradiction: str | None = None


def _distance(facts: Mapping[str, Fact], origin: Place, destination: Place, parameters: Parameters) -> _Measured:
    computed, stated = distance_km(origin, destination), value_of(facts, "distance_km")
    if not isinstance(stated, Decimal):
        return _Measured(computed, DISTANCE_METHOD)
    apart = computed is not None and abs(computed - stated) > parameters.number("distance_margin")
    words = f"distance_km says {plain(stated)} km, but the airports lie {plain(computed)} km apart" if apart else None
    return _Measured(stated, "stated distance", words)


def _delay(facts: Mapping[str, Fact]) -> _Measured:
    stated, minutes = value_of(facts, "arrival_delay"), value_of(facts, "arrival_delay_min")
    due, arrived = value_of(facts, "scheduled_arrival"), value_of(facts, "actual_arrival")
    found: dict[str, timedelta] = {}
    if isinstance(stated, timedelta):
        found["arrival_delay"] = stated
    if isinstance(minutes, Decimal):
        found["arrival_delay_min"] = timedelta(minutes=float(minutes))
    if isinstance(due, datetime) and isinstance(arrived, datetime):
        found["actual_arrival less scheduled_arrival"] = arrived - due
    if len(set(found.values())) > 1:
        said = [f"{basis} says {plain(delay)}" for basis, delay in found.items()]
        return _Measured(None, None, ", but ".join(said))
    basis, delay = next(iter(found.items()), (None, None))
    return _Measured(delay, basis)


def _other_law(case: Case, facts: Mapping[str, Fact], *, same_rules: bool) -> tuple[str, ...]:
    flown = value_of(facts, "flight_date")
    if not isinstance(flown, date) or flown == case.as_of:
        return ()
    sides: tuple[Side, ...] = ("origin", "destination")
    if same_rules and all(
        place_at(side, facts, flown).territory == place_at(side, facts, case.as_of).territory for side in sides
    ):
        return ()
    words = f"the flight of {flown} falls under other law than that of {case.as_of}"
    return (f"flight_date: {words}; decide it as of the flight's date (leave as_of out)",)


def _impossible(origin: Place, destination: Place, facts: Mapping[str, Fact]) -> tuple[str, ...]:
    problems = [place.problem for place in (origin, destination) if place.problem is not None]
    if origin.airport is not None and origin.airport == destination.airport and value_of(facts, "distance_km") is None:
        problems.append(
            f"destination: {origin.airport.code} is also the origin; state the final destination of the journey, "
            "with outbound and return flight as two cases"
        )
    persons = value_of(facts, "passengers")
    if isinstance(persons, Decimal) and persons != persons.to_integral_value():
        problems.append(f"passengers: {persons} is no number of persons; expected a whole number; correct it")
    return tuple(problems)


def _missing(
    origin: Place, destination: Place, distance: _Measured, delay: _Measured, facts: Mapping[str, Fact]
) -> tuple[str, ...]:
    ends: tuple[tuple[Side, Place], ...] = (("origin", origin), ("destination", destination))
    unlisted = [side for side, place in ends if place.airport is None and value_of(facts, side) is not None]
    wanted = {
        **{side: distance.value is None or place.territory is None for side, place in ends},
        **{COUNTRIES[side]: place.territory is None for side, place in ends if side in unlisted},
        "distance_km": distance.value is None and bool(unlisted),
        "arrival_delay": value_of(facts, "event") == "delay" and delay.value is None and delay.contradiction is None,
        "flight_date": True,
    }
    return tuple(name for name, lacking in wanted.items() if lacking and value_of(facts, name) is None)


def _working(
    origin: Place, destination: Place, distance: _Measured, contradictions: list[str]
) -> Mapping[str, JsonValue]:
    return {
        "origin": _described(origin),
        "destination": _described(destination),
        "distance": {"km": plain(distance.value), "method": distance.basis},
        "contradictions": [*contradictions],
    }


def _described(place: Place) -> JsonValue:
    airport = place.airport
    return {
        "iata": airport.code if airport else None,
        "airport": airport.name if airport else None,
        "country": place.country,
    }
