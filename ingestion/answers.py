"""Turns a ParsedRevision into the parts in which a parsing child sends it, and back, believing nothing unchecked."""

import hashlib
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

from ingestion.ingests import ParsedRevision
from ingestion.parsers.text import canonical
from ingestion.ports import UnreadableSourceError
from ingestion.reading import Reader
from ingestion.source import Source
from retrieval.corpus import OPEN, Chunk, Clause, Record, Span, Value

PART: Final = 500
"""How many clauses, chunks or records are sent together: few, so that no one else waits long while they are read."""


class Refusal(Value):
    """Why a source could not be read, and what to do."""

    reason: str
    remedy: str


class Part(Value):
    """A part of an answer: first the revision or a refusal, then everything in it; `last` ends the answer."""

    parsed: ParsedRevision | None = None
    clauses: tuple[Clause, ...] = ()
    chunks: tuple[Chunk, ...] = ()
    records: tuple[Record, ...] = ()
    refused: Refusal | None = None
    last: bool = False


def parts_of(parsed: ParsedRevision) -> Iterator[Part]:
    """Cut an answer into parts."""
    yield Part(parsed=parsed.model_copy(update={"clauses": (), "chunks": (), "records": ()}))
    for start in range(0, len(parsed.clauses), PART):
        yield Part(clauses=parsed.clauses[start : start + PART])
    for start in range(0, len(parsed.chunks), PART):
        yield Part(chunks=parsed.chunks[start : start + PART])
    for start in range(0, len(parsed.records), PART):
        yield Part(records=parsed.records[start : start + PART])
    yield Part(last=True)


def joined(parts: Sequence[Part]) -> ParsedRevision:
    """Put the parts of an answer together; raises UnreadableSourceError with the refusal, ValueError for nonsense."""
    first = parts[0]
    if first.refused is not None:
        raise UnreadableSourceError(first.refused.reason, first.refused.remedy)
    if first.parsed is None:
        raise ValueError("the answer does not begin with a revision")
    return first.parsed.model_copy(
        update={
            "clauses": tuple(clause for part in parts for clause in part.clauses),
            "chunks": tuple(chunk for part in parts for chunk in part.chunks),
            "records": tuple(record for part in parts for record in part.records),
        }
    )


def check(parsed: ParsedRevision, reader: Reader, source: Source, fingerprint: str, ingestion_id: str) -> None:
    """Raise ValueError unless an answer is about the source that was asked for, and consistent with itself.

    A file that has taken its reader over could otherwise speak for other documents, or for other people.
    """
    revision = parsed.revision
    text = revision.canonical_text
    title = canonical(source.title) if source.title else revision.document.title
    expected = {
        "document": (revision.document, reader.document(source, title)),
        "revision": (revision.id, reader.revision_id(source, fingerprint, ingestion_id)),
        "fingerprint": (parsed.fingerprint, fingerprint),
        "dates": ((revision.effective_from, revision.effective_to), (source.effective_from, source.effective_to)),
        "generations": ((revision.valid_from_generation, revision.valid_to_generation), (OPEN, OPEN)),
        "content hash": (revision.content_sha256, hashlib.sha256(text.encode()).hexdigest()),
        "family": (revision.family, None),
    }
    for name, (found, wanted) in expected.items():
        if found != wanted:
            raise ValueError(f"the {name} of the answer is not that of the source")
    _check_parts(parsed)


def _check_parts(parsed: ParsedRevision) -> None:
    revision, text = parsed.revision, parsed.revision.canonical_text
    of_revision = (revision.id, revision.document.id)
    pages = (0, *revision.page_starts, len(text))
    if any(one > other for one, other in pairwise(pages)):
        raise ValueError("its pages are not in order")
    keys = {clause.key for clause in parsed.clauses}
    for part in (*parsed.clauses, *parsed.chunks, *parsed.records):
        if (part.revision_id, part.document_id) != of_revision:
            raise ValueError("a part of the answer belongs to another revision")
        _check_span(part.span, len(text))
    for one in (*parsed.definitions, *revision.stated_dates):
        _check_span(one.span, len(text))
    named = {one.clause_key for one in (*parsed.chunks, *parsed.definitions)}
    if len(keys) != len(parsed.clauses) or named - keys:
        raise ValueError("its clauses and chunks do not belong together")
    if any(chunk.text != text[chunk.span.start : chunk.span.end] for chunk in parsed.chunks):
        raise ValueError("a chunk has other words than its place in the text")
    if any(not record.id.startswith(f"{revision.document.id}:") for record in parsed.records):
        raise ValueError("a record has the id of another document's")


def _check_span(span: Span, length: int) -> None:
    if not span.start <= span.end <= length:
        raise ValueError("a span lies outside the text")
