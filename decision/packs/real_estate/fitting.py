"""Turns a market into everything that is learned from its sales: hedonic model, forest, last level, what is left."""

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

import numpy as np

from decision.packs.real_estate.columns import Columns
from decision.packs.real_estate.design import design_for
from decision.packs.real_estate.forest import FEWEST_SALES, Forest, folds_of, grow
from decision.packs.real_estate.hedonic import Hedonic, fit
from decision.packs.real_estate.market import Floats, Ints, Market, joined
from decision.packs.real_estate.nearby import positions
from decision.packs.real_estate.typos import without_typos

DRIFT_DAYS: Final = 7
DRIFT_STIFFNESS: Final = 1000.0
"""The level after the last month's moves by weeks, as a random walk: a weekly step of .5 % weighs like one sale."""

LOCATION: Final = "location"
COMBINATION: Final = "combination"
"""What the forest adds to a typical house at the place, and what it adds beside: characteristics that act together."""

LARGEST_LEFT: Final = 0.3
"""What is left of a sale counts for the level up to this much (log), so that odd sales do not move a market."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """What was learned from sales, and for each sale what it is made of (log currency, in the order of the market).

    `parts` is what each of `names` adds, shape (sales, names): the characteristics and, where there is a forest,
    LOCATION and COMBINATION, of which the sale's own parcel told nothing. `levels` is the market's level at each sale,
    `unexplained` what is left, `drift` how much the market moved beyond its last month's level, `positions` where the
    sales stand in the space of `nearby`.
    """

    model: Hedonic
    market: Market
    parts: Floats
    forest: Forest | None
    levels: Floats
    unexplained: Floats
    drift: float
    positions: Floats

    @property
    def names(self) -> tuple[str, ...]:
        """Name the parts."""
        characteristics = self.model.design.characteristics
        return characteristics if self.forest is None else (*characteristics, LOCATION, COMBINATION)

    def now(self, months: Ints) -> Floats:
        """Give the log level of months as they were, and of those after the last sale with the drift since."""
        return self.model.level(months) + np.where(months >= self.model.last_month, self.drift, 0.0)

    def with_sales(self, others: Market) -> "Fitted":
        """Give the same with further sales as comparables, of which nothing was learned."""
        if not len(others):
            return self
        each = parts_of(self, others).each
        levels = self.now(others.months)
        left = np.log(others.prices) - levels - each.sum(axis=1)
        return replace(
            self,
            market=joined(self.market, others),
            parts=np.vstack([self.parts, each]),
            levels=np.concatenate([self.levels, levels]),
            unexplained=np.concatenate([self.unexplained, left]),
            positions=np.vstack([self.positions, positions(others.houses, self.model.design.medians)]),
        )

    def blind_to(self, sale_id: str) -> "Fitted":
        """Give the same with a forest that never saw the parcel of a sale."""
        if self.forest is None or sale_id not in self.market.ids:
            return self
        fold = int(_folds(self.market)[self.market.ids.index(sale_id)])
        return replace(self, forest=self.forest.alone(fold))


@dataclass(frozen=True, slots=True)
class Parts:
    """What each part adds to n houses (log), shape (n, names), and how far the members of the forest differ (log)."""

    each: Floats
    spread: Floats


def fitted(market: Market, earlier: Hedonic | None = None, rounds: int = 5) -> Fitted:
    """Learn from these sales alone; `earlier` is a model of almost the same sales, which saves rounds.

    Numbers that cannot be meant (`typos`) are set aside as unknown.
    """
    market = without_typos(market)
    design = design_for(market)
    rows = design.rows(market.houses)
    model = fit(design, rows, market, earlier, rounds)
    bare = Fitted(
        model=model,
        market=market,
        parts=model.parts(rows),
        forest=None,
        levels=model.level(market.months),
        unexplained=np.log(market.prices) - model.log_value(rows, market.months),
        drift=0.0,
        positions=positions(market.houses, design.medians),
    )
    return _drifted(bare if len(market) < FEWEST_SALES else _with_forest(bare))


def parts_of(fitting: Fitted, subjects: Market) -> Parts:
    """Give what each part adds to houses that were not among the sales."""
    houses = fitting.model.parts(fitting.model.design.rows(subjects.houses))
    if fitting.forest is None:
        return Parts(houses, np.zeros(len(subjects)))
    columns = Columns(fitting.model, fitting.market)
    each = fitting.forest.each(columns.rows(subjects))
    of_place = fitting.forest.each(columns.rows(columns.at_typical(subjects))).mean(axis=0)
    return Parts(np.column_stack([houses, of_place, each.mean(axis=0) - of_place]), each.std(axis=0))


def width(fitting: Fitted) -> int:
    """How many columns a forest beside this model reads."""
    return Columns(fitting.model, fitting.market).rows(fitting.market.take(np.arange(1))).shape[1]


@lru_cache(maxsize=4)
def _folds(market: Market) -> Ints:
    """Give each sale its fold, once for a case that is decided a dozen times."""
    return folds_of(market.parcels)


def _with_forest(bare: Fitted) -> Fitted:
    columns = Columns(bare.model, bare.market)
    forest, said = grow(columns.rows(bare.market), bare.unexplained, bare.market.parcels)
    of_place = forest.each(columns.rows(columns.at_typical(bare.market))).mean(axis=0)
    parts = np.column_stack([bare.parts, of_place, said - of_place])
    return replace(bare, forest=forest, parts=parts, unexplained=bare.unexplained - said)


def _drifted(fitting: Fitted) -> Fitted:
    """Follow the level by weeks through what is left, and keep its end."""
    days = fitting.market.days
    weeks = (days[-1] - days) // DRIFT_DAYS
    walk = _walk(np.clip(fitting.unexplained, -LARGEST_LEFT, LARGEST_LEFT), weeks)
    moved = walk[weeks]
    return replace(
        fitting, levels=fitting.levels + moved, unexplained=fitting.unexplained - moved, drift=float(walk[0])
    )


def _walk(left: Floats, weeks: Ints) -> Floats:
    """Level by week before the last sale that minimises squares plus DRIFT_STIFFNESS times squared steps."""
    count = int(weeks.max()) + 1
    mass = np.bincount(weeks, minlength=count).astype(np.float64)
    pull = np.bincount(weeks, weights=left, minlength=count)
    steps = np.diff(np.eye(count), axis=0)
    held = np.diag(mass + _EASE) + DRIFT_STIFFNESS * steps.T @ steps
    return np.linalg.solve(held, pull).astype(np.float64)


_EASE: Final = 1.0
"""Draws the walk to nothing where there are no sales."""
