"""Turns a table file into its canonical text: CSV, a heading and one row after another, whatever form it came in."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from importlib import import_module
from io import StringIO
from math import isfinite
from pathlib import Path
from typing import Final, Protocol, cast

from ingestion.mappings import TableMapping
from ingestion.parsers.text import canonical, decoded, no_words, read_text, refuse_unusable, too_much_text
from ingestion.ports import UnreadableSourceError
from ingestion.settings import ParsingLimits

DELIMITED: Final = (".csv", ".tsv")
"""Suffixes of tables that are text already, and stay as they are."""

CONVERTED: Final = {
    ".xlsx": "worksheets",
    ".parquet": "columnar_tables",
    ".json": "json_tables",
    ".jsonl": "json_tables",
    ".ndjson": "json_tables",
}
"""The module of this package that reads each other suffix, by its function `rows_of`."""

_EXACT: Final = 2**53


def read_table_text(path: Path, limits: ParsingLimits, mapping: TableMapping) -> str:
    """Read the canonical text of a table; raises UnreadableSourceError with what to do."""
    suffix = path.suffix.lower()
    if suffix in DELIMITED:
        text = read_text(path, limits)
        if len(text) > limits.largest_text_mb * 1024**2:
            raise too_much_text(limits)
        return text
    if suffix not in CONVERTED:
        known = ", ".join(sorted({*DELIMITED, *CONVERTED}))
        raise UnreadableSourceError(f"no table has the suffix {suffix!r}", f"export it as one of {known}")
    refuse_unusable(path, limits)
    form = cast("_Form", import_module(f"ingestion.{CONVERTED[suffix]}"))
    text = canonical(_written(form.rows_of(path, limits, mapping), limits))
    # As for every text: it can be kept, and says something.
    if not text.strip():
        raise no_words()
    return decoded(_encoded(text), None)


def delimiter_of(source: str, mapping: TableMapping) -> str:
    """Tell what parts the cells in the canonical text of a table that came from `source`."""
    lower = source.lower()
    if lower.endswith(tuple(CONVERTED)):
        return ","
    return mapping.parse.delimiter or ("\t" if lower.endswith(".tsv") else ",")


def cell_text(value: object) -> str:
    """Write a typed value as a CSV file would have it; what is no value (None, NaN, infinite) is empty.

    Dates are ISO 8601, without the time at midnight; whole numbers have no decimal point. ValueError for a value that
    has parts of its own.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float | Decimal):
        return _number_text(value)
    if isinstance(value, date | time):
        return _moment_text(value)
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, Iterable) and not isinstance(value, str):
        raise ValueError("it has parts of its own")  # noqa: TRY004  the value is wrong, not the call
    return str(value)


class _Form(Protocol):
    """A module that reads one form of table."""

    def rows_of(self, path: Path, limits: ParsingLimits, mapping: TableMapping) -> Iterator[Sequence[object]]:
        """Give the heading, and then the values of every row."""
        ...


def _number_text(value: float | Decimal) -> str:
    if not isfinite(value):
        return ""
    if isinstance(value, Decimal):
        return format(value, "f")
    return str(int(value)) if value == int(value) and abs(value) <= _EXACT else repr(value)


def _moment_text(value: date | time) -> str:
    if isinstance(value, datetime) and value.time() == time():
        return value.date().isoformat()
    return value.isoformat()


def _written(rows: Iterator[Sequence[object]], limits: ParsingLimits) -> str:
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    names: tuple[str, ...] = ()
    for number, row in enumerate(rows):
        if not number:
            names = tuple(map(cell_text, row))
        cells = [_cell(value, number, place, names) for place, value in enumerate(row)]
        writer.writerow(cells)
        if text.tell() > limits.largest_text_mb * 1024**2:
            raise too_much_text(limits)
    return text.getvalue()


def _cell(value: object, number: int, place: int, names: Sequence[str]) -> str:
    if isinstance(value, str):
        return value
    try:
        return cell_text(value)
    except ValueError as error:
        name = names[place] if place < len(names) else f"column {place + 1}"
        raise UnreadableSourceError(
            f"row {number}: {name}: expected one value, found {type(value).__name__} ({error})",
            "give every column plain values, in columns of their own",
        ) from error


def _encoded(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise UnreadableSourceError(
            f"character {error.start} is half of a character", "export the table anew, as UTF-8"
        ) from error
