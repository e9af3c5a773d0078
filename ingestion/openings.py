"""Turns canonical text into Openings: the lines at which a heading or a numbered clause begins."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Final

from ingestion.enumerations import Enumeration

_BELOW_HEADINGS: Final = 70
_ENUMERATED: Final = 80
_LONGEST_TITLE: Final = 80

_DIGITS = r"\d+[a-z]?(?:[.\-\u2013]\d+[a-z]?)*"
_POINTS = r"(?:\(\w{1,4}\))*(?!\w)"
_DIVISIONS = r"chapter|part|schedule|annex|appendix|title|subtitle|subpart"
_PROVISIONS = r"article|art\.|section|sec\.|rule|clause|§§?"

_HEADING: Final = re.compile(r" {0,3}(#{1,6})[ \t]+(\S.*)")
_FENCE: Final = re.compile(r" {0,3}(```|~~~)")
_WORDED: Final = re.compile(
    rf"(?i:({_DIVISIONS}|{_PROVISIONS}))\s*((?:{_DIGITS}|[IVXLC]+|[A-Z]){_POINTS})[\s:.\u2013\u2014-]*(.*)"
)
_PROVISION_LINE: Final = re.compile(
    rf"(Article|ARTICLE|Art\.|Section|SECTION|Sec\.|§)\s*({_DIGITS}{_POINTS})"
    r"(?:\s*[:.\u2013\u2014-]+\s*|\s+(?=[A-Z\"\u201c(])|$)(.*)"
)
_DOTTED: Final = re.compile(r"(\d{1,3}(?:\.\d{1,3})*)\.?(?:\s+(.*)|$)")
_BOLD: Final = re.compile(r"\*\*(\d{1,3}(?:\.\d{1,3})+|\d{1,3}(?=\.))(?![\w%])\.?\s*([^*]*)\*\*(.*)")
_BEGINS_SENTENCE: Final = re.compile(r"[\"'\u2018\u201c(*\[]*[^\W\d_a-z\u00df-\u00f6\u00f8-\u00ff]")
_CONTENTS_LINE: Final = re.compile(r"\.(?: ?\.){2} ?\d*$")
_MARGINAL_NOTE: Final = re.compile(r"\*\*([^*]+)\*\*\s*")
_ENUMERATED_TITLE: Final = re.compile(r"(\((?:\d{1,3}|[a-z]{1,2}|[a-z]-\d)\))\s*(.*)")


@dataclass(frozen=True, slots=True)
class Opening:
    """Where a clause begins, and how deep: one of higher `rank` lies inside the last one of lower rank.

    `number` is its number in the form that keys use; `continues` says that it continues the enclosing provision's.
    `label` is the line without markup; `provision` marks articles and the like, whose paragraphs are clauses too.
    """

    start: int
    rank: int
    label: str
    number: str | None = None
    title: str | None = None
    continues: bool = False
    provision: bool = False


@dataclass(slots=True)
class _Reading:
    """What has been seen so far, where the meaning of a line depends on it."""

    headings: int
    title_headings: int
    provision_rank: int | None = None
    enumeration: Enumeration | None = None
    numbers: set[str] = field(default_factory=set[str])


def find_openings(text: str) -> list[Opening]:
    """Find every heading and numbered clause, in order of place."""
    lines = list(_lines_outside_fences(text))
    levels = [len(match[1]) for _, line in lines if (match := _HEADING.match(line))]
    reading = _Reading(headings=len(levels), title_headings=levels.count(1))
    openings: list[Opening] = []
    for index, (start, line) in enumerate(lines):
        after = lines[index + 1][1] if index + 1 < len(lines) else ""
        opening = _opening(start, line, after, reading)
        if opening is None:
            continue
        before = lines[index - 1] if index else (0, "")
        noted = _with_marginal_note(opening, before, openings)
        openings.append(noted)
        _remember(noted, reading)
    return openings


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


def _opening(start: int, line: str, after: str, reading: _Reading) -> Opening | None:
    heading = _HEADING.match(line)
    if heading:
        return _heading(start + line.index("#"), heading, reading)
    return (
        _bold(start, line)
        or _provision_line(start, line, after)
        or _numbered_line(start, line, after, reading)
        or _enumerated(start, line, reading)
    )


def _heading(start: int, heading: re.Match[str], reading: _Reading) -> Opening:
    level = len(heading[1])
    label = re.sub(r"\s+#+\s*$", "", heading[2]).replace("**", "").strip()
    plain = Opening(start, level * 10 + 1, label, title=label)
    if level == 1 and reading.title_headings == 1:
        return plain
    worded = _WORDED.fullmatch(label)
    if worded:
        division = re.fullmatch(_DIVISIONS, worded[1].lower()) is not None
        return replace(_worded(plain, worded), rank=level * 10 + (0 if division else 1), provision=not division)
    dotted = _DOTTED.fullmatch(label)
    if dotted:
        depth = min(dotted[1].count(".") + 1, 9)
        return replace(plain, rank=level * 10 + depth, number=dotted[1], title=dotted[2] or label)
    inside = reading.provision_rank is not None and reading.provision_rank < plain.rank
    enumerated = _ENUMERATED_TITLE.fullmatch(label)
    if inside and enumerated:
        return replace(plain, number=enumerated[1], title=enumerated[2] or label, continues=True, provision=True)
    return plain


def _worded(opening: Opening, match: re.Match[str]) -> Opening:
    word = match[1].lower().rstrip(".")
    word = {"art": "article", "sec": "section", "§": "section", "§§": "section"}.get(word, word)
    number = match[2].lower().replace("\u2013", "-")
    return replace(opening, number=f"{word}-{number}", title=match[3].strip() or None)


def _bold(start: int, line: str) -> Opening | None:
    match = _BOLD.match(line)
    if match is None:
        return None
    title = match[2].strip().rstrip(".:").strip()
    if not _BEGINS_SENTENCE.match(title or match[3].strip()):
        return None
    rank = _BELOW_HEADINGS + match[1].count(".") + 1
    return Opening(start, rank, f"{match[1]} {title}".strip(), number=match[1], title=title or None)


def _provision_line(start: int, line: str, after: str) -> Opening | None:
    match = _PROVISION_LINE.fullmatch(line.rstrip())
    if match is None or _CONTENTS_LINE.search(line.rstrip()):
        return None
    opening = _worded(Opening(start, _BELOW_HEADINGS + 1, line.strip(), provision=True), match)
    return opening if _is_title(match[3], after) else replace(opening, title=None, label=line[: match.end(2)])


def _numbered_line(start: int, line: str, after: str, reading: _Reading) -> Opening | None:
    match = _DOTTED.fullmatch(line.rstrip())
    if match is None or not match[2] or _CONTENTS_LINE.search(line.rstrip()) or not _BEGINS_SENTENCE.match(match[2]):
        return None
    number, words = match[1], match[2].strip()
    title = words if _is_title(words, after) else None
    single = "." not in number
    if single and (reading.headings or reading.provision_rank is not None or title is None):
        return None
    if not _follows(number, reading.numbers):
        return None
    rank = _BELOW_HEADINGS + number.count(".") + 1
    return Opening(start, rank, f"{number} {title}" if title else number, number=number, title=title)


def _enumerated(start: int, line: str, reading: _Reading) -> Opening | None:
    if reading.enumeration is None:
        return None
    number = reading.enumeration.accept(line)
    return None if number is None else Opening(start, _ENUMERATED, number, number=number, continues=True)


def _is_title(words: str, after: str) -> bool:
    """Tell a title from the first line of a paragraph: short, without a full stop, not continued below."""
    continued = bool(after.strip()) and not re.match(r"[^\W_a-z]|[\"“#*(-]", after.lstrip())
    return 0 < len(words) <= _LONGEST_TITLE and words[-1] not in ".;,:" and not continued


def _follows(number: str, seen: set[str]) -> bool:
    """Whether a number is plausible here, so that a year or an amount at the start of a line opens nothing."""
    above, _, last = number.rpartition(".")
    before = {f"{above}.{int(last) - step}" if above else str(int(last) - step) for step in (1, 2)}
    return int(last) <= 1 or above in seen or not seen.isdisjoint(before)


def _with_marginal_note(opening: Opening, before: tuple[int, str], openings: list[Opening]) -> Opening:
    """Let a paragraph begin with the bold note that stands on the line above it."""
    note = _MARGINAL_NOTE.fullmatch(before[1]) if opening.rank == _ENUMERATED else None
    if note is None or (openings and openings[-1].start >= before[0]):
        return opening
    return replace(opening, start=before[0], title=note[1].strip())


def _remember(opening: Opening, reading: _Reading) -> None:
    if opening.number is not None:
        reading.numbers.add(opening.number)
    if opening.rank == _ENUMERATED:
        return
    if opening.provision:
        reading.provision_rank = reading.provision_rank if opening.continues else opening.rank
        reading.enumeration = Enumeration()
        return
    reading.enumeration = None
    if reading.provision_rank is not None and opening.rank <= reading.provision_rank:
        reading.provision_rank = None
