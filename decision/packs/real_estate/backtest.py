"""Turns a market into its latest months valued as if each had been the future: what was off, and by how much."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from decision.packs.real_estate.design import design_for
from decision.packs.real_estate.hedonic import Hedonic, fit
from decision.packs.real_estate.market import Flags, Floats, Ints, Market, first_day, places
from decision.packs.real_estate.similarity import Choice, Reach, Unlikeness, chosen, nearest, unlikeness

CONSIDERED: Final = 200
"""How many of the least unlike sales are looked at for each house."""

FEWEST_TO_FIT: Final = 40
"""A month is valued only from at least this many earlier sales."""

MID_MONTH_DAYS: Final = 14

NO_GAP: Final = 1e-9
"""Log differences below this count as none."""


@dataclass(frozen=True, slots=True)
class Estimates:
    """For n houses, in log currency: the model's value, what the comparables add to it, and signs of uncertainty.

    `signs` has one row per house and one column per sign (see `uncertainty_signs`); 0 stands for an ordinary house.
    """

    model: Floats
    local: Floats
    signs: Floats


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


@dataclass(frozen=True, slots=True)
class Fitted:
    """A model, the sales it was fitted on, what each characteristic adds to each (log), and what is left of each."""

    model: Hedonic
    market: Market
    parts: Floats
    unexplained: Floats


def fitted(market: Market, earlier: Hedonic | None = None, rounds: int = 5) -> Fitted:
    """Design and fit a model on these sales alone, and keep what it was fitted on."""
    design = design_for(market.houses)
    rows = design.rows(market.houses)
    model = fit(design, rows, market, earlier, rounds)
    left = np.log(market.prices) - model.log_value(rows, market.months)
    return Fitted(model, market, model.parts(rows), left)


def estimate(
    fitting: Fitted, subjects: Market, rows: Floats, apart: Unlikeness, gross_limit: float
) -> tuple[Estimates, Choice]:
    """Value houses by the model and by their comparables (`subjects.prices` are not read).

    `apart` is how unlike subjects and sales are (`unlikeness`).
    """
    parts = fitting.model.parts(rows)
    choice = choose(apart, fitting, parts, fitting.model.level(subjects.months), gross_limit)
    left = fitting.unexplained[choice.columns]
    local = np.log1p((choice.weights * np.expm1(left)).sum(axis=1))
    spread = np.sqrt((choice.weights * (left - local[:, None]) ** 2).sum(axis=1))
    signs = [np.ones(len(local)), spread, *uncertainty_signs(choice.unlikeness[:, 0], subjects, parts.sum(axis=1))]
    model = fitting.model.log_value(rows, subjects.months)
    return Estimates(model=model, local=local, signs=np.column_stack(signs)), choice


def choose(apart: Unlikeness, fitting: Fitted, parts: Floats, levels: Floats, gross_limit: float) -> Choice:
    """Choose the comparables of each subject: the least unlike, without those that need too much adjustment.

    `apart` is how unlike subjects and sales are, `parts` and `levels` are the subjects' own.
    """
    columns = nearest(apart.squared, CONSIDERED)
    differences = parts[:, None, :] - fitting.parts[columns]
    times = levels[:, None] - fitting.model.level(fitting.market.months)[columns]
    return chosen(columns, apart.take(columns), gross_adjustment(differences, times), gross_limit)


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


def backtest(market: Market, months: int, lag_days: int, reach: Reach) -> Backtest:
    """Value each of the latest `months` from a model refitted on what was recorded when the month began.

    Medians, words and scales of the model's design, too, are those of the earlier sales.
    """
    parts: list[tuple[Ints, Floats, Estimates]] = []
    earlier: Hedonic | None = None
    for month in sorted(set(market.months.tolist()))[-months:]:
        start = first_day(month).toordinal()
        known = np.flatnonzero(market.days < start - lag_days)
        if len(known) < FEWEST_TO_FIT:
            continue
        seen = subset(market, known)
        fitting = fitted(seen, earlier, rounds=4 if earlier is None else 2)
        earlier = fitting.model
        then = np.flatnonzero(market.months == month)
        days = np.full(len(then), start + MID_MONTH_DAYS)
        subjects = subset(market, then)
        apart = unlikeness(subjects.houses, days, seen, reach)
        rows = fitting.model.design.rows(subjects.houses)
        made, _ = estimate(fitting, subjects, rows, apart, reach.gross_limit)
        parts.append((subjects.months, np.log(subjects.prices), made))
    return _joined(parts)


def subset(market: Market, rows: Ints) -> Market:
    """Give some of the sales, in the order of `rows`."""
    return Market(
        houses=market.houses.take(rows),
        ids=tuple(market.ids[row] for row in places(rows)),
        prices=market.prices[rows],
        days=market.days[rows],
        months=market.months[rows],
    )


def _joined(parts: list[tuple[Ints, Floats, Estimates]]) -> Backtest:
    if not parts:
        nothing = np.zeros(0)
        return Backtest(np.zeros(0, dtype=np.int64), nothing, Estimates(nothing, nothing, np.zeros((0, 6))))
    return Backtest(
        months=np.concatenate([months for months, _, _ in parts]),
        logs=np.concatenate([logs for _, logs, _ in parts]),
        estimates=Estimates(
            model=np.concatenate([made.model for _, _, made in parts]),
            local=np.concatenate([made.local for _, _, made in parts]),
            signs=np.vstack([made.signs for _, _, made in parts]),
        ),
    )
