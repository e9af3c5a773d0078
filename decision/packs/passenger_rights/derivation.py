"""Turns the stated facts of a disrupted journey into those that the rules read: places, distance, times, damage."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from pydantic import JsonValue

from decision.decision import Derivation
from decision.facts import Case, Fact, FactValue, Money
from decision.packs.passenger_rights.route import (
    COUNTRIES,
    DISTANCE_METHOD,
    Place,
    Side,
    distance_km,
    place_at,
    value_of,
)
from decision.packs.passenger_rights.territory import is_overseas_department, parties_to_montreal, state_of
from decision.packs.passenger_rights.timing import Timing, before_anniversary, timing, within_months
from decision.rules import Parameters
from decision.values import plain

SDR: Final = "XDR"
"""The ISO code of Special Drawing Rights, in which the Montreal Convention states its limits."""
_ORIGIN: Final = ("origin", "origin_country")
_DESTINATION: Final = ("destination", "destination_country")
_WAITS: Final = {
    **dict.fromkeys(("origin_in_eu", "origin_in_uk", "origin_in_us", "origin_in_ca"), _ORIGIN),
    **dict.fromkeys(("destination_in_eu", "destination_in_uk", "destination_in_us", "destination_in_ca"), _DESTINATION),
    **dict.fromkeys(("international", "montreal_parties", "overseas_department"), (*_ORIGIN, *_DESTINATION)),
    "route_km": ("origin", "destination", "distance_km"),
    **dict.fromkeys(("delay_at_arrival", "delay_on_block"), ("arrival_delay", "doors_opened", "on_block")),
    "late_at_destination": ("arrival_delay", "rerouting_arrives_late"),
    "departure_delay": ("departure_delay",),
    "waited": ("departure_delay", "waiting_time"),
    "notice_time": ("notice_days", "notice_hours"),
    "damage_proven": ("proven_damage",),
    "damage_in_sdr": ("proven_damage_sdr",),
    **dict.fromkeys(("eu_requested_in_time", "ca_requested_in_time"), ("requested_on",)),
    "mc_sued_in_time": ("sued_on",),
    "law_date_differs": ("flight_date",),
}


def derive(case: Case, facts: Mapping[str, Fact], parameters: Parameters, *, same_rules: bool) -> Derivation:
    """Derive facts, and find contradictions between what is stated and what is on record.

    `same_rules` tells whether the rules of the decision's date are those of the date of the flight, where it is stated.
    """
    origin, destination = (place_at(side, facts, case.as_of) for side in ("origin", "destination"))
    distance = _distance(facts, origin, destination, parameters)
    timed = timing(facts, parameters)
    contradictions = [
        words
        for words in (origin.contradiction, destination.contradiction, distance.contradiction, *timed.contradictions)
        if words is not None
    ]
    flight_date = value_of(facts, "flight_date")
    values: dict[str, tuple[FactValue | None, str | None]] = {
        **_places(origin, destination),
        "route_km": (distance.value, distance.basis),
        "delay_at_arrival": (timed.doors, timed.basis),
        "delay_on_block": (timed.on_block, timed.basis),
        "late_at_destination": (timed.late, None),
        "departure_delay": (timed.departure, "actual_departure less scheduled_departure"),
        "waited": (timed.waited, None),
        "notice_time": (timed.notice, None),
        **_damage(facts),
        **_periods(facts, parameters),
        "law_date_differs": (None if flight_date is None else flight_date != case.as_of, None),
        "contradiction": (bool(contradictions), "; ".join(contradictions) or None),
    }
    return Derivation(
        facts=tuple(Fact(name, value, "derived", basis) for name, (value, basis) in values.items()),
        working=_working(origin, destination, distance, contradictions),
        impossible=(
            *_other_law(case, facts, same_rules=same_rules),
            *_impossible(origin, destination, facts),
            *timed.problems,
        ),
        missing=_missing(_Ends(origin, destination), distance, timed, facts),
        waits=_WAITS,
    )


@dataclass(frozen=True, slots=True)
class _Ends:
    origin: Place
    destination: Place

    def either_in(self, *states: str) -> bool:
        return any(place.country and state_of(place.country) in states for place in (self.origin, self.destination))


def _places(origin: Place, destination: Place) -> dict[str, tuple[FactValue | None, str | None]]:
    found: dict[str, tuple[FactValue | None, str | None]] = {}
    for side, place in (("origin", origin), ("destination", destination)):
        state = state_of(place.country) if place.country else None
        found[f"{side}_in_eu"] = (place.territory.eu if place.territory else None, place.country)
        found[f"{side}_in_uk"] = (place.territory.uk if place.territory else None, place.country)
        found[f"{side}_in_us"] = (None if state is None else state == "US", place.country)
        found[f"{side}_in_ca"] = (None if state is None else state == "CA", place.country)
    start, end = origin.country, destination.country
    is_known = start is not None and end is not None
    found["international"] = (state_of(start) != state_of(end) if start and end else None, None)
    found["montreal_parties"] = (parties_to_montreal(start, end) if start and end else None, None)
    found["overseas_department"] = (_links_overseas(origin, destination) if is_known else None, None)
    return found


def _links_overseas(origin: Place, destination: Place) -> bool | None:
    ends = [place for place in (origin, destination) if place.country and is_overseas_department(place.country)]
    others = [place for place in (origin, destination) if place not in ends]
    if len(ends) != 1:
        return False
    return others[0].territory.eu if others[0].territory else None


def _damage(facts: Mapping[str, Fact]) -> dict[str, tuple[FactValue | None, str | None]]:
    proven, converted = value_of(facts, "proven_damage"), value_of(facts, "proven_damage_sdr")
    sums = [one for one in (proven, converted) if isinstance(one, Money)]
    in_sdr = next((one for one in reversed(sums) if one.currency == SDR), None)
    return {
        "damage_proven": (any(one.value > 0 for one in sums) if sums else None, None),
        "damage_in_sdr": (in_sdr, None),
    }


def _periods(facts: Mapping[str, Fact], parameters: Parameters) -> dict[str, tuple[FactValue | None, str | None]]:
    return {
        "eu_requested_in_time": (within_months(facts, "requested_on", "eu_request_months", parameters), None),
        "ca_requested_in_time": (before_anniversary(facts, "requested_on", "ca_request_months", parameters), None),
        "mc_sued_in_time": (within_months(facts, "sued_on", "mc_action_months", parameters), None),
    }


@dataclass(frozen=True, slots=True)
class _Measured:
    value: Decimal | None
    basis: str | None
    contradiction: str | None = None


def _distance(facts: Mapping[str, Fact], origin: Place, destination: Place, parameters: Parameters) -> _Measured:
    computed, stated = distance_km(origin, destination), value_of(facts, "distance_km")
    if not isinstance(stated, Decimal):
        return _Measured(computed, DISTANCE_METHOD)
    apart = computed is not None and abs(computed - stated) > parameters.number("distance_margin")
    words = f"distance_km says {plain(stated)} km, but the airports lie {plain(computed)} km apart" if apart else None
    return _Measured(stated, "stated distance", words)


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


def _missing(ends: _Ends, distance: _Measured, timed: Timing, facts: Mapping[str, Fact]) -> tuple[str, ...]:
    sides: tuple[tuple[Side, Place], ...] = (("origin", ends.origin), ("destination", ends.destination))
    unlisted = [side for side, place in sides if place.airport is None and value_of(facts, side) is not None]
    wanted = {
        **{side: distance.value is None or place.territory is None for side, place in sides},
        **{COUNTRIES[side]: place.territory is None for side, place in sides if side in unlisted},
        "distance_km": distance.value is None and bool(unlisted),
        "flight_date": True,
        **_missing_times(ends, timed, str(value_of(facts, "event"))),
        "flight_price": value_of(facts, "event") == "downgrade",
    }
    return tuple(name for name, lacking in wanted.items() if lacking and value_of(facts, name) is None)


def _missing_times(ends: _Ends, timed: Timing, event: str) -> Mapping[str, bool]:
    across = ends.either_in("US", "CA")
    is_late = event in {"delay", "missed_connection"}
    return {
        "arrival_delay": is_late and timed.doors is timed.on_block is None and not timed.contradictions,
        "doors_opened": is_late and timed.doors is None and timed.on_block is not None,
        "on_block": is_late and timed.on_block is None and timed.doors is not None,
        "rerouting_arrives_late": across and event in {"cancellation", "denied_boarding"} and timed.late is None,
        "departure_delay": is_late and ends.either_in("CA") and timed.waited is None,
        "waiting_time": event == "cancellation" and ends.either_in("CA") and timed.waited is None,
        "notice_days": event == "cancellation" and ends.either_in("CA") and timed.notice is None,
    }


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
