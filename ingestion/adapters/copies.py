"""Keeps what was fetched: whole files under names made of their content, and beside them where they came from."""

import contextlib
import hashlib
import os
import tempfile
from pathlib import Path
from typing import BinaryIO, Final, Self

from pydantic import ValidationError

from ingestion.ports import UnreadableSourceError
from ingestion.source import slug
from ingestion.urls import plain_url, without_scheme
from retrieval.corpus import Value

_RECORD: Final = "fetched.json"
_HEAD: Final = 1024


class CopyRecord(Value):
    """What was fetched last from an address, and by what the place it came from tells versions apart.

    `final` is where redirects led; `file` and `before` are the last two copies, relative to the record.
    """

    address: str
    final: str
    file: str
    sha256: str
    before: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    version: str | None = None


class Copy:
    """The copy of one address in one language, in a folder of its own below `folder`.

    A new version is another file, so that whoever reads the one before it reads it to its end; the third goes.
    """

    def __init__(self, folder: Path, address: str, language: str | None = None) -> None:
        self.address = plain_url(address)
        key = hashlib.sha256(f"{language or ''} {self.address}".encode()).hexdigest()[:16]
        host = without_scheme(self.address).partition("/")[0]
        self._folder = folder / f"{slug(host)[:80]}-{key}"

    def last(self) -> CopyRecord | None:
        """Give what was kept last; None when there is nothing, or it is not what was written."""
        try:
            record = CopyRecord.model_validate_json((self._folder / _RECORD).read_text(encoding="utf-8"))
            with (self._folder / record.file).open("rb") as file:
                intact = hashlib.file_digest(file, "sha256").hexdigest() == record.sha256
        except (OSError, ValidationError):
            return None
        return record if intact else None

    def path(self, record: CopyRecord) -> Path:
        """Give the file of a record."""
        return (self._folder / record.file).resolve()

    def receive(self, largest_mb: int) -> "Arrival":
        """Begin to receive a new version of up to so many megabytes."""
        self._folder.mkdir(parents=True, exist_ok=True)
        return Arrival(self._folder, largest_mb)

    def keep(self, arrival: "Arrival", suffix: str, record: CopyRecord) -> Path:
        """Make what arrived the copy, in one step; the same content as before stays the same file."""
        name = f"{arrival.sha256[:12]}/{_stem(record.final)}{suffix}"
        last = self.last()
        arrival.become(self._folder / name)
        before = None if last is None else last.before if last.file == name else last.file
        kept = record.model_copy(update={"file": name, "sha256": arrival.sha256, "before": before})
        with Arrival(self._folder, 1) as written:
            written.write(kept.model_dump_json(indent=2).encode())
            written.become(self._folder / _RECORD)
        if last is not None and last.before not in {None, name, before}:
            self._forget(last.before or "")
        return self.path(kept)

    def _forget(self, name: str) -> None:
        with contextlib.suppress(OSError):
            (self._folder / name).unlink()
            (self._folder / name).parent.rmdir()


class Arrival:
    """Bytes on their way into a file that nobody sees before it is whole."""

    def __init__(self, folder: Path, largest_mb: int) -> None:
        number, name = tempfile.mkstemp(prefix=".arriving-", dir=folder)
        self._file: BinaryIO = os.fdopen(number, "wb")
        self._path = Path(name)
        self._digest = hashlib.sha256()
        self._largest = largest_mb
        self.size = 0
        self.head = b""

    @property
    def sha256(self) -> str:
        """The hash of what was written so far, hex."""
        return self._digest.hexdigest()

    def write(self, part: bytes) -> None:
        """Take the next bytes; raises UnreadableSourceError when they are too many."""
        self.size += len(part)
        if self.size > self._largest * 1024**2:
            raise too_large(self._largest)
        if len(self.head) < _HEAD:
            self.head += part[: _HEAD - len(self.head)]
        self._digest.update(part)
        self._file.write(part)

    def become(self, path: Path) -> None:
        """Put what was written in the place of `path`, on the disk before it is seen."""
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path.replace(path)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()
        self._path.unlink(missing_ok=True)


def too_large(largest_mb: int) -> UnreadableSourceError:
    """Say that a file is larger than what is taken on."""
    return UnreadableSourceError(f"it is larger than {largest_mb} MB", "split it, or raise TOULMIN_PARSE_LARGEST_MB")


def _stem(address: str) -> str:
    """Make a file name of the last part of an address."""
    path = without_scheme(address).partition("?")[0].rstrip("/")
    name = Path(path.rpartition("/")[2]).stem
    return "".join(letter if letter.isalnum() or letter in "._-" else "-" for letter in name)[:80].lstrip(".") or "page"
