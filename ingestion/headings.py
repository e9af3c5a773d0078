"""Turns one line into the Opening of a clause: a heading, a numbered provision, a numbered paragraph."""

import re
from dataclasses import dataclass, replace
from typing import Final, Literal

BELOW_HEADINGS: Final = 70
"""The rank from which on openings are without heading markup; a heading of level n has the ranks 10 n to 10 n + 9."""

ENUMERATED: Final = 90
"""The rank of items of an outermost list; those of a list inside it have the next."""

Kind = Literal["title", "heading", "division", "annex", "provision", "number", "item", "end"]

_LONGEST_TITLE: Final = 80
_LINE_END: Final = 200
_PLAIN: Final = 3
_DIGITS = r"\d+[a-z]?(?:[.\-\u2013]\d+[a-z]?)*"
_POINTS = r"(?:\(\w{1,4}\)){0,8}(?!\w)"
_OUTER: Final = ("part", "title")
_ANNEXES: Final = ("schedule", "annex", "appendix")
_INNER: Final = ("chapter", "subtitle", "subpart")
_DIVISIONS = "|".join((*_OUTER, *_ANNEXES, *_INNER))
_PROVISIONS = r"article|art\.|section|sec\.|rule|clause|regulation|§§?"

_WORDED: Final = re.compile(
    rf"(?i:({_DIVISIONS}|{_PROVISIONS}))\s*((?:{_DIGITS}|[IVXLC]+|[A-Z]){_POINTS})[\s:.\u2013\u2014-]*(.*)"
)
_PROVISION_LINE: Final = re.compile(
    rf"(Article|ARTICLE|Art\.|Section|SECTION|Sec\.|SEC\.|Rule|RULE|Clause|CLAUSE|§)\s*({_DIGITS}{_POINTS})"
    r"(?:\s*[:.\u2013\u2014-]+\s*|\s+(?=[A-Z\"\u201c(])|$)(.*)"
)
_DIVISION_LINE: Final = re.compile(
    rf"({_DIVISIONS.title()}|{_DIVISIONS.upper()})\s+(\d{{1,3}}[A-Z]?|[IVXLC]{{1,6}}|[A-Z])(?!\w)"
    r"(?:\s*[:.\u2013\u2014-]+\s*|\s+(?=[A-Z\"\u201c(])|$)(.*)"
)
_DOTTED: Final = re.compile(r"((?:[A-Z]\.)?\d{1,3}(?:\.\d{1,3})*)\.?(?:\s+(.*)|$)")
_POINTED: Final = re.compile(r"(\d{1,3}(?:\.\d{1,3})+)\.?((?:\(\w{1,4}\)){1,8})\s+(.*)")
_HYPHENED: Final = re.compile(r"(?:[-*][ \t]+)?(\d{1,3}[a-z]?(?:-\d{1,4}){2,3}(?:\.\d+)?)\.\s+(?=[A-Z])([^.]*)")
_BOLD: Final = re.compile(r"\*\*(\d{1,3}(?:\.\d{1,3})+|\d{1,3}(?=\.))(?![\w%])\.?\s*([^*]*)\*\*(.*)")
_BEGINS_SENTENCE: Final = re.compile(r"[\"'\u2018\u201c(*\[]*[^\W\d_a-z\u00df-\u00f6\u00f8-\u00ff]")
_CONTENTS_LINE: Final = re.compile(r"(?:\.(?: ?\.){2,} ?\d*|\u2026+ ?\d*|(?:\t|\s{3,})\d{1,4})$")
_ENUMERATED_TITLE: Final = re.compile(r"(\((?:\d{1,3}|[a-z]{1,2}|[a-z]-\d)\))\s*(.*)")


@dataclass(frozen=True, slots=True)
class Opening:
    """Where a clause begins, and how deep: one of higher `rank` lies inside the last one of lower rank.

    `number` is its number in the form that keys use; `continues` says that it continues the enclosing clause's.
    `label` is the line without markup. One of the kind "end" opens nothing: the words after it are the parent's again.
    """

    start: int
    rank: int
    label: str
    kind: Kind
    number: str | None = None
    title: str | None = None
    continues: bool = False

    @property
    def provision(self) -> bool:
        """Whether its paragraphs are cited by its number."""
        return self.kind in {"provision", "annex"}


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What decides how a line is read: whether the text has headings and articles, and what encloses the line."""

    headings: bool
    title: bool
    articles: bool
    provision_rank: int | None = None


def read_heading(start: int, level: int, words: str, around: Surroundings) -> Opening:
    """Read a line that is marked as a heading of a level (from 1)."""
    label = _without_closing(words).replace("**", "").strip()
    base = level * 10
    plain = Opening(start, base + _PLAIN, label, "heading", title=label)
    if level == 1 and around.title:
        return replace(plain, kind="title")
    worded = _WORDED.fullmatch(label)
    if worded:
        return _worded(plain, base, worded, around)
    dotted = _DOTTED.fullmatch(label)
    if dotted:
        depth = dotted[1].count(".")
        return replace(
            plain, rank=min(base + _PLAIN + depth, base + 9), kind="number", number=dotted[1], title=dotted[2] or label
        )
    inside = around.provision_rank is not None and around.provision_rank < plain.rank
    enumerated = _ENUMERATED_TITLE.fullmatch(label)
    if inside and enumerated:
        title = enumerated[2] or label
        return replace(plain, kind="provision", number=enumerated[1], title=title, continues=True)
    return plain


def read_line(start: int, line: str, after: str, around: Surroundings) -> Opening | None:
    """Read a line without heading markup; `after` is the line below. None when no clause begins here."""
    stripped = line.rstrip()
    if not stripped or stripped[0] in "|>\\" or _CONTENTS_LINE.search(stripped[-_LINE_END:]):
        return None
    return (
        _bold(start, line)
        or _provision_line(start, stripped, after, around)
        or _numbered(start, stripped, after, around)
    )


def is_title(words: str, after: str) -> bool:
    """Tell a title from the first line of a paragraph: short, without a full stop, not continued below."""
    continued = bool(after.strip()) and not re.match(r"[^\W_a-z]|[\"“#*(|-]", after.lstrip())
    return 0 < len(words) <= _LONGEST_TITLE and words[-1] not in ".;,:" and not continued


def _without_closing(words: str) -> str:
    """Leave out the number signs that may close a heading."""
    open_end = words.rstrip().rstrip("#")
    return open_end if open_end[-1:].isspace() else words


def _worded(opening: Opening, base: int, match: re.Match[str], around: Surroundings) -> Opening:
    word = match[1].lower().rstrip(".")
    word = {"art": "article", "sec": "section", "§": "section", "§§": "section"}.get(word, word)
    number = match[2].lower().replace("\u2013", "-")
    opening = replace(opening, number=f"{word}-{number}", title=match[3].strip() or None)
    if word in _OUTER:
        return replace(opening, rank=base, kind="division")
    if word in _ANNEXES:
        return replace(opening, rank=base, kind="annex")
    if word in _INNER:
        return replace(opening, rank=base + 1, kind="division")
    if word == "section" and around.articles:
        return replace(opening, rank=base + 2, kind="division")
    return replace(opening, rank=base + _PLAIN, kind="provision")


def _bold(start: int, line: str) -> Opening | None:
    match = _BOLD.match(line)
    if match is None:
        return None
    title = match[2].strip().rstrip(".:").strip()
    if not _BEGINS_SENTENCE.match(title or match[3].strip()):
        return None
    rank = BELOW_HEADINGS + _PLAIN + match[1].count(".")
    return Opening(start, rank, f"{match[1]} {title}".strip(), "number", number=match[1], title=title or None)


def _provision_line(start: int, line: str, after: str, around: Surroundings) -> Opening | None:
    match = _PROVISION_LINE.fullmatch(line) or _DIVISION_LINE.fullmatch(line)
    if match is None:
        return _hyphened(start, line)
    opening = _worded(Opening(start, 0, line.strip(), "provision"), BELOW_HEADINGS, match, around)
    titled = is_title(match[3], after)
    if opening.kind != "provision" and match[3] and not titled:
        return None
    return opening if titled else replace(opening, title=None, label=line[: match.end(2)])


def _hyphened(start: int, line: str) -> Opening | None:
    match = _HYPHENED.match(line)
    if match is None:
        return None
    title = match[2].strip()
    titled = 0 < len(title) <= _LONGEST_TITLE
    label = f"{match[1]}. {title}" if titled else match[1]
    return Opening(
        start,
        BELOW_HEADINGS + _PLAIN,
        label,
        "provision",
        number=f"section-{match[1]}",
        title=title if titled else None,
    )


def _numbered(start: int, line: str, after: str, around: Surroundings) -> Opening | None:
    pointed = _POINTED.fullmatch(line)
    if pointed:
        rank = BELOW_HEADINGS + _PLAIN + min(pointed[1].count(".") + 1, 12) + pointed[2].count("(")
        number = pointed[1] + pointed[2]
        return Opening(start, rank, number, "number", number=number)
    match = _DOTTED.fullmatch(line)
    if match is None or not match[2] or not _BEGINS_SENTENCE.match(match[2]):
        return None
    number, words = match[1], match[2].strip()
    title = words if is_title(words, after) else None
    if "." not in number and (around.headings or around.provision_rank is not None or title is None):
        return None
    rank = BELOW_HEADINGS + _PLAIN + number.count(".")
    return Opening(start, rank, f"{number} {title}" if title else number, "number", number=number, title=title)
