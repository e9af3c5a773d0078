"""Turns any JSON object into tables and pairs, so that a domain that nobody drew a page for can be read too."""

from collections.abc import Iterator, Sequence

from pydantic import JsonValue

from service.present.blocks import Block, Cell, Column, Folded, Grid, Pairs, Section
from service.present.reading import Json, label, number, object_of, objects, worded


def sections(decision: Json) -> Iterator[Section]:
    """Give one section for the whole answer."""
    answer = object_of(decision.get("answer"))
    if blocks := tuple(blocks_of(answer)):
        yield Section("answer", "Answer", blocks)


def blocks_of(source: Json) -> Iterator[Block]:
    """Give pairs for plain fields, then a table for each list of objects, folded parts for objects with parts."""
    if source and all(isinstance(value, dict) and "value" in value for value in source.values()):
        yield table([{"field": label(name), **object_of(value)} for name, value in source.items()])
        return
    plain = [(label(name), Cell(worded(value))) for name, value in source.items() if _is_plain(value)]
    if plain:
        yield Pairs(tuple(plain))
    for name, value in source.items():
        if _is_plain(value):
            continue
        if isinstance(value, list):
            yield table(objects(value), caption=label(name))
        else:
            yield Folded(label(name), tuple(blocks_of(object_of(value))))


def table(rows: Sequence[Json], *, caption: str = "") -> Grid:
    """Give a table with a column for every field that some row knows."""
    names = list(dict.fromkeys(name for row in rows for name, value in row.items() if value is not None))
    columns = tuple(Column(label(name), numeric=all(_is_number(row.get(name)) for row in rows)) for name in names)
    return Grid(columns, tuple(tuple(Cell(_cell(row.get(name))) for name in names) for row in rows), caption)


def _cell(value: JsonValue) -> str:
    return "—" if value is None else worded(value)


def _is_number(value: JsonValue) -> bool:
    return value is None or number(value) is not None


def _is_plain(value: JsonValue) -> bool:
    if isinstance(value, list):
        return not objects(value)
    return not isinstance(value, dict) or not any(isinstance(one, dict | list) for one in value.values())
