"""A small language of conditions over payloads, which every index adapter translates and plain code can evaluate.

A field is a path into the payload: `tenant`, `values.living_area`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from geographiclib.geodesic import Geodesic

@dataclass(frozen=True, slots=True)
class Equals:
    """The field has exactly this value (a list field: contains it)."""

    field: str
    value: str | int | bool


@dataclass(frozen=True, slots=True)
class AnyOf:
    """The field has (a list field: contains) one of these values; no values match nothing."""

    field: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Between:
    """The field is a number with `at_least <= field < below`, either bound optional."""

    field: str
    at_least: float | None = None
    below: float | None = None


@dataclass(frozen=True, slots=True)
class Within:
    """The geo point `location` lies within `radius_m` metres of a place."""

    latitude: float
    longitude: float
    radius_m: float
    field: str = "location"


@dataclass(frozen=True, slots=True)
class Not:
    """The condition does not hold (a missing field does not hold any condition)."""

    condition: "Condition"


Condition = Equals | AnyOf | Between | Within | Not
"""One condition; a filter is a sequence of them, all of which must hold."""


def distance_m(latitude_a: float, longitude_a: float, latitude_b: float, longitude_b: float) -> float:
    """WGS84 geodesic distance in metres (Karney 2013, through geographiclib)."""
    line = cast("Mapping[str, float]", Geodesic.WGS84.Inverse(latitude_a, longitude_a, latitude_b, longitude_b))  # pyright: ignore[reportUnknownMemberType]
    return line["s12"]


def admits(conditions: Sequence[Condition], payload: Mapping[str, object]) -> bool:
    """Whether a payload meets every condition, by the same rules as the index."""
    return all(_holds(condition, payload) for condition in conditions)


def _holds(condition: Condition, payload: Mapping[str, object]) -> bool:
    match condition:
        case Not(inner):
            return not _holds(inner, payload)
        case Equals(field, value):
            return value in _values(payload, field)
        case AnyOf(field, values):
            return any(value in values for value in _values(payload, field))
        case Between(field, at_least, below):
            return any(_in_range(value, at_least, below) for value in _values(payload, field))
        case Within():
            return _near(condition, payload.get(condition.field))


def _values(payload: Mapping[str, object], field: str) -> Sequence[object]:
    value: object = payload
    for key in field.split("."):
        value = cast("Mapping[str, object]", value).get(key) if isinstance(value, Mapping) else None
    if value is None:
        return ()
    return cast("Sequence[object]", value) if isinstance(value, list | tuple) else (value,)


def _in_range(value: object, at_least: float | None, below: float | None) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return (at_least is None or value >= at_least) and (below is None or value < below)


def _near(condition: Within, point: object) -> bool:
    if not isinstance(point, Mapping):
        return False
    place = cast("Mapping[str, float]", point)
    return distance_m(condition.latitude, condition.longitude, place["lat"], place["lon"]) <= condition.radius_m
