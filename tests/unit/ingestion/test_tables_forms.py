"""Tables of every form as canonical CSV text, and what becomes of odd files and odd cells."""

import csv
import json
import struct
import zipfile
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from importlib import import_module
from io import StringIO
from math import inf, nan
from pathlib import Path
from typing import Protocol, cast

import pytest

from ingestion.mappings import TableMapping
from ingestion.ports import UnreadableSourceError
from ingestion.settings import ParsingLimits
from ingestion.table_text import cell_text, read_table_text
from ingestion.tables import read_table
from retrieval.corpus import Document, RecordKind, Revision

COLUMNS = {"id": "PID", "date": "Sold", "price": "SalePrice"}
NAMES = ["PID", "Sold", "SalePrice", "Area", "Vacant", "Note"]
ROWS: Sequence[Sequence[object]] = [
    [7, date(2010, 5, 1), 215000.0, 1656.5, True, 'two\nlines, "quoted"'],
    [8, date(2010, 6, 30), 99.5, None, False, "caf\u00e9"],
]
EXPECTED = [
    NAMES,
    ["7", "2010-05-01", "215000", "1656.5", "true", 'two\nlines, "quoted"'],
    ["8", "2010-06-30", "99.5", "", "false", "caf\u00e9"],
]


class Sheet(Protocol):
    """A worksheet of openpyxl, as far as it is needed here."""

    title: str

    def append(self, row: Sequence[object]) -> None: ...

    def merge_cells(self, cells: str) -> None: ...


class Workbook(Protocol):
    """A workbook of openpyxl, as far as it is needed here."""

    active: Sheet

    def create_sheet(self, title: str) -> Sheet: ...

    def save(self, path: Path) -> None: ...


def _mapping(**parse: object) -> TableMapping:
    return TableMapping.model_validate({"columns": COLUMNS, "parse": parse})


def _text(path: Path, limits: ParsingLimits | None = None, **parse: object) -> str:
    return read_table_text(path, limits or ParsingLimits(), _mapping(**parse))


def _rows(text: str) -> list[list[str]]:
    return list(csv.reader(StringIO(text, newline="")))


def _workbook() -> Workbook:
    return cast("Workbook", import_module("openpyxl").Workbook())


def _xlsx(path: Path, rows: Sequence[Sequence[object]]) -> Path:
    book = _workbook()
    for row in rows:
        book.active.append(row)
    book.save(path)
    return path


def _parquet(path: Path, columns: Mapping[str, object]) -> Path:
    table: object = import_module("pyarrow").table(columns)
    import_module("pyarrow.parquet").write_table(table, path)
    return path


def _json(path: Path, rows: Sequence[Sequence[object]]) -> Path:
    objects = [dict(zip(NAMES, row, strict=True)) for row in rows]
    lines = [json.dumps(one, default=str) for one in objects]
    path.write_text("\n".join(lines) if path.suffix != ".json" else f"[{', '.join(lines)}]", encoding="utf-8")
    return path


@pytest.mark.parametrize("suffix", [".xlsx", ".parquet", ".json", ".jsonl", ".ndjson"])
def test_a_table_means_the_same_in_every_form(tmp_path: Path, suffix: str, sale: RecordKind) -> None:
    path = tmp_path / f"sales{suffix}"
    if suffix == ".xlsx":
        _xlsx(path, [NAMES, *ROWS])
    elif suffix == ".parquet":
        _parquet(path, {name: [row[place] for row in ROWS] for place, name in enumerate(NAMES)})
    else:
        _json(path, ROWS)
    text = _text(path, delimiter=";")
    assert _rows(text) == EXPECTED
    revision = Revision(
        id="rev_1",
        document=Document(id="sales", title="Sales", source=f"/data//sales{suffix}", owner="data", kind="table"),
        content_sha256="0",
        canonical_text=text,
    )
    first, second = read_table(revision, _mapping(delimiter=";"), sale).records
    assert (first.id, first.observed_on, first.values["price"]) == ("sales:7", date(2010, 5, 1), 215000)
    assert text[second.span.start : second.span.end] == "8,2010-06-30,99.5,,false,caf\u00e9"


def test_text_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "sales.csv"
    path.write_bytes(b"\xef\xbb\xbfPID;Sold\r\n1;2010-05-01\r\n")
    assert _text(path) == "PID;Sold\n1;2010-05-01\n"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, ""),
        (nan, ""),
        (-inf, ""),
        (Decimal("NaN"), ""),
        (Decimal("215000.00"), "215000.00"),
        (Decimal("1E+3"), "1000"),
        (1e300, "1e+300"),
        (0.1, "0.1"),
        (3.0, "3"),
        (2**60, str(2**60)),
        (datetime(2010, 5, 1), "2010-05-01"),  # noqa: DTZ001  workbooks know no zones
        (datetime(2010, 5, 1, 12, 30), "2010-05-01T12:30:00"),  # noqa: DTZ001
        (time(12, 30), "12:30:00"),
        (b"7", "7"),
        ("007", "007"),
    ],
)
def test_values_are_written_as_a_csv_file_would(value: object, expected: str) -> None:
    assert cell_text(value) == expected


def test_the_named_sheet_and_heading_row_are_read(tmp_path: Path) -> None:
    book = _workbook()
    book.active.append(["Notes of the year"])
    sheet = book.create_sheet("Sales 2010")
    for row in (["Report", None, None], ["Sale", None, "Rest"], ["PID", "Sold", None], [None, None, None]):
        sheet.append(row)
    sheet.append([1, date(2010, 5, 1), "x", None])
    sheet.merge_cells("A2:B2")
    path = tmp_path / "sales.xlsx"
    book.save(path)
    text = _text(path, sheet="Sales 2010", heading_row=3)
    assert _rows(text) == [["PID", "Sold"], ["1", "2010-05-01", "x"]], "a cell too many is for its row to tell"
    assert _rows(_text(path, sheet="Sales 2010", heading_row=2))[0] == ["Sale", "Column B", "Rest"]
    with pytest.raises(UnreadableSourceError, match=r"no sheet 'Sales 2011'; there are Sheet, Sales 2010"):
        _text(path, sheet="Sales 2011")
    with pytest.raises(UnreadableSourceError, match="has no heading row"):
        _text(path, sheet="Sales 2010", heading_row=9)


def test_errors_of_a_workbook_are_no_values_and_formulas_without_results_are_told(tmp_path: Path) -> None:
    path = _xlsx(tmp_path / "errors.xlsx", [["PID", "Sold", "Ratio"], [1, "2010-05-01", "#DIV/0!"], [2, "x", 3]])
    assert _rows(_text(path))[1:] == [["1", "2010-05-01", ""], ["2", "x", "3"]]
    formulas = _xlsx(tmp_path / "formulas.xlsx", [["PID", "Total", "Empty"], [1, "=A2*2", None], [2, "=A3*2", None]])
    with pytest.raises(UnreadableSourceError, match="column 'Total' holds formulas without their results") as refusal:
        _text(formulas)
    assert "save it anew" in refusal.value.remedy


def test_instants_of_parquet_are_read_to_the_microsecond(tmp_path: Path) -> None:
    arrow = import_module("pyarrow")
    instants: object = arrow.array([1_272_700_800_123_456_789, None], arrow.timestamp("ns", tz="UTC"))
    path = _parquet(tmp_path / "t.parquet", {"at": instants, "n": [1.5, nan], "d": [Decimal("1.10"), None]})
    assert _rows(_text(path)) == [["at", "n", "d"], ["2010-05-01T08:00:00.123456+00:00", "1.5", "1.10"], ["", "", ""]]


def test_json_objects_need_not_have_all_names(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    path.write_text('{"a": 1}\n\n{"b": "x", "a": NaN}\n', encoding="utf-8")
    assert _rows(_text(path)) == [["a", "b"], ["1", ""], ["", "x"]]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("t.json", '{"a": 1}', "expected a list of objects, found dict"),
        ("t.json", "[1]", "entry 1: expected an object, found int"),
        ("t.json", '[{"a": 1, "a": 2}]', "two columns have the name 'a'"),
        ("t.json", '[{"a": {"b": 1}}]', "row 1: a: expected one value, found dict"),
        ("t.json", '[{"a": [1]}]', "row 1: a: expected one value, found list"),
        ("t.json", '[{"a": "\\ud800"}]', "half of a character"),
        ("t.json", '[{"a": "\\u0000"}]', "NUL"),
        ("t.json", "[" * 100_000, "deep"),
        ("t.json", "[]", "holds no words"),
        ("t.json", "[{", "it is not JSON"),
        ("t.json", '[{"a": ' + "9" * 5000 + "}]", "it is not JSON"),
        ("t.jsonl", '{"a": 1}\n{"a": ', "line 2: it is not JSON"),
        ("t.ods", "x", "no table has the suffix '.ods'"),
        ("t.xlsx", "PK\x03\x04 not really", "no readable XLSX workbook"),
        ("t.parquet", "PAR1 not really PAR1", "no readable Parquet file"),
        ("t.csv", "\0", "NUL"),
    ],
)
def test_what_is_no_table_is_refused_with_its_place(tmp_path: Path, name: str, content: str, message: str) -> None:
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    with pytest.raises(UnreadableSourceError) as refusal:
        _text(path)
    assert message in refusal.value.reason
    assert refusal.value.remedy


def test_columns_with_parts_of_their_own_are_refused(tmp_path: Path) -> None:
    path = _parquet(tmp_path / "t.parquet", {"a": [1], "parts": [[1, 2]]})
    with pytest.raises(UnreadableSourceError, match="row 1: parts: expected one value, found list"):
        _text(path)


def test_an_encrypted_workbook_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600))
    with pytest.raises(UnreadableSourceError) as refusal:
        _text(path)
    assert "encrypted" in refusal.value.reason
    assert "without a password" in refusal.value.remedy


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("xl/worksheets/sheet1.xml", "w") as f,
    ):
        for _ in range(3):
            f.write(bytes(1024**2))
    with pytest.raises(UnreadableSourceError, match=r"'xl/worksheets/sheet1.xml' has 3 MB when it is unpacked"):
        _text(path, ParsingLimits(largest_text_mb=2))


def test_a_workbook_that_lies_about_its_parts_gets_no_more_than_it_said(tmp_path: Path) -> None:
    path = _xlsx(tmp_path / "t.xlsx", [["PID", "Sold"], *([number, "x" * 50] for number in range(3_000))])
    whole = path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        sheet = archive.getinfo("xl/worksheets/sheet1.xml")
    path.write_bytes(whole.replace(struct.pack("<L", sheet.file_size), struct.pack("<L", 5000)))
    with pytest.raises(UnreadableSourceError, match="no readable XLSX workbook"):
        _text(path, ParsingLimits(largest_text_mb=1))


@pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".parquet"])
def test_more_text_than_is_taken_on_is_refused(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"t{suffix}"
    if suffix == ".parquet":
        _parquet(path, {"a": ["x" * 1000] * 2000})
    else:
        path.write_text(('{"a": "' + "x" * 1000 + '"}\n') * 2000, encoding="utf-8")
    with pytest.raises(UnreadableSourceError, match="more than 1 MB of text"):
        _text(path, ParsingLimits(largest_text_mb=1))
