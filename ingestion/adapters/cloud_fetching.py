"""Brings files from object stores here (S3, Google Cloud Storage, Azure) through fsspec, kept until they change."""

import asyncio
import json
import time
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import Final, Protocol, Self, TypeVar, cast

from ingestion.adapters.copies import Copy, CopyRecord
from ingestion.adapters.media_types import suffix_of
from ingestion.ports import UnreadableSourceError
from ingestion.settings import FetchLimits
from ingestion.urls import plain_url, refuse_password, scheme_of, without_scheme

_AT_ONCE: Final = 1024**2
_SAYS_VERSION: Final = ("ETag", "etag", "generation", "md5Hash", "LastModified", "last_modified", "mtime", "created")
_TO_INSTALL: Final = "install it with the extra: pip install 'toulmin[cloud]'"


Answer = TypeVar("Answer")


class CloudFetching:
    """Fetches from object stores with the credentials of the environment; `options` by scheme go to fsspec.

    What fsspec keeps of listings is not used, so that what was removed is seen to be gone.
    """

    def __init__(
        self, limits: FetchLimits, largest_mb: int, options: Mapping[str, Mapping[str, object]] | None = None
    ) -> None:
        self._limits = limits
        self._largest_mb = largest_mb
        self._options = options or {}

    async def listed(self, url: str) -> tuple[str, ...]:
        """List the files in a folder and below it; a file lists itself. UnreadableSourceError when there is none."""
        return await asyncio.to_thread(self._asking, self._list, url)

    async def fetched(self, url: str, language: str | None = None) -> Path:
        """Bring a file here, or find that the copy is still current; raises UnreadableSourceError."""
        del language
        return await asyncio.to_thread(self._asking, self._fetch, url)

    def _asking(self, ask: "Callable[[_Store, str], Answer]", url: str) -> "Answer":
        refuse_password(url)
        if "::" in url:  # fsspec would take it for two addresses, one inside the other
            raise UnreadableSourceError("its address holds ::", "name the file or folder by its own address")
        try:
            return ask(_Store(url, self._options.get(scheme_of(url) or "", {})), url)
        except UnreadableSourceError:
            raise
        except FileNotFoundError as error:
            raise UnreadableSourceError(
                "it is not there any more", "correct its address, or remove its entry"
            ) from error
        except PermissionError as error:
            raise UnreadableSourceError(
                "the store does not let us read it", "give this installation's credentials access to it"
            ) from error
        except Exception as error:  # each store has its own family of errors, and they share no base
            raise UnreadableSourceError(
                f"the store does not give it ({type(error).__name__})",
                "check the credentials, or ingest it again later",
            ) from error

    def _list(self, store: "_Store", url: str) -> tuple[str, ...]:
        path = store.path
        if store.files.isfile(path):
            return (url,)
        found = sorted(str(name) for name in store.files.find(path))
        if not found:
            raise UnreadableSourceError("there is no such file, and no folder with files", "correct its address")
        inside = path.strip("/")
        base = url.rstrip("/")
        return tuple(f"{base}/{name.strip('/').removeprefix(inside).lstrip('/')}" for name in found)

    def _fetch(self, store: "_Store", url: str) -> Path:
        path = store.path
        told = store.files.info(path)
        said = _version(told)
        copy = Copy(self._limits.folder, url)
        last = copy.last()
        if last is not None and said is not None and last.version == said:
            return copy.path(last)
        until = time.monotonic() + self._limits.seconds
        with copy.receive(self._largest_mb) as arrival:
            with store.files.open(path, "rb") as opened:
                while part := opened.read(_AT_ONCE):
                    arrival.write(part)
                    if time.monotonic() > until:
                        raise UnreadableSourceError(
                            "it did not arrive whole in the time that a file has",
                            "ingest it again later, or raise TOULMIN_FETCH_SECONDS",
                        )
            after = store.files.info(path)
            if after.get("size") != arrival.size or _version(after) != said:
                raise UnreadableSourceError("it changed while it was read", "ingest it again")
            suffix = suffix_of(None, without_scheme(plain_url(url)).rpartition("/")[2], arrival.head)
            record = CopyRecord(address=copy.address, final=copy.address, file="", sha256="", version=said)
            return copy.keep(arrival, suffix, record)


class _Opened(Protocol):
    def read(self, length: int, /) -> bytes: ...
    def __enter__(self) -> Self: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> object: ...


class _Files(Protocol):
    def find(self, path: str, /) -> Sequence[str]: ...
    def isfile(self, path: str, /) -> bool: ...
    def info(self, path: str, /) -> Mapping[str, object]: ...
    def open(self, path: str, mode: str, /) -> _Opened: ...


class _Store:
    """One object store through fsspec, which has no types."""

    def __init__(self, url: str, options: Mapping[str, object]) -> None:
        try:
            fsspec = import_module("fsspec")
            made: object = fsspec.url_to_fs(url, use_listings_cache=False, **options)
        except ImportError as error:
            scheme = scheme_of(url)
            raise UnreadableSourceError(f"what reads {scheme}:// is not installed", _TO_INSTALL) from error
        self.files, self.path = cast("tuple[_Files, str]", made)


def _version(told: Mapping[str, object]) -> str | None:
    """Put together what a store says of a file's version; None when it says nothing but its size."""
    said = {key: str(told[key]) for key in _SAYS_VERSION if told.get(key)}
    return json.dumps({**said, "size": str(told.get("size"))}, sort_keys=True) if said else None
