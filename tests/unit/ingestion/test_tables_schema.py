"""A table as a whole against what is expected of it."""

from collections.abc import Mapping

import pytest
from pydantic import ValidationError

from ingestion.mappings import TableMapping
from ingestion.table_schema import schema_problems
from ingestion.tables import read_table
from retrieval.corpus import Document, RecordKind, Revision

HEADING = "PID,Sold,SalePrice,Rooms,Heat,Built,Acres,Lat,Lon\n"
COLUMNS = {"id": "PID", "date": "Sold", "price": "SalePrice"}


def _problems(rows: list[str], schema: Mapping[str, object], sale: RecordKind, **mapping: object) -> tuple[str, ...]:
    revision = Revision(
        id="rev_1",
        document=Document(id="sales", title="Sales", source="/data//sales.csv", owner="data", kind="table"),
        content_sha256="0",
        canonical_text=HEADING + "\n".join(rows) + "\n",
    )
    read_by = TableMapping.model_validate({"columns": COLUMNS, "schema": schema, **mapping})
    return schema_problems(read_table(revision, read_by, sale), read_by)


def _row(
    number: int, *, day: str = "2010-05-01", rooms: str = "3", heat: str = "gas", built: str = "1990-01-01"
) -> str:
    return f"{number},{day},100,{rooms},{heat},{built},0.5,42,-93"


GOOD = [_row(number) for number in range(10)]


def test_a_table_as_expected_has_no_problems(sale: RecordKind) -> None:
    schema = {
        "least_rows": 10,
        "columns": {
            "id": {"unique": True},
            "price": {"type": "number", "required": True, "min": 1, "max": 100},
            "rooms": {"type": "integer", "min": 3, "max": 3},
            "heat": {"type": "text", "allowed": ["gas", "oil"]},
            "built": {"type": "date", "min": "1900-01-01", "max": "2020-01-01"},
            "date": {"type": "date", "min": "2010-01-01"},
        },
    }
    assert _problems(GOOD, schema, sale) == ()
    assert _problems(GOOD, {}, sale) == ()


@pytest.mark.parametrize(
    ("odd", "column", "expected"),
    [
        (_row(99, rooms=""), {"rooms": {"required": True}}, "rooms: 1 of 11 rows have no value, more than 0%"),
        (_row(99, rooms=""), {"rooms": {"most_missing": 0.01}}, "rooms: 1 of 11 rows have no value, more than 1%"),
        (_row(99, rooms="2"), {"rooms": {"type": "number", "min": 3}}, "rooms: 1 of 11 rows are below 3"),
        (_row(99, rooms="9"), {"rooms": {"type": "number", "max": 3}}, "rows are above 3.0 (9)"),
        (_row(99, rooms="2.5"), {"rooms": {"type": "integer"}}, "rows are not of the type integer (2.5)"),
        (_row(99, rooms="few"), {"rooms": {"type": "number"}}, "rows are not of the type number (few)"),
        (_row(99, heat="coal"), {"heat": {"allowed": ["gas"]}}, "rows are none of the allowed values (coal)"),
        (_row(99, heat="maybe"), {"heat": {"type": "boolean"}}, "heat: 11 of 11 rows are not of the type boolean"),
        (_row(99, built="old"), {"built": {"type": "date"}}, "rows are not of the type date (old)"),
        (_row(99, built="1890-01-01"), {"built": {"type": "date", "min": "1900-01-01"}}, "are below 1900-01-01"),
        (_row(3, day="2011-05-01"), {"id": {"unique": True}}, "id: 1 of 11 rows repeat a value that has to be unique"),
        (_row(99, day="2009-05-01"), {"date": {"type": "date", "min": "2010-01-01"}}, "date: 1 of 11 rows are below"),
    ],
)
def test_what_is_not_as_expected_is_named(
    odd: str, column: Mapping[str, Mapping[str, object]], expected: str, sale: RecordKind
) -> None:
    (problem,) = _problems([*GOOD, odd], {"columns": column}, sale)
    assert expected in problem


def test_a_share_may_be_otherwise(sale: RecordKind) -> None:
    rooms = {"type": "number", "min": 3, "most_outside": 0.1}
    assert _problems([*GOOD, _row(98, rooms="1")], {"columns": {"rooms": rooms}}, sale) == ()
    two = [*GOOD, _row(98, rooms="1"), _row(99, rooms="2")]
    (problem,) = _problems(two, {"columns": {"rooms": rooms}}, sale)
    assert "2 of 12 rows are below 3.0 (1, 2), more than 10%" in problem


def test_rows_that_cannot_be_read_count_against_the_table(sale: RecordKind) -> None:
    bad = [_row(100 + number, day="soon") for number in range(2)]
    assert _problems([*GOOD, *bad], {}, sale) == ()
    (problem,) = _problems([*GOOD, *bad], {"most_unreadable": 0.1}, sale)
    assert "2 of 12 rows cannot be read, more than 10% (row 11: date: expected the form" in problem
    (problem,) = _problems(GOOD, {"least_rows": 11}, sale)
    assert problem == "10 rows can be read, fewer than 11"


def test_a_table_that_repeats_itself_or_lies_off_the_earth_is_looked_at(sale: RecordKind) -> None:
    (repeated,) = _problems([*GOOD, *GOOD[:4]], {}, sale)
    assert repeated == "id: 4 of 14 rows repeat the id of another row of the same day, more than 20%"
    places = {**COLUMNS, "latitude": "Lat", "longitude": "Lon"}
    far = [row.replace(",42,", ",420,") for row in GOOD]
    (misplaced,) = _problems(far, {}, sale, columns=places)
    assert misplaced == "10 of 10 rows have coordinates outside the earth, more than 20%"
    limited = {"columns": {"latitude": {"type": "number", "min": 43}}}
    (south,) = _problems(GOOD, limited, sale, columns=places)
    assert "latitude: 10 of 10 rows are below 43.0 (42.0)" in south


def test_a_value_with_a_unit_is_a_number(sale: RecordKind) -> None:
    units = {"units": {"acres": "acres"}}
    assert _problems(GOOD, {}, sale, parse=units) == ()
    (problem,) = _problems([row.replace(",0.5,", ",half,") for row in GOOD], {}, sale, parse=units)
    assert "acres: 10 of 10 rows are not of the type number (half), more than 20%" in problem


@pytest.mark.parametrize(
    ("column", "message"),
    [
        ({"type": "text", "min": 1}, "min goes with type"),
        ({"min": 1}, "min goes with type"),
        ({"type": "number", "max": "2020-01-01"}, "max is a date with type"),
        ({"type": "date", "min": 3}, "min is a date with type"),
        ({"typ": "date"}, "Extra inputs"),
    ],
)
def test_a_schema_that_makes_no_sense_is_refused(column: Mapping[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        TableMapping.model_validate({"columns": COLUMNS, "schema": {"columns": {"rooms": column}}})
