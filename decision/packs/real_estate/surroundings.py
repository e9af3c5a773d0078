"""Turns places into what stands around them: the nearest sold houses, what they are like, how far away they are."""

from functools import lru_cache
from typing import Final, Protocol, cast

import numpy as np

from decision.packs.real_estate.market import EARTH_RADIUS_KM, Flags, Floats, Houses, Ints, Market

NEAREST: Final = (10, 30)
"""How many of the nearest sold houses tell what a place is like."""

AROUND: Final = ("living_area", "quality", "year_built", "lot_area", "view", "condition")
"""What is told of them. No price is among it: prices speak through the comparables and the sales nearby."""

COMPARED: Final = ("living_area", "quality", "year_built")
"""What a house is compared with them in."""

_SPARE: Final = 6
"""So many more are looked at, for sales of the same parcel are not its surroundings."""


def on_the_sphere(houses: Houses) -> Floats:
    """Give places as kilometres in space, shape (n, 3); below 15 km a chord is an arc to a millionth."""
    latitude, longitude = np.radians(houses.latitudes), np.radians(houses.longitudes)
    flat = np.cos(latitude)
    place = np.column_stack([flat * np.cos(longitude), flat * np.sin(longitude), np.sin(latitude)])
    return EARTH_RADIUS_KM * place


def surroundings(subjects: Market, sales: Market) -> Floats:
    """Describe what stands around each subject, shape (n, features); NaN where a place is not known.

    For each number of NEAREST: means of AROUND and the distance of the last (km), then COMPARED against those means.
    """
    found = np.full((len(subjects), len(NEAREST) * (len(AROUND) + 1 + len(COMPARED))), np.nan)
    placed, there = _placed(subjects.houses), np.flatnonzero(_placed(sales.houses))
    if not placed.any() or len(there) <= NEAREST[-1] + _SPARE:
        return found
    here = on_the_sphere(subjects.houses.take(np.flatnonzero(placed)))
    apart, columns = _tree_of(sales).query(here, k=NEAREST[-1] + _SPARE)
    columns = there[columns]
    others = subjects.parcels[placed][:, None] != sales.parcels[columns]
    described = [_described(subjects.houses, sales.houses, placed, columns, apart, others, k) for k in NEAREST]
    found[placed] = np.column_stack(described)
    return found


@lru_cache(maxsize=2)
def _tree_of(sales: Market) -> "_Search":
    """Give the tree of the sales whose places are known."""
    from scipy.spatial import KDTree  # noqa: PLC0415 - takes a while, which commands that value nothing need not wait

    return cast("_Search", KDTree(on_the_sphere(sales.houses.take(np.flatnonzero(_placed(sales.houses))))))


class _Search(Protocol):
    """A tree of places, as far as it is needed here."""

    def query(self, x: Floats, k: int) -> tuple[Floats, Ints]:
        """Give distances and rows of the `k` nearest places, shape (rows of x, k) each, nearest first."""
        ...


def _described(  # noqa: PLR0913, PLR0917 -- one table of neighbours, read column by column
    subjects: Houses, sales: Houses, placed: Flags, columns: Ints, apart: Floats, others: Flags, count: int
) -> Floats:
    used = others & (np.cumsum(others, axis=1) <= count)
    means = [_mean(_scaled(sales, name)[columns], used) for name in AROUND]
    own = [_scaled(subjects, name)[placed] - means[AROUND.index(name)] for name in COMPARED]
    return np.column_stack([*means, np.where(used, apart, 0.0).max(axis=1), *own])


def _scaled(houses: Houses, name: str) -> Floats:
    values = houses.column(name)
    return np.log(np.maximum(values, 1.0)) if name.endswith("_area") else values


def _mean(values: Floats, used: Flags) -> Floats:
    known = used & np.isfinite(values)
    total = np.where(known, values, 0.0).sum(axis=1)
    counted = known.sum(axis=1)
    return np.where(counted > 0, total / np.maximum(counted, 1), np.nan)


def _placed(houses: Houses) -> Flags:
    return np.isfinite(houses.latitudes) & np.isfinite(houses.longitudes)
