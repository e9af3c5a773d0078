"""Turns subjects and sales into how unlike they are, and the least unlike sales into weights."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from decision.packs.real_estate.market import Floats, Houses, Ints, Market, distances_km

KM_STEP: Final = 0.5
"""Half a kilometre counts as one clear difference."""

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
    """How far a comparable may lie (km), how old it may be (days), how much may be adjusted (share of price)."""

    radius_km: float
    age_days: float
    gross_limit: float


@dataclass(frozen=True, slots=True)
class Choice:
    """Comparables of n subjects, best first, shape (n, at most COMPARABLES): columns of the market and weights.

    `unlikeness` is infinite, and the weight 0, where a place is left empty.
    """

    columns: Ints
    unlikeness: Floats
    gross: Floats
    weights: Floats


def unlikeness(subjects: Houses, days: Ints, market: Market, reach: Reach) -> Floats:
    """Squared clear differences, shape (subjects, sales): of the house, of place, of time; infinite out of reach.

    `days` are the subjects' effective dates as ordinals.
    """
    a, b = subjects.vectors, market.houses.vectors
    house = (a**2).sum(axis=1)[:, None] + (b**2).sum(axis=1)[None, :] - 2 * a @ b.T
    km = distances_km(subjects, market.houses)
    age = (days[:, None] - market.days[None, :]).astype(np.float64)
    place = np.where(np.isnan(km), _elsewhere(subjects, market.houses), (km / KM_STEP) ** 2)
    found = np.maximum(house, 0.0) + place + (age / DAYS_STEP) ** 2
    found[(age <= 0) | (age > reach.age_days) | (np.nan_to_num(km) > reach.radius_km)] = np.inf
    return found


def nearest(found: Floats, count: int) -> Ints:
    """Give the columns of the least values of each row, least first, shape (rows, at most count)."""
    count = min(count, found.shape[1])
    some = np.argpartition(found, count - 1, axis=1)[:, :count] if count < found.shape[1] else None
    if some is None:
        return np.argsort(found, axis=1, kind="stable")
    order = np.argsort(np.take_along_axis(found, some, axis=1), axis=1, kind="stable")
    return np.take_along_axis(some, order, axis=1)


def chosen(columns: Ints, found: Floats, gross: Floats, gross_limit: float) -> Choice:
    """From sales considered, the comparables: those above the gross limit only where fewer than three are left."""
    rank = np.where(gross > gross_limit, found + _LAST, found)
    order = np.argsort(rank, axis=1, kind="stable")[:, :COMPARABLES]
    kept, much = np.take_along_axis(found, order, axis=1), np.take_along_axis(gross, order, axis=1)
    spare = np.array([place >= FEWEST_COMPARABLES for place in range(order.shape[1])], dtype=np.bool_)
    too_much = np.logical_and(much > gross_limit, spare[None, :])
    kept = np.where(too_much, np.inf, kept)
    return Choice(np.take_along_axis(columns, order, axis=1), kept, much, weights(kept, much))


def weights(found: Floats, gross: Floats) -> Floats:
    """Weights that sum to 1 along the last axis: less for what is unlike, and for what had to be adjusted much.

    `gross` is the sum of absolute adjustments as a share of the price. Where nothing is in reach, all weights are 0.
    """
    least = np.min(found, axis=-1, keepdims=True)
    base = np.where(np.isfinite(found), np.exp(-(found - np.where(np.isfinite(least), least, 0.0)) / 4.0), 0.0)
    raw = base / (1.0 + (gross / 0.15) ** 2)
    total = raw.sum(axis=-1, keepdims=True)
    return raw / np.where(total > 0, total, 1.0)


_LAST: Final = 1e6


def _elsewhere(subjects: Houses, sales: Houses) -> Floats:
    here, there = np.array(subjects.labels["neighborhood"]), np.array(sales.labels["neighborhood"])
    return np.where(here[:, None] == there[None, :], 0.0, ELSEWHERE**2)
