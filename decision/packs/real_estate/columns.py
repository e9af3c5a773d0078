"""Turns houses into the columns that the forest reads: characteristics, place, surroundings, the hedonic value."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from decision.packs.real_estate.features import LABELS, SQUARE_FEET
from decision.packs.real_estate.further import FURTHER
from decision.packs.real_estate.hedonic import Hedonic
from decision.packs.real_estate.market import Floats, Market
from decision.packs.real_estate.surroundings import surroundings

_TURNS: Final = (0, 30, 60, 90, 120, 150)
"""Degrees by which the map is turned: a tree cuts along axes only, and neighbourhoods lie as they lie."""


@dataclass(frozen=True, slots=True)
class Columns:
    """How houses become rows of a forest: the hedonic model and the sales that the surroundings are made of."""

    model: Hedonic
    sales: Market

    def rows(self, subjects: Market) -> Floats:
        """One row per house: numbers, ages, shape, place, surroundings, hedonic parts."""
        houses = subjects.houses
        medians = self.model.design.medians
        filled = {name: _filled(houses.column(name), median) for name, median in medians.items()}
        numbers = [np.log(np.maximum(v, 1.0)) if name in SQUARE_FEET else v for name, v in filled.items()]
        ages = [houses.years - filled[name] for name in ("year_built", "year_remodelled")]
        density = np.log(np.maximum(filled["living_area"], 1.0)) - np.log(np.maximum(filled["lot_area"], 1.0))
        parts = self.model.parts(self.model.design.rows(houses))
        worded = [parts[:, at] for at, name in enumerate(self.model.design.characteristics) if name in _IN_WORDS]
        return np.column_stack(
            [
                *numbers,
                *ages,
                density,
                *self._turned(subjects),
                surroundings(subjects, self.sales),
                parts.sum(axis=1),
                *worded,
            ]
        )

    def at_typical(self, subjects: Market) -> Market:
        """Give houses that are typical of the market in everything but their place."""
        houses = subjects.houses
        medians = self.model.design.medians
        typical = np.tile(np.array(list(medians.values())), (len(houses), 1))
        words = {
            name: houses.words(name) if name in LABELS else ("",) * len(houses) for name in self.model.design.words
        }
        return replace(subjects, houses=replace(houses, names=(*medians,), numbers=typical, labels=words))

    def _turned(self, subjects: Market) -> Sequence[Floats]:
        """Kilometres from the middle of the market along turned axes; none for a market without places."""
        sales, houses = self.sales.houses, subjects.houses
        if np.isnan(sales.latitudes).all():
            return []
        middle = float(np.nanmean(sales.latitudes)), float(np.nanmean(sales.longitudes))
        north = (houses.latitudes - middle[0]) * _KM_PER_DEGREE
        east = (houses.longitudes - middle[1]) * _KM_PER_DEGREE * np.cos(np.radians(middle[0]))
        return [np.cos(np.radians(turn)) * east + np.sin(np.radians(turn)) * north for turn in _TURNS]


_IN_WORDS: Final = ("neighborhood", FURTHER)
"""Parts of the hedonic model that stand for words, which trees do not read."""

_KM_PER_DEGREE: Final = 111.2


def _filled(values: Floats, median: float) -> Floats:
    return np.where(np.isnan(values), median, values)
