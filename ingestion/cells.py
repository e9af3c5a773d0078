"""Turns the cells of a row into values in our words, by a table's mapping."""

import calendar
import math
import re
import time
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Final

from ingestion.mappings import ISO_DATE, UNITS, ColumnType, TableMapping
from ingestion.ports import UnreadableSourceError
from ingestion.rows import snake_case
from retrieval.corpus import Scalar

NOTHING: Final = frozenset({"", "NA", "N/A", "NaN", "nan", "NULL", "null"})
"""Cells that mean that nothing is known, in every column."""

SET_APART: Final = ("id", "date")
"""Our names that become fields of the Record and are not among its values."""

NUMERIC: Final = ("number", "integer")
"""The types whose values are numbers."""

_BOOLEANS: Final = {"true": True, "false": False}
_NUMBER_TYPE: Final[ColumnType] = "number"
_TIME: Final = r"[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?"
_ISO: Final = re.compile(rf"(\d{{4}}-\d{{2}}-\d{{2}})(?:{_TIME})?", re.ASCII)
_LARGEST_EXACT: Final = 2**53 - 1
_NUMBER: Final = re.compile(r"-?(?:(?:0|[1-9]\d*)(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?", re.ASCII)
_THOUSANDS: Final = re.compile(r"[$€£]?\s*(\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)", re.ASCII)


class UnusableRowError(ValueError):
    """A row has no usable id, date or price; the message says which cell and what was expected."""


class Columns:
    """Where each of our names is found in a row; `problems` tells of columns and values that the table does not have.

    Raises UnreadableSourceError where no column holds the id, or the date.
    """

    def __init__(self, mapping: TableMapping, names: Sequence[str]) -> None:
        _require_parted(names)
        self._mapping = mapping
        self._place = {name: place for place, name in enumerate(names)}
        self._problems: list[str] = []
        self._gone: set[str] = set()
        self.joined: Mapping[str, tuple[int, ...]] = {
            ours: places
            for ours, theirs in mapping.columns.items()
            if (places := self._found(ours, (theirs,) if isinstance(theirs, str) else theirs))
        }
        self._require_set_apart()
        self.sums: Mapping[str, tuple[tuple[int, float], ...]] = {
            ours: tuple(zip(places, weights.values(), strict=True))
            for ours, weights in mapping.sums.items()
            if (places := self._found(ours, tuple(weights)))
        }
        excluded = {place for theirs in mapping.exclude.columns for place in self._found("exclude.columns", (theirs,))}
        used = {place for places in self.joined.values() for place in places}
        used |= {place for weighted in self.sums.values() for place, _ in weighted}
        self.kept = self._kept([place for place in range(len(names)) if place not in used | excluded], names)
        self.names = frozenset({*self.joined, *self.sums, *self.kept})
        self._look_for_names()
        self.problems = tuple(self._problems)

    def _found(self, ours: str, theirs: Sequence[str]) -> tuple[int, ...]:
        """Find columns: all of them, or none and a problem."""
        missing = [name for name in theirs if name not in self._place]
        if missing:
            self._gone.add(ours)
            self._problems.append(
                f"{ours}: there is no column {missing[0]!r} in the table; it has {', '.join(self._place)}"
            )
            return ()
        return tuple(self._place[name] for name in theirs)

    def _require_set_apart(self) -> None:
        for needed in SET_APART:
            if needed in self._gone:
                raise UnreadableSourceError("; ".join(self._problems), "correct the mapping or the table")
            if needed not in self.joined:
                raise UnreadableSourceError(f"columns.{needed} is missing in its mapping", "say which column holds it")

    def _kept(self, places: Sequence[int], names: Sequence[str]) -> dict[str, int]:
        kept: dict[str, int] = {}
        for place in places:
            ours = snake_case(names[place])
            while ours in kept or ours in self.joined or ours in self.sums or ours in SET_APART:
                ours += "_2"
            kept[ours] = place
        return kept

    def _look_for_names(self) -> None:
        mapping = self._mapping
        required = [name for name, column in mapping.expected.columns.items() if column.required]
        for section, ours in (
            ("values", mapping.values),
            ("parse.none", mapping.parse.none),
            ("parse.units", mapping.parse.units),
            ("validity.not_arms_length", mapping.validity.not_arms_length),
            ("validity.never_features", mapping.validity.never_features),
            ("schema.columns", required),
        ):
            for unknown in sorted(set(ours) - self.names - self._gone):
                self._problems.append(
                    f"{section}.{unknown} names no value of this table; there are {', '.join(sorted(self.names))}"
                )


def _require_parted(names: Sequence[str]) -> None:
    """Refuse a table whose every row is one cell because something else parts its cells."""
    mark = next((mark for mark in _MARKS if len(names) == 1 and mark in names[0]), None)
    if mark is not None:
        found = f"its rows have one cell each, such as {names[0]!r}"
        raise UnreadableSourceError(found, f'say delimiter = "{_MARKS[mark]}" under [parse] of its mapping')


_MARKS: Final = {";": ";", "\t": "\\t", "|": "|"}
"""What parts the cells of other tables, and how a mapping writes it."""


class Cells:
    """Reads rows by a mapping. `misfits` holds the words of the last row that are not of their column's type."""

    def __init__(self, mapping: TableMapping, columns: Columns) -> None:
        self._mapping = mapping
        self._columns = columns
        self._places = {**columns.joined, **{ours: (place,) for ours, place in columns.kept.items()}}
        self._types: dict[str, ColumnType] = dict.fromkeys(mapping.parse.units, _NUMBER_TYPE)
        for ours, column in mapping.expected.columns.items():
            if column.type is not None:
                self._types[ours] = column.type
        worded = {ours for ours, kind in self._types.items() if kind not in NUMERIC}
        self._textual = {*mapping.parse.text, *worded, "id"} & self._places.keys()
        self.misfits: dict[str, str] = {}

    def observe(self, cells: Sequence[str]) -> None:
        """Learn from a row which columns hold anything but numbers, so that a column is of one type throughout.

        A column that is declared to hold numbers holds them, whatever else is found in it.
        """
        for ours in self._places.keys() - self._textual - self._types.keys():
            words = self._words(ours, cells)
            if words is not None and words not in self._mapping.values.get(ours, {}) and number(words) is None:
                self._textual.add(ours)

    def values(self, cells: Sequence[str]) -> dict[str, Scalar]:
        """Read every value but id and date; what is not known is left out.

        Raises UnusableRowError for a price that is missing or no amount above 0.
        """
        found: dict[str, Scalar] = {}
        self.misfits = {}
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
        year, month, day = self._day(words)
        precision = self._mapping.parse.date_precision
        if precision == "year":
            month = 12
        if precision != "day":
            day = calendar.monthrange(year, month)[1]
        return self._known_from(date(year, month, day))

    def _known_from(self, day: date) -> date:
        try:
            return day - timedelta(days=self._mapping.parse.days_ahead)
        except OverflowError:
            return date.min

    def _day(self, words: str) -> tuple[int, int, int]:
        form = self._mapping.parse.date_format
        # Typed dates of a workbook or Parquet file are ISO 8601 here; no format that begins otherwise can mean them.
        iso = _ISO.fullmatch(words) if form == ISO_DATE or not form.startswith("%Y") else None
        try:
            found = date.fromisoformat(iso[1]).timetuple() if iso else time.strptime(words, form)
        except ValueError as error:
            raise UnusableRowError(f"date: expected the form {form}, found {words!r}") from error
        return found[:3]

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
        kind = self._types.get(ours)
        if kind == "boolean":
            return self._fitting(ours, words, _BOOLEANS.get(words.lower()))
        read = None if ours in self._textual else number(words)
        if read is not None:
            return self._in_our_unit(ours, read)
        return self._fitting(ours, words, None) if kind in NUMERIC else words

    def _fitting(self, ours: str, words: str, value: Scalar) -> Scalar:
        if value is None:
            self.misfits[ours] = words
        return value

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
