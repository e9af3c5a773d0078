"""Turns the columns of a table that no characteristic of ours stands for into further ones that may tell of a value.

A mapping cannot name everything that a county knows of its houses (a kitchen's grade, the kind of a roof), and it
helps. All of them enter the hedonic model as one part, so that an answer can say what they add.
"""

from collections import Counter
from collections.abc import Collection
from dataclasses import replace
from typing import Final

import numpy as np

from decision.packs.real_estate.features import LABELS, NUMBERS
from decision.packs.real_estate.market import Floats, Houses, Ints

FURTHER: Final = "further_features"
"""What they add together, as a part of a value."""

FEWEST_KNOWN: Final = 0.5
"""Share of the sales that a number must be known of."""

MOST_WORDS: Final = 40
FEWEST_PER_WORD: Final = 10
"""A column with more words than that tells houses apart and does not describe them; nothing is believed of a rarer."""

TELLS_TIME: Final = 0.9
"""Rank correlation with the date of sale above which a column is a date: nothing here extrapolates one."""


def further_medians(houses: Houses) -> dict[str, float]:
    """Give the medians of the further numbers that may tell; those that are all alike, or tell the date, do not."""
    columns = {name: houses.column(name) for name in houses.names if name not in NUMBERS}
    return {name: float(np.nanmedian(column)) for name, column in columns.items() if _tells(column, houses.years)}


def further_words(houses: Houses) -> dict[str, tuple[str, ...]]:
    """Give the words of the further columns that may tell, where there are neither too many nor only one."""
    counted = {name: Counter(words) for name, words in houses.labels.items() if name not in LABELS}
    common = {
        name: tuple(sorted(word for word, times in counts.items() if word and times >= FEWEST_PER_WORD))
        for name, counts in counted.items()
        if len(counts) <= MOST_WORDS
    }
    return {name: words for name, words in common.items() if len(counted[name]) > 1 and words}


def completed(house: Houses, alike: Houses, names: Collection[str]) -> Houses:
    """Give one house with what it lacks of further characteristics as houses that are `alike` have them.

    Of those with these `names` a number is their mean, a word their most common one.
    """
    numbers = [name for name in alike.names if name in names]
    lacking = {name: _mean(alike.column(name)) for name in numbers if np.isnan(house.column(name)[0])}
    kept = [name for name in house.names if name not in lacking]
    worded = [name for name in alike.labels if name in names and not house.words(name)[0]]
    words = {name: _commonest(alike.labels[name]) for name in worded}
    return replace(
        house,
        names=(*kept, *lacking),
        numbers=np.array([[*(house.column(name)[0] for name in kept), *lacking.values()]]),
        labels={**house.labels, **{name: (word,) for name, word in words.items()}},
    )


def _mean(values: Floats) -> float:
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else float("nan")


def _commonest(words: tuple[str, ...]) -> str:
    return Counter(word for word in words if word).most_common(1)[0][0] if any(words) else ""


def ranks(values: Floats) -> Floats:
    """Give the rank of each value; equal ones share the middle of theirs."""
    _, places, counts = np.unique(values, return_inverse=True, return_counts=True)
    before: Ints = np.cumsum(counts) - counts
    return before[places] + (counts[places] - 1) / 2


def _tells(column: Floats, years: Floats) -> bool:
    known = np.isfinite(column)
    values = column[known]
    if known.mean() < FEWEST_KNOWN or not np.ptp(values) > 0:
        return False
    date = ranks(years[known])
    return not np.ptp(date) > 0 or abs(float(np.corrcoef(ranks(values), date)[0, 1])) < TELLS_TIME
