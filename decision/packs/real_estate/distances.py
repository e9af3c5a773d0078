"""Turns places into the distances that are shown and decided on: geodesics of the WGS84 ellipsoid."""

import math
from typing import Final

import numpy as np

from decision.packs.real_estate.market import Floats, Houses, Ints, distances_km
from retrieval.filters import distance_m

SPHERE_ERROR: Final = 0.006
"""Largest relative difference between a great circle and the geodesic."""


def geodesic_km(one: Houses, many: Houses) -> Floats:
    """Geodesic distances in kilometres from the first of `one` to each of `many`; NaN where a place is unknown."""
    here = float(one.latitudes[0]), float(one.longitudes[0])
    there = zip(many.latitudes.tolist(), many.longitudes.tolist(), strict=True)
    return np.array([_km(here, place) for place in there], dtype=np.float64)


def nearest_km(one: Houses, many: Houses) -> float | None:
    """Give the geodesic distance in kilometres to the nearest of `many`, or None where no place is known.

    Great circles preselect, which costs less: only what may be the nearest is measured on the ellipsoid.
    """
    rough = distances_km(one, many)[0]
    if np.isnan(rough).all():
        return None
    within = np.nanmin(rough) * (1 + SPHERE_ERROR) / (1 - SPHERE_ERROR)
    near: Ints = np.flatnonzero(rough <= within)
    return float(np.nanmin(geodesic_km(one, many.take(near))))


def _km(here: tuple[float, float], there: tuple[float, float]) -> float:
    return math.nan if math.isnan(sum((*here, *there))) else distance_m(*here, *there) / 1000
