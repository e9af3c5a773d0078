"""Turns a market into the sales of the tested months, each with what was estimated of it before it was sold."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np

from decision.packs.real_estate.backtest import FEWEST_TO_FIT, Backtest, Estimates, Step, joined, shifted, walk
from decision.packs.real_estate.fitting import Fitted
from decision.packs.real_estate.intervals import LEVELS, Calibration, calibrate
from decision.packs.real_estate.market import Floats, Ints, Market, first_day, month_of, places
from decision.packs.real_estate.valuation import Settings
from evals.datasets import EvaluationError
from evals.valuation.canaries import require_no_leak
from evals.valuation.reviewing import looks, reviews

ENOUGH_TO_CALIBRATE: Final = 6000
"""Months before the test are backtested until they hold so many sales: more of them change no quantile worth a fit."""

Said = Callable[[int, int, int], None]
"""Told the running month that is valued next, how many months are done, and of how many."""


@dataclass(frozen=True, slots=True)
class Span:
    """The days whose sales are tested, both included, and the publication lag in days."""

    first: date
    last: date | None
    lag_days: int


@dataclass(frozen=True, slots=True)
class Valued:
    """Tested sales and what had been estimated of them; amounts in currency, one entry a sale.

    `low` and `high` bound the interval of each level, `fsd` is a share of the value, `reviews` has the pack's reasons
    for review, `nearest_km` is the nearest comparable (infinite where there is none). `left_out` counts tested sales
    of months for which no calibration could be made.
    """

    sales: Market
    values: Floats
    comparables: Floats
    low: dict[float, Floats]
    high: dict[float, Floats]
    nearest_km: Floats
    reviews: tuple[tuple[str, ...], ...]
    calibrated_on: int
    left_out: int
    last: Fitted

    @property
    def fsd(self) -> Floats:
        """Half the width of the 68.3 % interval over the value."""
        level = LEVELS[0]
        return (self.high[level] - self.low[level]) / 2 / self.values


def value_forward(market: Market, span: Span, settings: Settings, forbidden: Collection[str], said: Said) -> Valued:
    """Value the sales of a span month by month; an EvaluationError where there are too few, a LeakError on a leak."""
    walked = _months(market, span, settings.backtest_months)
    tested = _Tested(market, span, settings)
    steps = walk(market, walked, span.lag_days, settings.reach, refit_sales=1)
    for done, month in enumerate(walked):
        said(month, done, len(walked))
        step = next(steps)
        require_no_leak(step, forbidden)
        tested.take(step)
    said(walked[-1], len(walked), len(walked))
    return tested.valued()


class _Tested:
    """Months as they are walked: what was backtested of earlier ones calibrates the next."""

    def __init__(self, market: Market, span: Span, settings: Settings) -> None:
        self._market = market
        self._span = span
        self._settings = settings
        self._earlier: list[Backtest] = []
        self._parts: list[_Part] = []
        self._left_out = 0
        self._last: Fitted | None = None

    def take(self, step: Step) -> None:
        """Value the tested sales of a month by what came before it, then let it calibrate later ones."""
        days = step.subjects.days
        last = self._span.last.toordinal() if self._span.last else int(days.max())
        rows = np.flatnonzero((days >= self._span.first.toordinal()) & (days <= last))
        if len(rows):
            self._last = step.fitting
            calibration = calibrate(_together(self._earlier[-self._settings.backtest_months :]))
            if calibration is None:
                self._left_out += len(rows)
            else:
                place = np.flatnonzero(self._market.months == step.month)
                self._parts.append(_part(step, rows, place, calibration, self._settings))
        self._earlier.append(joined([step]))

    def valued(self) -> Valued:
        """Give what was valued."""
        if not self._parts or self._last is None:
            raise EvaluationError(
                f"No sale from {self._span.first} on could be valued with an interval: too few earlier sales to learn "
                f"from (at least {FEWEST_TO_FIT}) and, after those, to calibrate on. Choose a later --test-from, or a "
                "larger table."
            )
        parts = self._parts
        return Valued(
            sales=self._market.take(np.concatenate([part.rows for part in parts])),
            values=np.concatenate([part.values for part in parts]),
            comparables=np.concatenate([part.comparables for part in parts]),
            low={level: np.concatenate([part.low[level] for part in parts]) for level in LEVELS},
            high={level: np.concatenate([part.high[level] for part in parts]) for level in LEVELS},
            nearest_km=np.concatenate([part.nearest_km for part in parts]),
            reviews=tuple(codes for part in parts for codes in part.reviews),
            calibrated_on=parts[0].count,
            left_out=self._left_out,
            last=self._last,
        )


@dataclass(frozen=True, slots=True)
class _Part:
    rows: Ints
    values: Floats
    comparables: Floats
    low: dict[float, Floats]
    high: dict[float, Floats]
    nearest_km: Floats
    reviews: tuple[tuple[str, ...], ...]
    count: int


def _part(step: Step, rows: Ints, place: Ints, calibration: Calibration, settings: Settings) -> _Part:
    made = shifted(step.estimated.estimates, calibration.offset)
    logs = calibration.log_value(made)
    reached = {level: calibration.reach(made, level) for level in LEVELS}
    low = {level: np.exp(logs - below) for level, (below, _) in reached.items()}
    high = {level: np.exp(logs + above) for level, (_, above) in reached.items()}
    values = np.exp(logs)
    seen = looks(step, settings.reach.recent_days)
    fsd = (high[LEVELS[0]] - low[LEVELS[0]]) / 2 / values
    codes = reviews(step, values, fsd, seen)
    return _Part(
        rows=place[rows],
        values=values[rows],
        comparables=np.exp(made.model + made.local)[rows],
        low={level: bound[rows] for level, bound in low.items()},
        high={level: bound[rows] for level, bound in high.items()},
        nearest_km=seen.nearest_km[rows],
        reviews=tuple(codes[row] for row in places(rows)),
        count=calibration.count,
    )


def _months(market: Market, span: Span, most: int) -> list[int]:
    """Give the months to walk: as many before the tested ones as calibrate well, at most `most`, then those."""
    last = span.last or date.fromordinal(int(market.days.max()))
    if last < span.first:
        ends = f"--test-to is {last}" if span.last else f"the last arm's-length sale is of {last}"
        raise EvaluationError(f"There is nothing to test: --test-from is {span.first}, and {ends}.")
    inside = (market.days >= span.first.toordinal()) & (market.days <= last.toordinal())
    if not inside.any():
        raise EvaluationError(f"No arm's-length sale lies between {span.first} and {last}; choose other dates.")
    months: list[int] = sorted(set(market.months.tolist()))
    fits = [month for month in months if _known(market, month, span.lag_days) >= FEWEST_TO_FIT]
    tested = [month for month in fits if month_of(span.first) <= month <= month_of(last)]
    if not tested:
        raise EvaluationError(
            f"Only {_known(market, month_of(last), span.lag_days)} arm's-length sales were recorded before the last "
            f"tested month began; at least {FEWEST_TO_FIT} are needed to learn from, and as many to calibrate on. "
            "Choose a later --test-from, or a larger table."
        )
    before: list[int] = []
    behind = 0
    for month in reversed([month for month in fits if month < tested[0]]):
        if behind >= ENOUGH_TO_CALIBRATE or len(before) == most:
            break
        before.insert(0, month)
        behind += int(np.sum(market.months == month))
    return [*before, *tested]


def _known(market: Market, month: int, lag_days: int) -> int:
    return int(np.sum(market.days < first_day(month).toordinal() - lag_days))


def _together(parts: Sequence[Backtest]) -> Backtest:
    if not parts:
        return joined([])
    made = [part.estimates for part in parts]
    return Backtest(
        months=np.concatenate([part.months for part in parts]),
        logs=np.concatenate([part.logs for part in parts]),
        estimates=Estimates(
            model=np.concatenate([one.model for one in made]),
            local=np.concatenate([one.local for one in made]),
            signs=np.vstack([one.signs for one in made]),
        ),
    )
