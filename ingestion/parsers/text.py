"""Turns a text file into canonical text: Unicode NFC, line feeds; and says why a file is unusable."""

import codecs
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ingestion.parsers.bare_headings import mark_headings
from ingestion.parsers.contents import refuse_other_content
from ingestion.ports import UnreadableSourceError
from ingestion.settings import ParsingLimits

DEFAULT_LIMITS: Final = ParsingLimits()
"""The limits where none are given."""

MEGABYTE: Final = 1024**2

_MARKS: Final = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
# Encodings of documents; Python knows others (punycode, uu) that are slow on purpose or are no texts at all.
_ENCODINGS: Final = re.compile(
    r"utf-8|utf-16(-[lb]e)?|ascii|iso8859-\d+|cp\d+|koi8-[rtu]|mac-\w+|gb2312|gbk|gb18030|big5\w*|shift_jis|euc_\w+"
)


@dataclass(frozen=True, slots=True)
class ParsedText:
    """Canonical text, the offsets at which its pages start (none for a text without pages), and its title.

    `language` is as the file declares it (`en`, `fr-CA`); `notes` say what a person should know about the reading.
    """

    canonical_text: str
    page_starts: tuple[int, ...] = ()
    title: str | None = None
    language: str | None = None
    notes: tuple[str, ...] = ()


def read(path: Path, limits: ParsingLimits = DEFAULT_LIMITS) -> ParsedText:
    """Read a plain text file, whose headings are told by how they stand."""
    return ParsedText(mark_headings(read_text(path, limits)))


def read_text(path: Path, limits: ParsingLimits = DEFAULT_LIMITS) -> str:
    """Read the canonical text of a text file, UTF-8 or with a mark of its encoding; raises UnreadableSourceError."""
    refuse_unusable(path, limits)
    return canonical(decoded(path.read_bytes(), None))


def canonical(text: str) -> str:
    """Give text the form in which it is kept: one line feed ends a line, characters are composed (Unicode NFC)."""
    return unicodedata.normalize("NFC", re.sub(r"\r\n?", "\n", text))


def decoded(raw: bytes, declared: str | None) -> str:
    """Turn bytes into text by their byte order mark, else as declared, else as UTF-8; raises UnreadableSourceError."""
    encoding = next((name for mark, name in _MARKS if raw.startswith(mark)), None) or _codec(declared or "utf-8")
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError as error:
        name = {"utf-8-sig": "UTF-8", "utf-8": "UTF-8", "utf-16": "UTF-16"}.get(encoding, encoding)
        said = f" as the file says ({declared})" if declared and _codec(declared) == encoding else ""
        raise UnreadableSourceError(
            f"byte {error.start} is not {name}{said}", "save the file as UTF-8 and ingest it again"
        ) from error
    if "\0" in text:
        raise UnreadableSourceError("it holds NUL characters, so it is no text", "export it as UTF-8 text")
    if not text.strip():
        raise no_words()
    return text


def no_words() -> UnreadableSourceError:
    """Say that a file has nothing to read."""
    return UnreadableSourceError("it holds no words", "fill it or remove it")


def too_much_text(limits: ParsingLimits) -> UnreadableSourceError:
    """Say that more came out of a file than is taken on."""
    return UnreadableSourceError(
        f"it holds more than {limits.largest_text_mb} MB of text",
        "split it into smaller documents, or raise TOULMIN_PARSE_LARGEST_TEXT_MB",
    )


def too_deep(limits: ParsingLimits) -> UnreadableSourceError:
    """Say that parts lie inside each other beyond the limit."""
    return UnreadableSourceError(
        f"its parts lie more than {limits.deepest} deep inside each other",
        "simplify its structure, or raise TOULMIN_PARSE_DEEPEST",
    )


def refuse_unusable(path: Path, limits: ParsingLimits = DEFAULT_LIMITS) -> None:
    """Raise UnreadableSourceError for a file that is gone, empty, too large, or not what its suffix says."""
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            start = file.read(4096)
    except OSError as error:
        raise UnreadableSourceError(f"it cannot be opened ({error.strerror})", "check that it is there") from error
    if size == 0:
        raise UnreadableSourceError("the file is empty", "fill it or remove it")
    if size > limits.largest_mb * MEGABYTE:
        raise UnreadableSourceError(
            f"it is larger than {limits.largest_mb} MB",
            "split it into smaller files, or raise TOULMIN_PARSE_LARGEST_MB",
        )
    refuse_other_content(path.suffix.lower(), start)


def _codec(declared: str) -> str:
    try:
        name = codecs.lookup(declared.strip()).name
    except (LookupError, ValueError):
        name = ""
    if not _ENCODINGS.fullmatch(name):
        raise UnreadableSourceError(
            f"it declares the encoding {declared[:40]!r}, which is not one of texts",
            "save the file as UTF-8 and declare that",
        )
    # Web pages that say Latin-1 mean its superset, as every browser reads them.
    return "cp1252" if name in {"iso8859-1", "ascii"} else name
