"""Turns the lines of a document's pages into the same without running headers and footers and page numbers."""

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Final

_MARGIN: Final = 3  # lines at the top and at the bottom of a page that can be running ones
_FEWEST_PAGES: Final = 3
_LONGEST: Final = 150
_SHARE: Final = 0.5  # of the pages of the document, or of its left or right ones
_NUMBER: Final = re.compile(
    r"(?:(?:page|p\.|seite|pagina|p\u00e1gina)\s*)?[-\u2013\u2014|\[(]*\s*(\d{1,5})\s*[-\u2013\u2014|\])]*"
    r"(?:\s*(?:of|/|von|de|sur|di)\s*\d{1,5})?",
    re.IGNORECASE,
)
_AT_THE_EDGE: Final = re.compile(
    r"(?:(?P<before>.*?\S)[\s|\u00b7\u2022\u2013\u2014-]+)?(?P<number>(?:page\s*)?\d{1,5}(?:\s*(?:of|/)\s*\d{1,5})?)"
    r"(?:[\s|\u00b7\u2022\u2013\u2014-]+(?P<after>\S.*))?",
    re.IGNORECASE,
)
_NUMBERS_A_PROVISION: Final = re.compile(
    r"(?:article|art\.?|section|sec\.?|chapter|part|annex|schedule|appendix|title|rule|clause|\u00a7+)\s*",
    re.IGNORECASE,
)


def without_running_lines(pages: Sequence[Sequence[str]]) -> tuple[list[list[str]], int]:
    """Leave out what is printed at the edge of most pages, and count the lines that were left out.

    Words that repeat stay where they are printed first. A line is only a page number if it counts with the pages; a
    number of a provision ("Article 3" on the third page) never is.
    """
    lines = [list(page) for page in pages]
    if sum(bool(page) for page in lines) < _FEWEST_PAGES:
        return lines, 0
    running = _numbers(lines) | _repeated(lines)
    return [[line for at, line in enumerate(page) if (n, at) not in running] for n, page in enumerate(lines)], len(
        running
    )


def _edges(page: Sequence[str]) -> list[tuple[int, int]]:
    """Places that can be running lines: (line, its place from the top or, below zero, from the bottom)."""
    top = [(at, at) for at in range(min(_MARGIN, len(page)))]
    bottom = [(len(page) - back, -back) for back in range(1, min(_MARGIN, len(page) - len(top)) + 1)]
    return top + bottom


def _numbers(pages: Sequence[Sequence[str]]) -> set[tuple[int, int]]:
    """Lines that are a page number and nothing else, on most pages, each as far from its page as the others."""
    found: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for n, page in enumerate(pages):
        for at, _ in (_edges(page)[:1] + _edges(page)[_MARGIN:][:1]) if page else ():
            number = _NUMBER.fullmatch(page[at].strip())
            if number:
                found[int(number[1]) - n].append((n, at))
    filled = sum(bool(page) for page in pages)
    return {place for places in found.values() if len(places) > filled * _SHARE for place in places}


def _repeated(pages: Sequence[Sequence[str]]) -> set[tuple[int, int]]:
    """Lines whose words, but for the number of the page, are at the edge of most pages, except the first of each."""
    found: dict[tuple[bool, str], list[tuple[int, int]]] = defaultdict(list)
    for n, page in enumerate(pages):
        seen: Counter[tuple[bool, str]] = Counter()
        for at, place in _edges(page):
            key = (place < 0, _words(page[at], n))
            if key[1] and not seen[key]:
                found[key].append((n, at))
            seen[key] += 1
    return {place for places in found.values() if _runs(places, pages) for place in places[1:]}


def _words(line: str, page: int) -> str:
    line = line.strip()
    if not line or len(line) > _LONGEST:
        return ""
    edge = _AT_THE_EDGE.fullmatch(line)
    if edge is None or (edge["before"] and edge["after"]):
        return line
    words = edge["before"] or edge["after"] or ""
    if not words or _NUMBERS_A_PROVISION.fullmatch(words):
        # A number that stays the same on every page is part of the words.
        return line
    digits = re.search(r"\d+", edge["number"])
    return f"{words} #{int(digits[0]) - page}" if digits else line


def _runs(places: Sequence[tuple[int, int]], pages: Sequence[Sequence[str]]) -> bool:
    """Whether lines are on most pages, or on most of the left or of the right ones."""
    if len(places) < _FEWEST_PAGES:
        return False
    if len(places) > sum(bool(page) for page in pages) * _SHARE:
        return True
    for side in (0, 1):
        on_side = sum(n % 2 == side for n, _ in places)
        if on_side == len(places) and on_side > sum(bool(page) for page in pages[side::2]) * _SHARE:
            return True
    return False
