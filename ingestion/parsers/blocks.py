"""Turns headings, paragraphs, list items and tables, as they come, into canonical text in the manner of Markdown."""

import re
from collections.abc import Iterable, Sequence
from itertools import zip_longest
from typing import Final

from ingestion.parsers.text import MEGABYTE, canonical, too_much_text
from ingestion.settings import ParsingLimits

DEEPEST_HEADING: Final = 6
"""The lowest level that a heading of Markdown can have."""

# Soft hyphens and spaces without width split words for the eye only.
_UNSEEN: Final = dict.fromkeys(map(ord, "\u00ad\u200b\u2060\ufeff"))
_UNWANTED: Final = re.compile("[\0-\x08\x0e-\x1b\x7f]")
_MARKUP: Final = re.compile(r"^(?=#{1,6}[ \t]|```|~~~)", re.MULTILINE)
_NUMBERED: Final = re.compile(r"[(\[]?[\w.\-]{1,12}[.)\]]+(?=\s|$)|[-*\u2022\u2013\u2014\u00b7](?=\s|$)|\u00a7")


class Blocks:
    """Canonical text while it is written: blocks divided by one blank line, list items by a line feed."""

    def __init__(self, limits: ParsingLimits) -> None:
        self._limits = limits
        self._parts: list[str] = []
        self._length = 0
        self._after_item = False

    def heading(self, level: int, words: str) -> None:
        """Write a heading; levels beyond 6 are written as 6."""
        line = " ".join(clean(words).split())
        if line:
            self._add("#" * max(1, min(level, DEEPEST_HEADING)) + " " + line)

    def paragraph(self, words: str) -> None:
        """Write a paragraph; its line feeds stay, what Markdown would take for its own marks is escaped."""
        lines = clean(words)
        if lines:
            self._add(_MARKUP.sub(r"\\", lines))

    def item(self, indent: str, mark: str, words: str) -> None:
        """Write one item of a list; the mark is left out where the words bring their own."""
        line = " ".join(clean(words).split())
        if line:
            bare = mark == "-" and _NUMBERED.match(line) is not None
            self._add(indent + (_MARKUP.sub(r"\\", line) if bare else f"{mark} {line}"), item=True)

    def verbatim(self, words: str) -> None:
        """Write lines of code or the like as they are, in a fence."""
        lines = canonical(_UNWANTED.sub("", words)).strip("\n")
        if lines.strip():
            fence = "~~~" if "```" in lines else "```"
            self._add(f"{fence}\n{lines}\n{fence}")

    def table(self, rows: Iterable[Sequence[str]], heads: int = 1) -> None:
        """Write a table with pipes; the first `heads` rows are read as one."""
        cells = [[cell(words) for words in row] for row in rows]
        cells = [row for row in cells if any(row)]
        if not cells:
            return
        heads = max(1, min(heads, len(cells)))
        columns = zip_longest(*cells[:heads], fillvalue="")
        head = [" ".join(filter(None, dict.fromkeys(column))) for column in columns]
        lines = [_row(head), "|" + "---|" * len(head), *map(_row, cells[heads:])]
        self._add("\n".join(lines))

    def text(self) -> str:
        """Everything that was written."""
        return canonical("".join(self._parts))

    def _add(self, block: str, *, item: bool = False) -> None:
        if self._parts:
            self._parts.append("\n" if item and self._after_item else "\n\n")
        self._parts.append(block)
        self._after_item = item
        self._length += len(block) + 2
        if self._length > self._limits.largest_text_mb * MEGABYTE:
            raise too_much_text(self._limits)


def clean(words: str) -> str:
    """Join white space to single spaces, line by line, without blank lines and without what nobody sees."""
    seen = _UNWANTED.sub("", words.translate(_UNSEEN))
    return "\n".join(filter(None, (" ".join(line.split()) for line in seen.split("\n"))))


def cell(words: str) -> str:
    """Write the words of one cell in one line, in which a pipe stands for itself."""
    return " ".join(clean(words).split()).replace("|", "\\|")


def numbered(words: str) -> bool:
    """Whether words begin with a number or mark of their own, as `(a)`, `4.2.` or a dash."""
    return _NUMBERED.match(words) is not None


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"
