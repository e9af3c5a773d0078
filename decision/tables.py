"""Reads a pack's TOML tables into checked rows; every error names the file, the table and the field."""

import hashlib
import tomllib
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar, cast

from pydantic import BaseModel, ValidationError

from decision.facts import DecisionError

Row = TypeVar("Row", bound=BaseModel)


def read_tables(path: Path) -> Mapping[str, object]:
    """Read the tables of a TOML file, with exact decimals; DecisionError when it is missing or malformed."""
    try:
        tables: Mapping[str, object] = tomllib.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
    except FileNotFoundError as error:
        raise DecisionError(f"{path} does not exist; a pack needs it.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DecisionError(f"{path} is not valid TOML: {error}.") from error
    return tables


def rows_of(tables: Mapping[str, object], name: str, path: Path) -> Sequence[Mapping[str, object]]:
    """List the entries of an array of tables (`[[name]]`), in order; none when there is no such array."""
    rows = tables.get(name, [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in cast("list[object]", rows)):
        raise DecisionError(f"{path}: write each {name} under its own [[{name}]].")
    return cast("Sequence[Mapping[str, object]]", rows)


def only_tables(tables: Mapping[str, object], allowed: frozenset[str], path: Path) -> None:
    """Refuse a file with tables that nobody would read."""
    if unread := sorted(set(tables) - allowed):
        raise DecisionError(f"{path}: unknown table {', '.join(unread)}; expected {', '.join(sorted(allowed))}.")


def checked(row_type: type[Row], row: Mapping[str, object], where: str) -> Row:
    """One row, validated; a DecisionError lists every field that is wrong, after `where` it stands."""
    try:
        return row_type.model_validate(row)
    except ValidationError as error:
        wrong = "; ".join(
            f"{'.'.join(str(step) for step in problem['loc']) or 'the table'}: {problem['msg']}"
            for problem in cast("list[Mapping[str, Any]]", error.errors(include_url=False))
        )
        raise DecisionError(f"{where}: {wrong}.") from error


def content_version(*paths: Path) -> str:
    """Hash some files' content shortly (those that exist), to say which version of them a decision used."""
    digest = hashlib.sha256()
    for path in paths:
        digest.update(hashlib.sha256(path.read_bytes() if path.exists() else b"").digest())
    return digest.hexdigest()[:16]
