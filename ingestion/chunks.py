"""Turns clauses into Chunks, which share out the text: every word outside of pure headings is in exactly one of them.

A chunk is the canonical slice at its span, and carries the key and heading chain of the smallest clause around it. One
that holds others, and says no more of its own than their chain repeats, has no chunk; what begins after its heading has
that in the chain.

Numbered and headed clauses begin chunks of their own. List items do where they can be understood alone (paragraphs,
definitions); those that go on the sentence above them stay with it, as far as a chunk may be long, and so do stubs such
as "(c) Repealed." A clause that is longer breaks between its items, then between table rows and sentences.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, Literal

from ingestion.clauses import innermost, page_at, trimmed
from ingestion.sentences import LONGEST_CHUNK, count_words, sentence_spans
from retrieval.corpus import Chunk, Clause, Revision, Span

__all__ = ["LONGEST_CHUNK", "sentence_spans", "split_chunks"]

_Manner = Literal["part", "item", "own"]

_STUB: Final = 12
_WORD: Final = re.compile(r"[^\W_]+")
_MARK: Final = re.compile(r"[-*\u2022\s]*(?:\(\w{1,5}(?:-\d+)?\)|\w{1,5}[.)]|\d{1,3}[a-z]?(?=\s))[*_\s]*")
_DEFINED: Final = re.compile(r"[\"'\u2018\u201c\u201e*_]")


def split_chunks(revision: Revision, clauses: Sequence[Clause]) -> tuple[Chunk, ...]:
    """Cut the chunks of a revision, in order, from all of its clauses."""
    at = innermost(clauses)
    by_key = {clause.key: clause for clause in clauses}
    chains = {clause.parent: clause.headings for clause in clauses if clause.parent is not None}
    spans = _Splitting(revision, clauses).spans()
    return tuple(_chunk(revision, _around(at(start), end, by_key), chains, (start, end)) for start, end in spans)


def _around(clause: Clause | None, end: int, by_key: dict[str, Clause]) -> Clause:
    """Climb to the smallest clause that reaches to an offset."""
    while clause is not None and clause.span.end < end and clause.parent is not None:
        clause = by_key[clause.parent]
    if clause is None:
        raise ValueError("A chunk lies in no clause; split the clauses of this very text anew.")
    return clause


def _chunk(revision: Revision, clause: Clause, chains: Mapping[str, tuple[str, ...]], span: tuple[int, int]) -> Chunk:
    """Make one of a clause; where it does not begin with it, it has the heading chain (`chains`) of those inside it."""
    start, end = span
    return Chunk(
        id=f"{revision.id}:{start}-{end}",
        revision_id=revision.id,
        document_id=revision.document.id,
        clause_key=clause.key,
        headings=clause.headings if start == clause.span.start else chains.get(clause.key, clause.headings),
        span=Span(start=start, end=end, page=page_at(revision.page_starts, start)),
        text=revision.canonical_text[start:end],
    )


class _Splitting:
    """Walks the tree of clauses of one revision."""

    def __init__(self, revision: Revision, clauses: Sequence[Clause]) -> None:
        self._text = revision.canonical_text
        self._children: defaultdict[str | None, list[Clause]] = defaultdict(list)
        for clause in clauses:
            self._children[clause.parent].append(clause)

    def spans(self) -> Iterator[tuple[int, int]]:
        """Give the spans of all chunks, in order."""
        for clause in self._children[None]:
            yield from self._of(clause)

    def _of(self, clause: Clause) -> list[tuple[int, int]]:
        children = self._children[clause.key]
        if not children:
            return self._cut(clause.span.start, clause.span.end)
        joined = _Joined(self)
        lead = self._lead(clause, children[0])
        joined.add(self._cut(*lead) if lead else (), "part")
        alone = self._stands_alone(lead)
        for index, child in enumerate(children):
            joined.add(self._of(child), self._manner(child, alone=alone))
            after = children[index + 1].span.start if index + 1 < len(children) else clause.span.end
            start, end = trimmed(self._text, child.span.end, after)
            joined.add(self._cut(start, end) if _WORD.search(self._text, start, end) else (), "part")
        return joined.spans

    def count(self, start: int, end: int) -> int:
        """Count the words of a span."""
        return count_words(self._text[start:end])

    def _cut(self, start: int, end: int) -> list[tuple[int, int]]:
        if self.count(start, end) <= LONGEST_CHUNK:
            return [(start, end)]
        return sentence_spans(self._text[start:end], start)

    def _lead(self, clause: Clause, child: Clause) -> tuple[int, int] | None:
        """Give the words of a clause before its first child, or None where they are no more than its heading.

        That is one line, all words of which stand in the child's heading chain or the clause's key. The mark of an item
        stays with the sentence that follows it.
        """
        start, end = trimmed(self._text, clause.span.start, child.span.start)
        words = self._text[start:end]
        continued = _is_item(clause) and not words.startswith("#") and _is_item(child)
        said = [line for line in map(_words, words.split("\n")) if line]
        told = _words("\n".join((*child.headings, clause.key)))
        return (start, end) if continued or len(said) > 1 or not all(map(told.issuperset, said)) else None

    def _stands_alone(self, lead: tuple[int, int] | None) -> bool:
        """Whether the items below a lead begin sentences of their own: it ended one, or is no more than a mark."""
        if lead is None:
            return True
        words = self._text[lead[0] : lead[1]]
        mark = _MARK.match(words)
        return words[-1] in ".!?" or (mark is not None and mark.end() == len(words))

    def _manner(self, child: Clause, *, alone: bool) -> _Manner:
        """Tell how a child stands; an item that begins with a term in quotes or bold defines it, and stands alone."""
        if not _is_item(child) or self._text.startswith("#", child.span.start):
            return "own"
        mark = _MARK.match(self._text, child.span.start)
        defines = mark is not None and _DEFINED.match(self._text, mark.end()) is not None
        return "item" if alone or defines else "part"


class _Joined:
    """Spans in order, of which neighbours are joined where they are parts of a sentence, or items that are stubs."""

    def __init__(self, splitting: _Splitting) -> None:
        self.spans: list[tuple[int, int]] = []
        self._splitting = splitting
        self._last: _Manner = "own"

    def add(self, spans: Sequence[tuple[int, int]], manner: _Manner) -> None:
        """Add what one clause is made of: a part of a sentence, an item that stands alone, or a clause on its own."""
        for start, end in spans:
            before = self.spans[-1] if self.spans else None
            if before is not None and self._joins(before, (start, end), manner):
                self.spans[-1] = (before[0], end)
            else:
                self.spans.append((start, end))
            self._last = manner

    def _joins(self, before: tuple[int, int], span: tuple[int, int], manner: _Manner) -> bool:
        count = self._splitting.count
        if "own" in (self._last, manner) or count(before[0], span[1]) > LONGEST_CHUNK:
            return False
        if manner == "part":
            return self._last == "part"
        return count(*before) < _STUB and (self._last == "part" or count(*span) < _STUB)


def _is_item(clause: Clause) -> bool:
    """Tell by its key; that of an item below the title of a text is its bare mark."""
    return clause.key.startswith(("(", f"{clause.parent}("))


def _words(text: str) -> frozenset[str]:
    return frozenset(_WORD.findall(text.lower()))
