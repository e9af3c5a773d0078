"""Turns a mapping file (TOML) into the meaning of a table's columns: names, units, codes, validity."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final, Literal

from pydantic import Field

from ingestion.declarations import read_toml
from retrieval.corpus import Value

Column = str | tuple[str, ...]

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
    `text` names what stays text although it looks like a number.
    """

    date_format: str = "%Y-%m-%d"
    date_precision: Literal["day", "month", "year"] = "day"
    none: Mapping[str, tuple[str, ...]] = Field(default_factory=dict)
    units: Mapping[str, Literal["square_feet", "square_metres", "acres", "hectares", "thousands"]] = Field(
        default_factory=dict
    )
    text: tuple[str, ...] = ("area_code",)
    delimiter: str | None = Field(default=None, min_length=1, max_length=1)


class Validity(Value):
    """Which rows are not arm's length sales, and what is known only afterwards and so may never be a feature."""

    not_arms_length: Mapping[str, tuple[str, ...]] = Field(default_factory=dict)
    never_features: tuple[str, ...] = ()


class Exclusion(Value):
    """Columns of the file that are not kept at all."""

    columns: tuple[str, ...] = ()


class TableMapping(Value):
    """What the columns of one table mean. `columns` and `sums` go from our names to the file's columns.

    Several columns for one name are joined by a space; a sum weighs each column. What is not mapped is kept under the
    file's own name in snake case.
    """

    columns: Mapping[str, Column]
    sums: Mapping[str, Mapping[str, float]] = Field(default_factory=dict)
    parse: Parsing = Field(default_factory=Parsing)
    values: Mapping[str, Mapping[str, str | int | float | bool]] = Field(default_factory=dict)
    validity: Validity = Field(default_factory=Validity)
    exclude: Exclusion = Field(default_factory=Exclusion)


def read_mapping(path: Path) -> TableMapping:
    """Read a mapping; raises IngestionError that names the file, the key and what to do."""
    return read_toml(path, TableMapping)
