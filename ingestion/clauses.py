"""Turns a revision's canonical text into a tree of Clauses.

A clause reaches from its number or heading to the next one of its rank: its span lies inside its parent's, and those of
siblings are disjoint, so that `Article 7` is the whole article and `Article 7(1)(a)` a point inside it. Every word of
the text lies in at least one clause; its *own* words are those that lie in none of its children.

A key is the number as it is cited (`article-7(1)(a)`, `4.2.1`, `annex-iv(2)`), or a slug of the heading. It does not
depend on what stands elsewhere, except that a number or heading which comes again is told apart by the numbered clause
around it (`part-2-chapter-1`), and failing that by a count.
"""

import hashlib
import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from ingestion.headings import Opening
from ingestion.openings import find_openings
from ingestion.references import References
from ingestion.source import slug
from retrieval.corpus import Clause, Revision, Span

PREAMBLE: Final = "preamble"
"""The key of what stands before the first heading or numbered clause."""

_LONGEST_SLUG: Final = 60
_DEEPEST_KEY: Final = 160
_REPEATED: Final = re.compile(r"part-.*|section-(?:[a-z]|\d{1,2}|[ivx]+)")
"""What every annex numbers anew."""


def split_clauses(revision: Revision) -> tuple[Clause, ...]:
    """Split a revision into clauses, in order, each after its parent."""
    text = revision.canonical_text
    places = _placed(text, find_openings(text))
    references = References([place.key for place in places])
    return tuple(_clause(revision, place, references) for place in places)


def innermost(clauses: Sequence[Clause]) -> Callable[[int], Clause | None]:
    """Make what tells the deepest clause that holds an offset, for the clauses of one revision in order."""
    starts = [clause.span.start for clause in clauses]
    parents = {clause.key: clause.parent for clause in clauses}
    by_key = {clause.key: clause for clause in clauses}

    def at(offset: int) -> Clause | None:
        index = bisect_right(starts, offset) - 1
        clause = clauses[index] if index >= 0 else None
        while clause is not None and clause.span.end <= offset:
            above = parents[clause.key]
            clause = None if above is None else by_key[above]
        return clause

    return at


def trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """Shorten a span so that it neither begins nor ends with white space."""
    words = text[start:end]
    start += len(words) - len(words.lstrip())
    return start, start + len(words.strip())


def page_at(page_starts: Sequence[int], place: int) -> int | None:
    """Tell the page (from 1) that holds an offset, or None for a text without pages."""
    return max(1, bisect_right(page_starts, place)) if page_starts else None


def text_sha256(text: str) -> str:
    """Hash the words of a clause, without white space at their end."""
    return hashlib.sha256(text.rstrip().encode()).hexdigest()


@dataclass(slots=True)
class _Place:
    """The place of a clause in the tree: where it begins and ends, and the stretches of its own words."""

    key: str
    title: str | None
    parent: str | None
    headings: tuple[str, ...]
    start: int
    end: int = 0
    own: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])


def _placed(text: str, openings: Sequence[Opening]) -> list[_Place]:
    tree = _Tree()
    starts = [opening.start for opening in openings]
    if text[: starts[0] if starts else len(text)].strip():
        tree.add_preamble(starts[0] if starts else len(text))
    for opening, (start, end) in zip(openings, pairwise([*starts, len(text)]), strict=True):
        tree.close(opening.rank, start)
        if opening.kind != "end":
            tree.open(opening)
        tree.own(*trimmed(text, start, end))
    tree.close(0, len(text))
    for place in tree.places:
        place.start, place.end = trimmed(text, place.start, place.end)
    return tree.places


class _Tree:
    """The clauses so far, and those that are open."""

    def __init__(self) -> None:
        self.places: list[_Place] = []
        self._used: set[str] = {PREAMBLE}
        self._times: Counter[str] = Counter()
        self._open: list[tuple[Opening, _Place]] = []

    def add_preamble(self, end: int) -> None:
        """Begin with what stands before the first opening."""
        self.places.append(_Place(PREAMBLE, None, None, (), 0, end, [(0, end)]))

    def close(self, rank: int, at: int) -> None:
        """End the clauses of a rank or a higher one."""
        while self._open and self._open[-1][0].rank >= rank:
            self._open.pop()[1].end = at

    def open(self, opening: Opening) -> None:
        """Begin a clause inside the last one that is open."""
        above = self._open[-1] if self._open else None
        key = self._unused(_key(opening, self._open), above)
        headings = () if above is None else (*above[1].headings, *_heading(above[0]))
        place = _Place(key, opening.title, above and above[1].key, headings, opening.start)
        self.places.append(place)
        self._open.append((opening, place))

    def own(self, start: int, end: int) -> None:
        """Add a stretch of words to the innermost clause that is open."""
        if self._open and start < end:
            self._open[-1][1].own.append((start, end))

    def _unused(self, key: str, above: tuple[Opening, _Place] | None) -> str:
        if key in self._used and above is not None and above[0].number is not None:
            within = f"{above[1].key}-{key}"
            key = within if len(within) <= _DEEPEST_KEY and not key.startswith(above[1].key) else key
        free = key
        while free in self._used:
            self._times[key] += 1
            free = f"{key}-{self._times[key] + 1}"
        self._used.add(free)
        return free


def _key(opening: Opening, above: Sequence[tuple[Opening, _Place]]) -> str:
    if opening.number is None:
        return slug(opening.label)[:_LONGEST_SLUG].strip("-") or "untitled"
    if opening.continues:
        return _continued(opening, above) + opening.number
    annex = next((place.key for one, place in reversed(above) if one.kind == "annex"), None)
    return f"{annex}-{opening.number}" if annex and _REPEATED.fullmatch(opening.number) else opening.number


def _continued(opening: Opening, above: Sequence[tuple[Opening, _Place]]) -> str:
    if opening.kind == "item":
        return above[-1][1].key if above and above[-1][0].kind != "title" else ""
    return next((place.key for one, place in reversed(above) if one.provision), "")


def _heading(opening: Opening) -> Iterator[str]:
    """Give what a clause adds to the headings of those inside it; a bare mark such as "(1)" says nothing."""
    if opening.kind == "item":
        yield from () if opening.title is None else (opening.title,)
    else:
        yield opening.label if opening.provision else opening.title or opening.label


def _clause(revision: Revision, place: _Place, references: References) -> Clause:
    text = revision.canonical_text
    return Clause(
        revision_id=revision.id,
        document_id=revision.document.id,
        key=place.key,
        title=place.title,
        headings=place.headings,
        parent=place.parent,
        references=references.find([text[start:end] for start, end in place.own], place.key),
        span=Span(start=place.start, end=place.end, page=page_at(revision.page_starts, place.start)),
        text_sha256=text_sha256(text[place.start : place.end]),
    )
