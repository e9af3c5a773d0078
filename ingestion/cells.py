"""Turns the cells of a row into values in our words, by a table's mapping."""

import calendar
import math
import re
import time
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

from ingestion.mappings import UNITS, TableMapping
from ingestion.ports import IngestionError
from ingestion.rows import snake_case
from retrieval.corpus import Scalar

NOTHING: Final = frozenset({"", "NA", "N/A", "NaN", "nan", "NULL", "null"})
"""Cells that mean that nothing is known, in every column."""

SET_APART: Final = ("id", "date")
"""Our names that become fields of the Record and are not among its values."""

_LARGEST_EXACT: Final = 2**53 - 1
_NUMBER: Final = re.compile(r"-?(?:(?:0|[1-9]\d*)(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?", re.ASCII)
_THOUSANDS: Final = re.compile(r"[$€£]?\s*(\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)", re.ASCII)


class UnusableRowError(ValueError):
    """A row has no usable id, date or price; the message says which cell and what was expected."""


class Columns:
    """Where each of our names is found in a row; raises IngestionError for a column that the table does not have."""

    def __init__(self, mapping: TableMapping, names: Sequence[str], origin: str) -> None:
        self._mapping = mapping
        self._place = {name: place for place, name in enumerate(names)}
        self._origin = origin
        self.joined: Mapping[str, tuple[int, ...]] = {
            ours: tuple(map(self._find, (theirs,) if isinstance(theirs, str) else theirs))
            for ours, theirs in mapping.columns.items()
        }
        self.sums: Mapping[str, tuple[tuple[int, float], ...]] = {
            ours: tuple((self._find(theirs), weight) for theirs, weight in weights.items())
            for ours, weights in mapping.sums.items()
        }
        excluded = {self._find(theirs) for theirs in mapping.exclude.columns}
        used = {place for places in self.joined.values() for place in places}
        used |= {place for weighted in self.sums.values() for place, _ in weighted}
        self.kept = self._kept([place for place in range(len(names)) if place not in used | excluded], names)
        self._check_names()

    def _find(self, theirs: str) -> int:
        if theirs not in self._place:
            raise IngestionError(
                f"{self._origin}: there is no column {theirs!r} in the table; "
                f"it has {', '.join(self._place)}. Correct the mapping."
            )
        return self._place[theirs]

    def _kept(self, places: Sequence[int], names: Sequence[str]) -> dict[str, int]:
        kept: dict[str, int] = {}
        for place in places:
            ours = snake_case(names[place])
            while ours in kept or ours in self.joined or ours in self.sums or ours in SET_APART:
                ours += "_2"
            kept[ours] = place
        return kept

    def _check_names(self) -> None:
        for needed in SET_APART:
            if needed not in self.joined:
                raise IngestionError(f"{self._origin}: columns.{needed} is missing; say which column holds it.")
        mapping = self._mapping
        known = {*self.joined, *self.sums, *self.kept}
        for section, ours in (
            ("values", mapping.values),
            ("parse.none", mapping.parse.none),
            ("parse.units", mapping.parse.units),
            ("validity.not_arms_length", mapping.validity.not_arms_length),
            ("validity.never_features", mapping.validity.never_features),
        ):
            unknown = sorted(set(ours) - known)
            if unknown:
                raise IngestionError(
                    f"{self._origin}: {section}.{unknown[0]} names no value of this table; "
                    f"there are {', '.join(sorted(known))}. Correct the mapping."
                )


class Cells:
    """Reads rows by a mapping. `numeric` says which of our names hold numbers in every row."""

    def __init__(self, mapping: TableMapping, columns: Columns) -> None:
        self._mapping = mapping
        self._columns = columns
        self._places = {**columns.joined, **{ours: (place,) for ours, place in columns.kept.items()}}
        self._textual = {*mapping.parse.text, "id"} & self._places.keys()

    def observe(self, cells: Sequence[str]) -> None:
        """Learn from a row which columns hold anything but numbers, so that a column is of one type throughout."""
        for ours in self._places.keys() - self._textual:
            words = self._words(ours, cells)
            if words is not None and words not in self._mapping.values.get(ours, {}) and number(words) is None:
                self._textual.add(ours)

    def values(self, cells: Sequence[str]) -> dict[str, Scalar]:
        """Read every value but id and date; what is not known is left out.

        Raises UnusableRowError for a price that is missing or no amount above 0.
        """
        found: dict[str, Scalar] = {}
        for ours in self._places.keys() - set(SET_APART):
            value = self._value(ours, cells)
            if value is not None:
                found[ours] = value
        if "price" in self._columns.joined and "price" not in found:
            raise UnusableRowError("price: expected an amount above 0, found none")
        for ours, weighted in self._columns.sums.items():
            parts = [number(cells[place].strip()) for place, _ in weighted]
            known = [part * weight for part, (_, weight) in zip(parts, weighted, strict=True) if part is not None]
            if len(known) == len(parts):
                found[ours] = self._in_our_unit(ours, sum(known))
        return dict(sorted(found.items()))

    def identity(self, cells: Sequence[str]) -> str:
        """Read the row's id, as text; raises UnusableRowError."""
        words = self._words("id", cells)
        if words is None:
            raise UnusableRowError("id: expected a value, found none")
        return words

    def observed_on(self, cells: Sequence[str]) -> date:
        """Read the date; raises UnusableRowError."""
        words = " ".join(cells[place].strip() for place in self._places["date"])
        parsing = self._mapping.parse
        try:
            year, month, day = time.strptime(words, parsing.date_format)[:3]
        except ValueError as error:
            raise UnusableRowError(f"date: expected the form {parsing.date_format}, found {words!r}") from error
        if parsing.date_precision == "year":
            return date(year, 12, 31)
        if parsing.date_precision == "month":
            return date(year, month, calendar.monthrange(year, month)[1])
        return date(year, month, day)

    def _words(self, ours: str, cells: Sequence[str]) -> str | None:
        words = " ".join(cells[place].strip() for place in self._places[ours]).strip()
        return None if words in NOTHING or words in self._mapping.parse.none.get(ours, ()) else words

    def _value(self, ours: str, cells: Sequence[str]) -> Scalar:
        words = self._words(ours, cells)
        if words is None:
            return None
        codes = self._mapping.values.get(ours, {})
        if words in codes:
            return codes[words]
        if ours == "price":
            return self._price(words)
        read = None if ours in self._textual else number(words)
        return words if read is None else self._in_our_unit(ours, read)

    def _price(self, words: str) -> float | int:
        amount = _THOUSANDS.fullmatch(words)
        read = number(amount[1].replace(",", "")) if amount else number(words)
        if read is None or read <= 0:
            raise UnusableRowError(f"price: expected an amount above 0, found {words!r}")
        return self._in_our_unit("price", read)

    def _in_our_unit(self, ours: str, value: float) -> float | int:
        unit = self._mapping.parse.units.get(ours)
        converted = value if unit is None else value * UNITS[unit]
        return int(converted) if isinstance(converted, float) and converted.is_integer() and unit is None else converted


def number(words: str) -> float | int | None:
    """Read a number as written by programs: no leading zeros, finite, exact as a 64-bit float; None for other words."""
    if not _NUMBER.fullmatch(words):
        return None
    value = int(words) if words.lstrip("-").isdecimal() else float(words)
    return value if math.isfinite(value) and abs(value) <= _LARGEST_EXACT else None
