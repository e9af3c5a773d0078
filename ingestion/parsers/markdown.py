"""Turns a Markdown file into canonical text: the file's own text, so that a citation shows what its author wrote."""

import re
from pathlib import Path
from typing import Final

from ingestion.parsers.text import DEFAULT_LIMITS, ParsedText, read_text
from ingestion.settings import ParsingLimits

_HEADING: Final = re.compile(r"^ {0,3}(#{1,6})[ \t]+(\S.*)$", re.MULTILINE)


def read(path: Path, limits: ParsingLimits = DEFAULT_LIMITS) -> ParsedText:
    """Read a Markdown file; its title is the first heading of the highest level."""
    text = read_text(path, limits)
    headings = [(len(found[1]), found[2]) for found in _HEADING.finditer(text)]
    title = min(headings, key=lambda heading: heading[0])[1] if headings else ""
    return ParsedText(text, title=title.rstrip(" \t#").replace("*", "").strip() or None)
