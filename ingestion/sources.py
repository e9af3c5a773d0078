"""Turns what a user names (a folder, a file, a `sources.toml`) into Sources: files with what is declared of them."""

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final, Literal

from ingestion.declarations import Declaration, read_declarations
from ingestion.parsers import PARSERS, TABLES
from ingestion.ports import IngestionError
from retrieval.corpus import LOCAL, Value

SOURCES_FILE: Final = "sources.toml"
"""The file that declares the sources of the folder it lies in."""

UNASSIGNED: Final = "unassigned"
"""The owner of a document for which none is declared."""


class Source(Value):
    """A file to ingest, with what is declared of it or assumed.

    `root` is the folder that was named and `location` the file as `root//path-below-it`, which is a working path too.
    """

    path: Path
    root: Path
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

    @property
    def location(self) -> str:
        """Where it came from, as kept in `Document.source`."""
        return f"{self.root.as_posix()}//{_below(self.path, self.root)}"


@dataclass(frozen=True, slots=True)
class Found:
    """The sources that were found, the folders that were read whole, and what a person should know about it."""

    sources: tuple[Source, ...]
    roots: frozenset[str]
    notes: tuple[str, ...]


def find_sources(locations: Sequence[str | Path]) -> Found:
    """Every Source that the named folders, files and `sources.toml` hold, each once.

    Raises IngestionError for what is missing, misdeclared, empty or not a file, and for two sources with one id.
    """
    if not locations:
        raise IngestionError("No source was named; name a folder, a file or a sources.toml.")
    sources: list[Source] = []
    roots: set[str] = set()
    notes: list[str] = []
    for location in locations:
        path = _existing(location)
        if path.is_file() and path.name != SOURCES_FILE:
            sources.extend(_single(path))
            continue
        root = path if path.is_dir() else path.parent
        inside = list(_folder(root, root, notes))
        if not inside:
            raise IngestionError(
                f"{path} holds no source; put files in it or list them in its {SOURCES_FILE}. Nothing was removed."
            )
        sources.extend(inside)
        roots.add(root.as_posix())
    return Found(_distinct(sources), frozenset(roots), tuple(notes))


def slug(text: str) -> str:
    """Lower-case words joined by hyphens; empty when there is no letter or digit."""
    return re.sub(r"[\W_]+", "-", text.lower()).strip("-")


def _existing(location: str | Path) -> Path:
    if re.match(r"[a-zA-Z][a-zA-Z0-9+.-]+://", str(location)):
        raise IngestionError(
            f"{location}: this release reads files and folders only; download the page or document and name the file."
        )
    path = Path(location).expanduser().resolve()
    if not path.exists():
        raise IngestionError(f"{path} does not exist; check the spelling, or name a folder, file or {SOURCES_FILE}.")
    return path


def _single(path: Path) -> Iterator[Source]:
    """Keep, for a file named by itself, what its folder's `sources.toml` declares of it."""
    root = path.parent
    if (root / SOURCES_FILE).is_file():
        declared = [source for source in _folder(root, root, []) if source.path == path]
        if declared:
            yield from declared
            return
    yield Source(path=path, root=root, document_id=_document_id(path, root))


def _folder(folder: Path, root: Path, notes: list[str]) -> Iterator[Source]:
    """List the files of a folder, as its `sources.toml` lists them, or all of them where there is none."""
    if (folder / SOURCES_FILE).is_file():
        yield from _declared(folder / SOURCES_FILE, root, notes)
        return
    files, folders = _entries(folder)
    for path in files:
        yield Source(path=path, root=root, document_id=_document_id(path, root))
    for below in folders:
        yield from _folder(below, root, notes)


def _entries(folder: Path) -> tuple[list[Path], list[Path]]:
    try:
        entries = sorted(entry for entry in folder.iterdir() if not entry.name.startswith("."))
    except OSError as error:
        raise IngestionError(f"{folder} cannot be listed ({error.strerror}); give this user access to it.") from error
    folders = [entry for entry in entries if entry.is_dir() and not entry.is_symlink()]
    return [entry for entry in entries if entry.is_file()], folders


def _declared(toml: Path, root: Path, notes: list[str]) -> Iterator[Source]:
    folder = toml.parent
    taken: set[Path] = {toml}
    for declaration in read_declarations(toml):
        path = (folder / declaration.path).resolve()
        if not path.exists():
            raise IngestionError(f"{toml}: path: {declaration.path} does not exist; correct the path or the entry.")
        if declaration.mapping is not None:
            taken.add(_mapping(declaration, toml))
        for source in _of_declaration(declaration, path, toml, root):
            taken.add(source.path)
            yield source
    readable = (path for path in _walk(folder) if path.suffix.lower() in {*PARSERS, *TABLES})
    left_out = sum(1 for path in readable if path.resolve() not in taken)
    if left_out:
        files = "1 file is" if left_out == 1 else f"{left_out} files are"
        notes.append(f"{toml}: {files} in the folder but not listed, and left out.")


def _of_declaration(declaration: Declaration, path: Path, toml: Path, root: Path) -> Iterator[Source]:
    if path.is_file():
        yield _source(declaration, path, toml, root)
        return
    for key, value in (("id", declaration.id), ("title", declaration.title)):
        if value is not None:
            raise IngestionError(f"{toml}: {key}: {declaration.path} is a folder; only a file can have one, remove it.")
    for file in _walk(path):
        yield _source(declaration, file, toml, root)


def _walk(folder: Path) -> Iterator[Path]:
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (Path(place) / name for name in sorted(files) if not name.startswith("."))


def _source(declaration: Declaration, path: Path, toml: Path, root: Path) -> Source:
    declared = declaration.model_dump(
        include={"title", "jurisdiction", "language", "licence", "url", "effective_from", "effective_to", "record"}
    )
    return Source(
        **declared,
        path=path,
        root=root,
        kind=declaration.kind,
        document_id=declaration.id or _document_id(path, root),
        owner=declaration.owner or UNASSIGNED,
        groups=declaration.groups or (LOCAL,),
        mapping=None if declaration.mapping is None else _mapping(declaration, toml),
    )


def _mapping(declaration: Declaration, toml: Path) -> Path:
    path = (toml.parent / (declaration.mapping or "")).resolve()
    if not path.is_file():
        raise IngestionError(f"{toml}: mapping: {declaration.mapping} does not exist; correct the path.")
    return path


def _below(path: Path, root: Path) -> str:
    return Path(os.path.relpath(path, root)).as_posix()


def _document_id(path: Path, root: Path) -> str:
    # A file that no parser reads will be quarantined; it must not take the id of one beside it that can be read.
    readable = path.suffix.lower() in PARSERS or path.suffix.lower() in TABLES
    name = slug(_below(path.with_suffix("") if readable else path, root))
    if not name:
        raise IngestionError(f"{path}: its name gives no document id; declare an id in {SOURCES_FILE} or rename it.")
    return name


def _distinct(sources: Iterable[Source]) -> tuple[Source, ...]:
    by_id: dict[str, Source] = {}
    for source in sources:
        first = by_id.setdefault(source.document_id, source)
        if first.path != source.path:
            raise IngestionError(
                f"{source.path}: id: {source.document_id} is also the id of {first.path}; "
                f"declare another id in {SOURCES_FILE} or rename one of them."
            )
    return tuple(by_id.values())
