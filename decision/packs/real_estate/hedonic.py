"""Turns a market into a hedonic model: log price as a sum of what each characteristic, the place and the month add.

Ridge regression with Huber weights (so that a few odd sales do not bend it), economic signs held where economics is
clear (a larger house is never worth less), and a month index that is smoothed as a random walk.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from decision.packs.real_estate.design import Design
from decision.packs.real_estate.market import Floats, Ints, Market

HALF_LIFE_MONTHS: Final = 24.0
"""A sale this much older weighs half; chosen on Ames, walk forward, where 24 and none differ little."""

INDEX_STIFFNESS: Final = 300.0
"""Penalty on month-to-month steps of the index: a step of 0.5 % weighs like a residual of 9 % of one sale."""

HUBER: Final = 1.0
"""Residuals beyond this many robust standard deviations count by their size, no longer by its square."""


@dataclass(frozen=True, slots=True)
class Hedonic:
    """A fitted model: one coefficient per column of the design, and the log level of each month from `first_month`."""

    design: Design
    coefficients: Floats
    levels: Floats
    first_month: int

    @property
    def last_month(self) -> int:
        """The last month that a sale was seen in."""
        return self.first_month + len(self.levels) - 1

    def level(self, months: Ints) -> Floats:
        """Give the log level of months; beyond the last sale the last level stays, because trends are not assumed."""
        return self.levels[np.clip(months - self.first_month, 0, len(self.levels) - 1)]

    def log_value(self, rows: Floats, months: Ints) -> Floats:
        """Log prices of design rows in months."""
        return rows @ self.coefficients + self.level(months)

    def parts(self, rows: Floats) -> Floats:
        """Give what each characteristic adds to the log price, shape (rows, characteristics of the design)."""
        return (rows * self.coefficients) @ self.design.membership


def fit(design: Design, rows: Floats, market: Market, earlier: Hedonic | None = None, rounds: int = 5) -> Hedonic:
    """Fit on every sale given; `earlier` is a model of almost the same sales to start from, which saves rounds."""
    logs = np.log(market.prices)
    first, last = int(market.months[0]), int(market.months[-1])
    age = 0.5 ** ((last - market.months) / HALF_LIFE_MONTHS)
    levels = (
        np.full(last - first + 1, np.average(logs, weights=age))
        if earlier is None
        else _continued(earlier, first, last)
    )
    weights = age
    if earlier is not None:
        known = earlier.design.rows(market.houses) @ earlier.coefficients
        residuals = logs - known - levels[market.months - first]
        weights = age * _huber(residuals)
    coefficients = np.zeros(rows.shape[1])
    for _ in range(rounds):
        coefficients = _ridge(design, rows, logs - levels[market.months - first], weights)
        unexplained = logs - rows @ coefficients
        levels = _smoothed(unexplained, market.months - first, weights, len(levels))
        weights = age * _huber(unexplained - levels[market.months - first])
    return Hedonic(design=design, coefficients=coefficients, levels=levels, first_month=first)


def _ridge(design: Design, rows: Floats, target: Floats, weights: Floats) -> Floats:
    """Weighted ridge; columns that must not be negative and came out so are left out and the rest fitted again."""
    weighted = rows.T * weights
    gram, moment = weighted @ rows + np.diag(design.penalties), weighted @ target
    kept = np.ones(len(moment), dtype=np.bool_)
    coefficients = np.zeros(len(moment))
    for _ in range(len(moment)):
        coefficients[:] = 0.0
        coefficients[kept] = np.linalg.solve(gram[np.ix_(kept, kept)], moment[kept])
        wrong = design.rising & (coefficients < 0)
        if not wrong.any():
            break
        kept &= ~wrong
    return design.held_rising(coefficients)


def _smoothed(unexplained: Floats, places: Ints, weights: Floats, months: int) -> Floats:
    """Month levels that minimise weighted squares plus the penalty on steps (a random-walk smoother)."""
    mass = np.bincount(places, weights=weights, minlength=months)
    pull = np.bincount(places, weights=weights * unexplained, minlength=months)
    steps = np.diff(np.eye(months), axis=0)
    return np.linalg.solve(np.diag(mass) + INDEX_STIFFNESS * steps.T @ steps, pull).astype(np.float64)


def _huber(residuals: Floats) -> Floats:
    scale = max(1.4826 * float(np.median(np.abs(residuals))), 1e-6)
    return np.minimum(1.0, HUBER * scale / np.maximum(np.abs(residuals), 1e-12))


def _continued(earlier: Hedonic, first: int, last: int) -> Floats:
    return earlier.level(np.arange(first, last + 1))
