"""Turns a backtest into intervals: how to weigh comparables against the model, and how far off the result may be.

Normalised split conformal prediction (Papadopoulos et al. 2002; Lei et al. 2018): the error of each backtested sale is
divided by an expected error learned from signs of uncertainty, and the quantile of those ratios, times the expected
error of the subject, is the half width. The coverage that is reported was measured month by month, every month with a
calibration that saw only earlier ones.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from decision.packs.real_estate.backtest import Backtest, Estimates, shifted
from decision.packs.real_estate.market import Floats

LEVELS: Final = (0.683, 0.80, 0.90)
"""Coverage of the intervals that are made; 0.683 is the one behind the forecast standard deviation."""

FEWEST_TO_CALIBRATE: Final = 40
"""With fewer backtested sales no interval is stated."""

LATEST_MONTHS: Final = 2
"""Months whose errors tell how a level moves on."""

_SHARES: Final = tuple(step / 20 for step in range(21))
_LEAST_EXPECTED: Final = 0.02
_SIGN_PENALTY: Final = 5.0


@dataclass(frozen=True, slots=True)
class Calibration:
    """Share of the comparables in the value, weights of the signs of uncertainty, half width per level in their units.

    `offset` is by how much values of the latest months came out too low (log): the level moves on while a model is in
    use. It belongs into the level before values are combined. `count` is the number of backtested sales behind it.
    """

    offset: float
    share: float
    sign_weights: Floats
    quantiles: Mapping[float, float]
    count: int

    def log_value(self, estimates: Estimates) -> Floats:
        """Model and comparables, combined."""
        return _combined(estimates, self.share)

    def expected_error(self, estimates: Estimates) -> Floats:
        """Give the error to expect of each estimate, in log currency."""
        return np.maximum(estimates.signs @ self.sign_weights, _LEAST_EXPECTED)

    def half_width(self, estimates: Estimates, level: float, widening: float = 0.0) -> Floats:
        """Half width in log currency; `widening` is the standard deviation of what is not known of the subject."""
        normal = {0.683: 1.0, 0.80: 1.2816, 0.90: 1.6449}[level]
        return np.hypot(self.quantiles[level] * self.expected_error(estimates), normal * widening)


@dataclass(frozen=True, slots=True)
class Measured:
    """What a backtest of the calibration itself showed: coverage and mean width (share of value) per level.

    `median_error` is the median absolute percentage error; `within_fsd` the share of sales within one FSD of the value.
    """

    coverage: Mapping[float, float]
    mean_width: Mapping[float, float]
    median_error: float
    within_fsd: float
    count: int
    first_month: int
    last_month: int


def calibrate(test: Backtest) -> Calibration | None:
    """Give the calibration from a backtest, or None where it holds too few sales."""
    if len(test.logs) < FEWEST_TO_CALIBRATE:
        return None
    offset = _offset(test)
    test = Backtest(test.months, test.logs, shifted(test.estimates, offset))
    share = _share(test)
    errors = np.abs(test.logs - _combined(test.estimates, share))
    ratios = np.sort(_held_out_ratios(test))
    return Calibration(
        offset=offset,
        share=share,
        sign_weights=_expected(test.estimates.signs, errors),
        quantiles={level: _quantile(ratios, level) for level in LEVELS},
        count=len(errors),
    )


def measure(test: Backtest) -> Measured | None:
    """Coverage of later months under calibrations that saw only earlier ones, or None where there is too little."""
    parts: list[tuple[Floats, Floats, list[Floats]]] = []
    months: list[int] = []
    for month in sorted(set(test.months.tolist())):
        earlier = calibrate(test.before(month))
        if earlier is not None:
            then = test.of(month)
            made = shifted(then.estimates, earlier.offset)
            months.append(month)
            widths = [earlier.half_width(made, level) for level in LEVELS]
            parts.append((then.logs, earlier.log_value(made), widths))
    if not parts:
        return None
    errors = np.concatenate([logs - values for logs, values, _ in parts])
    widths = [np.concatenate([half[at] for _, _, half in parts]) for at in range(len(LEVELS))]
    covered = {level: float(np.mean(np.abs(errors) <= half)) for level, half in zip(LEVELS, widths, strict=True)}
    return Measured(
        coverage=covered,
        mean_width={level: float(np.mean(2 * np.sinh(half))) for level, half in zip(LEVELS, widths, strict=True)},
        median_error=float(np.median(np.abs(np.expm1(-errors)))),
        within_fsd=covered[LEVELS[0]],
        count=len(errors),
        first_month=months[0],
        last_month=months[-1],
    )


def _offset(test: Backtest) -> float:
    """Half the median error of the latest months: half, because what moved last month need not go on."""
    latest = test.logs - test.estimates.model
    return 0.5 * float(np.median(latest[test.months >= test.months.max() - LATEST_MONTHS + 1]))


def _combined(estimates: Estimates, share: float) -> Floats:
    """Log of the weighted mean, in currency, of the comparables' value and the model's."""
    return estimates.model + np.log1p(share * np.expm1(estimates.local))


def _share(test: Backtest) -> float:
    """Give the share of the comparables that would have made the least mean absolute error."""
    losses = [np.abs(test.logs - _combined(test.estimates, share)).mean() for share in _SHARES]
    return _SHARES[int(np.argmin(losses))]


def _held_out_ratios(test: Backtest) -> Floats:
    """Error over expected error; of even months by what odd months taught, and the other way round.

    Were a sale's own error among those that taught, ratios would come out too small and intervals too narrow.
    """
    ratios = np.zeros(len(test.logs))
    for parity in (0, 1):
        rows, others = test.months % 2 == parity, test.months % 2 != parity
        teachers = test.where(others if others.any() else rows)
        share = _share(teachers)
        taught = np.abs(teachers.logs - _combined(teachers.estimates, share))
        pupils = test.where(rows)
        errors = np.abs(pupils.logs - _combined(pupils.estimates, share))
        expected = pupils.estimates.signs @ _expected(teachers.estimates.signs, taught)
        ratios[rows] = errors / np.maximum(expected, _LEAST_EXPECTED)
    return ratios


def _expected(signs: Floats, errors: Floats) -> Floats:
    """Ridge of the absolute error on the signs; none but the constant may lower the expected error."""
    penalty = np.diag([0.0] + [_SIGN_PENALTY * float(errors.mean())] * (signs.shape[1] - 1))
    kept = np.ones(signs.shape[1], dtype=np.bool_)
    found = np.zeros(signs.shape[1])
    while True:
        found[:] = 0.0
        part = signs[:, kept]
        found[kept] = np.linalg.solve(part.T @ part + penalty[np.ix_(kept, kept)], part.T @ errors)
        wrong = found < 0
        wrong[0] = False
        if not wrong.any():
            return found
        kept &= ~wrong


def _quantile(ordered: Floats, level: float) -> float:
    """Give the conformal quantile, one standard error on the safe side (training-conditional, Vovk 2012).

    It is the ceil((n + 1) level + sqrt(n level (1 - level)))-th least of n ratios; the largest where that is beyond n.
    """
    count = len(ordered)
    rank = math.ceil((count + 1) * level + math.sqrt(count * level * (1 - level)))
    return float(ordered[min(rank, count) - 1])
