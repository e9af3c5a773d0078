"""Turns the sales of a market into a lesson: what is learned from them, how far off it was, how sure it can be."""

import hashlib
from dataclasses import replace
from functools import lru_cache

from decision.packs.real_estate.backtest import backtest
from decision.packs.real_estate.extent import Extent
from decision.packs.real_estate.fitting import Fitted, fitted
from decision.packs.real_estate.intervals import Calibration, Measured, calibrate, measure
from decision.packs.real_estate.lessons import Lesson
from decision.packs.real_estate.market import Market
from decision.packs.real_estate.valuation import Settings


def learned(market: Market, extent: Extent, settings: Settings) -> Lesson:
    """Learn from the sales of a market, each of the latest months backtested from earlier sales only."""
    fitting, calibration, measured = _learned(_Sales(market, settings))
    return Lesson(fitting, calibration, measured, extent.found, extent.copies, extent.is_cut)


@lru_cache(maxsize=2)
def with_latest(lesson: Lesson, latest: Market) -> Lesson:
    """Let sales that are later than a lesson be comparables too."""
    return replace(lesson, fitting=lesson.fitting.with_sales(latest))


class _Sales:
    """A market and settings, equal to another of the same content, so that one fit serves the tests of assumptions."""

    def __init__(self, market: Market, settings: Settings) -> None:
        self.market = market
        self.settings = settings
        digest = hashlib.sha256("\n".join(market.ids).encode())
        houses = market.houses
        for array in (market.prices, market.days, houses.numbers, houses.latitudes, houses.longitudes):
            digest.update(array.tobytes())
        digest.update(repr(sorted(houses.labels.items())).encode())
        self.key = (digest.hexdigest(), settings)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Sales) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)


@lru_cache(maxsize=4)
def _learned(sales: _Sales) -> tuple[Fitted, Calibration | None, Measured | None]:
    market, settings = sales.market, sales.settings
    test = backtest(market, settings.backtest_months, settings.lag_days, settings.reach)
    calibration, fitting = calibrate(test), fitted(market)
    moved = replace(fitting, drift=fitting.drift + calibration.offset) if calibration else fitting
    return moved, calibration, measure(test)
