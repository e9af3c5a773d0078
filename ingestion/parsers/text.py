"""Turns a text file into canonical text: UTF-8, NFC, line feeds; and says why a file is unusable."""

import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ingestion.ports import UnreadableSourceError

MAXIMUM_BYTES: Final = 50 * 1024 * 1024
"""A larger file is quarantined."""


@dataclass(frozen=True, slots=True)
class ParsedText:
    """Canonical text, the offsets at which its pages start (none for a text without pages), and its title."""

    canonical_text: str
    page_starts: tuple[int, ...] = ()
    title: str | None = None


def parse_plain(path: Path) -> ParsedText:
    """Read a plain text file."""
    return ParsedText(read_text(path))


def read_text(path: Path) -> str:
    """Read the canonical text of a text file; raises UnreadableSourceError."""
    refuse_unusable(path)
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableSourceError(
            f"byte {error.start} is not UTF-8", "save the file as UTF-8 and ingest it again"
        ) from error
    if "\0" in text:
        raise UnreadableSourceError("it holds NUL characters, so it is no text", "export it as UTF-8 text")
    if not text.strip():
        raise UnreadableSourceError("it holds no words", "fill it or remove it")
    return canonical(text)


def canonical(text: str) -> str:
    """Give text the form in which it is kept: one line feed ends a line, characters are composed (Unicode NFC)."""
    return unicodedata.normalize("NFC", re.sub(r"\r\n?", "\n", text))


def refuse_unusable(path: Path) -> None:
    """Raise UnreadableSourceError for a file that is gone, empty or larger than MAXIMUM_BYTES."""
    try:
        size = path.stat().st_size
    except OSError as error:
        raise UnreadableSourceError(f"it cannot be opened ({error.strerror})", "check that it is there") from error
    if size == 0:
        raise UnreadableSourceError("the file is empty", "fill it or remove it")
    if size > MAXIMUM_BYTES:
        megabytes = MAXIMUM_BYTES // 1024**2
        raise UnreadableSourceError(f"it is larger than {megabytes} MB", "split it into smaller files")
