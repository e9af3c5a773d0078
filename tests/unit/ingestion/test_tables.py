"""Tables as records: names, types, units, dates, validity, and what becomes of odd rows."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

import pytest

from ingestion.cells import number
from ingestion.mappings import TableMapping
from ingestion.ports import UnreadableSourceError
from ingestion.rows import snake_case
from ingestion.tables import TableRead, read_table
from retrieval.corpus import Document, RecordKind, RecordRefusedError, Revision, Scalar, identity_of

COLUMNS = {"id": "PID", "date": "Sold", "price": "SalePrice"}
HEADING = "PID,Sold,SalePrice,Lat,Lon,GrLivArea,Full_Bath,Half_Bath,Condition,Sale_Condition,Zip,Note\n"
ROW = '{id},2010-05-01,"$215,000",42.05,-93.61,1656,1,1,3,Normal,01234,"two\nlines, ""quoted"""\n'


def _read(text: str, mapping: dict[str, object], sale: RecordKind) -> TableRead:
    revision = Revision(
        id="rev_1",
        document=Document(id="sales", title="Sales", source="/data//sales.csv", owner="data", kind="table"),
        content_sha256="0",
        canonical_text=text,
        valid_from_generation=1,
    )
    return read_table(revision, TableMapping.model_validate({"columns": COLUMNS, **mapping}), sale)


def test_a_row_becomes_a_record_in_our_words(sale: RecordKind) -> None:
    mapping: dict[str, object] = {
        "columns": {
            **COLUMNS,
            "latitude": "Lat",
            "longitude": "Lon",
            "living_area": "GrLivArea",
            "condition": "Condition",
        },
        "sums": {"bathrooms": {"Full_Bath": 1, "Half_Bath": 0.5}},
        "values": {"condition": {"3": "average"}},
        "validity": {"not_arms_length": {"sale_condition": ["Family"]}, "never_features": ["sale_condition"]},
        "exclude": {"columns": ["Note"]},
    }
    text = HEADING + ROW.format(id="0007") + ROW.format(id="0008").replace("Normal", "Family")
    first, second = _read(text, mapping, sale).records
    assert first.id == "sales:0007"
    assert (first.latitude, first.longitude, first.observed_on) == (42.05, -93.61, date(2010, 5, 1))
    assert first.values == {
        "price": 215000,
        "living_area": 1656,
        "bathrooms": 1.5,
        "condition": "average",
        "sale_condition": "Normal",
        "zip": "01234",
        "arms_length": True,
        "arms_length_reason": "nothing in the row speaks against it",
        "known_before": "bathrooms\ncondition\nliving_area\nzip",
    }
    assert (second.values["arms_length"], second.values["arms_length_reason"]) == (False, "sale_condition is Family")
    assert first.vector == (16.56, 0.0), "what may never be a feature is hidden from the vector"
    assert text[first.span.start : first.span.end] == ROW.format(id="0007").rstrip("\n")


def test_columns_that_are_not_mapped_are_kept_under_their_own_name(sale: RecordKind) -> None:
    (record,) = _read(HEADING + ROW.format(id="1"), {"columns": {**COLUMNS, "zip": "PID"}}, sale).records
    assert record.values["gr_liv_area"] == 1656
    assert record.values["zip_2"] == "01234"
    assert record.values["note"] == 'two\nlines, "quoted"'


def test_what_is_not_known_is_absent_and_a_sum_of_it_too(sale: RecordKind) -> None:
    text = "PID,Sold,SalePrice,A,B,C,D\n1,2010-05-01,5,NA,0,1,\n2,2010-05-01,5,1,7,,2\n"
    mapping: dict[str, object] = {
        "columns": {**COLUMNS, "year_renovated": "B"},
        "parse": {"none": {"year_renovated": ["0"]}},
        "sums": {"baths": {"C": 1, "D": 0.5}},
    }
    first, second = _read(text, mapping, sale).records
    assert not {"a", "year_renovated", "baths"} & first.values.keys()
    assert (second.values["a"], second.values["year_renovated"]) == (1, 7)


def test_a_column_is_of_one_type_throughout(sale: RecordKind) -> None:
    text = "PID,Sold,SalePrice,Grade,Size\n1,2010-05-01,5,7,1.5\n2,2010-05-01,5,A7,2\n"
    first, second = _read(text, {}, sale).records
    assert (first.values["grade"], second.values["grade"]) == ("7", "A7")
    assert (first.values["size"], second.values["size"]) == (1.5, 2)


@pytest.mark.parametrize(
    ("cells", "precision", "form", "expected"),
    [
        ("2008,2", "month", "%Y %m", date(2008, 2, 29)),
        ("2008,2", "day", "%Y %m", date(2008, 2, 1)),
        ("2008,12", "year", "%Y %m", date(2008, 12, 31)),
    ],
)
def test_a_date_that_is_known_only_by_its_month_is_taken_late(
    sale: RecordKind, cells: str, precision: str, form: str, expected: date
) -> None:
    mapping: dict[str, object] = {
        "columns": {"id": "PID", "date": ["Year", "Month"]},
        "parse": {"date_format": form, "date_precision": precision},
    }
    (record,) = _read(f"PID,Year,Month\n1,{cells}\n", mapping, sale).records
    assert record.observed_on == expected
    assert "arms_length" not in record.values, "a table without prices holds no sales"


def test_areas_become_square_feet(sale: RecordKind) -> None:
    mapping: dict[str, object] = {
        "columns": {**COLUMNS, "lot_area": "Acres"},
        "parse": {"units": {"lot_area": "acres"}},
    }
    (record,) = _read("PID,Sold,SalePrice,Acres\n1,2010-05-01,5,0.5\n", mapping, sale).records
    assert record.values["lot_area"] == pytest.approx(21780)


def test_unusable_rows_are_left_out_counted_and_listed(sale: RecordKind) -> None:
    good = "".join(f"{n},2010-05-01,100\n" for n in range(30))
    bad = ",2010-05-01,1\n90,soon,1\n91,2010-05-01,0\n92,2010-05-01,free\n93,2010-05-01\n94,2010-05-01,NA\n"
    read = _read("PID,Sold,SalePrice\n" + good + bad, {}, sale)
    assert len(read.records) == 30
    (left_out,) = [note for note in read.notes if "left out" in note]
    assert "6 of 36 rows" in left_out
    for words in ("row 31: id: ", "row 32: date: ", "row 33: price: ", "found 'free'", "found 2", "row 36: price"):
        assert words in left_out
    assert any("every sale is taken as a market sale" in note for note in read.notes)
    assert any("no row has coordinates" in note for note in read.notes)


@pytest.mark.parametrize("text", ["PID,Sold,SalePrice\n1,x,1\n2,x,1\n", "PID,Sold,SalePrice\n"])
def test_a_table_of_which_nothing_is_usable_is_set_aside(sale: RecordKind, text: str) -> None:
    with pytest.raises(UnreadableSourceError, match="correct the mapping or the table"):
        _read(text, {}, sale)


def test_a_repeated_id_keeps_every_row(sale: RecordKind) -> None:
    text = "PID,Sold,SalePrice\n7,2010-05-01,1\n7,2011-05-01,2\n7,2012-05-01,3\n"
    assert [record.id for record in _read(text, {}, sale).records] == ["sales:7", "sales:7#2", "sales:7#3"]


def test_coordinates_outside_the_earth_are_left_out(sale: RecordKind) -> None:
    mapping: dict[str, object] = {"columns": {**COLUMNS, "latitude": "A", "longitude": "B"}}
    text = "PID,Sold,SalePrice,A,B\n1,2010-05-01,1,420.5,-93.6\n2,2010-05-01,1,42.05,-93.6\n3,2010-05-01,1,42.05,\n"
    read = _read(text, mapping, sale)
    assert [record.latitude for record in read.records] == [None, 42.05, None]
    assert any("1 of 3 rows have coordinates outside the earth" in note for note in read.notes)


@pytest.mark.parametrize(
    ("mapping", "message"),
    [
        ({"columns": {"id": "PID"}}, "columns.date is missing"),
        ({"columns": {**COLUMNS, "date": "When"}}, "no column 'When' in the table; it has PID, Sold, SalePrice"),
    ],
)
def test_without_id_or_date_nothing_can_be_read(sale: RecordKind, mapping: dict[str, object], message: str) -> None:
    with pytest.raises(UnreadableSourceError) as refusal:
        _read("PID,Sold,SalePrice\n1,2010-05-01,1\n", mapping, sale)
    assert message in refusal.value.reason


@pytest.mark.parametrize(
    ("mapping", "message"),
    [
        ({"columns": {**COLUMNS, "view": "View"}}, "view: there is no column 'View' in the table; it has PID, Sold"),
        ({"sums": {"baths": {"PID": 1, "Half": 0.5}}}, "baths: there is no column 'Half'"),
        ({"values": {"grade": {"1": "low"}}}, "values.grade names no value of this table"),
        ({"validity": {"never_features": ["assessed"]}}, "validity.never_features.assessed"),
        ({"exclude": {"columns": ["Street"]}}, "exclude.columns: there is no column 'Street'"),
        ({"schema": {"columns": {"rooms": {"required": True}}}}, "schema.columns.rooms names no value"),
    ],
)
def test_what_a_mapping_names_in_vain_is_a_problem(sale: RecordKind, mapping: dict[str, object], message: str) -> None:
    read = _read("PID,Sold,SalePrice\n1,2010-05-01,1\n", mapping, sale)
    (problem,) = read.problems
    assert message in problem
    assert [record.values["price"] for record in read.records] == [1], "the rest is read all the same"


def test_a_column_declared_to_hold_numbers_holds_them_and_nothing_else(sale: RecordKind) -> None:
    mapping: dict[str, object] = {"schema": {"columns": {"grade": {"type": "number"}, "sold_as": {"type": "boolean"}}}}
    text = "PID,Sold,SalePrice,Grade,Sold_As\n1,2010-05-01,5,7,TRUE\n2,2010-05-01,5,A7,no\n"
    first, second = (read := _read(text, mapping, sale)).records
    assert (first.values["grade"], first.values["sold_as"]) == (7, True)
    assert not {"grade", "sold_as"} & second.values.keys()
    assert read.misfits == {"grade": {1: "A7"}, "sold_as": {1: "no"}}
    assert any("grade: 1 of 2 rows are of another type ('A7')" in note for note in read.notes)


@pytest.mark.parametrize(
    ("form", "words", "expected"),
    [
        ("%Y-%m-%d", "2010-5-1", date(2010, 5, 1)),
        ("%Y-%m-%d", "2010-05-01T12:30:00", date(2010, 5, 1)),
        ("%m/%d/%Y", "05/01/2010", date(2010, 5, 1)),
        ("%m/%d/%Y", "2010-05-01", date(2010, 5, 1)),
        ("%Y-%d-%m", "2010-05-01", date(2010, 1, 5)),
    ],
)
def test_typed_dates_are_read_whatever_form_words_have(sale: RecordKind, form: str, words: str, expected: date) -> None:
    (record,) = _read(f"PID,Sold,SalePrice\n1,{words},5\n", {"parse": {"date_format": form}}, sale).records
    assert record.observed_on == expected


def test_a_date_in_another_order_than_declared_is_not_guessed(sale: RecordKind) -> None:
    text = "PID,Sold,SalePrice\n1,2010-01-05,5\n2,2010-05-13,5\n"
    read = _read(text, {"parse": {"date_format": "%Y-%d-%m"}}, sale)
    assert [record.id for record in read.records] == ["sales:1"]


def test_two_columns_of_one_name_are_refused(sale: RecordKind) -> None:
    with pytest.raises(UnreadableSourceError, match="two columns have the name 'PID'"):
        _read("PID,Sold,SalePrice,PID\n1,2010-05-01,1,2\n", {}, sale)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("7", 7),
        ("-7.50", -7.5),
        (".5", 0.5),
        ("1e3", 1000.0),
        ("007", None),
        ("e5", None),
        ("1e999", None),
        ("1,5", None),
    ],
)
def test_numbers_are_those_that_programs_write(words: str, expected: float | None) -> None:
    assert number(words) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [("SalePrice", "sale_price"), ("Year Built", "year_built"), ("sqft_living15", "sqft_living15"), ("", "column")],
)
def test_names_in_snake_case(name: str, expected: str) -> None:
    assert snake_case(name) == expected


def test_a_row_of_a_schedule_is_known_before_its_day(sale: RecordKind) -> None:
    text = HEADING + ROW.format(id="1")
    (known,) = _read(text, {"parse": {"days_ahead": 30}}, sale).records
    assert known.observed_on == date(2010, 4, 1)


def test_a_kind_may_type_its_values_and_refuse_a_row(sale: RecordKind) -> None:
    def typed(values: Mapping[str, Scalar]) -> Mapping[str, Scalar]:
        if values["zip"] == "0":
            raise RecordRefusedError("zip: expected five digits, found '0'")
        return {**values, "zip": f"US-{values['zip']}"}

    kind = RecordKind(sale.name, sale.dimensions, sale.vector, typed)
    text = HEADING + ROW.format(id="1") + ROW.format(id="2").replace("01234", "0")
    read = _read(text, {"columns": {**COLUMNS, "living_area": "GrLivArea"}, "parse": {"text": ["zip"]}}, kind)
    assert [record.values["zip"] for record in read.records] == ["US-01234"]
    assert read.unusable == ("row 2: zip: expected five digits, found '0'",)


def test_other_names_for_what_a_pack_knows_are_its_own_unless_both_are_used() -> None:
    synonyms = {"area_code": "neighborhood", "year_renovated": "year_remodelled"}
    mapping = TableMapping.model_validate(
        {
            "columns": {**COLUMNS, "area_code": "Zip", "year_renovated": "Note"},
            "parse": {"none": {"year_renovated": ["0"]}},
            "validity": {"never_features": ["area_code"]},
            "schema": {"columns": {"area_code": {"type": "text"}}},
        }
    )
    renamed = mapping.renamed(synonyms)
    assert renamed.columns == {**COLUMNS, "neighborhood": "Zip", "year_remodelled": "Note"}
    assert renamed.parse.none == {"year_remodelled": ("0",)}
    assert renamed.parse.text == ("neighborhood",)
    assert renamed.validity.never_features == ("neighborhood",)
    assert list(renamed.expected.columns) == ["neighborhood"]
    both = mapping.model_copy(update={"columns": {**mapping.columns, "neighborhood": "Town"}}).renamed(synonyms)
    assert (both.columns["area_code"], both.columns["neighborhood"]) == ("Zip", "Town")
    assert mapping.renamed({}) is mapping


def test_rows_with_one_id_are_told_apart_and_ids_that_end_like_that_are_not_confused(sale: RecordKind) -> None:
    text = "PID,Sold,SalePrice\n" + "".join(f"{pid},2010-05-01,100\n" for pid in ("Elm", "Elm", "Elm #2", "#7", "#8"))
    ids = [record.id for record in _read(text, {}, sale).records]
    assert ids == ["sales:Elm", "sales:Elm#2", "sales:Elm #2#1", "sales:#7#1", "sales:#8#1"]
    assert [identity_of(one) for one in ids] == ["sales:Elm", "sales:Elm", "sales:Elm #2", "sales:#7", "sales:#8"]


def test_a_table_whose_rows_are_one_cell_is_refused_with_the_delimiter_to_say(sale: RecordKind) -> None:
    with pytest.raises(UnreadableSourceError, match='delimiter = ";"'):
        _read("PID;Sold;SalePrice\n1;2010-05-01;100\n", {}, sale)


def test_what_is_offered_beside_what_a_pack_knows_is_named(sale: RecordKind) -> None:
    text = HEADING + ROW.format(id="0007")
    known = replace(sale, knows=frozenset({"living_area"}))
    mapping: dict[str, object] = {"columns": {**COLUMNS, "living_area": "GrLivArea"}, "exclude": {"columns": ["Note"]}}
    notes = " ".join(_read(text, mapping, known).notes)
    assert "further features: condition, full_bath, half_bath, lat, lon, sale_condition, zip." in notes
    assert "further features" not in " ".join(_read(text, mapping, sale).notes)
