"""Turns a sheet of an XLSX workbook into the rows of a table."""

import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from importlib import import_module
from itertools import islice
from pathlib import Path
from typing import Final, Protocol, cast

from ingestion.mappings import TableMapping
from ingestion.parsers.contents import OLD_OFFICE, content_kind
from ingestion.ports import UnreadableSourceError
from ingestion.settings import ParsingLimits

MOST_ROWS: Final = 1_048_576
MOST_COLUMNS: Final = 16_384
"""What a worksheet can have; a file that says more is not one."""

_BEGINNING: Final = 64
_LOOKED_AT: Final = 50
_DAMAGED: Final = "open it in a spreadsheet program and save it anew, as XLSX without a password"


def rows_of(path: Path, limits: ParsingLimits, mapping: TableMapping) -> Iterator[Sequence[object]]:
    """Give the headings, and then the values of every row that has any; raises UnreadableSourceError.

    Cells are as they were last calculated; an error such as `#N/A` is no value.
    """
    _refuse_bomb(path, limits)
    try:
        with closing(_opened(path, data_only=True)) as workbook:
            yield from _table(_sheet(workbook, mapping), path, mapping)
    except UnreadableSourceError:
        raise
    except (OSError, ValueError, KeyError, TypeError, AttributeError, IndexError, SyntaxError, zipfile.BadZipFile) as e:
        raise UnreadableSourceError(f"it is no readable XLSX workbook ({e})", _DAMAGED) from e


class _Cell(Protocol):
    value: object
    data_type: str


class _Sheet(Protocol):
    title: str
    rows: Iterator[Sequence[_Cell]]

    def reset_dimensions(self) -> None: ...


class _Workbook(Protocol):
    worksheets: Sequence[_Sheet]

    def close(self) -> None: ...


class _Library(Protocol):
    def load_workbook(self, filename: Path, *, read_only: bool, data_only: bool, keep_links: bool) -> _Workbook: ...


def _opened(path: Path, *, data_only: bool) -> _Workbook:
    library = cast("_Library", import_module("openpyxl"))
    return library.load_workbook(path, read_only=True, data_only=data_only, keep_links=False)


def _refuse_bomb(path: Path, limits: ParsingLimits) -> None:
    """Look at what the parts say they have before any is unpacked; no more than that is ever read of one."""
    try:
        with path.open("rb") as file:
            if content_kind(file.read(_BEGINNING)) == OLD_OFFICE:
                raise UnreadableSourceError(f"it is {OLD_OFFICE}", _DAMAGED)
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
    except (OSError, zipfile.BadZipFile) as error:
        raise UnreadableSourceError(f"it is no readable XLSX workbook ({error})", _DAMAGED) from error
    largest = limits.largest_text_mb * 1024**2
    for part in parts:
        if part.flag_bits & 1:
            raise UnreadableSourceError("it is encrypted", _DAMAGED)
        # Pictures and the like are never unpacked.
        if part.filename.lower().endswith((".xml", ".rels")) and part.file_size > largest:
            raise UnreadableSourceError(
                f"its part {part.filename[:80]!r} has {part.file_size / 1024**2:.0f} MB when it is unpacked",
                "split the table, or raise TOULMIN_PARSE_LARGEST_TEXT_MB",
            )


def _sheet(workbook: _Workbook, mapping: TableMapping) -> _Sheet:
    named = mapping.parse.sheet
    for sheet in workbook.worksheets:
        if named is None or sheet.title == named:
            sheet.reset_dimensions()
            return sheet
    titles = ", ".join(sheet.title for sheet in workbook.worksheets) or "none"
    raise UnreadableSourceError(
        f"there is no sheet {named!r}; there are {titles}" if named else "it has no worksheet",
        "correct parse.sheet in the mapping",
    )


def _table(sheet: _Sheet, path: Path, mapping: TableMapping) -> Iterator[Sequence[object]]:
    rows = _rows(sheet, mapping.parse.heading_row)
    heading = next(rows, None)
    if heading is None:
        raise UnreadableSourceError(
            f"the sheet {sheet.title!r} has no heading row", "put the column names into the first row"
        )
    # The cells that a merged heading covers have no name, nor has a column of bare row numbers.
    names = [name or f"Column {_letters(place)}" for place, name in enumerate(_trimmed(heading))]
    yield names
    filled: set[int] = set()
    for row in rows:
        cells = _trimmed(row)
        filled.update(place for place, value in enumerate(cells) if value is not None)
        yield [*cells, *([None] * (len(names) - len(cells)))]
    if filled:
        _refuse_uncalculated({place: name for place, name in enumerate(names) if place not in filled}, path, mapping)


def _rows(sheet: _Sheet, heading_row: int | None) -> Iterator[list[object]]:
    """Give every row that has a value, from the heading on; without one that is named, it is the first of them."""
    for number, row in enumerate(sheet.rows, start=1):
        if number > MOST_ROWS or len(row) > MOST_COLUMNS:
            raise UnreadableSourceError("it has more rows or columns than a worksheet can have", _DAMAGED)
        values = [None if cell.data_type == "e" or cell.value == "" else cell.value for cell in row]
        if number >= (heading_row or 1) and any(value is not None for value in values):
            yield values


def _refuse_uncalculated(empty: Mapping[int, object], path: Path, mapping: TableMapping) -> None:
    """Tell a column of formulas that nobody calculated from one that is empty: programs write such workbooks."""
    if not empty:
        return
    with closing(_opened(path, data_only=False)) as workbook:
        for row in islice(_rows(_sheet(workbook, mapping), mapping.parse.heading_row), 1, _LOOKED_AT):
            for place, name in empty.items():
                if place < len(row) and str(row[place]).startswith("="):
                    raise UnreadableSourceError(f"the column {name!r} holds formulas without their results", _DAMAGED)


def _trimmed(row: list[object]) -> list[object]:
    """Leave out what is empty at the end: formatted cells, in which nothing was ever written."""
    last = max((place for place, value in enumerate(row) if value is not None), default=-1)
    return row[: last + 1]


def _letters(place: int) -> str:
    """Name a column as a spreadsheet does: A for 0, AA for 26."""
    letters = ""
    rest = place + 1
    while rest:
        rest, letter = divmod(rest - 1, 26)
        letters = chr(ord("A") + letter) + letters
    return letters
