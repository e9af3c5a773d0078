"""Turns many rows or values into statements that a database takes."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, TypeVar

from sqlalchemy import Table, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from service.adapters.rows import Cells

BATCH: Final = 500
"""Values in one statement; SQLite takes 32,766 at most."""

T = TypeVar("T")


async def insert_all(connection: AsyncConnection, table: Table, cells: Iterable[Cells]) -> None:
    """Insert rows, where there are any."""
    if written := [dict(row) for row in cells]:
        await connection.execute(insert(table), written)


def batched(values: Sequence[T]) -> Iterator[Sequence[T]]:
    """Cut values into parts that fit one statement."""
    return (values[start : start + BATCH] for start in range(0, len(values), BATCH))
