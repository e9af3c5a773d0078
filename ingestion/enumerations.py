"""Turns the marks of lists ("1.", "(1)", "(a)", "(ii)"), at line starts or within a line, into their places in them."""

import re
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Final

LARGEST_GAP: Final = 20
"""How many numbers an excerpt may leave out between two marks of a list."""

_AHEAD: Final = 60
_LINE_END: Final = 40
_BEFORE_Z: Final = 25
_WORD = r"(?:\d{1,3}[A-Z]{0,2}|\d{1,3}[a-z]|[a-z]{1,5}(?:-\d{1,2})?|[A-Z]{1,5})"
_MONTHS = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_PARENTHESES: Final = re.compile(rf"\(({_WORD})\)(?!\w)")
_LINE_MARKS: Final[Mapping[str, re.Pattern[str]]] = {
    "(1)": _PARENTHESES,
    "1)": re.compile(r"(\d{1,3}|[a-z]|[ivx]{2,5})\)(?=\s+\S)"),
    "1.": re.compile(r"(\d{1,3}[a-z]?)\.(?=\s+\S)"),
    "a.": re.compile(r"([a-z]|[ivx]{2,5})\.(?=\s+\S)"),
    "1": re.compile(rf"(\d{{1,3}}[a-z]?)(?=\s+(?!{_MONTHS})[A-Z\"\u201c(])"),
}
_LINE_START: Final = re.compile(r"[ \t]*(?:[-*\u2022][ \t]+)?(?:\*\*|__)?")
_NEXT_MARK: Final = re.compile(r"[ \t]*(?=\()")
_INLINE: Final = re.compile(rf"(?<=[:;,.\u2014\u2013-])\s(?:and\s|or\s)?(\(({_WORD})\))(?=\s\S)")
_RUNS_ON: Final = re.compile(r"\b(?i:sub-?)?(?i:paragraph|section|article|point|clause|rule)s?\s*$")
_DOUBLED: Final = re.compile(r"([a-z])\1")
_ROMAN: Final = re.compile(r"(?=[ivxlc])(?:xc|xl|l?x{0,3})(?:ix|iv|v?i{0,3})")
_ROMAN_DIGITS: Final[Mapping[str, int]] = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100}

Place = tuple[int, int]
"""Where a mark stands in its list: its number, and the place among those inserted after it (`3a`, `b-1`, `4ZA`)."""


@dataclass(frozen=True, slots=True)
class Mark:
    """The mark of a list item: its offset, its shape (`(1)`, `1)`, `1.`, `a.` or `1`), its word, where it stands.

    `follows` is the punctuation before a mark within a line, empty at the start of a line.
    """

    start: int
    shape: str
    word: str
    follows: str = ""


def line_marks(line: str, start: int, before: str) -> Iterator[Mark]:
    """Find the marks of a line at offset `start`; `before` is the line above, which may run on into this one."""
    begin = _LINE_START.match(line)
    at = begin.end() if begin else 0
    shape, found = next(((shape, m) for shape, form in _LINE_MARKS.items() if (m := form.match(line, at))), ("", None))
    if found and not _RUNS_ON.search(before[-_LINE_END:]):
        yield Mark(start + len(line) - len(line.lstrip()), shape, found[1])
        at = found.end()
        while (gap := _NEXT_MARK.match(line, at)) and (more := _PARENTHESES.match(line, gap.end())):
            yield Mark(start + more.start(), "(1)", more[1], ":")
            at = more.end()
    for match in _INLINE.finditer(line, at):
        yield Mark(start + match.start(1), "(1)", match[2], line[match.start() - 1])


@dataclass(slots=True)
class _Level:
    """One list that is open: the style of its marks and the place of its last one."""

    style: tuple[str, str]
    last: Place


@dataclass(slots=True)
class Enumeration:
    """The lists that are open inside one provision, outermost first; marks in no order belong to the text.

    `shapes` are those that its outermost list may have; with `anywhere` this may begin at any number, as in an excerpt.
    """

    shapes: frozenset[str] = frozenset(_LINE_MARKS)
    anywhere: bool = True
    levels: list[_Level] = field(default_factory=list["_Level"])

    def accept(self, mark: Mark, following: Sequence[Mark]) -> int | None:
        """Tell how deep the item lies that a mark opens (0 for the outermost list); None when it opens none."""
        past_z = any(level.last[0] > _BEFORE_Z for level in self.levels if level.style[1].lower() == "a")
        readings = [
            reading for reading in _readings(mark.word) if _is_meant(reading[0], mark, following, past_z=past_z)
        ]
        found = self._successor(mark, readings)
        if found is None:
            found = self._first(mark, readings, following)
        if found is None and not mark.follows:
            found = self._after_gap(mark, readings)
        return found

    def close(self, depth: int) -> None:
        """End the lists from a depth on."""
        del self.levels[depth:]

    def _successor(self, mark: Mark, readings: Sequence[tuple[str, Place]]) -> int | None:
        for depth in range(len(self.levels) - 1, -1, -1):
            level = self.levels[depth]
            for kind, place in readings:
                if level.style == (mark.shape, kind) and _succeeds(place, level.last):
                    return self._go_on(depth, place)
        return None

    def _first(self, mark: Mark, readings: Sequence[tuple[str, Place]], following: Sequence[Mark]) -> int | None:
        if mark.follows in {";", ","} or (not self.levels and mark.shape not in self.shapes):
            return None
        if self.levels and mark.shape in {"1", "1."}:
            return None
        used = {level.style for level in self.levels}
        for kind, place in sorted(readings, key=lambda reading: reading[1]):
            style = (mark.shape, kind)
            late = not self.levels and not mark.follows and self._begins_late(style, place, following)
            if style in used or not (place == (1, 0) or late):
                continue
            alone = not mark.follows and (self.anywhere or bool(self.levels))
            if alone or _goes_on(style, place, following):
                self.levels.append(_Level(style, place))
                return len(self.levels) - 1
        return None

    def _begins_late(self, style: tuple[str, str], place: Place, following: Sequence[Mark]) -> bool:
        near = place[0] <= LARGEST_GAP
        return (near and self.anywhere) or ((near or style[1] == "1") and _goes_on(style, place, following))

    def _after_gap(self, mark: Mark, readings: Sequence[tuple[str, Place]]) -> int | None:
        for depth in range(len(self.levels) - 1, -1, -1):
            level = self.levels[depth]
            for kind, place in readings:
                near = level.last < place and place[0] <= level.last[0] + LARGEST_GAP
                near = near and (kind == "1" or place[1] == 0 or place[0] == level.last[0])
                if level.style == (mark.shape, kind) and near:
                    return self._go_on(depth, place)
        return None

    def _go_on(self, depth: int, place: Place) -> int:
        self.close(depth + 1)
        self.levels[depth].last = place
        return depth


def _is_meant(kind: str, mark: Mark, following: Sequence[Mark], *, past_z: bool) -> bool:
    """Whether a reading fits what comes next: "(i)" before "(ii)" is no letter, "(aa)" before "(bb)" begins a list."""
    word = mark.word.lower()
    if kind.lower() == "a" and word == "i":
        return _next_of(mark, following, None) != "ii"
    if word == "aa":
        doubled = _next_of(mark, following, {"b", "bb"}) == "bb"
        return kind.lower() == ("aa" if doubled and not past_z else "a")
    return True


def _next_of(mark: Mark, following: Sequence[Mark], words: AbstractSet[str] | None) -> str:
    """Give the next mark of a shape, of some words."""
    alike = (one.word.lower() for one in following[:_AHEAD] if one.shape == mark.shape)
    return next((word for word in alike if words is None or word in words), "")


def _succeeds(place: Place, last: Place) -> bool:
    return place in ((last[0] + 1, 0), (last[0], last[1] + 1))


def _goes_on(style: tuple[str, str], place: Place, following: Sequence[Mark]) -> bool:
    """Whether the next of the list comes soon."""
    return any(
        _succeeds(other, place)
        for mark in following[:_AHEAD]
        if mark.shape == style[0]
        for kind, other in _readings(mark.word)
        if kind == style[1]
    )


def _readings(word: str) -> list[tuple[str, Place]]:
    """Read a mark as a number, letters or a Roman number; upper-case kinds are named by "A" and "I"."""
    digits = re.match(r"\d+", word)
    if digits:
        return [("1", (int(digits[0]), _inserted(word[digits.end() :].lower())))]
    lower = word.lower()
    if word not in (lower, word.upper()):
        return []
    kinds = ("a", "i", "aa") if word == lower else ("A", "I", "AA")
    readings = [(kinds[0], place) for place in _letters(lower)]
    if _ROMAN.fullmatch(lower):
        readings.append((kinds[1], (_roman(lower), 0)))
    if _DOUBLED.fullmatch(lower):
        readings.append((kinds[2], (ord(lower[0]) - ord("a") + 1, 0)))
    return readings


def _letters(word: str) -> list[Place]:
    letters, _, inserted = word.partition("-")
    place = ord(letters[0]) - ord("a") + 1
    if inserted or len(letters) == 1:
        return [(place, int(inserted or 0))]
    if len(set(letters)) == 1:
        return [(place + 26 * (len(letters) - 1), 0), (place, len(letters) - 1)]
    return [(place, ord(letters[1]) - ord("a") + 1)] if len(letters) == 2 and not _ROMAN.fullmatch(letters) else []  # noqa: PLR2004


def _inserted(letters: str) -> int:
    """Order what was inserted after a number: none, a, b, ..., za."""
    return sum((ord(letter) - ord("a") + 1) * 27**power for power, letter in enumerate(reversed(letters)))


def _roman(word: str) -> int:
    values = [_ROMAN_DIGITS[letter] for letter in word]
    return sum(-value if value < after else value for value, after in zip(values, [*values[1:], 0], strict=True))
