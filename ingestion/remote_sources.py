"""Turns what is Wanted from elsewhere into Sources whose files lie here, and tells what could not be had."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from ingestion.ports import Fetching, IngestionError, UnreadableSourceError
from ingestion.scanning import Wanted
from ingestion.source import Source, Unreadable, address_id, file_id, location_of
from ingestion.urls import CLOUD, WEB, plain_url, refuse_password, scheme_of

_AT_ONCE: Final = 8


@dataclass(slots=True)
class Brought:
    """What was brought here, what could not be, the folders that were listed whole, and the roots that were not."""

    sources: list[Source] = field(default_factory=list[Source])
    unreadable: list[Unreadable] = field(default_factory=list[Unreadable])
    roots: set[str] = field(default_factory=set[str])
    unlisted: set[str] = field(default_factory=set[str])


@dataclass(frozen=True, slots=True)
class _File:
    address: str
    root: str
    document_id: str
    declared: Mapping[str, object]
    declares_id: bool = False

    @property
    def remote(self) -> str:
        return plain_url(self.address)

    def source(self, path: Path) -> Source:
        shown = self.remote if scheme_of(self.remote) in WEB else None
        properties = {"url": shown, **self.declared, "path": path, "root": self.root, "remote": self.remote}
        return Source.model_validate(properties | {"document_id": self.document_id, "declares_id": self.declares_id})

    def unreadable(self, error: UnreadableSourceError) -> Unreadable:
        return Unreadable(location_of(self.root, self.remote), self.document_id, error.reason, error.remedy)


class Bringing:
    """Brings files here, a few at once; `progress` is told how many of how many are settled."""

    def __init__(self, fetching: Fetching, progress: Callable[[int, int], None] | None = None) -> None:
        self._fetching = fetching
        self._progress = progress
        self._turns = asyncio.Semaphore(_AT_ONCE)
        self._brought = Brought()

    async def everything(self, wanted: Sequence[Wanted]) -> Brought:
        """Fetch all files that are named, those in folders included; raises IngestionError for a misdeclared folder."""
        listed = await asyncio.gather(*(self._listed(one) for one in wanted))
        files = [file for some in listed for file in some]
        fetched = [asyncio.ensure_future(self._fetched(file)) for file in files]
        for done, one in enumerate(asyncio.as_completed(fetched), start=1):
            await one
            if self._progress is not None:
                self._progress(done, len(files))
        for file, one in zip(files, fetched, strict=True):
            result = one.result()
            if isinstance(result, Path):
                self._brought.sources.append(file.source(result))
            else:
                self._brought.unreadable.append(file.unreadable(result))
        return self._brought

    async def _fetched(self, file: _File) -> Path | UnreadableSourceError:
        language = file.declared.get("language")
        async with self._turns:
            try:
                return await self._fetching.fetched(file.address, language if isinstance(language, str) else None)
            except UnreadableSourceError as error:
                return error

    async def _listed(self, wanted: Wanted) -> list[_File]:
        alone = _alone(wanted)
        try:
            refuse_password(wanted.address)
            if scheme_of(wanted.address) not in CLOUD:
                return [alone]
            async with self._turns:
                addresses = await self._fetching.listed(wanted.address)
        except UnreadableSourceError as error:
            self._brought.unreadable.append(alone.unreadable(error))
            self._brought.unlisted.add(location_of(wanted.root, alone.remote).rpartition("//")[0])
            return []
        if addresses == (wanted.address,):
            return [alone]
        if "document_id" in wanted.declared or "title" in wanted.declared:
            raise IngestionError(f"{alone.remote} is a folder; only a file can have an id or a title, remove them.")
        return self._inside(wanted, addresses)

    def _inside(self, wanted: Wanted, addresses: Sequence[str]) -> list[_File]:
        folder = plain_url(wanted.address).rstrip("/")
        if not wanted.root:
            self._brought.roots.add(folder)
        files: list[_File] = []
        for address in addresses:
            name = plain_url(address).removeprefix(f"{folder}/")
            if any(part.startswith(".") for part in name.split("/")):
                continue
            identity = address_id(plain_url(address)) if wanted.root else file_id(name)
            files.append(_File(address, wanted.root or folder, identity, wanted.declared))
        return files


def _alone(wanted: Wanted) -> _File:
    """Take an address for that of one file."""
    remote = plain_url(wanted.address)
    folder, _, name = remote.rstrip("/").rpartition("/")
    stored = scheme_of(remote) in CLOUD and not wanted.root and not folder.endswith("/")
    declared = {key: value for key, value in wanted.declared.items() if key != "document_id"}
    identity = wanted.declared.get("document_id") or (file_id(name) if stored else address_id(remote))
    return _File(
        wanted.address, folder if stored else wanted.root, str(identity), declared, "document_id" in wanted.declared
    )
