"""Turns what a user names into the Sources that lie here, and into what is Wanted from elsewhere."""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from ingestion.declarations import Declaration, read_declarations
from ingestion.ports import IngestionError
from ingestion.source import READABLE, SOURCES_FILE, UNASSIGNED, Source, Unreadable, below, file_id
from ingestion.urls import LIST_SUFFIX, file_path, read_list, remote_scheme, scheme_of
from retrieval.corpus import LOCAL

_SHARED: Final = frozenset({"jurisdiction", "language", "licence", "effective_from", "effective_to", "record"})

# Files that are likely to have been forgotten when they are not listed; JSON serves too many other purposes.
_DOCUMENTS: Final = READABLE - {".json", ".jsonl", ".ndjson"}


@dataclass(frozen=True, slots=True)
class Wanted:
    """An address to fetch, a file's or a folder's, with what is declared of it.

    `root` is the folder or list that names it, empty when it was named itself; `declared` are properties of Source.
    """

    address: str
    root: str = ""
    declared: Mapping[str, object] = field(default_factory=dict[str, object])


@dataclass(slots=True)
class Scan:
    """What named places hold: sources that lie here, what is wanted from elsewhere, folders and lists read whole.

    `unreadable` are the lines of lists that name nothing which can be fetched. `left_out` are the files that list
    sources which are fetched only when asked, with how many.
    """

    sources: list[Source] = field(default_factory=list[Source])
    wanted: list[Wanted] = field(default_factory=list[Wanted])
    roots: set[str] = field(default_factory=set[str])
    left_out: dict[str, int] = field(default_factory=dict[str, int])
    unreadable: list[Unreadable] = field(default_factory=list[Unreadable])
    notes: list[str] = field(default_factory=list[str])


def scan(locations: Sequence[str | Path], *, online: bool) -> Scan:
    """List everything that the named places hold, fetching nothing.

    Raises IngestionError for what is missing, misdeclared, empty or not a file.
    """
    if not locations:
        raise IngestionError(f"No source was named; name a folder, a file, an address or a {SOURCES_FILE}.")
    found = Scan()
    for location in locations:
        _Scanner(found, online=online).named(location)
    for toml, count in found.left_out.items():
        sources = "1 source is" if count == 1 else f"{count} sources are"
        found.notes.append(f"{toml}: {sources} fetched only when asked, and left out; --online fetches them.")
    return found


class _Scanner:
    def __init__(self, found: Scan, *, online: bool) -> None:
        self._found = found
        self._online = online

    def named(self, location: str | Path) -> None:
        scheme = scheme_of(str(location))
        if scheme is not None and scheme != "file":
            remote_scheme(str(location))
            self._found.wanted.append(Wanted(str(location)))
            return
        path = _existing(location)
        if path.is_file() and path.suffix.lower() == LIST_SUFFIX:
            self._list(path)
        elif path.is_file() and path.name != SOURCES_FILE:
            self._single(path)
        else:
            self._whole(path if path.is_dir() else path.parent, path)

    def _list(self, path: Path) -> None:
        """Want what a list names; one with a wrong line is not read whole, since that line may name what is known."""
        addresses, wrong = read_list(path)
        self._found.wanted.extend(Wanted(address, path.as_posix()) for address in addresses)
        self._found.unreadable.extend(
            Unreadable(f"{path.as_posix()}:{one.number}", None, one.reason, one.remedy) for one in wrong
        )
        if not wrong:
            self._found.roots.add(path.as_posix())

    def _whole(self, root: Path, named: Path) -> None:
        found = self._found
        before, left_out = len(found.sources) + len(found.wanted), len(found.left_out)
        found.sources.extend(self._folder(root, root.as_posix()))
        if len(found.sources) + len(found.wanted) == before:
            if len(found.left_out) > left_out:
                raise IngestionError(f"{named} lists only sources that are fetched when asked; add --online.")
            raise IngestionError(
                f"{named} holds no source; put files in it or list them in its {SOURCES_FILE}. Nothing was removed."
            )
        found.roots.add(root.as_posix())

    def _single(self, path: Path) -> None:
        """Keep, for a file named by itself, what its folder's `sources.toml` declares of it."""
        root, toml = path.parent.as_posix(), path.parent / SOURCES_FILE
        if toml.is_file():
            declared = [
                source
                for declaration in read_declarations(toml)
                if declaration.path is not None and (toml.parent / declaration.path).exists()
                for source in _of_path(declaration, toml, root)
                if source.path == path
            ]
            if declared:
                self._found.sources.extend(declared)
                return
        self._found.sources.append(_undeclared(path, root))

    def _folder(self, folder: Path, root: str) -> Iterator[Source]:
        """List the files of a folder, as its `sources.toml` lists them, or all of them where there is none."""
        if (folder / SOURCES_FILE).is_file():
            yield from self._declared(folder / SOURCES_FILE, root)
            return
        files, folders = _entries(folder)
        for path in files:
            if path.suffix.lower() == LIST_SUFFIX:
                self._found.notes.append(f"{path} lists addresses and is left out; name it to fetch them.")
            else:
                yield _undeclared(path, root)
        for inner in folders:
            yield from self._folder(inner, root)

    def _declared(self, toml: Path, root: str) -> Iterator[Source]:
        taken: set[Path] = {toml}
        for declaration in read_declarations(toml):
            if declaration.mapping is not None:
                taken.add(_mapping(declaration.mapping, toml))
            if declaration.path is None:
                self._want(declaration, toml, root)
                continue
            for source in _of_path(declaration, toml, root):
                taken.add(source.path)
                yield source
        readable = (path for path in _walk(toml.parent) if path.suffix.lower() in _DOCUMENTS)
        left_out = sum(1 for path in readable if path not in taken and path.resolve() not in taken)
        if left_out:
            files = "1 file is" if left_out == 1 else f"{left_out} files are"
            self._found.notes.append(f"{toml}: {files} in the folder but not listed, and left out.")

    def _want(self, declaration: Declaration, toml: Path, root: str) -> None:
        if declaration.when == "online" and not self._online:
            left_out = self._found.left_out
            left_out[str(toml)] = left_out.get(str(toml), 0) + len(declaration.remote)
            return
        declared = _properties(declaration, toml)
        named = {"document_id": declaration.id, "title": declaration.title}
        declared |= {key: value for key, value in named.items() if value is not None}
        self._found.wanted.extend(Wanted(address, root, declared) for address in declaration.remote)


def _existing(location: str | Path) -> Path:
    path = file_path(str(location)) if scheme_of(str(location)) == "file" else Path(location).expanduser()
    path = path.resolve()
    if not path.exists():
        raise IngestionError(f"{path} does not exist; check the spelling, or name a folder, file or {SOURCES_FILE}.")
    return path


def _undeclared(path: Path, root: str) -> Source:
    return Source(path=path, root=root, document_id=file_id(below(path, root)))


def _entries(folder: Path) -> tuple[list[Path], list[Path]]:
    """List the files and folders in a folder by name, hidden ones left out; a link to a folder is not followed."""
    try:
        with os.scandir(folder) as entries:
            seen = sorted((entry for entry in entries if not entry.name.startswith(".")), key=lambda one: one.name)
            folders = [folder / entry.name for entry in seen if entry.is_dir(follow_symlinks=False)]
            return [folder / entry.name for entry in seen if entry.is_file()], folders
    except OSError as error:
        raise IngestionError(f"{folder} cannot be listed ({error.strerror}); give this user access to it.") from error


def _walk(folder: Path) -> Iterator[Path]:
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (Path(place) / name for name in sorted(files) if not name.startswith("."))


def _of_path(declaration: Declaration, toml: Path, root: str) -> Iterator[Source]:
    """Give the file that an entry declares, or every file in the folder that it declares."""
    path = (toml.parent / (declaration.path or "")).resolve()
    if not path.exists():
        raise IngestionError(f"{toml}: path: {declaration.path} does not exist; correct the path or the entry.")
    if path.suffix.lower() == LIST_SUFFIX and path.is_file():
        raise IngestionError(f"{toml}: path: {declaration.path} lists addresses; write them under the key urls.")
    declared = _properties(declaration, toml) | {"url": declaration.url}
    if path.is_file():
        name = declaration.id or file_id(below(path, root))
        yield _source(
            declared
            | {"path": path, "root": root, "document_id": name, "title": declaration.title}
            | {"declares_id": declaration.id is not None}
        )
        return
    for key, value in (("id", declaration.id), ("title", declaration.title)):
        if value is not None:
            raise IngestionError(f"{toml}: {key}: {declaration.path} is a folder; only a file can have one, remove it.")
    for file in _walk(path):
        if file.name == SOURCES_FILE:
            continue
        yield _source(declared | {"path": file, "root": root, "document_id": file_id(below(file, root))})


def _source(properties: Mapping[str, object]) -> Source:
    return Source.model_validate(properties)


def _properties(declaration: Declaration, toml: Path) -> dict[str, object]:
    """Everything that every document of an entry has in common."""
    return {
        **declaration.model_dump(include=set(_SHARED)),
        "kind": declaration.kind,
        "owner": declaration.owner or UNASSIGNED,
        "groups": declaration.groups or (LOCAL,),
        "mapping": None if declaration.mapping is None else _mapping(declaration.mapping, toml),
        "refresh_days": declaration.refresh,
        "trust_tier": declaration.trust_tier,
    }


def _mapping(mapping: str, toml: Path) -> Path:
    path = (toml.parent / mapping).resolve()
    if not path.is_file():
        raise IngestionError(f"{toml}: mapping: {mapping} does not exist; correct the path.")
    return path
