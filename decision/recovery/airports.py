"""Turns an IATA code into the airport that bears it: its time zone and place."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo

import airportsdata

from decision.values import did_you_mean
from retrieval.corpus import RecordRefusedError
from retrieval.filters import distance_m

FASTEST_KM_H: Final = 1_150.0
"""No airliner is faster over the ground, whatever the wind."""


@dataclass(frozen=True, slots=True)
class Airport:
    """An airport, with degrees in WGS84."""

    code: str
    zone: ZoneInfo
    latitude: float
    longitude: float


def airport(field: str, code: object) -> Airport:
    """Find an airport; RecordRefusedError, naming the field, for a code that no airport bears."""
    words = "" if code is None else str(code).strip().upper()
    found = _airports().get(words)
    if found is None:
        hint = did_you_mean(words, list(_airports())) if words else ""
        raise RecordRefusedError(f"{field}: expected the IATA code of an airport, found {words or 'none'!r}{hint}")
    return found


def least_minutes(origin: Airport, destination: Airport) -> float:
    """Give the minutes without which nobody flies from one to the other."""
    metres = distance_m(origin.latitude, origin.longitude, destination.latitude, destination.longitude)
    return metres / 1000 / FASTEST_KM_H * 60


@cache
def _airports() -> Mapping[str, Airport]:
    return {
        code: Airport(code, ZoneInfo(row["tz"]), float(row["lat"]), float(row["lon"]))
        for code, row in airportsdata.load("IATA").items()
        if row["tz"]
    }
