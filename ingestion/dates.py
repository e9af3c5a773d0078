"""Turns a revision's canonical text into the dates it states about itself: enacted, in force, expired."""

import re
from collections.abc import Iterator
from datetime import date
from typing import Final, Literal

from ingestion.clauses import page_at
from retrieval.corpus import Revision, Span, StatedDate

_MONTHS: Final = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
_MONTH = r"(?:" + "|".join(rf"{month[:3]}(?:{month[3:]})?\.?" for month in _MONTHS) + r"|sept\.?)"
_ORDINAL = r"(?:st|nd|rd|th)?"
_DAY: Final = re.compile(
    rf"(?P<day>\d{{1,2}}){_ORDINAL}\s+(?:day\s+of\s+)?(?P<month>{_MONTH}),?\s+(?P<year>\d{{4}})\b"
    rf"|(?P<month2>{_MONTH})\s+(?P<day2>\d{{1,2}}){_ORDINAL},?\s+(?P<year2>\d{{4}})\b"
    r"|(?P<iso>\d{4}-\d{2}-\d{2})(?![\d-])"
    r"|(?P<one>\d{1,2})(?P<mark>[./])(?P<other>\d{1,2})(?P=mark)(?P<year3>\d{4})\b",
    re.IGNORECASE,
)
Kind = Literal["enacted", "in_force", "expires"]
_BETWEEN = r"[^.;\n\d]{0,45}?"
_SAID: Final = re.compile(
    r"\b(?:"
    r"(?P<expires>expir(?:es|y|ation\s+date|ed|e)|ceases?\s+to\s+(?:apply|have\s+effect|be\s+in\s+force)"
    r"|(?:appl(?:y|ies)|in\s+force|valid|effective|remains?\s+in\s+force)\b[^.;\n\d]{0,30}?\buntil|repealed\s+with\s+effect)"
    r"|(?P<in_force>(?:enter(?:s|ed)?|com(?:es?|ing)|came|put)\s+into\s+(?:force|effect|operation)|takes?\s+effect"
    r"|(?:appl(?:y|ies)|applicable)\b(?:\s+as)?\s+(?:from|on)|with\s+effect|in\s+force|effective)"
    r"|(?P<enacted>adopted|enacted|done\s+at|approved|passed|assented\s+to|signed\s+at|made\s+on|made:|dated)"
    r")\b" + f"(?P<gap>{_BETWEEN})(?={_DAY.pattern.replace('?P<', '?P<_')})".replace("(?P=mark)", "(?P=_mark)"),
    re.IGNORECASE,
)
_RELATIVE: Final = re.compile(
    r"\b(?:(?<!or\s)(?<!and\s)after|following|before|until|than|earlier|unless|not|amended|amending)\b", re.IGNORECASE
)
_OTHER_TEXT: Final = re.compile(
    r"\b(?:Directive|Regulation|Decision|Convention|Agreement|Act|Law|Order|Treaty)s?\s+(?:\(|No\b|\d)[^.;\n]*$"
    r"|\b(?:Convention|Protocol|Treaty|Agreement)s?\b[^.;\n]*$|(?<!his )\b(?i:acts?|laws?),?\s*$"
)
_YEAR: Final = re.compile(r"[12]\d{3}")
_BEFORE: Final = 120


def find_stated_dates(revision: Revision) -> tuple[StatedDate, ...]:
    """Find written-out dates on which the text says it was enacted, is in force from, or expires, in order.

    Nothing is computed ("the twentieth day following"), and 03/04/2024, which may be either of two days, is left out.
    """
    found: dict[tuple[Kind, date], StatedDate] = {}
    place = 0
    for line in revision.canonical_text.split("\n"):
        for kind, start, written in _said(line) if _YEAR.search(line) else ():
            stated = _date(written)
            if stated is not None:
                first = place + start
                span = Span(start=first, end=place + written.end(), page=page_at(revision.page_starts, first))
                found.setdefault((kind, stated), StatedDate(kind=kind, day=stated, span=span))
        place += len(line) + 1
    return tuple(found.values())


def _said(line: str) -> Iterator[tuple[Kind, int, re.Match[str]]]:
    """Give what a line says, where it begins to, and the date."""
    for match in _SAID.finditer(line):
        before = line[max(0, match.start() - _BEFORE) : match.start()]
        written = _DAY.match(line, match.end())
        denied = before.rstrip().lower().endswith(("not", "be"))
        if written is None or denied or _RELATIVE.search(match["gap"]) or _OTHER_TEXT.search(before):
            continue
        kinds: tuple[Kind, ...] = ("expires", "in_force", "enacted")
        yield next(kind for kind in kinds if match[kind] is not None), match.start(), written


def _date(written: re.Match[str]) -> date | None:
    if written["iso"]:
        return _valid(*(int(part) for part in written["iso"].split("-")))
    if written["one"]:
        first, second, year = int(written["one"]), int(written["other"]), int(written["year3"])
        readings = {_valid(year, second, first), _valid(year, first, second)} - {None}
        return readings.pop() if len(readings) == 1 else None
    month, day, year = (written[name] or written[f"{name}2"] for name in ("month", "day", "year"))
    number = next(place for place, name in enumerate(_MONTHS, 1) if name.startswith(month[:3].lower()))
    return _valid(int(year), number, int(day))


def _valid(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
