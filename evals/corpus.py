"""Turns the passages of a dataset into Revisions, so that they are embedded and found as the service does it.

Passages of one document become that document: each a clause, under its section number and the headings above it, with
what it refers to found as ingestion finds it. A passage without a document is a document of its own.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

from evals.datasets import Passage
from evals.sections import keys_of, parents_of
from ingestion.chunks import sentence_spans
from ingestion.definitions import find_definitions
from ingestion.ingests import ParsedRevision
from ingestion.links import short_names, with_links
from ingestion.sentences import count_words
from retrieval.corpus import PUBLIC, Chunk, Clause, Document, Revision, Span

_GAP = "\n\n"
_LAID_OUT = 2  # raised when more is read from passages than before, so that they are ingested anew
_HEADING = 8
_BARE_HEADING = 3
_IN_CHAIN = 12


@dataclass(frozen=True, slots=True)
class LaidOut:
    """A document made of passages, and the id of the passage that each of its clauses is."""

    parsed: ParsedRevision
    passages: Mapping[str, str]


def lay_out(corpus: Mapping[str, Passage]) -> list[LaidOut]:
    """Lay a corpus out as documents, in order."""
    documents: dict[str, list[str]] = {}
    for key, passage in corpus.items():
        documents.setdefault(passage.document or key, []).append(key)
    return [_document(document, {key: corpus[key] for key in keys}) for document, keys in documents.items()]


def _document(name: str, passages: Mapping[str, Passage]) -> LaidOut:
    text = _GAP.join(passage.text for passage in passages.values())
    fingerprint = hashlib.sha256(repr((_LAID_OUT, sorted(passages.items()))).encode()).hexdigest()
    first = next(iter(passages.values()))
    document = Document(
        id=name,
        title=first.title or name,
        source=f"evals//{name}",
        owner="evals",
        groups=(PUBLIC,),
        cited_as=short_names(first.number or "", text) if first.document else (),
    )
    revision = Revision(
        id=f"{name}@{fingerprint[:16]}",
        document=document,
        content_sha256=hashlib.sha256(text.encode()).hexdigest(),
        canonical_text=text,
    )
    sections = _sections(list(passages.values()))
    clauses = tuple(_clauses(revision, list(passages.values()), sections))
    chunks = (
        chunk
        for clause, section in zip(clauses, sections, strict=True)
        if not section.is_heading
        for chunk in _chunks(revision, clause)
    )
    parsed = ParsedRevision(
        revision=revision,
        fingerprint=fingerprint,
        text_fingerprint=fingerprint,
        clauses=clauses,
        chunks=with_links(chunks, clauses, document.cited_as),
        definitions=find_definitions(revision, clauses),
    )
    return LaidOut(parsed, dict(zip((clause.key for clause in clauses), passages, strict=True)))


@dataclass(frozen=True, slots=True)
class _Section:
    """What the number of a passage says: its key, the clause around it, the titles above it, whether it is one."""

    key: str
    parent: str | None
    headings: tuple[str, ...]
    is_heading: bool


def _sections(passages: Sequence[Passage]) -> list[_Section]:
    """Order passages by their numbers; a title is what has hardly any words of its own, but sections in it."""
    if passages[0].document is None:
        titles = [() if one.title is None else (one.title,) for one in passages]
        return [_Section("text", None, headings, is_heading=False) for headings in titles]
    numbers = [one.number or "" for one in passages]
    keys, parents = keys_of(numbers), parents_of(numbers)
    lengths = [count_words(one.text) for one in passages]
    around = {parent for parent in parents if parent is not None}
    return [
        _Section(
            key=keys[place],
            parent=None if parent is None else keys[parent],
            headings=tuple(passages[one].text for one in _above(place, parents) if lengths[one] <= _IN_CHAIN),
            is_heading=lengths[place] <= (_HEADING if place in around else _BARE_HEADING),
        )
        for place, parent in enumerate(parents)
    ]


def _above(place: int, parents: Sequence[int | None]) -> list[int]:
    """Climb from a section to the outermost one, and give them in that order, outermost first."""
    found: list[int] = []
    parent = parents[place]
    while parent is not None and parent not in found:
        found.insert(0, parent)
        parent = parents[parent]
    return found


def _clauses(revision: Revision, passages: Sequence[Passage], sections: Sequence[_Section]) -> Iterator[Clause]:
    lengths = [len(passage.text) + len(_GAP) for passage in passages]
    starts = accumulate(lengths, initial=0)
    for passage, section, start in zip(passages, sections, starts, strict=False):
        yield Clause(
            revision_id=revision.id,
            document_id=revision.document.id,
            key=section.key,
            title=passage.text if section.is_heading else passage.title,
            headings=section.headings,
            parent=section.parent,
            references=(),
            span=Span(start=start, end=start + len(passage.text)),
            text_sha256=hashlib.sha256(passage.text.encode()).hexdigest(),
        )


def _chunks(revision: Revision, clause: Clause) -> Iterator[Chunk]:
    words = revision.canonical_text[clause.span.start : clause.span.end]
    for start, end in sentence_spans(words, clause.span.start):
        yield Chunk(
            id=f"{revision.id}:{start}-{end}",
            revision_id=revision.id,
            document_id=clause.document_id,
            clause_key=clause.key,
            headings=clause.headings,
            span=Span(start=start, end=end),
            text=revision.canonical_text[start:end],
        )
