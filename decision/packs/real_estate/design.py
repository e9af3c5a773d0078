"""Turns houses into the rows of the hedonic model: which characteristics enter, in which form, with which penalty."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from decision.packs.real_estate.features import LABELS, NUMBERS
from decision.packs.real_estate.further import FURTHER, Further, further_of
from decision.packs.real_estate.market import Flags, Floats, Houses, Market

NUMBER_PENALTY: Final = 2.0
LABEL_PENALTY: Final = 3.0
INTERACTION_PENALTY: Final = 6.0
FURTHER_PENALTY: Final = 20.0
"""Ridge penalties; a characteristic needs about this many sales before its effect is believed by half."""

TYPICAL_CONDITION: Final = 5.0
YEARS_NEW: Final = 1.0

_NEVER_LESS: Final = (
    "living_area",
    "lot_area",
    "bathrooms",
    "quality",
    "condition",
    "view",
    "garage",
    "fireplaces",
    "basement",
    "central_air",
    "waterfront",
)
"""More of these never lowers a value; bedrooms (at equal area), age and labels are left free."""


@dataclass(frozen=True, slots=True)
class Design:
    """How a house becomes a row: medians that stand in for unknown numbers, words known, scale of every column.

    `medians` and `words` have our own characteristics first, and then what the table has beside them and may tell.
    `groups` names the characteristic of each column; `rising` marks columns whose coefficient may not be negative.
    """

    medians: Mapping[str, float]
    words: Mapping[str, tuple[str, ...]]
    centres: Floats
    scales: Floats
    groups: tuple[str, ...]
    penalties: Floats
    rising: Flags

    def rows(self, houses: Houses) -> Floats:
        """One row per house: numbers centred and scaled, then a 1 under each of its words, then interactions."""
        numbers = (np.column_stack([c for _, c in self._numbers(houses)]) - self.centres) / self.scales
        labels = [_indicators(houses.words(name), words) for name, words in self.words.items()]
        return np.hstack([numbers, *labels, labels[0] * self._log_area(houses)[:, None]])

    @property
    def characteristics(self) -> tuple[str, ...]:
        """The names of the groups, each once, in order."""
        return tuple(dict.fromkeys(self.groups))

    @property
    def further(self) -> Further:
        """What the market's tables tell of a house beside our own characteristics."""
        medians = {name: median for name, median in self.medians.items() if name not in NUMBERS}
        return Further(medians, {name: words for name, words in self.words.items() if name not in LABELS})

    @property
    def membership(self) -> Floats:
        """1 where a column (row here) belongs to a characteristic (column here)."""
        names = self.characteristics
        return (np.array(self.groups)[:, None] == np.array(names)[None, :]).astype(np.float64)

    def unknown(self, houses: Houses) -> Sequence[frozenset[str]]:
        """For each house, the characteristics that the market tells and the house does not."""
        told = [name for name, median in self.medians.items() if np.isfinite(median)]
        missing = [{n for n in told if np.isnan(houses.column(n)[row])} for row in range(len(houses))]
        for name, known in self.words.items():
            for row, word in enumerate(houses.words(name)):
                if known and word not in known:
                    missing[row].add(name)
        return [frozenset(names) for names in missing]

    def unmatched(self, houses: Houses) -> Sequence[Mapping[str, str]]:
        """For each house, the words it states under a label for which the market's sales have words, but not this."""
        told = [name for name in LABELS if self.words[name]]
        stated = [{name: houses.labels[name][row] for name in told} for row in range(len(houses))]
        return [{n: word for n, word in one.items() if word and word not in self.words[n]} for one in stated]

    def held_rising(self, coefficients: Floats) -> Floats:
        """Coefficients in which no neighbourhood's own slope lets a larger house be worth less."""
        held = coefficients.copy()
        area = [at for at, group in enumerate(self.groups) if group == "living_area"]
        slopes = [at for at in area if at >= len(self.centres)]
        least = min((held[at] / self.scales[at] for at in area if at < len(self.centres)), default=0.0)
        held[slopes] = np.maximum(held[slopes], -least)
        return held

    def _numbers(self, houses: Houses) -> list[tuple[str, Floats]]:
        return _number_columns(houses, self.medians)

    def _log_area(self, houses: Houses) -> Floats:
        return np.log(_filled(houses, "living_area", self.medians) / self.medians["living_area"])


def design_for(market: Market) -> Design:
    """Give the design for a market: its medians, its words, the scale of its columns."""
    houses, further = market.houses, further_of(market)
    medians = {**{name: _median(houses.column(name)) for name in NUMBERS}, **further.medians}
    words = {**{name: tuple(sorted(set(houses.words(name)) - {""})) for name in LABELS}, **further.words}
    columns = _number_columns(houses, medians)
    stacked = np.column_stack([column for _, column in columns])
    label_groups = [characteristic(name) for name, known in words.items() for _ in known]
    slopes = ["living_area" for _ in words[LABELS[0]]]
    names = [name for name, _ in columns]
    groups = (*names, *label_groups, *slopes)
    own = [NUMBER_PENALTY] * len(names) + [LABEL_PENALTY] * len(label_groups) + [INTERACTION_PENALTY] * len(slopes)
    rising = np.array([name in _NEVER_LESS for name in names] + [False] * (len(groups) - len(names)), dtype=np.bool_)
    return Design(
        medians=medians,
        words=words,
        centres=stacked.mean(axis=0),
        scales=stacked.std(axis=0) + 1e-9,
        groups=groups,
        penalties=np.where(np.array(groups) == FURTHER, FURTHER_PENALTY, own),
        rising=rising,
    )


def characteristic(name: str) -> str:
    """Give the group under which a number or word enters the model."""
    return _GROUP_OF.get(name, name if name in NUMBERS or name in LABELS else FURTHER)


_GROUP_OF: Final = {
    "year_built": "age",
    "year_remodelled": "remodelling",
    "garage_cars": "garage",
    "basement_area": "basement",
    "basement_finished_area": "basement",
}


def _number_columns(houses: Houses, medians: Mapping[str, float]) -> list[tuple[str, Floats]]:
    """Every number column with its group; one that the market does not tell is left out."""
    found: list[tuple[str, Floats]] = []
    for name, median in medians.items():
        if np.isfinite(median):
            values = _filled(houses, name, medians)
            found += [(characteristic(name), column) for column in _forms(name, values, median, houses.years)]
    return found


def _forms(name: str, values: Floats, median: float, years: Floats) -> list[Floats]:
    """Give the forms in which one characteristic enters."""
    if name in ("living_area", "lot_area"):
        log = np.log(np.maximum(values, 1.0) / max(median, 1.0))
        return [np.minimum(log, 0.0), np.maximum(log, 0.0)] if name == "living_area" else [log]
    if name in ("year_built", "year_remodelled"):
        age = np.maximum(years - values, 0.0)
        bent = [np.sqrt(age), age]
        return [*bent, age**2, (age <= YEARS_NEW).astype(np.float64)] if name == "year_built" else bent
    if name == "condition":
        return [np.minimum(values - TYPICAL_CONDITION, 0.0), np.maximum(values - TYPICAL_CONDITION, 0.0)]
    if name == "basement_area":
        return [np.log1p(values / 500.0)]
    return [values] if name in NUMBERS else [np.arcsinh(values)]


def _filled(houses: Houses, name: str, medians: Mapping[str, float]) -> Floats:
    values = houses.column(name)
    return np.where(np.isnan(values), medians[name], values)


def _median(values: Floats) -> float:
    known = values[~np.isnan(values)]
    return float(np.median(known)) if len(known) else float("nan")


def _indicators(words: Sequence[str], known: Sequence[str]) -> Floats:
    if not known:
        return np.zeros((len(words), 0))
    return (np.array(words)[:, None] == np.array(known)[None, :]).astype(np.float64)
