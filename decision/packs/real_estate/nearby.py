"""Turns what models left unexplained of nearby sales into what they add at the subject: ordinary kriging.

A Gaussian process with an exponential covariance over place and house (Cressie 1993), solved for the nearest sales of
each subject only. Its hyperparameters were found by leaving sales out of the King County market.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from decision.packs.real_estate.market import Flags, Floats, Houses, Ints
from decision.packs.real_estate.surroundings import on_the_sphere

NEARBY: Final = 40
"""How many sales speak at a place."""

PLACE_KM: Final = 2.5
"""Kilometres that make a house a stranger."""

_LENGTHS: Final[tuple[tuple[str, float], ...]] = (
    ("living_area", 1.5),
    ("lot_area", 1.0),
    ("quality", 2.0),
    ("year_built", 50.0),
    ("year_remodelled", 50.0),
    ("view", 3.0),
    ("condition", 8.0),
)
"""How much of each characteristic makes a stranger; areas in logs."""

_WATERFRONT: Final = 2.0
_NEAR: Final = 1.0
_FAR: Final = 0.2
_FAR_LENGTH: Final = 15.0
_NOISE: Final = 1.0
"""Variances of what neighbours share at short and at long range, and of what each sale has of its own; in one unit."""


@dataclass(frozen=True, slots=True)
class Nearby:
    """For n subjects: what nearby sales add (log currency), and the share of variance that stays unexplained."""

    added: Floats
    open: Floats


def positions(houses: Houses, medians: Mapping[str, float]) -> Floats:
    """Give each house its position in the space that the covariance measures distance in, shape (n, axes)."""
    axes = [_axis(houses, name, length, medians[name]) for name, length in _LENGTHS]
    water = np.nan_to_num(houses.column("waterfront")) * _WATERFRONT
    placed = np.isfinite(houses.latitudes) & np.isfinite(houses.longitudes)
    place = np.where(placed[:, None], on_the_sphere(houses) / PLACE_KM, 0.0)
    return np.column_stack([*axes, water, place])


def krige(subjects: Floats, sales: Floats, left: Floats, usable: Flags) -> Nearby:
    """Add up what `left` (log residuals of sales) tells at each subject.

    `subjects` and `sales` are positions; `usable`, shape (subjects, sales), says which sales may speak of whom. A
    subject of whom none may gets 0, and everything stays open.
    """
    parts = [_solved(subjects[at], sales, left, usable[at]) for at in _batches(len(subjects))]
    return Nearby(np.concatenate([one.added for one in parts]), np.concatenate([one.open for one in parts]))


def _solved(subjects: Floats, sales: Floats, left: Floats, usable: Flags) -> Nearby:
    columns, apart = _nearest(subjects, sales, usable)
    around = sales[columns]
    between = np.linalg.norm(around[:, :, None, :] - around[:, None, :, :], axis=3)
    speaks = np.isfinite(apart)
    pairs = speaks[:, :, None] & speaks[:, None, :]
    alone = np.where(speaks, _NOISE, _MUTE)[:, :, None] * np.eye(columns.shape[1])
    shared = np.where(pairs, _covariance(between), 0.0) + alone
    reach = np.where(speaks, _covariance(np.where(speaks, apart, 0.0)), 0.0)
    told, ones = np.where(speaks, left[columns], 0.0), speaks.astype(np.float64)
    solved = np.linalg.solve(shared, np.stack([told, ones, reach], axis=2))
    mass = (ones * solved[:, :, 1]).sum(axis=1)
    mean = np.where(mass > 0, (ones * solved[:, :, 0]).sum(axis=1) / np.where(mass > 0, mass, 1.0), 0.0)
    added = mean + (reach * (solved[:, :, 0] - solved[:, :, 1] * mean[:, None])).sum(axis=1)
    return Nearby(added, 1.0 - (reach * solved[:, :, 2]).sum(axis=1) / (_NEAR + _FAR))


def _nearest(subjects: Floats, sales: Floats, usable: Flags) -> tuple[Ints, Floats]:
    """Give the nearest sales that may speak, shape (subjects, at most NEARBY), and their distances, infinite if not."""
    squared = (subjects**2).sum(axis=1)[:, None] + (sales**2).sum(axis=1)[None, :] - 2 * subjects @ sales.T
    squared = np.where(usable, squared, np.inf)
    count = min(NEARBY, len(sales))
    columns = np.argpartition(squared, count - 1, axis=1)[:, :count].astype(np.int64)
    apart = np.linalg.norm(sales[columns] - subjects[:, None, :], axis=2)
    return columns, np.where(np.take_along_axis(usable, columns, axis=1), apart, np.inf)


def _batches(count: int) -> list[slice]:
    return [slice(start, start + _AT_ONCE) for start in range(0, max(count, 1), _AT_ONCE)]


_AT_ONCE: Final = 256
_MUTE: Final = 1e9


def _covariance(apart: Floats) -> Floats:
    return _NEAR * np.exp(-apart) + _FAR * np.exp(-apart / _FAR_LENGTH)


def _axis(houses: Houses, name: str, length: float, median: float) -> Floats:
    values = houses.column(name)
    values = np.where(np.isnan(values), median if np.isfinite(median) else 0.0, values)
    return (np.log(np.maximum(values, 1.0)) if name.endswith("_area") else values) / length
