"""Tells which lines of a plain text are its headings, so that it has clauses as a text with marked headings has."""

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from ingestion.openings import find_openings

_LONGEST: Final = 90
_MOST_WORDS: Final = 14
_LONG_LINE: Final = 60
_FEWEST: Final = 2
_LEAST_PROSE: Final = 0.5
_NOT_HEADINGS: Final = re.compile(r"[|\t`<>=_*#]|\.{2}|\s{3}|@|://")
_ENDS: Final = re.compile(r"[.,;:!?\u2026\u3002-]$")
_ENDS_SENTENCE: Final = re.compile(r"[.;:!?\u2026\u3002][\"'\u2019\u201d)\]]?$")
_ITEM: Final = re.compile(r"[-*\u2022]\s|\(?\w{1,4}[.)]\s")


def mark_headings(text: str) -> str:
    """Mark lines that stand as headings over prose; a text that is structured otherwise, or no prose, stays as it is.

    A short line over a long one may be an address, a verse or an entry of a list. Therefore half of the words must lie
    in long lines, and one heading makes no structure.
    """
    lines = text.split("\n")
    # What stands in a fence is left as it is printed.
    if (
        not _is_prose(lines)
        or "```" in text
        or "~~~" in text
        or any(one.kind not in {"item", "end"} for one in find_openings(text))
    ):
        return text
    written = [index for index, line in enumerate(lines) if line.strip()]
    short = {index for index in written if _may_be_heading(lines[index])}
    headings = [
        index
        for index, below in pairwise(written)
        if index in short and _stands_apart(lines, index) and below not in short and _is_body(lines[below])
    ]
    if len(headings) < _FEWEST:
        return text
    marked = dict.fromkeys(headings, "##")
    first = written[0]
    if first in short and first + 1 not in written[1:2] and first < headings[-_FEWEST]:
        marked[first] = "#"
    return "\n".join(f"{marked[index]} {line}" if index in marked else line for index, line in enumerate(lines))


def _is_prose(lines: Sequence[str]) -> bool:
    words = sum(len(line) for line in lines)
    return sum(len(line) for line in lines if len(line) > _LONG_LINE) >= words * _LEAST_PROSE


def _may_be_heading(line: str) -> bool:
    stripped = line.rstrip()
    return (
        0 < len(stripped) <= _LONGEST
        and stripped[0].isupper()
        and len(stripped.split()) <= _MOST_WORDS
        and _ENDS.search(stripped) is None
        and _NOT_HEADINGS.search(stripped) is None
        and _ITEM.match(stripped) is None
    )


def _stands_apart(lines: Sequence[str], index: int) -> bool:
    """Whether nothing stands right above, so that it is not the last line of a paragraph."""
    return index == 0 or not lines[index - 1].strip()


def _is_body(line: str) -> bool:
    """Whether a line is what stands under headings: prose, an item of a list, or the row of a table."""
    stripped = line.strip()
    return (
        len(stripped) > _LONG_LINE
        or "|" in stripped
        or _ITEM.match(stripped) is not None
        or _ENDS_SENTENCE.search(stripped) is not None
    )
