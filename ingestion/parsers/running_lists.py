"""Turns one running line of law ("1. All ... 2. Where: (a) one; (b) two.") into a line for each numbered point."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

_MARK: Final = re.compile(r"(?<!\S)(?:(\d{1,3})\.|\((\d{1,3})\)|\(([a-z]{1,2})\))(?=\s+(\S))")
_GOES_ON: Final = re.compile(r"(?:and|or|to|of|thereof|above|below|respectively)\b|[,;.)]")
_LONG_WORD: Final = re.compile(r"[^\W\d_]{4,}$")
_REFERS: Final = re.compile(
    r"(?:articles?|art\.?|sections?|chapters?|parts?|annex(?:es)?|title|paragraphs?|points?|nos?\.?|numbers?"
    r"|subparagraphs?|subsections?|rules?|clauses?|page|pages|pp?\.)$",
    re.IGNORECASE,
)
_CONJUNCTION: Final = re.compile(r"[\s,;](?:and|or)$")
_LOOKED_BACK: Final = 40  # characters before a mark that can tell whether it is a reference
_LOOKED_AHEAD: Final = 20  # marks among which the second of a list must come
_ROMANS: Final = ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii", "xiii", "xiv", "xv")


def on_lines(words: str) -> str:
    """Begin a line at each point of the lists in a running text; words that only refer to a point stay where they are.

    A text that has lines of its own, or too few points, is left as it is.
    """
    if "\n" in words.strip():
        return words
    starts = list(_points(words))
    places = [0, *(start for start in starts if start), len(words)]
    parts = [words[start:end].strip() for start, end in pairwise(places)]
    return "\n".join(filter(None, parts))


@dataclass(slots=True)
class _List:
    style: str
    last: int


def _points(words: str) -> Iterator[int]:
    open_lists: list[_List] = []
    marks = list(_MARK.finditer(words))
    for index, mark in enumerate(marks):
        before = words[max(0, mark.start() - _LOOKED_BACK) : mark.start()].rstrip()
        announced = before[-1:] in {":", ";"}
        if _REFERS.search(before) or (not announced and _GOES_ON.match(words, mark.start(4))):
            continue
        after_mark = index > 0 and words[marks[index - 1].end() : mark.start()].strip() == ""
        later = marks[index + 1 : index + 1 + _LOOKED_AHEAD]
        if _accepted(mark, before, open_lists, later, begins=not before or after_mark):
            yield mark.start()


def _accepted(
    mark: re.Match[str], before: str, open_lists: list[_List], later: list[re.Match[str]], *, begins: bool
) -> bool:
    """Whether a mark continues the innermost list that it can, or begins one; keeps `open_lists` up to date."""
    ended = begins or _CONJUNCTION.sub("", before).rstrip()[-1:] in {".", ";", ":", ",", "\u2014", "\u2013"}
    # A title between two points has no full stop: "... (OJ L 1). Section B. Other law 13. Regulation ..."
    ended = ended or (mark[1] is not None and mark[4].isupper() and _LONG_WORD.search(before) is not None)
    readings = list(_readings(mark))
    for depth in range(len(open_lists) - 1, -1, -1):
        for style, place in readings:
            if ended and open_lists[depth].style == style and place == open_lists[depth].last + 1:
                open_lists[depth].last = place
                del open_lists[depth + 1 :]
                return True
    for style, place in readings:
        if place == 1 and _may_begin(mark, before, later, style, begins=begins):
            known = [depth for depth, opened in enumerate(open_lists) if opened.style == style]
            del open_lists[known[0] if known else len(open_lists) :]
            open_lists.append(_List(style, 1))
            return True
    return False


def _may_begin(mark: re.Match[str], before: str, later: list[re.Match[str]], style: str, *, begins: bool) -> bool:
    """Whether a first mark opens a list: what is before it announces one, or a sentence begins and a second follows."""
    if begins or before[-1:] in {":", "\u2014"}:
        return True
    if not mark[4].isupper() and mark[4] not in "\u2018\u201c'\"":
        return False
    return any((style, 2) in _readings(other) for other in later)


def _readings(mark: re.Match[str]) -> Iterator[tuple[str, int]]:
    if mark[1] or mark[2]:
        yield ("1." if mark[1] else "(1)"), int(mark[1] or mark[2])
        return
    letters = mark[3]
    if letters in _ROMANS:
        yield "(i)", _ROMANS.index(letters) + 1
    if len(set(letters)) == 1:
        yield "(a)", ord(letters[0]) - ord("a") + 1 + 26 * (len(letters) - 1)
