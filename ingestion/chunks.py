"""Turns clauses into Chunks: one each, or several that break between sentences where a clause is long."""

import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING, Final

from ingestion.clauses import page_at
from retrieval.corpus import Chunk, Clause, Revision, Span

if TYPE_CHECKING:
    from llama_index.core.node_parser import SentenceSplitter

LONGEST_CHUNK: Final = 220
"""Words in a chunk; an unbroken string counts as one word for every 24 characters."""

_WORD: Final = re.compile(r"\S{1,24}")
_LONGEST_HEADING: Final = 120


def split_chunks(revision: Revision, clauses: Sequence[Clause]) -> tuple[Chunk, ...]:
    """Cut the chunks of a revision; a heading with nothing of its own is left to the headings of the clauses below."""
    parents = {clause.parent for clause in clauses}
    return tuple(
        chunk
        for clause in clauses
        if not (clause.key in parents and _only_heading(_words(revision, clause)))
        for chunk in _of_clause(revision, clause)
    )


def _words(revision: Revision, clause: Clause) -> str:
    return revision.canonical_text[clause.span.start : clause.span.end]


def _only_heading(words: str) -> bool:
    return "\n" not in words and (words.startswith("#") or (len(words) <= _LONGEST_HEADING and words[-1] not in ".;:"))


def _of_clause(revision: Revision, clause: Clause) -> Iterator[Chunk]:
    for start, end in sentence_spans(_words(revision, clause), clause.span.start):
        yield Chunk(
            id=f"{revision.id}:{start}-{end}",
            revision_id=revision.id,
            document_id=revision.document.id,
            clause_key=clause.key,
            headings=clause.headings,
            span=Span(start=start, end=end, page=page_at(revision.page_starts, start)),
            text=revision.canonical_text[start:end],
        )


def sentence_spans(words: str, offset: int = 0, longest: int = LONGEST_CHUNK) -> list[tuple[int, int]]:
    """Share out a text into spans of at most `longest` words that break between sentences where they can.

    LlamaIndex's splitter drops white space here and there, so its parts are found again by their other characters.
    """
    if len(_tokens(words)) <= longest:
        return [(offset, offset + len(words))]
    places = [place for place, character in enumerate(words) if not character.isspace()]
    spans: list[tuple[int, int]] = []
    taken = 0
    for part in _splitter(longest).split_text(words):
        length = sum(not character.isspace() for character in part)
        if length:
            spans.append((offset + places[taken], offset + places[taken + length - 1] + 1))
            taken += length
    return spans if taken == len(places) else [(offset, offset + len(words))]


def _tokens(text: str) -> list[str]:
    return _WORD.findall(text)


@cache
def _splitter(longest: int) -> "SentenceSplitter":
    from llama_index.core.node_parser import SentenceSplitter  # noqa: PLC0415  it takes seconds, for few clauses

    return SentenceSplitter(chunk_size=longest, chunk_overlap=0, tokenizer=_tokens, paragraph_separator="\n\n")
