"""Turns a Parquet file into the rows of a table, a few at a time."""

from collections.abc import Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import Final, Protocol, cast

from ingestion.mappings import TableMapping
from ingestion.ports import UnreadableSourceError
from ingestion.settings import ParsingLimits

_ROWS: Final = 1000


def rows_of(path: Path, limits: ParsingLimits, mapping: TableMapping) -> Iterator[Sequence[object]]:
    """Give the names of the columns, and then the values of every row; raises UnreadableSourceError."""
    del limits, mapping
    try:
        file = cast("_Parquet", import_module("pyarrow.parquet")).ParquetFile(path)
        yield list(file.schema_arrow.names)
        for batch in file.iter_batches(batch_size=_ROWS, use_threads=False):
            columns = [_values(column) for column in batch.columns]
            yield from zip(*columns, strict=True)
    except (OSError, ValueError, TypeError, NotImplementedError) as error:
        raise UnreadableSourceError(f"it is no readable Parquet file ({error})", "export it anew") from error


class _Column(Protocol):
    type: object

    def cast(self, target: object, *, safe: bool) -> "_Column": ...

    def to_pylist(self) -> list[object]: ...


class _Batch(Protocol):
    columns: Sequence[_Column]


class _Schema(Protocol):
    names: Sequence[str]


class _File(Protocol):
    schema_arrow: _Schema

    def iter_batches(self, *, batch_size: int, use_threads: bool) -> Iterator[_Batch]: ...


class _Parquet(Protocol):
    def ParquetFile(self, source: Path) -> _File: ...  # noqa: N802  the library's name


class _Types(Protocol):
    def is_timestamp(self, kind: object) -> bool: ...


class _Timestamp(Protocol):
    tz: str | None


def _values(column: _Column) -> list[object]:
    """Read a column's values; instants as exactly as Python knows them, in microseconds."""
    if not cast("_Types", import_module("pyarrow.types")).is_timestamp(column.type):
        return column.to_pylist()
    zone = cast("_Timestamp", column.type).tz
    arrow = cast("_Arrow", import_module("pyarrow"))
    return column.cast(arrow.timestamp("us", zone), safe=False).to_pylist()


class _Arrow(Protocol):
    def timestamp(self, unit: str, tz: str | None) -> object: ...
