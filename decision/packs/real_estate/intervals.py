"""Turns a backtest into intervals: how to weigh comparables against the model, and how far off the result may be.

Normalised split conformal prediction (Papadopoulos et al. 2002; Lei et al. 2018): the error of each backtested sale is
divided by an expected error learned from signs of uncertainty, and quantiles of those ratios, times the expected error
of the subject, say how far the price may lie below and above the value. Where there are enough sales, cheap and dear
houses have quantiles of their own (Mondrian, Vovk et al. 2003), and later sales count more (Barber et al. 2023). The
coverage that is reported was measured month by month, every month with a calibration that saw only earlier ones.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from decision.packs.real_estate.backtest import Backtest, Estimates, shifted
from decision.packs.real_estate.market import Floats, Ints

LEVELS: Final = (0.683, 0.80, 0.90)
"""Coverage of the intervals that are made; 0.683 is the one behind the forecast standard deviation."""

FEWEST_TO_CALIBRATE: Final = 40
"""With fewer backtested sales no interval is stated."""

FEWEST_TO_DIVIDE: Final = 1500
"""With fewer, all houses share their quantiles, and those are the same on either side."""

BANDS: Final = (0.1, 0.3, 0.9)
"""Ranks in the market at which houses of other quantiles begin: errors are largest, and most lopsided, at the ends."""

CHEAP_COUNTS: Final = 5.0
DEAR_COUNTS: Final = 1.5
"""How often a sale of the cheapest tenth counts for how far a price may lie below its value, and one of the dearest
tenth for how far above: what was paid least was mostly paid below value, and would else be covered least."""

MONTHS_TO_HALF: Final = 3.0
"""Months after which a backtested sale counts half: how much prices scatter changes with the season."""

LATEST_MONTHS: Final = 2
"""Months whose errors tell how a level moves on."""

_SHARES: Final = tuple(step / 20 for step in range(21))
_LEAST_EXPECTED: Final = 0.02
_LARGEST_EXPECTED: Final = 0.6
_SIGN_PENALTY: Final = 20.0
_CHEAP: Final = 0.35
_DEAR: Final = 0.9
_TENTH: Final = 0.1


@dataclass(frozen=True, slots=True)
class Quantiles:
    """For one level, how far prices lie below and above values, in expected errors, by band of rank."""

    below: tuple[float, ...]
    above: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Calibration:
    """Share of the comparables in the value, weights of the signs of uncertainty, quantiles per level in their units.

    `offset` is by how much values of the latest months came out too low (log): the level moves on while a model is in
    use. It belongs into the level before values are combined. `bands` are the ranks in the market at which the next
    band of quantiles begins. `count` is the number of backtested sales behind it.
    """

    offset: float
    share: float
    sign_weights: Floats
    bands: tuple[float, ...]
    quantiles: Mapping[float, Quantiles]
    count: int

    def log_value(self, estimates: Estimates) -> Floats:
        """Model and comparables, combined."""
        return _combined(estimates, self.share)

    def expected_error(self, estimates: Estimates) -> Floats:
        """Give the error to expect of each estimate, in log currency."""
        return _expected(estimates.signs, self.sign_weights)

    def reach(self, estimates: Estimates, level: float, widening: float = 0.0) -> tuple[Floats, Floats]:
        """Give how far an interval reaches below and above the value, in log currency, both positive.

        `widening` is the standard deviation of what is not known of the subject.
        """
        normal = {0.683: 1.0, 0.80: 1.2816, 0.90: 1.6449}[level]
        expected, band = self.expected_error(estimates), _band(estimates, self.bands)
        sides = (np.array(self.quantiles[level].below), np.array(self.quantiles[level].above))
        below, above = (np.hypot(side[band] * expected, normal * widening) for side in sides)
        return below, above


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
    ratios = _held_out_ratios(test)
    is_divided = len(errors) >= FEWEST_TO_DIVIDE
    quantiles = _quantiles_by_band(test, ratios) if is_divided else _quantiles_of_all(np.sort(np.abs(ratios)))
    return Calibration(
        offset=offset,
        share=share,
        sign_weights=_sign_weights(test.estimates.signs, errors),
        bands=BANDS if is_divided else (),
        quantiles=quantiles,
        count=len(errors),
    )


def measure(test: Backtest) -> Measured | None:
    """Coverage of later months under calibrations that saw only earlier ones, or None where there is too little."""
    parts: list[tuple[Floats, Floats, list[tuple[Floats, Floats]]]] = []
    months: list[int] = []
    for month in sorted(set(test.months.tolist())):
        earlier = calibrate(test.before(month))
        if earlier is not None:
            then = test.of(month)
            made = shifted(then.estimates, earlier.offset)
            months.append(month)
            parts.append((then.logs, earlier.log_value(made), [earlier.reach(made, level) for level in LEVELS]))
    if not parts:
        return None
    errors = np.concatenate([logs - values for logs, values, _ in parts])
    covered: dict[float, float] = {}
    widths: dict[float, float] = {}
    for at, level in enumerate(LEVELS):
        below = np.concatenate([reach[at][0] for _, _, reach in parts])
        above = np.concatenate([reach[at][1] for _, _, reach in parts])
        covered[level] = float(np.mean((-below <= errors) & (errors <= above)))
        widths[level] = float(np.mean(np.exp(above) - np.exp(-below)))
    return Measured(
        coverage=covered,
        mean_width=widths,
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
    """Signed error over expected error; of even months by what odd months taught, and the other way round.

    Were a sale's own error among those that taught, ratios would come out too small and intervals too narrow.
    """
    ratios = np.zeros(len(test.logs))
    for parity in (0, 1):
        rows, others = test.months % 2 == parity, test.months % 2 != parity
        teachers = test.where(others if others.any() else rows)
        share = _share(teachers)
        taught = np.abs(teachers.logs - _combined(teachers.estimates, share))
        pupils = test.where(rows)
        errors = pupils.logs - _combined(pupils.estimates, share)
        ratios[rows] = errors / _expected(pupils.estimates.signs, _sign_weights(teachers.estimates.signs, taught))
    return ratios


def _expected(signs: Floats, weights: Floats) -> Floats:
    logs = _columns(signs) @ weights
    return np.exp(np.clip(logs, math.log(_LEAST_EXPECTED), math.log(_LARGEST_EXPECTED)))


def _sign_weights(signs: Floats, errors: Floats) -> Floats:
    """Ridge of the logarithm of the absolute error on the signs, each in units of its spread."""
    columns = _columns(signs)
    centres: Floats = columns.mean(axis=0)
    spreads: Floats = columns.std(axis=0) + _TINY
    centres[0], spreads[0] = 0.0, 1.0
    scaled = (columns - centres) / spreads
    penalty = np.diag([0.0] + [_SIGN_PENALTY] * (scaled.shape[1] - 1))
    aim = scaled.T @ np.log(errors + _LEAST_EXPECTED)
    found: Floats = np.linalg.solve(scaled.T @ scaled + penalty, aim).astype(np.float64) / spreads
    found[0] -= float(centres @ found)
    return found


_TINY: Final = 1e-9


def _columns(signs: Floats) -> Floats:
    """Give the signs as the expected error reads them: of the rank, how cheap and how dear a house is."""
    rank = signs[:, -1]
    return np.column_stack([signs[:, :-1], np.maximum(_CHEAP - rank, 0.0), np.maximum(rank - _DEAR, 0.0)])


def _band(estimates: Estimates, bands: tuple[float, ...]) -> Ints:
    return np.searchsorted(np.array(bands), estimates.signs[:, -1]).astype(np.int64)


def _quantiles_by_band(test: Backtest, ratios: Floats) -> dict[float, Quantiles]:
    """Give weighted quantiles of either side; every band holds at least a tenth of the sales."""
    late = 0.5 ** ((test.months.max() - test.months) / MONTHS_TO_HALF)
    rank = np.argsort(np.argsort(test.logs, kind="stable"), kind="stable") / len(ratios)
    cheap = late * np.where(rank < _TENTH, CHEAP_COUNTS, 1.0)
    dear = late * np.where(rank >= 1 - _TENTH, DEAR_COUNTS, 1.0)
    place = _band(test.estimates, BANDS)
    bands = [place == band for band in range(len(BANDS) + 1)]
    return {
        level: Quantiles(
            below=tuple(_weighted_quantile(-ratios[rows], cheap[rows], (1 + level) / 2) for rows in bands),
            above=tuple(_weighted_quantile(ratios[rows], dear[rows], (1 + level) / 2) for rows in bands),
        )
        for level in LEVELS
    }


def _weighted_quantile(values: Floats, weights: Floats, level: float) -> float:
    """Give the least value below or at which this share of the weight lies, with one sale more that is beyond all."""
    order = np.argsort(values)
    least = level * float(weights.sum() + weights.max())
    place = int(np.sum(np.cumsum(weights[order]) < least))
    return max(float(values[order[min(place, len(values) - 1)]]), 0.0)


def _quantiles_of_all(ordered: Floats) -> dict[float, Quantiles]:
    found = {level: _quantile(ordered, level) for level in LEVELS}
    return {level: Quantiles((one,), (one,)) for level, one in found.items()}


def _quantile(ordered: Floats, level: float) -> float:
    """Give the conformal quantile, one standard error on the safe side (training-conditional, Vovk 2012).

    It is the ceil((n + 1) level + sqrt(n level (1 - level)))-th least of n ratios; the largest where that is beyond n.
    """
    count = len(ordered)
    rank = math.ceil((count + 1) * level + math.sqrt(count * level * (1 - level)))
    return float(ordered[min(rank, count) - 1])
