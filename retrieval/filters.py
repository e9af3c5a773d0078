"""A small language of conditions over payloads, which every index adapter translates and plain code can evaluate.

A field is a path into the payload: `tenant`, `values.living_area`.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol, cast

from geographiclib.geodesic import Geodesic


@dataclass(frozen=True, slots=True)
class Equals:
    """The field has exactly this value (a list field: contains it); `True`, `1` and `1.0` are three values."""

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
    """The geo point `location` (`lat`, `lon` in degrees) lies within `radius_m` metres of a place, on a sphere."""

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
    line = cast("_Ellipsoid", cast("object", Geodesic.WGS84)).Inverse(latitude_a, longitude_a, latitude_b, longitude_b)
    return line["s12"]


def sphere_distance_m(latitude_a: float, longitude_a: float, latitude_b: float, longitude_b: float) -> float:
    """Haversine distance in metres on a sphere of the earth's mean radius: how an index measures `Within`.

    It differs from the geodesic by at most 0.6 %, so use `distance_m` for any distance that is shown or decided on.
    """
    phi_a, phi_b = math.radians(latitude_a), math.radians(latitude_b)
    turn = math.radians(longitude_b - longitude_a)
    chord = math.sin((phi_b - phi_a) / 2) ** 2 + math.cos(phi_a) * math.cos(phi_b) * math.sin(turn / 2) ** 2
    return 2 * _MEAN_RADIUS_M * math.asin(math.sqrt(min(1.0, chord)))


def admits(conditions: Sequence[Condition], payload: Mapping[str, object]) -> bool:
    """Whether a payload meets every condition, by the same rules as the index."""
    return all(_holds(condition, payload) for condition in conditions)


_MEAN_RADIUS_M: Final = 6_371_008.8  # IUGG mean radius R1


class _Ellipsoid(Protocol):
    """What is used of geographiclib, which is untyped."""

    def Inverse(self, lat1: float, lon1: float, lat2: float, lon2: float) -> Mapping[str, float]: ...  # noqa: N802


def _holds(condition: Condition, payload: Mapping[str, object]) -> bool:
    match condition:
        case Not(inner):
            return not _holds(inner, payload)
        case Equals(field, wanted):
            return any(_same(value, wanted) for value in _values(payload, field))
        case AnyOf(field, wanted):
            return any(_same(value, one) for value in _values(payload, field) for one in wanted)
        case Between(field, at_least, below):
            return any(_in_range(value, at_least, below) for value in _values(payload, field))
        case Within(field=field):
            return any(_near(condition, value) for value in _values(payload, field))


def _values(payload: Mapping[str, object], field: str) -> Sequence[object]:
    value: object = payload
    for key in field.split("."):
        value = _child(value, key)
    if value is None:
        return ()
    return cast("Sequence[object]", value) if isinstance(value, list | tuple) else (value,)


def _child(value: object, key: str) -> object:
    return cast("Mapping[str, object]", value).get(key) if isinstance(value, Mapping) else None


def _same(value: object, wanted: str | int) -> bool:
    return type(value) is type(wanted) and value == wanted


def _in_range(value: object, at_least: float | None, below: float | None) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return (at_least is None or value >= at_least) and (below is None or value < below)


def _near(condition: Within, point: object) -> bool:
    if not isinstance(point, Mapping):
        return False
    place = cast("Mapping[str, float]", point)
    distance = sphere_distance_m(condition.latitude, condition.longitude, place["lat"], place["lon"])
    return distance <= condition.radius_m
