"""Texts put into a database as an ingest leaves them, without a model, an index or files."""

from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256

from sqlalchemy import insert, update

from ingestion.clauses import split_clauses
from ingestion.ingests import ParsedRevision
from ingestion.report import IngestReport
from retrieval.corpus import DEFAULT_TENANT, OPEN, Document, Revision
from service.adapters.database import Database
from service.adapters.rows import clause_cells, revision_cells
from service.adapters.tables import clauses, generations, revision_groups, revisions


async def store_texts(
    database: Database,
    generation: int,
    texts: Mapping[str, str | None],
    *,
    tenant: str = DEFAULT_TENANT,
    groups: tuple[str, ...] = ("public",),
) -> None:
    """Commit a generation in which these documents have these texts; None removes a document."""
    async with database.writing() as connection:
        await connection.execute(
            insert(generations).values(
                number=generation,
                committed_at=datetime.now(UTC),
                report=IngestReport(generation=generation).model_dump(mode="json"),
            )
        )
        for document_id, text in texts.items():
            valid = (revisions.c.document_id == document_id, revisions.c.tenant == tenant)
            await connection.execute(
                update(revisions)
                .where(*valid, revisions.c.valid_to_generation == OPEN)
                .values(valid_to_generation=generation)
            )
            if text is None:
                continue
            document = Document(
                id=document_id, title=document_id, source="s.md", owner="legal", tenant=tenant, groups=groups
            )
            parsed = _parsed(document, text, generation)
            await connection.execute(insert(revisions).values(revision_cells(parsed, "ingest")))
            await connection.execute(
                insert(revision_groups), [{"revision_id": parsed.revision.id, "name": group} for group in groups]
            )
            await connection.execute(insert(clauses), [clause_cells(clause) for clause in parsed.clauses])


def _parsed(document: Document, text: str, generation: int) -> ParsedRevision:
    digest = sha256(text.encode()).hexdigest()
    revision = Revision(
        id=f"rev_{document.tenant}_{document.id}_{generation}",
        document=document,
        content_sha256=digest,
        canonical_text=text,
        valid_from_generation=generation,
    )
    return ParsedRevision(
        revision=revision, fingerprint=digest, text_fingerprint=digest, clauses=split_clauses(revision)
    )
