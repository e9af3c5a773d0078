"""Turns a list of flat JSON objects, or one such object a line, into the rows of a table."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import cast

from ingestion.mappings import TableMapping
from ingestion.parsers.text import read_text, too_deep, too_much_text
from ingestion.ports import UnreadableSourceError
from ingestion.settings import ParsingLimits

_REMEDY = "write a list of objects, or one object a line, each with one value under each name"


def rows_of(path: Path, limits: ParsingLimits, mapping: TableMapping) -> Iterator[Sequence[object]]:
    """Give the names that any object has, in the order in which they appear, and then each object's values.

    Raises UnreadableSourceError.
    """
    del mapping
    text = read_text(path, limits)
    if len(text) > limits.largest_text_mb * 1024**2:
        raise too_much_text(limits)
    try:
        objects = _listed(text) if path.suffix.lower() == ".json" else _by_line(text)
    except RecursionError as error:
        raise too_deep(limits) from error
    names = list(dict.fromkeys(name for one in objects for name in one))
    yield names
    for one in objects:
        yield [one.get(name) for name in names]


def _listed(text: str) -> list[Mapping[str, object]]:
    found = _parsed(text, "it")
    if not isinstance(found, list):
        raise UnreadableSourceError(f"expected a list of objects, found {type(found).__name__}", _REMEDY)
    values = cast("list[object]", found)
    return [_object(value, f"entry {number}") for number, value in enumerate(values, start=1)]


def _by_line(text: str) -> list[Mapping[str, object]]:
    lines = enumerate(text.split("\n"), start=1)
    return [_object(_parsed(line, f"line {number}"), f"line {number}") for number, line in lines if line.strip()]


def _object(value: object, where: str) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise UnreadableSourceError(f"{where}: expected an object, found {type(value).__name__}", _REMEDY)
    return cast("Mapping[str, object]", value)


def _parsed(text: str, where: str) -> object:
    try:
        return cast("object", json.loads(text, object_pairs_hook=_distinct))
    except UnreadableSourceError as error:
        raise UnreadableSourceError(f"{where}: {error.reason}", error.remedy) from error
    except ValueError as error:
        raise UnreadableSourceError(f"{where}: it is not JSON ({error})", "correct that place") from error


def _distinct(pairs: list[tuple[str, object]]) -> Mapping[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        repeated = next(name for name in names if names.count(name) > 1)
        raise UnreadableSourceError(f"two columns have the name {repeated!r}", "give every column a name of its own")
    return found
