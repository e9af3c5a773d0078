"""Turns a file into canonical text, by the parser that its suffix names."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from ingestion.parsers.markdown import parse_markdown
from ingestion.parsers.pdf import parse_pdf
from ingestion.parsers.text import ParsedText, parse_plain, read_text, refuse_unusable
from ingestion.ports import UnreadableSourceError

PARSERS: Final[Mapping[str, Callable[[Path], ParsedText]]] = {
    ".md": parse_markdown,
    ".markdown": parse_markdown,
    ".txt": parse_plain,
    ".text": parse_plain,
    ".pdf": parse_pdf,
}
"""The parser for each suffix, in lower case."""

TABLES: Final = (".csv", ".tsv")
"""Suffixes of tables, which a mapping turns into records."""

__all__ = ["PARSERS", "TABLES", "ParsedText", "parse", "read_text"]


def parse(path: Path) -> ParsedText:
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
    refuse_unusable(path)
    return PARSERS[suffix](path)
