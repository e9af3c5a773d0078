"""Turns a table that was read, and what is expected of it as a whole, into what speaks against taking it unseen."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from importlib import import_module
from typing import Final, Protocol, cast

from ingestion.cells import NUMERIC
from ingestion.mappings import ColumnSchema, TableMapping
from ingestion.tables import TableRead
from retrieval.corpus import Record, identity_of

LISTED: Final = 3
"""How many rows or values a problem quotes."""

_MISSING: Final = "not_nullable"
_SAID: Final = {"field_uniqueness": "repeat a value that has to be unique"}


def schema_problems(read: TableRead, mapping: TableMapping) -> tuple[str, ...]:
    """Say what is not as expected: columns that are gone, too many rows or values amiss. Nothing when all is well."""
    return (*read.problems, *_of_rows(read, mapping), *_of_columns(read, mapping))


def _of_rows(read: TableRead, mapping: TableMapping) -> Iterator[str]:
    expected = mapping.expected
    allowed = expected.most_unreadable
    if len(read.unusable) > allowed * read.rows:
        listed = "; ".join(read.unusable[:LISTED])
        yield f"{len(read.unusable)} of {read.rows} rows cannot be read, more than {allowed:.0%} ({listed})"
    if len(read.records) < expected.least_rows:
        yield f"{len(read.records)} rows can be read, fewer than {expected.least_rows}"
    if read.misplaced > allowed * read.rows:
        yield f"{read.misplaced} of {read.rows} rows have coordinates outside the earth, more than {allowed:.0%}"
    repeated = Counter((_identity(record), record.observed_on) for record in read.records)
    again = sum(times - 1 for times in repeated.values())
    if again > allowed * read.rows:
        yield f"id: {again} of {read.rows} rows repeat the id of another row of the same day, more than {allowed:.0%}"


def _of_columns(read: TableRead, mapping: TableMapping) -> Iterator[str]:
    columns = {name: column for name, column in _expected(mapping).items() if name in read.names}
    if not columns or not read.records:
        return
    rows = len(read.records)
    values = {name: _values(read, name, column) for name, column in columns.items()}
    for (name, check), amiss in _failures(values, columns).items():
        column = columns[name]
        allowed = _most_missing(column) if check == _MISSING else column.most_outside
        if len(amiss) > allowed * rows:
            examples = ", ".join(list(dict.fromkeys(map(str, amiss)))[:LISTED])
            found = "have no value" if check == _MISSING else f"{_SAID.get(check, check)} ({examples})"
            yield f"{name}: {len(amiss)} of {rows} rows {found}, more than {allowed:.0%}"


def _expected(mapping: TableMapping) -> Mapping[str, ColumnSchema]:
    """Add what follows from the mapping itself: a value with a unit is a number."""
    derived = ColumnSchema(type="number", most_outside=mapping.expected.most_unreadable)
    return {**dict.fromkeys(mapping.parse.units, derived), **mapping.expected.columns}


def _most_missing(column: ColumnSchema) -> float:
    if column.most_missing is not None:
        return column.most_missing
    return 0.0 if column.required else 1.0


def _values(read: TableRead, name: str, column: ColumnSchema) -> list[object]:
    misfits = read.misfits.get(name, {})
    found = [misfits.get(place, _value(record, name)) for place, record in enumerate(read.records)]
    return [_day(value) for value in found] if column.type == "date" else found


def _value(record: Record, name: str) -> object:
    if name == "id":
        return _identity(record)
    if name == "date":
        return record.observed_on
    if name in {"latitude", "longitude"}:
        return cast("object", getattr(record, name))
    return record.values.get(name)


def _identity(record: Record) -> str:
    return identity_of(record.id.removeprefix(f"{record.document_id}:"))


def _day(value: object) -> object:
    try:
        return date.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        return value


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_integer(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and float(value).is_integer()


_TYPES: Final[Mapping[str, Callable[[object], bool]]] = {
    "number": _is_number,
    "integer": _is_integer,
    "text": lambda value: isinstance(value, str),
    "date": lambda value: isinstance(value, date),
    "boolean": lambda value: isinstance(value, bool),
}


def _checks(column: ColumnSchema) -> Iterator[tuple[str, Callable[[object], bool]]]:
    """Give what every value has to pass, under the words for those that do not; values of another type fail once."""
    if column.type is not None:
        yield f"are not of the type {column.type}", _TYPES[column.type]
    if column.min is not None:
        least = column.min
        yield f"are below {least}", lambda value: not _of_type(value, column) or not _less(value, least)
    if column.max is not None:
        most = column.max
        yield f"are above {most}", lambda value: not _of_type(value, column) or not _less(most, value)
    if column.allowed is not None:
        known = set(column.allowed)
        yield "are none of the allowed values", lambda value: value in known


def _of_type(value: object, column: ColumnSchema) -> bool:
    return _is_number(value) if column.type in NUMERIC else isinstance(value, date)


def _less(one: object, other: object) -> bool:
    """Compare two numbers or two days."""
    return cast("float", one) < cast("float", other)


class _Report(Protocol):
    def to_dict(self, orient: str) -> Sequence[Mapping[str, object]]: ...


class _SchemaErrors(Exception):  # noqa: N818  the library's name
    failure_cases: _Report


class _Errors(Protocol):
    SchemaErrors: type[_SchemaErrors]


class _Frames(Protocol):
    def DataFrame(self, columns: Mapping[str, object], dtype: type) -> object: ...  # noqa: N802  the library's name


class _Schema(Protocol):
    def validate(self, frame: object, *, lazy: bool) -> object: ...


class _Pandera(Protocol):
    """The part of pandera that is used."""

    def Check(self, check: object, *, element_wise: bool, ignore_na: bool, name: str) -> object: ...  # noqa: N802

    def Column(  # noqa: N802
        self, dtype: None, checks: Sequence[object], *, nullable: bool, unique: bool, report_duplicates: str
    ) -> object: ...

    def DataFrameSchema(self, columns: Mapping[str, object]) -> _Schema: ...  # noqa: N802


def _failures(
    values: Mapping[str, Sequence[object]], columns: Mapping[str, ColumnSchema]
) -> Mapping[tuple[str, str], list[object]]:
    """Validate the columns by pandera; the values that failed, by column and check."""
    pandera = cast("_Pandera", import_module("pandera.pandas"))
    frames = cast("_Frames", import_module("pandas"))
    schema = pandera.DataFrameSchema({name: _column(pandera, column) for name, column in columns.items()})
    frame = frames.DataFrame(values, dtype=object)
    failed = cast("_Errors", import_module("pandera.errors")).SchemaErrors
    found: dict[tuple[str, str], list[object]] = {}
    try:
        schema.validate(frame, lazy=True)
    except failed as error:
        for case in error.failure_cases.to_dict("records"):
            found.setdefault((str(case["column"]), str(case["check"])), []).append(case["failure_case"])
    return found


def _column(pandera: _Pandera, column: ColumnSchema) -> object:
    checks = [pandera.Check(passes, element_wise=True, ignore_na=True, name=name) for name, passes in _checks(column)]
    return pandera.Column(
        None,
        checks,
        nullable=_most_missing(column) == 1,
        unique=column.unique,
        report_duplicates="exclude_first",
    )
