"""Turns subjects and sales into how unlike they are, and the least unlike sales into weights."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from decision.packs.real_estate.market import Flags, Floats, Houses, Ints, Market, distances_km

KM_STEP: Final = 1.0
"""A kilometre counts as one clear difference."""

FADE: Final = 16.0
"""Squared clear differences beyond the best comparable's that leave a weight of 1/e."""

MUCH_ADJUSTED: Final = 0.3
"""Gross adjustment, as a share of the price, that halves a weight.

All three were chosen on King County: near equal weights for comparables that are all alike err least."""

DAYS_STEP: Final = 365.0
"""A year between sale and effective date counts as one clear difference."""

COMPARABLES: Final = 8
"""How many sales a comparables value rests on, at most."""

FEWEST_COMPARABLES: Final = 3
"""So many are kept even if all of them need more adjustment than the limit."""

ELSEWHERE: Final = 1.5
"""Clear differences that another neighbourhood counts for, where places are not known."""


@dataclass(frozen=True, slots=True)
class Reach:
    """How far a comparable may lie (km), how old it may be, how much may be adjusted (share of price).

    `recent_days` is the age up to which a sale counts as recent.
    """

    radius_km: float
    age_days: float
    recent_days: float
    gross_limit: float


@dataclass(frozen=True, slots=True)
class Unlikeness:
    """Squared clear differences, shape (subjects, sales); infinite where a sale may not be a comparable.

    `recent` says which sales are, `in_reach` which are near enough in place and time to tell of a subject at all.
    """

    squared: Floats
    recent: Flags
    in_reach: Flags

    def take(self, columns: Ints) -> "Unlikeness":
        """Give some sales of each subject, shape (subjects, as many)."""
        return Unlikeness(
            np.take_along_axis(self.squared, columns, 1),
            np.take_along_axis(self.recent, columns, 1),
            np.take_along_axis(self.in_reach, columns, 1),
        )

    def without(self, left_out: Flags) -> "Unlikeness":
        """Leave out sales, shape (subjects, sales), as comparables and as neighbours."""
        return Unlikeness(np.where(left_out, np.inf, self.squared), self.recent, self.in_reach & ~left_out)


@dataclass(frozen=True, slots=True)
class Choice:
    """Comparables of n subjects, best first, shape (n, at most COMPARABLES): columns of the market and weights.

    `unlikeness` is infinite, and the weight 0, where a place is left empty.
    """

    columns: Ints
    unlikeness: Floats
    gross: Floats
    weights: Floats


def unlikeness(subjects: Houses, days: Ints, market: Market, reach: Reach) -> Unlikeness:
    """Add the differences of the house, of place and of time; out of reach they are infinite.

    `days` are the subjects' effective dates as ordinals.
    """
    a, b = subjects.vectors, market.houses.vectors
    house = (a**2).sum(axis=1)[:, None] + (b**2).sum(axis=1)[None, :] - 2 * a @ b.T
    km = distances_km(subjects, market.houses)
    age = (days[:, None] - market.days[None, :]).astype(np.float64)
    unplaced = np.isnan(km)
    place = (km / KM_STEP) ** 2
    if unplaced.any():
        place = np.where(unplaced, _elsewhere(subjects, market.houses), place)
    found = np.maximum(house, 0.0) + place + (age / DAYS_STEP) ** 2
    found[(age <= 0) | (age > reach.age_days) | (np.nan_to_num(km) > reach.radius_km)] = np.inf
    return Unlikeness(found, age <= reach.recent_days, np.isfinite(found))


def nearest(found: Floats, count: int) -> Ints:
    """Give the columns of the least values of each row, least first, shape (rows, at most count)."""
    count = min(count, found.shape[1])
    some = np.argpartition(found, count - 1, axis=1)[:, :count] if count < found.shape[1] else None
    if some is None:
        return np.argsort(found, axis=1, kind="stable")
    order = np.argsort(np.take_along_axis(found, some, axis=1), axis=1, kind="stable")
    return np.take_along_axis(some, order, axis=1)


def chosen(columns: Ints, apart: Unlikeness, gross: Floats, gross_limit: float) -> Choice:
    """Choose comparables among the sales considered: the three least unlike recent ones, then the least unlike.

    A sale above the gross limit is used only where fewer than three are left without it.
    """
    order = _order(apart, gross <= gross_limit)[:, :COMPARABLES]
    kept, much = np.take_along_axis(apart.squared, order, axis=1), np.take_along_axis(gross, order, axis=1)
    spare = np.array([place >= FEWEST_COMPARABLES for place in range(order.shape[1])], dtype=np.bool_)
    kept = np.where(np.logical_and(much > gross_limit, spare[None, :]), np.inf, kept)
    best = np.argsort(kept, axis=1, kind="stable")
    order = np.take_along_axis(order, best, axis=1)
    kept, much = np.take_along_axis(kept, best, axis=1), np.take_along_axis(much, best, axis=1)
    return Choice(np.take_along_axis(columns, order, axis=1), kept, much, weights(kept, much))


def weights(found: Floats, gross: Floats) -> Floats:
    """Weights that sum to 1 along the last axis: less for what is unlike, and for what had to be adjusted much.

    `gross` is the sum of absolute adjustments as a share of the price. Where nothing is in reach, all weights are 0.
    """
    least = np.min(found, axis=-1, keepdims=True)
    base = np.where(np.isfinite(found), np.exp(-(found - np.where(np.isfinite(least), least, 0.0)) / FADE), 0.0)
    raw = base / (1.0 + (gross / MUCH_ADJUSTED) ** 2)
    total = raw.sum(axis=-1, keepdims=True)
    return raw / np.where(total > 0, total, 1.0)


_LAST: Final = 1e6


def _order(apart: Unlikeness, suits: Flags) -> Ints:
    """Give places by rank: recent sales that suit, as many as policy asks for, then what suits, then the rest."""
    rank = np.where(suits, apart.squared, apart.squared + _LAST)
    recent = np.where(np.logical_and(suits, apart.recent), apart.squared, np.inf)
    first = np.argsort(recent, axis=1, kind="stable")[:, :FEWEST_COMPARABLES]
    ahead = np.where(np.isfinite(np.take_along_axis(recent, first, axis=1)), _LAST, 0.0)
    np.put_along_axis(rank, first, np.take_along_axis(rank, first, axis=1) - ahead, axis=1)
    return np.argsort(rank, axis=1, kind="stable")


def _elsewhere(subjects: Houses, sales: Houses) -> Floats:
    here, there = np.array(subjects.labels["neighborhood"]), np.array(sales.labels["neighborhood"])
    return np.where(here[:, None] == there[None, :], 0.0, ELSEWHERE**2)
