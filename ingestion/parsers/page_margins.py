"""Turns the lines of a document's pages into the same without running headers and footers and page numbers."""

import re
from collections import defaultdict
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


def _edges(page: Sequence[str]) -> list[int]:
    """Lines at the top or the bottom of a page, which can be running ones."""
    return [at for at in range(len(page)) if at < _MARGIN or at >= len(page) - _MARGIN]


def _numbers(pages: Sequence[Sequence[str]]) -> set[tuple[int, int]]:
    """Lines that are a page number and nothing else, on most pages, each as far from its page as the others."""
    found: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for n, page in enumerate(pages):
        for at in sorted({0, len(page) - 1}) if page else ():
            number = _NUMBER.fullmatch(page[at].strip())
            if number:
                found[int(number[1]) - n].append((n, at))
    filled = sum(bool(page) for page in pages)
    return {place for places in found.values() if len(places) > filled * _SHARE for place in places}


def _repeated(pages: Sequence[Sequence[str]]) -> set[tuple[int, int]]:
    """Lines whose words, but for the number of the page, are at the edge of most pages, except the first of each."""
    found: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for n, page in enumerate(pages):
        seen: set[str] = set()
        for at in _edges(page):
            for words in _known_by(page[at].strip(), n) - seen:
                found[words].append((n, at))
                seen.add(words)
    return {place for places in found.values() if _runs(places, pages) for place in places[1:]}


def _known_by(line: str, page: int) -> set[str]:
    """Give what a line is known again by: its words, and these with how far its number is from that of the page."""
    if not line or len(line) > _LONGEST:
        return set()
    edge = _AT_THE_EDGE.fullmatch(line)
    words = "" if edge is None or (edge["before"] and edge["after"]) else edge["before"] or edge["after"] or ""
    number = re.search(r"\d+", edge["number"]) if edge else None
    # One word with a number ("Table 3", "Article 3") can be what the page is about.
    if len(words.split()) <= 1 or number is None:
        return {line}
    return {line, f"{words} #{int(number[0]) - page}"}


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
