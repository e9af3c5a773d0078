"""Turns an Office file into the XML parts that are asked for, unpacking nothing else and no more than the limit."""

import zipfile
import zlib
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from ingestion.parsers.contents import OLD_OFFICE, content_kind
from ingestion.parsers.elements import Element, read_xml
from ingestion.parsers.text import MEGABYTE, too_much_text
from ingestion.ports import UnreadableSourceError
from ingestion.settings import ParsingLimits

_MOST_MEMBERS: Final = 20_000
_HIGHEST_RATIO: Final = 300  # of unpacked to packed bytes; text repeats itself, but not like this
_SMALL: Final = MEGABYTE  # a member that cannot hurt
_ENCRYPTED: Final = 1
_BROKEN: Final = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, ValueError, RuntimeError)


class Package:
    """The parts of one Office file."""

    def __init__(self, archive: zipfile.ZipFile, limits: ParsingLimits) -> None:
        self._archive = archive
        self._limits = limits
        self._names = {member.filename: member for member in archive.infolist()}

    def part(self, name: str) -> Element | None:
        """Read one XML part; None when the file has none of this name."""
        member = self._names.get(name)
        if member is None:
            return None
        allowed = self._limits.largest_text_mb * MEGABYTE
        with self._archive.open(member) as file:
            # What a member says of its own size need not be true.
            raw = file.read(allowed + 1)
        if len(raw) > allowed:
            raise too_much_text(self._limits)
        return read_xml(raw, self._limits) if raw else None


@contextmanager
def opened(path: Path, limits: ParsingLimits) -> Generator[Package]:
    """Open an Office file after looking at the sizes of all its members; raises UnreadableSourceError."""
    with path.open("rb") as file:
        if content_kind(file.read(16)) == OLD_OFFICE:
            raise UnreadableSourceError(
                "it is encrypted, or of an Office before 2007", "save it without a password as .docx"
            )
    try:
        with zipfile.ZipFile(path) as archive:
            _refuse_bombs(archive.infolist(), limits)
            yield Package(archive, limits)
    except _BROKEN as error:
        raise UnreadableSourceError(f"it is not a readable Office file ({error})", "save it anew") from error


def _refuse_bombs(members: list[zipfile.ZipInfo], limits: ParsingLimits) -> None:
    if len(members) > _MOST_MEMBERS:
        raise UnreadableSourceError(f"it is packed from more than {_MOST_MEMBERS} parts", "save it anew")
    if any(member.flag_bits & _ENCRYPTED for member in members):
        raise UnreadableSourceError("it is encrypted", "save a copy without a password")
    for member in members:
        ratio = member.file_size / max(1, member.compress_size)
        if member.file_size > _SMALL and ratio > _HIGHEST_RATIO:
            raise UnreadableSourceError(
                f"its part {member.filename[:80]!r} unpacks to {ratio:.0f} times its size, as only a bomb does",
                "do not open it; ask where it came from",
            )
    xml = sum(member.file_size for member in members if member.filename.lower().endswith((".xml", ".rels")))
    if xml > limits.largest_text_mb * MEGABYTE:
        raise too_much_text(limits)
