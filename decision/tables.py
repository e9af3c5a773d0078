"""Reads a pack's TOML tables into checked rows; every error names the file, the line and the field."""

import hashlib
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar, cast

from pydantic import BaseModel, ValidationError

from decision.facts import DecisionError
from decision.references import ClauseRef
from decision.toml_lines import TomlPath, toml_lines

Row = TypeVar("Row", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Place:
    """A table of a file, or a field of it; written `rules.toml:12: rule R1: condition`, with the line it stands on."""

    path: Path
    name: str
    lines: Mapping[TomlPath, int]
    table: TomlPath
    fields: tuple[str, ...] = ()

    def at(self, *fields: str) -> "Place":
        """Point to a field of this place."""
        return replace(self, fields=(*self.fields, *fields))

    @property
    def line(self) -> int:
        """The line on which the field stands, or else what it stands in; 1 where nothing is known."""
        for length in range(len(self.fields), -1, -1):
            if (*self.table, *self.fields[:length]) in self.lines:
                return self.lines[*self.table, *self.fields[:length]]
        return 1

    def __str__(self) -> str:
        return ": ".join((f"{self.path}:{self.line}", *((self.name,) if self.name else ()), *self.fields))


@dataclass(frozen=True, slots=True)
class Tables:
    """What stands in a TOML file, and on which lines."""

    path: Path
    content: Mapping[str, object]
    lines: Mapping[TomlPath, int]

    @classmethod
    def read(cls, path: Path) -> "Tables":
        """Read a file, with exact decimals; DecisionError when it is missing or malformed."""
        try:
            text = path.read_text(encoding="utf-8")
            content: Mapping[str, object] = tomllib.loads(text, parse_float=Decimal)
        except FileNotFoundError as error:
            raise DecisionError(f"{path} does not exist; a pack needs it.") from error
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise DecisionError(f"{path} is not valid TOML: {error}.") from error
        return cls(path, content, toml_lines(text))

    def rows(self, name: str) -> Sequence[Mapping[str, object]]:
        """List the entries of an array of tables (`[[name]]`), in order; none when there is no such array."""
        rows = self.content.get(name, [])
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in cast("list[object]", rows)):
            raise DecisionError(f"{self.place('', name)}: write each {name} under its own [[{name}]].")
        return cast("Sequence[Mapping[str, object]]", rows)

    def only(self, *allowed: str) -> None:
        """Refuse tables that nobody would read."""
        if "draft" in self.content:
            raise DecisionError(
                f"{self.place('', 'draft')}: a draft is never executed; make a rule of it, or keep it in another file."
            )
        if unread := sorted(set(self.content) - set(allowed)):
            place = self.place("", unread[0])
            raise DecisionError(f"{place}: unknown table {', '.join(unread)}; expected {', '.join(sorted(allowed))}.")

    def place(self, name: str, *table: str | int) -> Place:
        """Point to a table, called `name` in messages."""
        return Place(self.path, name, self.lines, table)


def clause_at(where: Place, text: str) -> ClauseRef:
    """Read a field that names a clause, `document#key`; a DecisionError says where it stands."""
    try:
        return ClauseRef.parse(text)
    except DecisionError as error:
        raise DecisionError(f"{where}: {error}") from error


def checked(row_type: type[Row], row: Mapping[str, object], where: Place) -> Row:
    """One row, validated; a DecisionError lists every field that is wrong, with the line it stands on."""
    try:
        return row_type.model_validate(row)
    except ValidationError as error:
        problems = [
            (where.at(*(str(step) for step in problem["loc"])), str(problem["msg"]))
            for problem in cast("list[Mapping[str, Any]]", error.errors(include_url=False))
        ]
    (first, message), *others = problems
    more = "".join(f"; {': '.join(place.fields) or 'the table'} (line {place.line}): {said}" for place, said in others)
    raise DecisionError(f"{first}: {message}{more}.")


def content_version(*paths: Path) -> str:
    """Hash some files' content shortly (those that exist), to say which version of them a decision used."""
    digest = hashlib.sha256()
    for path in paths:
        digest.update(hashlib.sha256(path.read_bytes() if path.exists() else b"").digest())
    return digest.hexdigest()[:16]
