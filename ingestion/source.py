"""One file to ingest with what is declared of it, and the ids that are made of names and addresses."""

import os
import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import BeforeValidator

from ingestion.parsers import PARSERS, TABLES
from ingestion.ports import IngestionError
from ingestion.urls import without_scheme
from retrieval.corpus import LOCAL, TrustTier, Value

SOURCES_FILE: Final = "sources.toml"
"""The file that declares the sources of the folder it lies in."""

UNASSIGNED: Final = "unassigned"
"""The owner of a document for which none is declared."""

READABLE: Final = frozenset({*PARSERS, *TABLES})
"""Suffixes of files that can be read, in lower case."""

# Others stand in the id: a law often lies beside its conversion, and an id must not change when another file comes.
_BARE: Final = frozenset({".md", ".markdown", ".txt", ".text", ".pdf", ".csv", ".tsv"})


class Source(Value):
    """A file to ingest, with what is declared of it or assumed.

    `path` is the file here; of a source that lies elsewhere it is the copy that was fetched, and `remote` is its
    address without secrets. `root` is what was named and read whole: a folder here or elsewhere, or a list of
    addresses; it is empty for an address that was named alone. `declares_id` tells an id that was declared from one
    that was made of a name.
    """

    path: Path
    root: Annotated[str, BeforeValidator(str)]
    document_id: str
    title: str | None = None
    owner: str = UNASSIGNED
    jurisdiction: str | None = None
    language: str | None = None
    groups: tuple[str, ...] = (LOCAL,)
    licence: str | None = None
    url: str | None = None
    effective_from: date | None = None
    effective_to: date | None = None
    kind: Literal["text", "table"] = "text"
    record: str | None = None
    mapping: Path | None = None
    remote: str | None = None
    refresh_days: float | None = None
    trust_tier: TrustTier = "unverified"
    declares_id: bool = False

    @property
    def location(self) -> str:
        """Where it came from, as kept in `Document.source`: `root//path-below-it`, or the address alone.

        Of a file this is a working path. No `//` stands behind that of the root, but for that of an address's scheme.
        """
        return location_of(self.root, below(self.path, self.root) if self.remote is None else self.remote)


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A source that could not be had (its location), why, and what to do; its `document_id` where it can be told."""

    source: str
    document_id: str | None
    reason: str
    remedy: str


def location_of(root: str, name: str) -> str:
    """Join a root and what lies below it, a path or an address."""
    scheme, mark, rest = name.rpartition("://")
    plain = scheme + mark + rest.replace("//", "/%2F") if mark else name
    if not root:
        return plain
    return f"{root}//{plain.removeprefix(f'{root}/')}"


def slug(text: str) -> str:
    """Lower-case words joined by hyphens; empty when there is no letter or digit."""
    return re.sub(r"[\W_]+", "-", text.lower()).strip("-")


def below(path: Path, root: str) -> str:
    """Give a path relative to a folder, with slashes."""
    text = path.as_posix()
    inside = f"{root.rstrip('/')}/"
    return text[len(inside) :] if text.startswith(inside) else Path(os.path.relpath(path, root)).as_posix()


def file_id(name: str) -> str:
    """Make a document id of a file's name and the folders it lies in; raises IngestionError when nothing is left."""
    stem, dot, suffix = name.rpartition(".")
    made = slug(stem if f"{dot}{suffix.lower()}" in _BARE else name)
    if not made:
        raise IngestionError(f"{name}: its name gives no document id; declare an id in {SOURCES_FILE} or rename it.")
    return made


def address_id(address: str) -> str:
    """Make a document id of an address: its host and path, and the query where it has one."""
    name, _, query = without_scheme(address).partition("?")
    made = file_id(name.removeprefix("www.").rstrip("/"))
    return f"{made}-{slug(query)}".rstrip("-")
