"""Turns a revision's canonical text into Clauses whose spans share out every word of it without overlap."""

import hashlib
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from typing import Final

from ingestion.openings import Opening, find_openings
from ingestion.references import find_references
from ingestion.sources import slug
from retrieval.corpus import Clause, Revision, Span

PREAMBLE: Final = "preamble"
"""The key of what stands before the first heading or numbered clause."""

_LONGEST_SLUG: Final = 60


def split_clauses(revision: Revision) -> tuple[Clause, ...]:
    """Split a revision into clauses, in order; a clause holds its own words up to its first child or sibling."""
    text = revision.canonical_text
    openings = find_openings(text)
    starts = [opening.start for opening in openings]
    places = _placed(openings)
    if text[: starts[0] if starts else len(text)].strip():
        places.insert(0, _Place(PREAMBLE, None, None, ()))
        starts.insert(0, 0)
    keys = {place.key for place in places}
    ends = [*starts, len(text)][1:]
    return tuple(
        _clause(revision, place, trimmed(text, start, end), keys)
        for place, start, end in zip(places, starts, ends, strict=True)
    )


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


@dataclass(frozen=True, slots=True)
class _Place:
    """The place of a clause in the tree of clauses."""

    key: str
    title: str | None
    parent: str | None
    headings: tuple[str, ...]


def _placed(openings: Sequence[Opening]) -> list[_Place]:
    used: set[str] = {PREAMBLE}
    above: list[tuple[Opening, str]] = []
    places: list[_Place] = []
    for opening in openings:
        while above and above[-1][0].rank >= opening.rank:
            above.pop()
        key = _unused(_key(opening, above), used)
        headings = tuple(_heading(ancestor) for ancestor, _ in above)
        places.append(_Place(key, opening.title, above[-1][1] if above else None, headings))
        above.append((opening, key))
    return places


def _key(opening: Opening, above: Sequence[tuple[Opening, str]]) -> str:
    if opening.number is None:
        return slug(opening.label)[:_LONGEST_SLUG].strip("-") or "untitled"
    if not opening.continues:
        return opening.number
    return next((key for ancestor, key in reversed(above) if ancestor.provision), "") + opening.number


def _unused(key: str, used: set[str]) -> str:
    free = key if key not in used else next(form for n in count(2) if (form := f"{key}-{n}") not in used)
    used.add(free)
    return free


def _heading(opening: Opening) -> str:
    return opening.label if opening.provision else opening.title or opening.label


def _clause(revision: Revision, place: _Place, span: tuple[int, int], keys: set[str]) -> Clause:
    words = revision.canonical_text[slice(*span)]
    return Clause(
        revision_id=revision.id,
        document_id=revision.document.id,
        key=place.key,
        title=place.title,
        headings=place.headings,
        parent=place.parent,
        references=find_references(words, place.key, keys),
        span=Span(start=span[0], end=span[1], page=page_at(revision.page_starts, span[0])),
        text_sha256=text_sha256(words),
    )
