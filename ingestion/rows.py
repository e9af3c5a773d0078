"""Turns the canonical text of a table into its rows, each with the exact place at which it stands."""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass

from ingestion.ports import UnreadableSourceError


@dataclass(frozen=True, slots=True)
class Row:
    """The cells of one row and its half-open offsets; `number` counts from 1, the heading not included."""

    number: int
    cells: tuple[str, ...]
    start: int
    end: int


def read_rows(text: str, delimiter: str) -> tuple[tuple[str, ...], Iterator[Row]]:
    """Read the column names, and the rows one by one; raises UnreadableSourceError."""
    rows = _rows(text, delimiter)
    heading = next(rows, None)
    if heading is None:
        raise UnreadableSourceError("it has no heading row", "put the column names into the first row")
    names = tuple(name.strip() for name in heading.cells)
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise UnreadableSourceError(f"two columns have the name {repeated[0]!r}", "give every column a name of its own")
    return names, rows


def snake_case(name: str) -> str:
    """Give a column's name the form of ours: `SalePrice` and `Sale Price` become `sale_price`."""
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name)
    return re.sub(r"[\W_]+", "_", parted).strip("_").lower() or "column"


def _rows(text: str, delimiter: str) -> Iterator[Row]:
    lines = _Lines(text)
    reader = csv.reader(lines, delimiter=delimiter)
    number = 0
    while True:
        start = lines.place
        try:
            cells = next(reader, None)
        except csv.Error as error:
            raise UnreadableSourceError(f"row {number} is not readable ({error})", "export the table anew") from error
        if cells is None:
            return
        if not cells:
            continue
        words = text[start : lines.place]
        yield Row(number, tuple(cells), start, start + len(words.removesuffix("\n")))
        number += 1


class _Lines(Iterator[str]):
    """The lines of a text; `place` is the offset up to which they were taken."""

    def __init__(self, text: str) -> None:
        self._text = text
        self.place = 0

    def __next__(self) -> str:
        if self.place >= len(self._text):
            raise StopIteration
        start = self.place
        end = self._text.find("\n", start)
        self.place = len(self._text) if end < 0 else end + 1
        return self._text[start : self.place]
