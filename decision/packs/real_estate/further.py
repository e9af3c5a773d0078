"""Turns the columns of a table that no characteristic of ours stands for into further features that tell of a value.

A mapping cannot name everything that a county knows of its houses (a kitchen's grade, the kind of a roof), and it
helps. All of them enter the hedonic model as one part, so that an answer can say what they add.
"""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from decision.packs.real_estate.features import LABELS, NUMBERS, number
from decision.packs.real_estate.market import Floats, Houses, Ints, Market

FURTHER: Final = "further_features"
"""What they add together, as a part of a value."""

FEWEST_KNOWN: Final = 0.5
"""Share of the sales that a number must be known of."""

MOST_WORDS: Final = 40
FEWEST_PER_WORD: Final = 10
"""A column with more words than that tells houses apart and does not describe them; nothing is believed of a rarer."""

TELLS_TIME: Final = 0.9
"""Rank correlation with the date of sale above which a column is a date: nothing here extrapolates one."""

TELLS_PRICE: Final = 0.85
"""Rank correlation with the price, whole or per area, above which a column is somebody's estimate of it.

No single characteristic of a house comes near; an assessed value lies above .9 in every language.
"""

MOST_COLUMNS: Final = 150
"""Columns of the model, numbers and words, beyond which the least telling are left out."""

_IDENTIFIES: Final = 0.95
_LONG: Final = 100_000.0
"""Whole numbers of six digits of which so many differ name houses."""

_YES_NO: Final = {"yes": 1.0, "true": 1.0, "no": 0.0, "false": 0.0}


@dataclass(frozen=True, slots=True)
class Further:
    """The medians of the further numbers of a market that may tell, and the words of its columns in words."""

    medians: Mapping[str, float]
    words: Mapping[str, tuple[str, ...]]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all, numbers first."""
        return (*self.medians, *self.words)


@dataclass(frozen=True, slots=True)
class Understood:
    """A house with what is stated of its further features in the market's terms, and why the rest is not read."""

    house: Houses
    unread: Mapping[str, str]


def further_of(market: Market) -> Further:
    """Choose the columns that may tell: not what tells a date or a price, is all alike, or names houses."""
    houses = market.houses
    prices = (ranks(market.prices), ranks(market.prices / houses.column("living_area")))
    numbers = {name: houses.column(name) for name in houses.names if name not in NUMBERS}
    words = {name: _common(houses.labels[name]) for name in houses.labels if name not in LABELS}
    telling = {name: _telling(column, prices) for name, column in numbers.items() if _varies(column, houses.years)}
    telling |= {name: _parting(houses.labels[name], known, prices) for name, known in words.items() if known}
    kept: list[str] = []
    room = MOST_COLUMNS
    for name in sorted(telling, key=lambda one: (-telling[one], one)):
        needed = len(words.get(name, "1"))
        if telling[name] <= TELLS_PRICE and needed <= room:
            kept.append(name)
            room -= needed
    return Further(
        medians={name: float(np.nanmedian(column)) for name, column in numbers.items() if name in kept},
        words={name: known for name, known in words.items() if name in kept},
    )


def understood(house: Houses, further: Further) -> Understood:
    """Read what is stated of one house as the market's tables write it, whatever the case and the parting of names."""
    names = {_folded(name): name for name in further.names}
    stated = [name for name in (*house.names, *house.labels) if name not in NUMBERS and name not in LABELS]
    numbers, words, unread = dict[str, float](), dict[str, str](), dict[str, str]()
    for stated_name in stated:
        said, name = house.words(stated_name)[0], names.get(_folded(stated_name))
        if name is None:
            unread[stated_name] = _UNTOLD
        elif name in further.medians:
            value = _YES_NO.get(said.casefold(), number(said))
            if value is None:
                unread[stated_name] = f"as if it were not stated; the market's tables have numbers there, not {said}"
            else:
                numbers[name] = value
        elif (word := _word(said, further.words[name])) is None:
            known = ", ".join(further.words[name])
            unread[stated_name] = f"as if it were not stated; the market's tables have {known} there, not {said}"
        else:
            words[name] = word
    return Understood(_with_further(house, numbers, words), unread)


def completed(house: Houses, alike: Houses, further: Further) -> Houses:
    """Give one house with the further features that it lacks as houses that are `alike` have them.

    A number is their mean, a word their most common one.
    """
    numbers = {name: float(house.column(name)[0]) for name in further.medians}
    lacking = {name: _mean(alike.column(name)) for name, value in numbers.items() if np.isnan(value)}
    words = {name: house.words(name)[0] or _commonest(alike.words(name)) for name in further.words}
    return _with_further(house, numbers | lacking, words)


def ranks(values: Floats) -> Floats:
    """Give the rank of each value; equal ones share the middle of theirs."""
    _, places, counts = np.unique(values, return_inverse=True, return_counts=True)
    before: Ints = np.cumsum(counts) - counts
    return before[places] + (counts[places] - 1) / 2


_UNTOLD: Final = "nothing; the market's tables tell it of none of their houses before a sale, or of all of them alike"


def _folded(name: str) -> str:
    return re.sub(r"[\W_]+", "", name).casefold()


def _word(said: str, known: tuple[str, ...]) -> str | None:
    """Find a word as the tables write it: another case, or another form of the same number, is the same word."""
    value = number(said)
    return next(
        (word for word in known if word.casefold() == said.casefold() or (value is not None and number(word) == value)),
        None,
    )


def _with_further(house: Houses, numbers: Mapping[str, float], words: Mapping[str, str]) -> Houses:
    """Give one house with these further features and no others."""
    return Houses(
        names=(*NUMBERS, *numbers),
        numbers=np.array([[*(house.column(name)[0] for name in NUMBERS), *numbers.values()]]),
        labels={**{name: house.labels[name] for name in LABELS}, **{name: (word,) for name, word in words.items()}},
        latitudes=house.latitudes,
        longitudes=house.longitudes,
        vectors=house.vectors,
        years=house.years,
    )


def _mean(values: Floats) -> float:
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else float("nan")


def _commonest(words: tuple[str, ...]) -> str:
    return Counter(word for word in words if word).most_common(1)[0][0] if any(words) else ""


def _common(words: tuple[str, ...]) -> tuple[str, ...]:
    """Give the words of a column that are common enough; none where there are too many, or only one."""
    counts = Counter(words)
    if not 1 < len(counts) <= MOST_WORDS:
        return ()
    return tuple(sorted(word for word, times in counts.items() if word and times >= FEWEST_PER_WORD))


def _varies(column: Floats, years: Floats) -> bool:
    """Whether a number is known of enough houses, differs, and neither names them nor tells when they were sold."""
    known = np.isfinite(column)
    values = column[known]
    if known.mean() < FEWEST_KNOWN or not np.ptp(values) > 0:
        return False
    if len(np.unique(values)) > _IDENTIFIES * len(values) and np.median(values) > _LONG and (values % 1 == 0).all():
        return False
    return _correlation(values, ranks(years[known])) < TELLS_TIME


def _telling(column: Floats, prices: tuple[Floats, ...]) -> float:
    """How much a number tells of the price, whole or per area: the larger rank correlation, from 0 to 1."""
    known = np.isfinite(column)
    return max(_correlation(column[known], one[known]) for one in prices)


def _parting(words: tuple[str, ...], known: tuple[str, ...], prices: tuple[Floats, ...]) -> float:
    """How much a column in words tells of the price: the larger correlation ratio of its ranks, from 0 to 1."""
    places = {word: at for at, word in enumerate(known)}
    groups = np.array([places.get(word, len(known)) for word in words])
    counts = np.bincount(groups, minlength=len(known) + 1)
    return max(_ratio(one, groups, counts) for one in prices)


def _ratio(values: Floats, groups: Ints, counts: Ints) -> float:
    means = np.bincount(groups, weights=values, minlength=len(counts)) / np.maximum(counts, 1)
    return float(
        np.sqrt(np.sum(counts * (means - values.mean()) ** 2) / max(np.sum((values - values.mean()) ** 2), 1.0))
    )


def _correlation(values: Floats, other: Floats) -> float:
    """Give the absolute rank correlation of values with ranks; 0 where those are all alike."""
    return abs(float(np.corrcoef(ranks(values), other)[0, 1])) if np.ptp(other) > 0 else 0.0
