"""Turns revisions with what was read from them, review tasks and confirmations into rows, and rows back."""

from collections.abc import Mapping, Sequence
from datetime import date
from hashlib import sha256
from typing import Any

import numpy as np
from sqlalchemy import Row

from ingestion.embedding import embedding_key
from ingestion.ingests import KnownRevision, ParsedRevision, Shape
from retrieval.corpus import OPEN, Chunk, Clause, Definition, Document, Record, Revision, Span, StatedDate
from retrieval.ports import Vectors
from retrieval.scope import ordinal
from service.confirmations import Confirmation, confirmation_bytes
from service.errors import TamperedError
from service.review import ReviewTask, task_bytes

Cells = Mapping[str, Any]
"""The cells of one row by column."""


def revision_cells(parsed: ParsedRevision, ingestion_id: str) -> Cells:
    """Make the row of `revisions` of what an ingest staged."""
    revision = parsed.revision
    return {
        "id": revision.id,
        "document_id": revision.document.id,
        "document": revision.document.model_dump(mode="json"),
        "source": revision.document.source,
        "title": revision.document.title,
        "fingerprint": parsed.fingerprint,
        "content_sha256": revision.content_sha256,
        "canonical_text": revision.canonical_text,
        "page_starts": list(revision.page_starts),
        "tenant": revision.document.tenant,
        "effective_from": ordinal(revision.effective_from, unknown=0),
        "effective_to": ordinal(revision.effective_to, unknown=OPEN),
        "valid_from_generation": revision.valid_from_generation,
        "valid_to_generation": revision.valid_to_generation,
        "text_fingerprint": parsed.text_fingerprint,
        "characters": len(revision.canonical_text),
        "clause_count": len(parsed.clauses),
        "chunk_count": len(parsed.chunks),
        "record_count": len(parsed.records),
        "language": parsed.language,
        "stated_dates": [stated.model_dump(mode="json") for stated in revision.stated_dates],
        "family": revision.family,
        "signature": _signature_bytes(parsed.signature),
        "ingestion_id": ingestion_id,
    }


def known_of(row: Row[Any], signature: bytes | None = None) -> KnownRevision:
    """Make what a source is compared with."""
    return KnownRevision(
        document_id=row.document_id,
        revision_id=row.id,
        source=row.source,
        fingerprint=row.fingerprint,
        text_fingerprint=row.text_fingerprint,
        shape=Shape(row.characters, row.clause_count, row.record_count, row.language),
        family=row.family,
        signature=signature_of(signature) if signature else (),
    )


def revision_of(row: Row[Any]) -> Revision:
    """Read a row of `revisions`; TamperedError when its text is not the one that was ingested."""
    if sha256(exact(row.canonical_text)).hexdigest() != row.content_sha256:
        raise TamperedError(
            f"The stored text of revision {row.id} is not the one that was ingested and must not be quoted; run "
            "`toulmin audit verify` and restore it from a backup."
        )
    return Revision(
        id=row.id,
        document=document_of(row),
        content_sha256=row.content_sha256,
        canonical_text=row.canonical_text,
        page_starts=row.page_starts,
        effective_from=day(row.effective_from),
        effective_to=day(row.effective_to),
        stated_dates=tuple(StatedDate.model_validate(stated) for stated in row.stated_dates),
        family=row.family,
        valid_from_generation=row.valid_from_generation,
        valid_to_generation=row.valid_to_generation,
    )


def document_of(row: Row[Any]) -> Document:
    """Read the document's properties, as they were when the revision was made."""
    return Document.model_validate(row.document)


def day(number: int) -> date | None:
    """Turn an ordinal back into a date; the open bounds 0 and OPEN into None."""
    return None if number in {0, OPEN} else date.fromordinal(number)


def clause_cells(clause: Clause) -> Cells:
    """Make a row of `clauses`."""
    return {
        "revision_id": clause.revision_id,
        "key": clause.key,
        "document_id": clause.document_id,
        "title": clause.title,
        "headings": list(clause.headings),
        "parent": clause.parent,
        "cross_references": list(clause.references),
        "text_sha256": clause.text_sha256,
        **_span_cells(clause.span),
    }


def clause_of(row: Row[Any]) -> Clause:
    """Read a row of `clauses`."""
    return Clause(
        revision_id=row.revision_id,
        document_id=row.document_id,
        key=row.key,
        title=row.title,
        headings=row.headings,
        parent=row.parent,
        references=row.cross_references,
        span=_span_of(row),
        text_sha256=row.text_sha256,
    )


def chunk_cells(chunk: Chunk) -> Cells:
    """Make a row of `chunks`; the text stays where it is, in the revision."""
    return {
        "revision_id": chunk.revision_id,
        "id": chunk.id,
        "clause_key": chunk.clause_key,
        "headings": list(chunk.headings),
        "links": list(chunk.links),
        "embedding_sha256": embedding_key(chunk),
        **_span_cells(chunk.span),
    }


def chunk_of(row: Row[Any], revision: Revision) -> Chunk:
    """Read a row of `chunks` with the text of its revision."""
    return Chunk(
        id=row.id,
        revision_id=row.revision_id,
        document_id=revision.document.id,
        clause_key=row.clause_key,
        headings=row.headings,
        span=_span_of(row),
        links=row.links,
        text=revision.canonical_text[row.span_start : row.span_end],
    )


def record_cells(record: Record) -> Cells:
    """Make a row of `records`."""
    return {
        "revision_id": record.revision_id,
        "id": record.id,
        "kind": record.kind,
        "fields": dict(record.values),
        "observed_on": record.observed_on.toordinal(),
        "latitude": record.latitude,
        "longitude": record.longitude,
        "vector": vector_bytes(record.vector),
        **_span_cells(record.span),
    }


def record_of(row: Row[Any], revision: Revision) -> Record:
    """Read a row of `records`."""
    return Record(
        id=row.id,
        revision_id=row.revision_id,
        document_id=revision.document.id,
        kind=row.kind,
        values=row.fields,
        observed_on=date.fromordinal(row.observed_on),
        latitude=row.latitude,
        longitude=row.longitude,
        vector=tuple(vector_of(row.vector)),
        span=_span_of(row),
    )


def definition_cells(definition: Definition, revision_id: str) -> Cells:
    """Make a row of `definitions`."""
    return {
        "revision_id": revision_id,
        "term": definition.term,
        "clause_key": definition.clause_key,
        **_span_cells(definition.span),
    }


def definition_of(row: Row[Any]) -> Definition:
    """Read a row of `definitions`."""
    return Definition(term=row.term, clause_key=row.clause_key, span=_span_of(row))


def signature_of(kept: bytes) -> tuple[int, ...]:
    """Read a MinHash signature back."""
    return tuple(np.frombuffer(kept, dtype=">u4").tolist())


def task_cells(task: ReviewTask) -> Cells:
    """Make the row of `review_tasks`."""
    return {
        "id": task.id,
        "tenant": task.tenant,
        "queue": task.queue,
        "decision_id": task.decision_id,
        "decision_hash": task.decision_hash,
        "status": task.status,
        "assignee": task.assignee,
        "created_at": task.created_at,
        "due_at": task.due_at,
        "body": task_bytes(task),
    }


def confirmation_cells(confirmation: Confirmation) -> Cells:
    """Make the row of `confirmations`."""
    return {
        "id": confirmation.id,
        "tenant": confirmation.tenant,
        "pack": confirmation.pack,
        "rulebook_version": confirmation.rulebook_version,
        "generation": confirmation.generation,
        "body": confirmation_bytes(confirmation),
    }


def exact(body: bytes | str) -> bytes:
    """Take a stored body as it lies there; whoever altered it may have left text where bytes were written."""
    return body.encode() if isinstance(body, str) else body


def vector_bytes(vector: Sequence[float] | Vectors) -> bytes:
    """Keep a vector as little-endian float32, which is all that an index keeps of it."""
    return np.asarray(vector, dtype="<f4").tobytes()


def vector_of(kept: bytes) -> Sequence[float]:
    """Read a vector back."""
    return np.frombuffer(kept, dtype="<f4").tolist()


def _signature_bytes(signature: Sequence[int]) -> bytes | None:
    return np.asarray(signature, dtype=">u4").tobytes() if signature else None


def _span_cells(span: Span) -> Cells:
    return {"span_start": span.start, "span_end": span.end, "page": span.page}


def _span_of(row: Row[Any]) -> Span:
    return Span(start=row.span_start, end=row.span_end, page=row.page)
