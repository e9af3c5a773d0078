"""Turns a market into its latest months valued as if each had been the future: what was off, and by how much."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from decision.packs.real_estate.fitting import Fitted, Parts, fitted, parts_of
from decision.packs.real_estate.market import Flags, Floats, Ints, Market, first_day, same_parcel
from decision.packs.real_estate.nearby import krige, positions
from decision.packs.real_estate.similarity import Choice, Reach, Unlikeness, chosen, nearest, unlikeness

CONSIDERED: Final = 200
"""How many of the least unlike sales are looked at for each house."""

FEWEST_TO_FIT: Final = 40
"""A month is valued only from at least this many earlier sales."""

MID_MONTH_DAYS: Final = 14

REFIT_SALES: Final = 150
"""A model is as good as new until so many more sales were recorded; a town's is kept for some months."""

NEARBY_SHARE: Final = 0.7
"""How much of what nearby sales tell is believed; chosen on King County, where .5 to .85 differ little."""

LARGEST_APART: Final = 0.5
"""Model and comparables differ by this much (log), or more."""

SIGNS: Final = 10
"""How many signs of uncertainty there are."""

NO_GAP: Final = 1e-9
"""Log differences below this count as none."""


@dataclass(frozen=True, slots=True)
class Estimates:
    """For n houses, in log currency: the model's value, what the comparables add to it, and signs of uncertainty.

    `signs` has one row per house: a 1, how far the comparables scatter, `uncertainty_signs`, how far the members of the
    forest differ, what nearby sales leave open, how far model and comparables differ, and last the rank of the value in
    its market, from 0 to 1.
    """

    model: Floats
    local: Floats
    signs: Floats


@dataclass(frozen=True, slots=True)
class Estimated:
    """Estimates, the comparables behind them, and what nearby sales added to the model's value (log)."""

    estimates: Estimates
    choice: Choice
    nearby: Floats


@dataclass(frozen=True, slots=True)
class Backtest:
    """Sales of the latest months with the estimates that were made of them from earlier sales only."""

    months: Ints
    logs: Floats
    estimates: Estimates

    def before(self, month: int) -> "Backtest":
        """Give the part that was known when a month began."""
        return self.where(self.months < month)

    def of(self, month: int) -> "Backtest":
        """One month's part."""
        return self.where(self.months == month)

    def where(self, rows: Flags) -> "Backtest":
        """Give the sales that a flag is set for."""
        made = self.estimates
        kept = Estimates(made.model[rows], made.local[rows], made.signs[rows])
        return Backtest(self.months[rows], self.logs[rows], kept)


def estimate(fitting: Fitted, subjects: Market, parts: Parts, apart: Unlikeness, gross_limit: float) -> Estimated:
    """Value houses by the model, by the sales nearby and by their comparables (`subjects.prices` are not read).

    `apart` is how unlike subjects and sales are (`unlikeness`).
    """
    levels = fitting.now(subjects.months)
    choice = choose(apart, fitting, parts.each, levels, gross_limit)
    here = positions(subjects.houses, fitting.model.design.medians)
    near = krige(here, fitting.positions, fitting.unexplained, apart.in_reach)
    added = NEARBY_SHARE * near.added
    left = fitting.unexplained[choice.columns]
    local = np.log1p((choice.weights * np.expm1(left)).sum(axis=1))
    scatter = np.sqrt((choice.weights * (left - local[:, None]) ** 2).sum(axis=1))
    model = levels + parts.each.sum(axis=1) + added
    odd = uncertainty_signs(choice.unlikeness[:, 0], subjects, parts.each.sum(axis=1))
    apart_from = np.minimum(np.abs(local - added), LARGEST_APART)
    signs = [np.ones(len(local)), scatter, *odd, parts.spread, near.open, apart_from, _rank(model, fitting, subjects)]
    return Estimated(Estimates(model, local - added, np.column_stack(signs)), choice, added)


def choose(apart: Unlikeness, fitting: Fitted, parts: Floats, levels: Floats, gross_limit: float) -> Choice:
    """Choose the comparables of each subject: the least unlike, without those that need too much adjustment.

    `apart` is how unlike subjects and sales are, `parts` and `levels` are the subjects' own.
    """
    columns = nearest(apart.squared, CONSIDERED)
    differences = parts[:, None, :] - fitting.parts[columns]
    times = levels[:, None] - fitting.levels[columns]
    return chosen(columns, apart.take(columns), gross_adjustment(differences, times), gross_limit)


def shifted(made: Estimates, offset: float) -> Estimates:
    """Give estimates on a level that has moved by `offset` (log)."""
    return Estimates(made.model + offset, made.local, made.signs)


def gross_adjustment(differences: Floats, times: Floats) -> Floats:
    """Sum the absolute adjustments as a share of the price, as the lines of the grid do.

    `differences` are log differences by characteristic (last axis), `times` those of the market's level.
    """
    whole = differences.sum(axis=-1)
    whole = np.where(np.abs(whole) < NO_GAP, NO_GAP, whole)
    mean = np.exp(times) * np.expm1(whole) / whole
    return np.abs(np.expm1(times)) + np.abs(differences).sum(axis=-1) * mean


def uncertainty_signs(least: Floats, subjects: Market, worth: Floats) -> list[Floats]:
    """How far the nearest sale is, how old the house is, how odd its condition and its worth are."""
    houses = subjects.houses
    age = np.nan_to_num(np.maximum(houses.years - houses.column("year_built"), 0.0), nan=40.0)
    odd = np.abs(np.nan_to_num(houses.column("condition"), nan=5.0) - 5.0)
    far = np.sqrt(np.where(np.isfinite(least), least, 25.0))
    return [np.minimum(far, 5.0), np.minimum(age, 100.0) / 100.0, odd / 5.0, np.minimum(np.abs(worth), 1.5)]


@dataclass(frozen=True, slots=True)
class Step:
    """One month of a walk: its houses, valued as of `day` (an ordinal) by what was learned from earlier sales."""

    month: int
    day: int
    fitting: Fitted
    subjects: Market
    apart: Unlikeness
    estimated: Estimated


def backtest(market: Market, months: int, lag_days: int, reach: Reach, refit_sales: int = REFIT_SALES) -> Backtest:
    """Value each of the latest `months` from a model of what was recorded when the month began."""
    return joined(walk(market, sorted(set(market.months.tolist()))[-months:], lag_days, reach, refit_sales))


def walk(
    market: Market, months: Sequence[int], lag_days: int, reach: Reach, refit_sales: int = REFIT_SALES
) -> Iterator[Step]:
    """Value the sales of each month from a model of what was recorded when it began, without sales of their parcels.

    Medians, words and scales of the model's design, too, are those of the earlier sales. A model is kept until
    `refit_sales` more were recorded; months with too few earlier sales are left out.
    """
    fitting: Fitted | None = None
    for month in months:
        start = first_day(month).toordinal()
        known = np.flatnonzero(market.days < start - lag_days)
        then = np.flatnonzero(market.months == month)
        if len(known) < FEWEST_TO_FIT or not len(then):
            continue
        if fitting is None or len(known) - len(fitting.market) >= refit_sales:
            earlier = fitting and fitting.model
            fitting = fitted(market.take(known), earlier, rounds=4 if earlier is None else 2)
        subjects = market.take(then)
        apart = unlikeness(subjects.houses, np.full(len(then), start + MID_MONTH_DAYS), fitting.market, reach)
        apart = apart.without(same_parcel(subjects, fitting.market))
        blind = replace(subjects, prices=np.full(len(then), np.nan))
        made = estimate(fitting, blind, parts_of(fitting, blind), apart, reach.gross_limit)
        yield Step(month, start + MID_MONTH_DAYS, fitting, subjects, apart, made)


def joined(steps: Iterable[Step]) -> Backtest:
    """Give what a walk has valued."""
    return _joined([(step.subjects.months, np.log(step.subjects.prices), step.estimated.estimates) for step in steps])


def _joined(parts: list[tuple[Ints, Floats, Estimates]]) -> Backtest:
    if not parts:
        nothing = np.zeros(0)
        return Backtest(np.zeros(0, dtype=np.int64), nothing, Estimates(nothing, nothing, np.zeros((0, SIGNS))))
    return Backtest(
        months=np.concatenate([months for months, _, _ in parts]),
        logs=np.concatenate([logs for _, logs, _ in parts]),
        estimates=Estimates(
            model=np.concatenate([made.model for _, _, made in parts]),
            local=np.concatenate([made.local for _, _, made in parts]),
            signs=np.vstack([made.signs for _, _, made in parts]),
        ),
    )


def _rank(model: Floats, fitting: Fitted, subjects: Market) -> Floats:
    """Give the share of the market's prices, on the subjects' level, that lies below each value (log)."""
    lower = np.sort(np.log(fitting.market.prices) - fitting.levels)
    return np.searchsorted(lower, model - fitting.now(subjects.months)) / len(lower)
