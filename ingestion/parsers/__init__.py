"""Turns a file into canonical text, by the parser that its suffix names; a parser is loaded when it is needed."""

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Final, Protocol, cast

from ingestion.parsers.text import (
    DEFAULT_LIMITS,
    MEGABYTE,
    ParsedText,
    no_words,
    read_text,
    refuse_unusable,
    too_deep,
    too_much_text,
)
from ingestion.ports import UnreadableSourceError
from ingestion.settings import ParsingLimits

PARSERS: Final[Mapping[str, str]] = {
    ".md": "markdown",
    ".markdown": "markdown",
    ".txt": "text",
    ".text": "text",
    ".pdf": "pdf",
    ".docx": "word",
    ".html": "web_page",
    ".htm": "web_page",
    ".xhtml": "web_page",
    ".xml": "law",
    ".json": "outline",
    ".jsonl": "outline",
    ".ndjson": "outline",
}
"""The module here that reads each suffix (in lower case) with its function `read`."""

TABLES: Final = (".csv", ".tsv", ".xlsx", ".parquet")
"""Suffixes of tables, which a mapping turns into records."""

__all__ = ["DEFAULT_LIMITS", "PARSERS", "TABLES", "ParsedText", "parse", "read_text"]


def parse(path: Path, limits: ParsingLimits = DEFAULT_LIMITS) -> ParsedText:
    """Read a document as canonical text; raises UnreadableSourceError with what to do."""
    suffix = path.suffix.lower()
    if suffix in TABLES:
        raise UnreadableSourceError(
            "it is a table, and nothing says what its columns mean",
            'list it in a sources.toml with kind = "table", record and mapping',
        )
    if suffix not in PARSERS:
        raise UnreadableSourceError(
            f"no parser reads files with the suffix {suffix!r}", f"convert it to one of {', '.join(sorted(PARSERS))}"
        )
    refuse_unusable(path, limits)
    parser = cast("_Parser", import_module(f"{__name__}.{PARSERS[suffix]}"))
    try:
        parsed = parser.read(path, limits)
    except RecursionError as error:
        raise too_deep(limits) from error
    if not parsed.canonical_text.strip():
        raise no_words()
    if len(parsed.canonical_text.encode()) > limits.largest_text_mb * MEGABYTE:
        raise too_much_text(limits)
    return parsed


class _Parser(Protocol):
    def read(self, path: Path, limits: ParsingLimits, /) -> ParsedText: ...
