"""Turns sales records and a subject into arrays: the market as it was visible at a date, one row per sale."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from typing import Final, cast
from weakref import ref

import numpy as np
from numpy.typing import NDArray

from decision.packs.real_estate.features import LABELS, NONE_IS_ZERO, NUMBERS, may_tell, number, vector
from retrieval.corpus import KNOWN_BEFORE, Record, identity_of

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
Parcels = NDArray[np.str_]

EARTH_RADIUS_KM: Final = 6371.0088


@dataclass(frozen=True, slots=True)
class Houses:
    """Characteristics of n houses: numbers (n, names; NaN unknown), words per label, places, feature vectors.

    `names` are NUMBERS and after them, as `labels` has beside LABELS, further ones that the houses' tables have.
    `years` is the year, with its fraction, at which each is looked at: the sale's, or the subject's effective date.
    """

    names: tuple[str, ...]
    numbers: Floats
    labels: Mapping[str, tuple[str, ...]]
    latitudes: Floats
    longitudes: Floats
    vectors: Floats
    years: Floats

    def __len__(self) -> int:
        return len(self.years)

    def column(self, name: str) -> Floats:
        """One characteristic of every house, by name; NaN for one that they do not have."""
        return self.numbers[:, self.names.index(name)] if name in self.names else np.full(len(self), np.nan)

    def words(self, name: str) -> tuple[str, ...]:
        """One characteristic of every house in words, by name; empty where it is not known."""
        if name in self.labels:
            return self.labels[name]
        return tuple(map(_plain, cast("list[float]", self.column(name).tolist())))

    def take(self, rows: Ints) -> "Houses":
        """Give some of the houses, in the order of `rows`."""
        return Houses(
            names=self.names,
            numbers=self.numbers[rows],
            labels={name: tuple(words[row] for row in places(rows)) for name, words in self.labels.items()},
            latitudes=self.latitudes[rows],
            longitudes=self.longitudes[rows],
            vectors=self.vectors[rows],
            years=self.years[rows],
        )


@dataclass(frozen=True, slots=True, eq=False)
class Market:
    """Arm's-length sales in order of date and id: houses, prices in currency, days as ordinals, calendar months.

    Two markets are equal when they are one, so that what is made of a market can be kept beside it.
    """

    houses: Houses
    ids: tuple[str, ...]
    prices: Floats
    days: Ints
    months: Ints

    def __len__(self) -> int:
        return len(self.ids)

    def take(self, rows: Ints) -> "Market":
        """Give some of the sales, in the order of `rows`."""
        return Market(
            houses=self.houses.take(rows),
            ids=tuple(self.ids[row] for row in places(rows)),
            prices=self.prices[rows],
            days=self.days[rows],
            months=self.months[rows],
        )

    @property
    def parcels(self) -> Parcels:
        """The parcel of every sale: a table that lists an id again tells of the same parcel."""
        return _parcels(self)


@lru_cache(maxsize=4)
def _parcels(market: Market) -> Parcels:
    return np.array([parcel_of(name) for name in market.ids], dtype=np.str_)


def joined(one: Market, other: Market) -> Market:
    """Put the sales of two markets into one, those of the first before those of the second, with what the first has."""
    houses = (one.houses, other.houses)
    return Market(
        houses=Houses(
            names=one.houses.names,
            numbers=np.vstack([np.column_stack([each.column(n) for n in one.houses.names]) for each in houses]),
            labels={name: (*words, *other.houses.words(name)) for name, words in one.houses.labels.items()},
            latitudes=np.concatenate([each.latitudes for each in houses]),
            longitudes=np.concatenate([each.longitudes for each in houses]),
            vectors=np.vstack([each.vectors for each in houses]),
            years=np.concatenate([each.years for each in houses]),
        ),
        ids=(*one.ids, *other.ids),
        prices=np.concatenate([one.prices, other.prices]),
        days=np.concatenate([one.days, other.days]),
        months=np.concatenate([one.months, other.months]),
    )


def parcel_of(sale_id: str) -> str:
    """Give the parcel that a sale is of: a table that lists an id again tells of the same parcel."""
    return identity_of(sale_id)


def same_parcel(subjects: Market, sales: Market) -> Flags:
    """Mark the sales that are of a subject's own parcel, shape (subjects, sales)."""
    rows: dict[str, list[int]] = {}
    for row, name in enumerate(subjects.ids):
        rows.setdefault(parcel_of(name), []).append(row)
    found = np.zeros((len(subjects), len(sales)), dtype=np.bool_)
    for column, name in enumerate(sales.ids):
        found[rows.get(parcel_of(name), []), column] = True
    return found


def places(rows: Ints) -> list[int]:
    """Give row numbers as plain integers."""
    return cast("list[int]", rows.tolist())


def month_of(day: date) -> int:
    """Give a calendar month as a running number."""
    return day.year * 12 + day.month - 1


def first_day(month: int) -> date:
    """Give the first day of a running month."""
    return date(month // 12, month % 12 + 1, 1)


def usable(record: Record) -> bool:
    """Whether a sale may carry a value: at arm's length, with a price and a living area."""
    price, area = number(record.values.get("price")), number(record.values.get("living_area"))
    return record.values.get("arms_length") is not False and (price or 0) > 0 and (area or 0) > 0


def market_of(records: Iterable[Record], before: date, never: str | None = None) -> Market:
    """Give the market that was visible: usable sales recorded before a day, without the subject's own sale."""
    return _market(_Sales(list(records), before, never))


Described = tuple[Mapping[str, object], date, tuple[float | None, float | None]]
"""Values by name, the day at which the house is looked at, and its latitude and longitude."""


def houses_of(described: Sequence[Described], vectors: Sequence[tuple[float, ...]] | None = None) -> Houses:
    """Houses from their values; a year of remodelling that is unknown is the year of building."""
    further = dict.fromkeys(name for values, _, _ in described for name in values if may_tell(name))
    worded = [name for name in further if any(_is_word(values.get(name)) for values, _, _ in described)]
    names = (*NUMBERS, *(name for name in further if name not in worded))
    rows = [[_known(number(values.get(name))) for name in names] for values, _, _ in described]
    numbers = np.array(rows, dtype=np.float64).reshape(len(described), len(names))
    built, remodelled = numbers[:, names.index("year_built")], names.index("year_remodelled")
    numbers[:, remodelled] = np.fmax(numbers[:, remodelled], built)
    return Houses(
        names=names,
        numbers=numbers,
        labels={name: tuple(_worded(values.get(name)) for values, _, _ in described) for name in (*LABELS, *worded)},
        latitudes=np.array([_known(place[0]) for _, _, place in described], dtype=np.float64),
        longitudes=np.array([_known(place[1]) for _, _, place in described], dtype=np.float64),
        vectors=np.array(vectors or [vector(values) for values, _, _ in described], dtype=np.float64),
        years=np.array([day.year + (day.month - 1) / 12 for _, day, _ in described], dtype=np.float64),
    )


def distances_km(one: Houses, many: Houses) -> Floats:
    """Great-circle distances in kilometres, shape (len(one), len(many)); NaN where a place is unknown (haversine)."""
    lat_a, lat_b = np.radians(one.latitudes)[:, None], np.radians(many.latitudes)[None, :]
    lon_a, lon_b = np.radians(one.longitudes)[:, None], np.radians(many.longitudes)[None, :]
    half = np.sin((lat_b - lat_a) / 2) ** 2 + np.cos(lat_a) * np.cos(lat_b) * np.sin((lon_b - lon_a) / 2) ** 2
    return 2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.minimum(half, 1.0)))


class _Sales:
    """Sales as they were found, known again by which objects they are; does not keep them when nobody else does."""

    def __init__(self, records: Sequence[Record], before: date, never: str | None) -> None:
        self.key = (before, never, tuple(map(ref, records)))
        self.hash = hash((before, never, tuple(map(id, records))))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Sales) and self.key == other.key

    def __hash__(self) -> int:
        return self.hash


# A case is decided a dozen times over the same sales: to weigh its assumptions, and to find counterfactuals.
@lru_cache(maxsize=1)
def _market(found: _Sales) -> Market:
    before, never, references = found.key
    records = (one for reference in references if (one := reference()) is not None)
    seen = {record.id: record for record in records if record.observed_on < before and record.id != never}
    sales = sorted((r for r in seen.values() if usable(r)), key=lambda sale: (sale.observed_on, sale.id))
    described = [(_known_before(sale), sale.observed_on, (sale.latitude, sale.longitude)) for sale in sales]
    return Market(
        houses=_with_none_as_zero(houses_of(described, [sale.vector for sale in sales])),
        ids=tuple(sale.id for sale in sales),
        prices=np.array([number(sale.values["price"]) for sale in sales], dtype=np.float64),
        days=np.array([sale.observed_on.toordinal() for sale in sales], dtype=np.int64),
        months=np.array([month_of(sale.observed_on) for sale in sales], dtype=np.int64),
    )


def _with_none_as_zero(sales: Houses) -> Houses:
    """Read an empty cell as none where the sales have no 0 in its column: their tables leave it empty for none."""
    numbers = sales.numbers.copy()
    for name in NONE_IS_ZERO:
        column = numbers[:, sales.names.index(name)]
        if np.isfinite(column).any() and not (column == 0).any():
            column[np.isnan(column)] = 0.0
    return replace(sales, numbers=numbers)


def _known_before(sale: Record) -> Mapping[str, object]:
    """Give what was known of a house before its sale: of a table that does not say, our own characteristics only."""
    told = sale.values.get(KNOWN_BEFORE)
    names = _CHARACTERISTICS if told is None else _names(str(told))
    return {name: sale.values[name] for name in names if name in sale.values}


_CHARACTERISTICS: Final = (*NUMBERS, *LABELS)


@lru_cache(maxsize=16)
def _names(told: str) -> tuple[str, ...]:
    return tuple(told.split("\n"))


def _is_word(value: object) -> bool:
    return value is not None and number(value) is None


def _worded(value: object) -> str:
    """Give a value in words; a number as text, whether it came as 2 or as 2.0."""
    found = None if isinstance(value, str) else number(value)
    return str(value or "") if found is None else _plain(found)


def _plain(value: float) -> str:
    return "" if math.isnan(value) else str(int(value)) if value.is_integer() else str(value)


def _known(value: float | None) -> float:
    return math.nan if value is None else value
