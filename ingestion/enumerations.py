"""Turns the marks of one list of paragraphs ("1.", "(1)", "(a)") into numbers, leaving lists inside it alone."""

import re
from collections.abc import Mapping
from typing import Final

_STYLES: Final[Mapping[str, re.Pattern[str]]] = {
    "1.": re.compile(r"(\d{1,3})\.\s+\S"),
    "1": re.compile(r"(\d{1,3})\s+[A-Z\"“(]"),
    "(1)": re.compile(r"\((\d{1,3})\)(?!\w)"),
    "(a)": re.compile(r"\(([a-z]{1,2}|[a-z]-\d{1,2})\)(?!\w)"),
}
_LARGEST_GAP: Final = 20
_ROMAN: Final = re.compile(r"[ivxlc]+")


class Enumeration:
    """The paragraphs of one provision. Its first mark sets the style; marks of another style belong to the text."""

    def __init__(self) -> None:
        self._style: str | None = None
        self._last: tuple[int, int] = (0, 0)
        self._inside_roman = False

    def accept(self, line: str) -> str | None:
        """Read the number that a line opens, as `(1)` or `(a)`; None when it opens no paragraph of this list."""
        for style in _STYLES if self._style is None else (self._style,):
            match = _STYLES[style].match(line)
            if match is None:
                continue
            place = _place(match[1])
            if place is None or not self._goes_on(match[1], place):
                return None
            self._style, self._last, self._inside_roman = style, place, False
            return f"({match[1]})"
        return None

    def _goes_on(self, mark: str, place: tuple[int, int]) -> bool:
        if not self._last < place or place[0] > self._last[0] + _LARGEST_GAP:
            return False
        next_letter = place[0] == self._last[0] + 1
        starts_roman = mark == "i" and self._last[0] > 0 and not next_letter
        if starts_roman or (self._inside_roman and _ROMAN.fullmatch(mark)):
            self._inside_roman = True
            return False
        return True


def _place(mark: str) -> tuple[int, int] | None:
    """Order marks: 1, 2, ...; a, b, ..., z, aa, bb; b-1 after b. None for letters in no such order (`iv`)."""
    if mark.isdigit():
        return int(mark), 0
    letters, _, inserted = mark.partition("-")
    if len(set(letters)) > 1 or (len(letters) > 1 and letters[0] in "ivxlc"):
        return None
    return ord(letters[0]) - ord("a") + 1 + 26 * (len(letters) - 1), int(inserted or 0)
