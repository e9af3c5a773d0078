"""Turns a Markdown file into canonical text: the file's own text, so that a citation shows what its author wrote."""

import re
from pathlib import Path

from ingestion.parsers.text import ParsedText, read_text


def parse_markdown(path: Path) -> ParsedText:
    """Read a Markdown file; its title is the first heading of the highest level."""
    text = read_text(path)
    headings = re.findall(r"^ {0,3}(#{1,6})[ \t]+(.+?)[ \t#]*$", text, flags=re.MULTILINE)
    title = min(headings, key=lambda heading: len(heading[0]))[1] if headings else None
    return ParsedText(text, title=title and title.replace("*", "").strip())
