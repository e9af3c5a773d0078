"""Ingests that are planned and staged beside each other, and what the quality of sources is judged by."""

import hashlib
import json
from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add columns and tables, and fill in for what is there what can be computed from it."""
    _extend_revisions()
    op.add_column("generations", sa.Column("retained", sa.Boolean(), nullable=False, server_default=sa.true()))
    op.add_column("chunks", sa.Column("embedding_sha256", sa.String(64), nullable=False, server_default=""))
    op.create_table(
        "definitions",
        sa.Column("revision_id", sa.String(), nullable=False),
        sa.Column("span_start", sa.Integer(), nullable=False),
        sa.Column("span_end", sa.Integer(), nullable=False),
        sa.Column("page", sa.Integer()),
        sa.Column("term", sa.Text(), nullable=False),
        sa.Column("clause_key", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("revision_id", "span_start", "span_end", name="pk_definitions"),
        sa.ForeignKeyConstraint(
            ["revision_id"], ["revisions.id"], name="fk_definitions_revision_id", ondelete="CASCADE"
        ),
    )
    _create_ingestions()
    for revision_id, chunk_id, key in list(_embedding_keys()):
        op.get_bind().execute(_SET_KEY, {"revision_id": revision_id, "id": chunk_id, "key": key})


def _extend_revisions() -> None:
    for column in (
        sa.Column("text_fingerprint", sa.String(64), nullable=False, server_default=""),
        sa.Column("characters", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("clause_count", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("chunk_count", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("record_count", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("language", sa.String()),
        sa.Column("stated_dates", sa.JSON(), nullable=False, server_default="[]"),
        sa.Column("family", sa.String()),
        sa.Column("signature", sa.LargeBinary()),
        sa.Column("ingestion_id", sa.String(40)),
    ):
        op.add_column("revisions", column)
    op.create_index("ix_revisions_ingestion_id", "revisions", ["ingestion_id"])
    op.execute(
        "UPDATE revisions SET characters = length(canonical_text), "
        "clause_count = (SELECT count(*) FROM clauses WHERE clauses.revision_id = revisions.id), "
        "chunk_count = (SELECT count(*) FROM chunks WHERE chunks.revision_id = revisions.id), "
        "record_count = (SELECT count(*) FROM records WHERE records.revision_id = revisions.id)"
    )


def _create_ingestions() -> None:
    op.create_table(
        "ingestions",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("request", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        *(
            sa.Column(name, sa.Integer(), nullable=False)
            for name in ("sources", "documents", "settled", "written", "embedded")
        ),
        sa.Column("generation", sa.Integer()),
        sa.Column("outline", sa.JSON()),
        sa.Column("report", sa.JSON()),
        sa.Column("error", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_ingestions"),
    )
    op.create_index("ix_ingestions_tenant_requested_at", "ingestions", ["tenant", "requested_at"])
    op.create_table(
        "planned_documents",
        sa.Column("ingestion_id", sa.String(40), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("batch", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.String(), nullable=False),
        sa.Column("source", sa.JSON(), nullable=False),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("replaces", sa.String()),
        sa.Column("outcome", sa.JSON()),
        sa.PrimaryKeyConstraint("ingestion_id", "position", name="pk_planned_documents"),
        sa.ForeignKeyConstraint(
            ["ingestion_id"], ["ingestions.id"], name="fk_planned_documents_ingestion_id", ondelete="CASCADE"
        ),
        sa.UniqueConstraint("ingestion_id", "document_id", name="uq_planned_documents_ingestion_id_document_id"),
    )
    op.create_index("ix_planned_documents_ingestion_id_batch", "planned_documents", ["ingestion_id", "batch"])
    op.create_table(
        "source_checks",
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("document_id", sa.String(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("refresh_days", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "document_id", name="pk_source_checks"),
    )


_SET_KEY = sa.text("UPDATE chunks SET embedding_sha256 = :key WHERE revision_id = :revision_id AND id = :id")


def _embedding_keys() -> Iterator[tuple[str, str, str]]:
    """Hash what was embedded for each chunk: the titles above it and its text, a line each."""
    found = op.get_bind().execute(
        sa.text(
            "SELECT chunks.revision_id, chunks.id, chunks.headings, "
            "substr(revisions.canonical_text, chunks.span_start + 1, chunks.span_end - chunks.span_start) AS words "
            "FROM chunks JOIN revisions ON revisions.id = chunks.revision_id"
        )
    )
    for row in found:
        headings = json.loads(row.headings) if isinstance(row.headings, str) else row.headings
        yield row.revision_id, row.id, hashlib.sha256("\n".join((*headings, row.words)).encode()).hexdigest()
