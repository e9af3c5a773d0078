"""Turns the ends of a journey, as stated, into places with a territory, and their distance into kilometres."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Final, Literal

import airportsdata

from decision.facts import Fact, FactValue
from decision.packs.passenger_rights.territory import DEPENDENT, Territory, country_code, territory_of
from retrieval.filters import distance_m

DISTANCE_METHOD: Final = "WGS84 geodesic from the first departure to the final destination"
_METRES_PER_KM: Final = 1000

Side = Literal["origin", "destination"]
COUNTRIES: Final[Mapping[Side, str]] = {"origin": "origin_country", "destination": "destination_country"}
"""The fact that states in which country an end of the journey lies."""


@dataclass(frozen=True, slots=True)
class Airport:
    """An airport as listed: IATA code, name, ISO country code, degrees north and east."""

    code: str
    name: str
    country: str
    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class Place:
    """One end of a journey: what is known of it, what is wrong with it, and what about it contradicts the record."""

    airport: Airport | None = None
    country: str | None = None
    territory: Territory | None = None
    problem: str | None = None
    contradiction: str | None = None


def place_at(side: Side, facts: Mapping[str, Fact], day: date) -> Place:
    """One end of the journey; a country that was given goes before the one that is looked up."""
    code, stated = _text(facts, side), _text(facts, COUNTRIES[side])
    airport = None if code is None else _airports().get(code.upper())
    if stated is not None and country_code(stated) not in _countries():
        return Place(
            problem=f"{COUNTRIES[side]}: {stated} is no country code; expected two letters such as NL; correct it"
        )
    if code is not None and airport is None and (stated is None or value_of(facts, "distance_km") is None):
        return Place(
            problem=f"{side}: {code} is no known airport; expected an IATA code of three letters such as AMS; "
            f"correct it, or state {COUNTRIES[side]} and distance_km"
        )
    country = stated or (airport.country if airport else None)
    if country is None:
        return Place()
    found = territory_of(country, day, airport.code if airport else None)
    return Place(airport, country_code(country), found, None, _contradiction(side, airport, country, day))


def distance_km(origin: Place, destination: Place) -> Decimal | None:
    """Measure the geodesic between two airports, to the metre; None when one of them is not known."""
    start, end = origin.airport, destination.airport
    if start is None or end is None:
        return None
    metres = distance_m(start.latitude, start.longitude, end.latitude, end.longitude)
    return Decimal(round(metres)) / _METRES_PER_KM


def value_of(facts: Mapping[str, Fact], name: str) -> FactValue | None:
    """Give the value of a fact; None when unknown."""
    fact = facts.get(name)
    return None if fact is None else fact.value


def _text(facts: Mapping[str, Fact], name: str) -> str | None:
    value = value_of(facts, name)
    return value.strip() if isinstance(value, str) else None


def _contradiction(side: Side, airport: Airport | None, country: str, day: date) -> str | None:
    if airport is None:
        return None
    listed = territory_of(airport.country, day, airport.code)
    if listed == territory_of(country, day, airport.code):
        return None
    return f"{COUNTRIES[side]} says {country_code(country)}, but {airport.code} is listed in {airport.country}"


@cache
def _airports() -> Mapping[str, Airport]:
    return {
        code: Airport(code, row["name"], row["country"], float(row["lat"]), float(row["lon"]))
        for code, row in airportsdata.load("IATA").items()
    }


@cache
def _countries() -> frozenset[str]:
    return DEPENDENT | frozenset(airport.country for airport in _airports().values())
