"""Turns the rooms and areas of a market's houses into those that cannot be meant: far off what their row implies.

What a row implies of one number is a regression of its logarithm on the others; 33 bedrooms in 1,620 square feet are
eleven times what area, bathrooms and quality imply. A count of 0 is none or not known, and implies nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from decision.packs.real_estate.features import NUMBERS
from decision.packs.real_estate.market import Floats, Market, places

FACTOR: Final = 4.0
"""A number so many times what is implied, or so many times less, may be a typo."""

DEVIATIONS: Final = 8.0
"""It is one only where it lies out by so many robust standard deviations, too."""

FEWEST: Final = 200
"""With fewer sales nothing is implied firmly."""

CHECKED: Final = ("living_area", "bedrooms", "bathrooms")
_TOLD_BY: Final = (*CHECKED, "quality")
_MAD_TO_SIGMA: Final = 1.4826
_ROUNDS: Final = 3
_EASE: Final = 1e-6


@dataclass(frozen=True, slots=True)
class Typo:
    """A number of one sale that cannot be meant, and what the rest of its row implies instead."""

    column: int
    field: str
    stated: float
    implied: float


def typos(market: Market) -> tuple[Typo, ...]:
    """Find numbers far off what the rest of their row implies, the farthest of each row."""
    if len(market) < FEWEST:
        return ()
    found: dict[int, list[tuple[float, Typo]]] = {}
    for name in CHECKED:
        stated = market.houses.column(name)
        implied, off = _implied(market, name)
        times = np.maximum(stated, implied) / np.where(off == 0, np.inf, np.minimum(stated, implied))
        wild = (np.abs(off) > DEVIATIONS) & (times > FACTOR)
        for column in places(np.flatnonzero(wild)):
            typo = Typo(column, name, float(stated[column]), float(implied[column]))
            found.setdefault(column, []).append((abs(float(off[column])), typo))
    return tuple(max(several, key=lambda one: one[0])[1] for _, several in sorted(found.items()))


def without_typos(market: Market) -> Market:
    """Give the market with those numbers unknown, so that a median stands in for them."""
    wrong = typos(market)
    if not wrong:
        return market
    numbers = market.houses.numbers.copy()
    for typo in wrong:
        numbers[typo.column, NUMBERS.index(typo.field)] = np.nan
    return replace(market, houses=replace(market.houses, numbers=numbers))


def _implied(market: Market, name: str) -> tuple[Floats, Floats]:
    """Give what the rest of each row implies of a number, and how many robust deviations off it is; 0 if not known."""
    logs = _logs(market, name)
    known = np.isfinite(logs)
    nothing = np.zeros(len(logs))
    columns = _columns(market, [other for other in _TOLD_BY if other != name])
    if known.sum() < FEWEST or not columns.shape[1] > 1:
        return np.where(known, np.exp(logs), 0.0), nothing
    weights = known.astype(np.float64)
    target = np.where(known, logs, 0.0)
    left = nothing
    for _ in range(_ROUNDS):  # what is far off counts less each time, so that it does not imply itself
        weighted = columns * weights[:, None]
        ease = _EASE * np.eye(columns.shape[1])
        left = target - columns @ np.linalg.solve(weighted.T @ columns + ease, weighted.T @ target)
        spread = _spread(left[known])
        weights = known / np.maximum(np.abs(left) / (2 * spread), 1.0) ** 2
    off = np.where(known, (left - np.median(left[known])) / _spread(left[known]), 0.0)
    return np.exp(target - left), off


def _columns(market: Market, names: Sequence[str]) -> Floats:
    found = [np.ones(len(market))]
    for name in names:
        values = _logs(market, name)
        if np.isfinite(values).any():
            found.append(np.where(np.isfinite(values), values, np.nanmedian(values)))
    return np.column_stack(found)


def _logs(market: Market, name: str) -> Floats:
    """Give the logarithms of what is above 0; NaN for what is not, or not known."""
    values = market.houses.column(name)
    return np.log(np.where(values > 0, values, np.nan))


def _spread(left: Floats) -> float:
    return _MAD_TO_SIGMA * float(np.median(np.abs(left - np.median(left)))) + _EASE
