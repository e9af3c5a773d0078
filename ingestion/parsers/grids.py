"""Turns a table of HTML, or of a law that uses those, into rows of cells, or says that it only sets out text."""

import re
from collections.abc import Iterator
from typing import Final

from ingestion.parsers.elements import Element, attribute, local

_CELLS: Final = frozenset({"td", "th"})
_GROUPS: Final = frozenset({"thead", "tbody", "tfoot"})
_WIDEST_CELL: Final = 100  # columns; a page may claim millions
_MARK: Final = re.compile(
    r"\(?(?:\d{1,3}[a-z]?|[a-zA-Z]{1,2}|[ivxlcIVXLC]{1,7})[.)]|[\u2013\u2014\u2022\u00b7-]|\d{1,2}(?:\.\d{1,2})+\.?"
)
_MARKED_CELLS: Final = 2


def grid(table: Element) -> tuple[int, list[list[Element | None]]]:
    """Count the rows of the head, and give every row; None stands where a cell of another column or row reaches."""
    heads = 0
    rows: list[list[Element | None]] = []
    reaching: dict[int, int] = {}
    for row in table_rows(table):
        around = row.getparent()
        heads += around is not None and local(around) == "thead"
        line: list[Element | None] = []
        for cell in _cells(row):
            _fill(line, reaching)
            width, height = _span(cell, "colspan"), _span(cell, "rowspan")
            for column in range(len(line), len(line) + width):
                if height > 1:
                    reaching[column] = height - 1
            line.extend([cell, *[None] * (width - 1)])
        _fill(line, reaching)
        rows.append(line)
    return heads, rows


def table_rows(table: Element) -> Iterator[Element]:
    """Give the rows of a table, without those of tables inside it."""
    for child in table:
        if local(child) == "tr":
            yield child
        elif local(child) in _GROUPS:
            yield from (row for row in child if local(row) == "tr")


def is_layout(table: Element) -> bool:
    """Whether a table only places things: one cell, or headings inside it, or tables that are no marked points."""
    cells = [cell for row in table_rows(table) for cell in _cells(row)]
    if len(cells) <= 1:
        return True
    inside = {local(element) for cell in cells for element in cell.iter() if element is not cell}
    return bool(inside & {"h1", "h2", "h3", "h4"}) or ("table" in inside and not listed(table))


def listed(table: Element) -> list[tuple[str, Element]]:
    """Give marks and contents of a table whose every row is one marked point, as `(a)` | words; empty for another."""
    found: list[tuple[str, Element]] = []
    for row in table_rows(table):
        cells = [cell for cell in _cells(row) if any(words.strip() for words in cell.itertext())]
        if len(cells) != _MARKED_CELLS:
            return []
        mark = "".join(cells[0].itertext()).strip()
        if not _MARK.fullmatch(mark):
            return []
        found.append((mark, cells[1]))
    return found


def _cells(row: Element) -> list[Element]:
    return [cell for cell in row if local(cell) in _CELLS]


def _span(cell: Element, name: str) -> int:
    written = attribute(cell, name)
    return max(1, min(int(written), _WIDEST_CELL)) if written.isdecimal() and len(written) <= len("1000") else 1


def _fill(line: list[Element | None], reaching: dict[int, int]) -> None:
    while reaching.get(len(line), 0) > 0:
        reaching[len(line)] -= 1
        line.append(None)
