"""Turns the passages of a dataset into one Revision, so that they are embedded and found as the service does it."""

import hashlib
from collections.abc import Iterator, Mapping
from itertools import accumulate

from evals.datasets import Passage
from ingestion.chunks import sentence_spans
from ingestion.ports import ParsedRevision
from retrieval.corpus import PUBLIC, Chunk, Clause, Document, Revision, Span

_GAP = "\n\n"


def corpus_revision(name: str, corpus: Mapping[str, Passage]) -> ParsedRevision:
    """Lay the passages out one after the other: each is a clause whose key is its id, in chunks as a document's."""
    text = _GAP.join(passage.text for passage in corpus.values())
    fingerprint = hashlib.sha256(repr(sorted(corpus.items())).encode()).hexdigest()
    revision = Revision(
        id=f"{name}@{fingerprint[:16]}",
        document=Document(id=name, title=name, source=f"evals//{name}", owner="evals", groups=(PUBLIC,)),
        content_sha256=hashlib.sha256(text.encode()).hexdigest(),
        canonical_text=text,
    )
    clauses = tuple(_clauses(revision, corpus))
    return ParsedRevision(
        revision=revision,
        fingerprint=fingerprint,
        text_fingerprint=fingerprint,
        clauses=clauses,
        chunks=tuple(chunk for clause in clauses for chunk in _chunks(revision, clause)),
    )


def _clauses(revision: Revision, corpus: Mapping[str, Passage]) -> Iterator[Clause]:
    lengths = [len(passage.text) + len(_GAP) for passage in corpus.values()]
    for (key, passage), start in zip(corpus.items(), accumulate(lengths, initial=0), strict=False):
        yield Clause(
            revision_id=revision.id,
            document_id=revision.document.id,
            key=key,
            title=passage.title,
            headings=() if passage.title is None else (passage.title,),
            parent=None,
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
