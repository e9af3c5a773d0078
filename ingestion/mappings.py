"""Turns a mapping file (TOML) into the meaning of a table's columns: names, units, codes, validity, schema."""

from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Final, Literal, Self, TypeVar

from pydantic import Field, model_validator

from ingestion.declarations import read_toml
from retrieval.corpus import Value

Column = str | tuple[str, ...]
ColumnType = Literal["number", "integer", "text", "date", "boolean"]

_Told = TypeVar("_Told")

ISO_DATE: Final = "%Y-%m-%d"
"""How dates are written unless a mapping says otherwise."""

UNITS: Final[Mapping[str, float]] = {
    "square_feet": 1.0,
    "square_metres": 10.763910416709722,
    "acres": 43560.0,
    "hectares": 107639.10416709722,
    "thousands": 1000.0,
}
"""What a number is multiplied by: areas become square feet (international foot), thousands become ones."""


class Parsing(Value):
    """How cells are read: the date's format (strptime) and precision, words that mean none, units, the delimiter.

    Where only the month or year is known, the last day of it is taken, so that no earlier date ever sees the record.
    A row of a schedule is known before its day: with `days_ahead` it is seen from so many days before on.
    `text` names what stays text although it looks like a number. Of a workbook, `sheet` is read (else the first), and
    the column names stand in `heading_row` (counted from 1; else in the first row that is not empty).
    """

    date_format: str = ISO_DATE
    date_precision: Literal["day", "month", "year"] = "day"
    days_ahead: int = Field(default=0, ge=0, le=1000)
    none: Mapping[str, tuple[str, ...]] = Field(default_factory=dict)
    units: Mapping[str, Literal["square_feet", "square_metres", "acres", "hectares", "thousands"]] = Field(
        default_factory=dict
    )
    text: tuple[str, ...] = ("area_code",)
    delimiter: str | None = Field(default=None, min_length=1, max_length=1)
    sheet: str | None = Field(default=None, min_length=1)
    heading_row: int | None = Field(default=None, ge=1)


class Validity(Value):
    """Which rows are not arm's length sales, and what is known only afterwards and so may never be a feature."""

    not_arms_length: Mapping[str, tuple[str, ...]] = Field(default_factory=dict)
    never_features: tuple[str, ...] = ()


class Exclusion(Value):
    """Columns of the file that are not kept at all."""

    columns: tuple[str, ...] = ()


class ColumnSchema(Value):
    """What is expected of one value (our name): its type, range, words, and which shares of rows may be otherwise.

    `min` and `max` are included, and days for the type `date`. `most_missing` is the share of rows that may be without
    a value (else, none where it is `required`), `most_outside` of those that may have one that is not as expected.
    """

    type: ColumnType | None = None
    required: bool = False
    min: float | date | None = None
    max: float | date | None = None
    allowed: tuple[str | int | float | bool, ...] | None = Field(default=None, min_length=1)
    unique: bool = False
    most_missing: float | None = Field(default=None, ge=0, le=1)
    most_outside: float = Field(default=0.0, ge=0, le=1)

    @model_validator(mode="after")
    def _fitting(self) -> Self:
        for name, limit in (("min", self.min), ("max", self.max)):
            if limit is None:
                continue
            if isinstance(limit, date) != (self.type == "date"):
                raise ValueError(f'{name} is a date with type = "date", and a number otherwise')
            if self.type not in {"number", "integer", "date"}:
                raise ValueError(f'{name} goes with type = "number", "integer" or "date"')
        return self


class TableSchema(Value):
    """What is expected of a table as a whole; where it is otherwise, a person looks before it replaces another.

    `most_unreadable` is the share of rows that may be left out, `least_rows` how many must be left.
    """

    least_rows: int = Field(default=1, ge=1)
    most_unreadable: float = Field(default=0.2, ge=0, le=1)
    columns: Mapping[str, ColumnSchema] = Field(default_factory=dict)


class TableMapping(Value):
    """What the columns of one table mean, and in `[schema]` what they have to be like.

    `columns` and `sums` go from our names to the file's columns. Several columns for one name are joined by a space; a
    sum weighs each column. What is not mapped is kept under the file's own name in snake case.
    """

    columns: Mapping[str, Column]
    sums: Mapping[str, Mapping[str, float]] = Field(default_factory=dict)
    parse: Parsing = Field(default_factory=Parsing)
    values: Mapping[str, Mapping[str, str | int | float | bool]] = Field(default_factory=dict)
    validity: Validity = Field(default_factory=Validity)
    exclude: Exclusion = Field(default_factory=Exclusion)
    expected: TableSchema = Field(default_factory=TableSchema, alias="schema")

    def renamed(self, synonyms: Mapping[str, str]) -> "TableMapping":
        """Give the same with synonyms replaced by the names that they stand for, where those are not used as well."""
        used = {*self.columns, *self.sums}
        names = {other: name for other, name in synonyms.items() if other in used and name not in used}
        if not names:
            return self

        def told(by_name: Mapping[str, _Told]) -> dict[str, _Told]:
            return {names.get(name, name): one for name, one in by_name.items()}

        def listed(given: Iterable[str]) -> tuple[str, ...]:
            return tuple(names.get(name, name) for name in given)

        parse, validity = self.parse, self.validity
        return self.model_copy(
            update={
                "columns": told(self.columns),
                "sums": told(self.sums),
                "parse": parse.model_copy(
                    update={"none": told(parse.none), "units": told(parse.units), "text": listed(parse.text)}
                ),
                "values": told(self.values),
                "validity": validity.model_copy(
                    update={
                        "not_arms_length": told(validity.not_arms_length),
                        "never_features": listed(validity.never_features),
                    }
                ),
                "expected": self.expected.model_copy(update={"columns": told(self.expected.columns)}),
            }
        )


def read_mapping(path: Path) -> TableMapping:
    """Read a mapping; raises IngestionError that names the file, the key and what to do."""
    return read_toml(path, TableMapping)
