"""Turns a revision and its clauses into the terms that the text defines for itself."""

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from ingestion.clauses import innermost
from retrieval.corpus import Clause, Definition, Revision, Span

_VERB = (
    r"(?i:shall\s+mean|means?|shall\s+have\s+the\s+(?:same\s+)?meanings?|ha(?:s|ve)\s+the\s+(?:same\s+)?meanings?"
    r"|is\s+defined\s+as|includes?|does\s+not\s+include)\b"
)
_QUOTED = (
    r"\"[^\"\n]{1,90}\"|\u201c[^\u201c\u201d\n]{1,90}\u201d|\u2018[^\u2018\n]{1,90}?\u2019(?!\w)"
    r"|\u201e[^\u201c\u201d\n]{1,90}[\u201c\u201d]|(?<!\w)'[^\n]{1,90}?'(?!\w)"
)
_STRESSED = r"\*\*[^*\n]{1,90}\*\*|(?<![*\w])\*[^*\n]{1,90}\*|(?<!\w)__?[^_\n]{1,90}__?(?!\w)"
_TERM = rf"(?:{_QUOTED}|{_STRESSED})"
_TERMS_TOGETHER = 20  # what has no end is looked through again from each of its terms
_MARKED: Final = re.compile(
    rf"({_TERM}(?:(?:,\s*|\s+)(?:and\s+|or\s+)?{_TERM}){{0,{_TERMS_TOGETHER}}})\s*"
    rf"(?:\([^()\n]{{1,60}}\),?\s*|,[^,\n]{{1,80}},\s*|(?:when|as)\s+used\b[^.;\n]{{0,60}}?\s)?{_VERB}"
)
_HINT: Final = re.compile(r"mean|MEAN|Mean|clude|CLUDE|defined|DEFINED")
_ONE_TERM: Final = re.compile(_TERM)
_MARK = r"(?:[ \t]*(?:[-*\u2022][ \t]+)?(?:(?:\(\w{1,5}\)|\d{1,3}[.)])[ \t]*){0,3})"
_PLAIN: Final = re.compile(rf"^{_MARK}([^\W\d_][^\n.;:\"|]{{0,90}}?),?\s+{_VERB}", re.MULTILINE)
_LISTED: Final = re.compile(
    rf"^{_MARK}((?:\*\*|__)?[^\W\d_*][^\n.;:\"|*]{{0,60}}(?:\*\*|__)?):(?:\*\*|__)?[ \t]+\S", re.MULTILINE
)
_NOT_A_TERM: Final = re.compile(
    r".*[\"\u201c\u201d\u2018]|(?i:(?:in|under|for the purposes? of)\s+this\b|(?:unless|this|that|it|which|who|for|in"
    r"|when|where|if|as|such|these|those|there|by|and|or)\b)"
)
_CALLED: Final = re.compile(r"^the\s+(?:terms?|expressions?|words?)\s+", re.IGNORECASE)
_TITLED: Final = re.compile(r"(?i:(?:is|are|means?)\b)")
_SECTION: Final = re.compile(r"\b(?:definitions?|interpretation|glossary|defined terms|meanings?)\b", re.IGNORECASE)
_INTRODUCED: Final = re.compile(
    r"\b(?:following\s+(?:definitions|terms|expressions)|have\s+the\s+following\s+meanings?|following\s+meanings)\b",
    re.IGNORECASE,
)
_LEAD: Final = 400
_MARKS: Final = 2
_LONGEST_MARKS: Final = 40
_QUOTES: Final = "\"'*_\u2018\u2019\u201c\u201d\u201e \t"


def find_definitions(revision: Revision, clauses: Sequence[Clause]) -> tuple[Definition, ...]:
    """Find what says that a term means something, in order; terms are as they are written, without their quotes.

    Quoted and stressed terms count anywhere; others where a heading or the words above say that definitions follow.
    """
    text = revision.canonical_text
    at = innermost(clauses)
    sections = _sections(text, clauses)
    found: dict[tuple[str, str], Definition] = {}
    lines = [place for place, sign in enumerate(text) if sign == "\n"]
    matches = sorted({*_marked(text), *_unmarked(text, clauses, sections), *_titled(text, clauses, sections)})
    taken: set[int] = set()
    for start, term in matches:
        clause = at(start)
        if clause is not None and start not in taken and any(map(str.isalpha, term)):
            taken.add(start)  # two forms may read a place differently; the shorter term counts
            span = Span(start=start, end=_end(text, clause, start, lines), page=None)
            found.setdefault((term.casefold(), clause.key), Definition(term=term, clause_key=clause.key, span=span))
    return tuple(found.values())


def _marked(text: str) -> Iterator[tuple[int, str]]:
    place = 0
    for line in text.split("\n"):
        for match in _MARKED.finditer(line) if _HINT.search(line) else ():
            for term in _ONE_TERM.finditer(match[1]):
                yield place + match.start() + term.start(), term[0].strip(_QUOTES)
        place += len(line) + 1


def _unmarked(text: str, clauses: Sequence[Clause], sections: Mapping[str, bool]) -> Iterator[tuple[int, str]]:
    """Find "term means" and "term: words" at line starts of what lies in a definitions section."""
    end = 0
    for clause in clauses:
        if not sections[clause.key] or clause.span.end <= end:
            continue
        start, end = max(clause.span.start, end), clause.span.end
        for form in (_PLAIN, _LISTED):
            for match in form.finditer(text, start, end):
                term = _CALLED.sub("", match[1].strip(_QUOTES))
                if not _NOT_A_TERM.match(term) and not match[1].startswith("#"):
                    yield match.start(1), term


def _titled(text: str, clauses: Sequence[Clause], sections: Mapping[str, bool]) -> Iterator[tuple[int, str]]:
    """Find clauses of a definitions section whose words begin with their own title: "Evaluation. An evaluation is"."""
    for clause in clauses:
        if clause.title is None or not sections[clause.key]:
            continue
        start = text.find(clause.title, clause.span.start, clause.span.end)
        after = text[start + len(clause.title) : start + 3 * len(clause.title) + 60].lstrip(" .:*_\n\t")
        words = re.compile(rf"(?:an?\s+|the\s+)?{re.escape(clause.title)}\s+(?:\([^()]*\)\s+)?", re.IGNORECASE)
        begins = words.match(after)
        if start >= 0 and begins and _TITLED.match(after, begins.end()):
            yield start, clause.title


def _sections(text: str, clauses: Sequence[Clause]) -> dict[str, bool]:
    """Tell of each clause whether a heading or the words above say that definitions follow."""
    sections: dict[str, bool] = {}
    for clause in clauses:
        lead = text[clause.span.start : min(clause.span.end, clause.span.start + _LEAD)].split("\n\n", 1)[0]
        sections[clause.key] = (
            sections.get(clause.parent or "", False)
            or _SECTION.search(clause.title or "") is not None
            or _INTRODUCED.search(lead) is not None
        )
    return sections


def _end(text: str, clause: Clause, start: int, lines: Sequence[int]) -> int:
    """Tell where a definition ends: with its clause where it begins it, else with its line."""
    before = text[clause.span.start : start] if start - clause.span.start <= _LONGEST_MARKS else "\n"
    if "\n" not in before.strip("\t ") and len(before.split()) <= _MARKS:
        return clause.span.end
    place = bisect_left(lines, start)
    return min(lines[place], clause.span.end) if place < len(lines) else clause.span.end
