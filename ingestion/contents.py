"""Turns the lines of a text into those that are its table of contents, which open no clauses."""

import re
from collections.abc import Sequence
from typing import Final

_CAPTION: Final = re.compile(
    r"\W*(?:(?:table of )?contents|arrangement of (?:sections|regulations|articles|clauses|rules))\W*", re.IGNORECASE
)
_WORDS: Final = re.compile(r"\w+")
_TITLED: Final = 2
_LONGEST_ENTRY: Final = 120
_LONGEST_TITLE: Final = 12


def is_caption(words: str) -> bool:
    """Tell the caption of a table of contents."""
    return len(words) <= _LONGEST_ENTRY and _CAPTION.fullmatch(words) is not None


def find_contents(lines: Sequence[tuple[int, str]]) -> frozenset[int]:
    """Find the offsets of lines that list what follows: below their caption, until one of them comes again."""
    return frozenset(
        start for index, (_, line) in enumerate(lines) if is_caption(line) for start in _entries(lines, index + 1)
    )


def _entries(lines: Sequence[tuple[int, str]], first: int) -> list[int]:
    """Give the offsets of entries; none where nothing of them comes again, as what it is then nobody can tell."""
    seen: set[str] = set()
    entries: list[int] = []
    for start, line in (lines[index] for index in range(first, len(lines))):
        words = _WORDS.findall(line.casefold()) if len(line) <= _LONGEST_ENTRY else []
        if not line.strip():
            continue
        if line.lstrip().startswith("#") or " ".join(words) in seen:
            return entries
        if _is_sentence(line):
            return []
        seen.add(" ".join(words))
        if len(words) > _TITLED and words[-1].isdigit():
            seen.add(" ".join(words[:-1]))
        entries.append(start)
    return []


def _is_sentence(line: str) -> bool:
    words = line.strip()
    return len(words) > _LONGEST_ENTRY or (len(words.split()) > _LONGEST_TITLE and words[-1] in ".;:")
