"""Turns canonical text into Openings: the places at which a heading, a numbered clause or a list item begins."""

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from ingestion.contents import find_contents, is_caption
from ingestion.enumerations import Enumeration, Mark, line_marks
from ingestion.headings import ENUMERATED, Kind, Opening, Surroundings, read_heading, read_line

_HEADING: Final = re.compile(r" {0,3}(#{1,6})[ \t]+(\S.*)")
_FENCE: Final = re.compile(r" {0,3}(```|~~~)")
_ARTICLE: Final = re.compile(r"(?:#{1,6}\s+)?article\s+\d", re.IGNORECASE)
_MARGINAL_NOTE: Final = re.compile(r"\*\*([^*]+)\*\*\s*")
_MARKED_HEADING: Final = re.compile(r"\(([A-Za-z]{1,5}|\d{1,3})\)\s")
_GOES_ON: Final = re.compile(r"(?:[;,]|[;,]?\s*\b(?:and|or))\s*$", re.IGNORECASE)
_LINE_END: Final = 40
_AHEAD: Final = 120

_ANY_SHAPE: Final = frozenset({"(1)", "1)", "1.", "a.", "1"})
_SHAPES: Final[Mapping[Kind, frozenset[str]]] = {
    "provision": _ANY_SHAPE,
    "annex": _ANY_SHAPE,
    "number": frozenset({"(1)", "1)", "a."}),
    "division": frozenset({"(1)"}),
    "heading": frozenset({"(1)"}),
    "title": frozenset({"(1)"}),
}


def find_openings(text: str) -> list[Opening]:
    """Find every heading, numbered clause and list item, in order of place."""
    lines = list(_lines_outside_fences(text))
    return _Reading(lines).openings()


def _lines_outside_fences(text: str) -> Iterator[tuple[int, str]]:
    start, fence = 0, ""
    for line in text.split("\n"):
        mark = _FENCE.match(line)
        if mark and not fence:
            fence = mark[1]
        elif mark and fence == mark[1]:
            fence = ""
        elif not fence:
            yield start, line
        start += len(line) + 1


@dataclass(slots=True)
class _Lists:
    """The lists of one provision, and for each level whether its items are parts of one sentence."""

    enumeration: Enumeration
    parts: list[bool] = field(default_factory=list[bool])

    def open(self, depth: int, *, goes_on: bool) -> None:
        """Note an item: when the words before it go on, it and those before it are parts of a sentence."""
        again = depth < len(self.parts)
        del self.parts[depth + 1 :]
        if again:
            self.parts[depth] = self.parts[depth] or goes_on
        else:
            self.parts.append(False)

    def close_sentence(self) -> int | None:
        """End the outermost list whose items are parts of a sentence, which has come to its end; tells its depth."""
        depth = next((depth for depth, parts in enumerate(self.parts) if parts), None)
        if depth is not None:
            del self.parts[depth:]
            self.enumeration.close(depth)
        return depth


class _Reading:
    """One pass over the lines of a text, which knows what has been seen so far."""

    def __init__(self, lines: Sequence[tuple[int, str]]) -> None:
        headings = [len(match[1]) for _, line in lines if (match := _HEADING.match(line))]
        self._lines = lines
        self._contents = find_contents(lines)
        self._around = Surroundings(
            headings=bool(headings),
            title=headings.count(1) == 1,
            articles=any(_ARTICLE.match(line) for _, line in lines),
        )
        self._marks = [
            mark
            for index, (start, line) in enumerate(lines)
            if start not in self._contents
            for mark in line_marks(line, start, lines[index - 1][1] if index else "")
        ]
        self._mark_starts = [mark.start for mark in self._marks]
        self._numbers: set[str] = set()
        self._labels: list[Opening] = []
        self._lists = None if headings else _Lists(Enumeration(_SHAPES["number"], anywhere=False))
        self._openings: list[Opening] = []

    def openings(self) -> list[Opening]:
        """Find the openings of all lines."""
        before = ""
        for index, (start, line) in enumerate(self._lines):
            if not line.strip():
                continue
            if start not in self._contents or _HEADING.match(line):
                after = self._lines[index + 1][1] if index + 1 < len(self._lines) else ""
                self._read(index, start, line, after, before)
            before = line
        return self._openings

    def _read(self, index: int, start: int, line: str, after: str, before: str) -> None:
        heading = _HEADING.match(line)
        if heading:
            self._heading(start + line.index("#"), heading, before)
            return
        opening = read_line(start, line, after, self._around)
        if opening is not None and (line.startswith("**") or self._is_due(opening)):
            self._open(opening)
            self._items(start + 1, start + len(line), before)
            return
        note = self._lines[index - 1] if index else (0, "")
        opened = len(self._openings)
        if not self._items(start, start + len(line), before, note):
            self._end_of_sentence(start, line, before)
            self._openings[opened:] = sorted(self._openings[opened:], key=lambda opening: opening.start)

    def _heading(self, start: int, heading: re.Match[str], before: str) -> None:
        marked = _MARKED_HEADING.match(heading[2])
        if marked and self._lists and self._lists.enumeration.levels:
            mark = Mark(start, "(1)", marked[1], ";")
            if self._item(mark, (), goes_on=_GOES_ON.search(before[-_LINE_END:]) is not None):
                return
        opening = read_heading(start, len(heading[1]), heading[2], self._around)
        if not self._is_running_head(opening):
            self._end_contents(opening)
            self._open(opening)

    def _end_contents(self, opening: Opening) -> None:
        """Let a table of contents own no heading, since conversions often give its caption too high a level."""
        above = self._labels[-1] if self._labels else None
        if above is not None and above.rank < opening.rank and is_caption(above.label):
            self._labels.pop()
            self._openings.append(Opening(opening.start, above.rank, "", "end"))

    def _is_running_head(self, opening: Opening) -> bool:
        """Whether a heading only says again what the text is inside of, as at the head of a page."""
        return (
            opening.number is not None
            and any(
                (one.number, one.label, one.rank) == (opening.number, opening.label, opening.rank)
                for one in self._labels
            )
            and self._labels[-1].number != opening.number
        )

    def _is_due(self, opening: Opening) -> bool:
        """Whether a number is plausible here, so that a year or an amount at the start of a line opens nothing."""
        number = opening.number or ""
        if opening.kind != "number" or "(" in number:
            return True
        above, _, last = number.rpartition(".")
        before = {f"{above}.{int(last) - step}" if above else str(int(last) - step) for step in (1, 2)}
        return int(last) <= 1 or above in self._numbers or not self._numbers.isdisjoint(before)

    def _open(self, opening: Opening) -> None:
        while self._labels and self._labels[-1].rank >= opening.rank:
            self._labels.pop()
        self._labels.append(opening)
        self._openings.append(opening)
        if opening.number is not None:
            self._numbers.add(opening.number)
        anywhere = opening.provision
        self._lists = _Lists(Enumeration(_SHAPES[opening.kind], anywhere=anywhere))
        rank = self._around.provision_rank
        if opening.provision:
            self._around = replace(self._around, provision_rank=rank if opening.continues else opening.rank)
        elif rank is not None and opening.rank <= rank:
            self._around = replace(self._around, provision_rank=None)

    def _items(self, start: int, end: int, before: str, note: tuple[int, str] = (0, "")) -> bool:
        """Open the items whose marks lie in a line; tells whether one begins it."""
        first = bisect_right(self._mark_starts, start - 1)
        opened = False
        for index in range(first, len(self._marks)):
            mark = self._marks[index]
            if mark.start >= end:
                break
            goes_on = mark.follows in {";", ","} or (
                not mark.follows and _GOES_ON.search(before[-_LINE_END:]) is not None
            )
            found = self._item(mark, self._marks[index + 1 : index + 1 + _AHEAD], note, goes_on=goes_on)
            opened = opened or (found and not mark.follows)
        return opened

    def _item(self, mark: Mark, following: Sequence[Mark], note: tuple[int, str] = (0, ""), *, goes_on: bool) -> bool:
        lists = self._lists
        if lists is None or not (self._labels or lists.parts or (mark.word.isdigit() and not mark.follows)):
            return False
        depth = lists.enumeration.accept(mark, following)
        if depth is None:
            return False
        lists.open(depth, goes_on=goes_on)
        number = f"({mark.word})"
        item = Opening(mark.start, ENUMERATED + depth, number, "item", number=number, continues=True)
        self._openings.append(self._with_marginal_note(item, mark, note))
        return True

    def _with_marginal_note(self, item: Opening, mark: Mark, before: tuple[int, str]) -> Opening:
        """Let a paragraph begin with the bold note that stands on the line above it."""
        note = None if mark.follows else _MARGINAL_NOTE.fullmatch(before[1])
        if note is None or (self._openings and self._openings[-1].start >= before[0]):
            return item
        return replace(item, start=before[0], title=note[1].strip())

    def _end_of_sentence(self, start: int, line: str, before: str) -> None:
        """Give the words below a list back to what is around it, where the list ended a sentence."""
        begins = line[:1].isupper() and before.rstrip().endswith((".", ":"))
        depth = self._lists.close_sentence() if begins and self._lists and self._lists.parts else None
        if depth is not None:
            self._openings.append(Opening(start, ENUMERATED + depth, "", "end"))
