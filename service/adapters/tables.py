"""The tables: what is kept, under which keys, portable between SQLite and PostgreSQL.

Days are proleptic ordinals and generations plain numbers, as in `retrieval.scope.Visibility`; an open bound is `OPEN`.
"""

from datetime import UTC, datetime
from typing import Final

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    true,
)

APPEND_ONLY: Final = ("decisions", "audit_events")
"""Tables of which the database itself refuses UPDATE and DELETE."""


class UtcDateTime(TypeDecorator[datetime]):
    """An instant in UTC; SQLite, which knows no time zones, keeps it without one."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Take an instant with a time zone; ValueError without one."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value} has no time zone")
        return value.astimezone(UTC).replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give an instant in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if dialect.name == "sqlite" else value.astimezone(UTC)


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

generations = Table(
    "generations",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("committed_at", UtcDateTime, nullable=False),
    Column("report", JSON, nullable=False),
    Column("retained", Boolean, nullable=False, server_default=true()),
)
"""Of a generation that is not `retained` any more, what has ended since may be gone."""

revisions = Table(
    "revisions",
    metadata,
    Column("id", String(), primary_key=True),
    Column("document_id", String(), nullable=False),
    Column("document", JSON, nullable=False),
    Column("source", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("fingerprint", String(64), nullable=False),
    Column("content_sha256", String(64), nullable=False),
    Column("canonical_text", Text, nullable=False),
    Column("page_starts", JSON, nullable=False),
    Column("tenant", String(), nullable=False),
    Column("effective_from", Integer, nullable=False),
    Column("effective_to", Integer, nullable=False),
    Column("valid_from_generation", Integer, nullable=False),
    Column("valid_to_generation", Integer, nullable=False),
    Column("text_fingerprint", String(64), nullable=False),
    Column("characters", Integer, nullable=False),
    Column("clause_count", Integer, nullable=False),
    Column("chunk_count", Integer, nullable=False),
    Column("record_count", Integer, nullable=False),
    Column("language", String()),
    Column("stated_dates", JSON, nullable=False),
    Column("family", String()),
    Column("signature", LargeBinary),
    Column("ingestion_id", String(40)),
    Index(None, "document_id", "valid_from_generation"),
    Index(None, "valid_to_generation", "valid_from_generation"),
    Index(None, "ingestion_id"),
)
"""A document's properties stand with each revision, so that an old generation keeps them as they were.

What is staged has `OPEN` as its `valid_from_generation`, which no reader reaches; signatures are big-endian 32 bits.
"""

revision_groups = Table(
    "revision_groups",
    metadata,
    Column("revision_id", String(), ForeignKey("revisions.id", ondelete="CASCADE"), primary_key=True),
    Column("name", String(), primary_key=True),
)

clauses = Table(
    "clauses",
    metadata,
    Column("revision_id", String(), ForeignKey("revisions.id", ondelete="CASCADE"), primary_key=True),
    Column("key", String(), primary_key=True),
    Column("document_id", String(), nullable=False),
    Column("title", Text),
    Column("headings", JSON, nullable=False),
    Column("parent", String()),
    Column("cross_references", JSON, nullable=False),
    Column("span_start", Integer, nullable=False),
    Column("span_end", Integer, nullable=False),
    Column("page", Integer),
    Column("text_sha256", String(64), nullable=False),
    Index(None, "document_id", "key"),
)

chunks = Table(
    "chunks",
    metadata,
    Column("revision_id", String(), ForeignKey("revisions.id", ondelete="CASCADE"), primary_key=True),
    Column("id", String(), primary_key=True),
    Column("clause_key", String(), nullable=False),
    Column("headings", JSON, nullable=False),
    Column("span_start", Integer, nullable=False),
    Column("span_end", Integer, nullable=False),
    Column("page", Integer),
    Column("links", JSON, nullable=False),
    Column("embedding_sha256", String(64), nullable=False),
)
"""A chunk's text is the canonical text at its span, so it is not kept twice."""

records = Table(
    "records",
    metadata,
    Column("revision_id", String(), ForeignKey("revisions.id", ondelete="CASCADE"), primary_key=True),
    Column("id", String(), primary_key=True),
    Column("kind", String(), nullable=False),
    Column("fields", JSON, nullable=False),
    Column("observed_on", Integer, nullable=False),
    Column("latitude", Float),
    Column("longitude", Float),
    Column("vector", LargeBinary, nullable=False),
    Column("span_start", Integer, nullable=False),
    Column("span_end", Integer, nullable=False),
    Column("page", Integer),
)

embeddings = Table(
    "embeddings",
    metadata,
    Column("model", String(), primary_key=True),
    Column("text_sha256", String(64), primary_key=True),
    Column("vector", LargeBinary, nullable=False),
)
"""Vectors are little-endian float32."""

definitions = Table(
    "definitions",
    metadata,
    Column("revision_id", String(), ForeignKey("revisions.id", ondelete="CASCADE"), primary_key=True),
    Column("span_start", Integer, primary_key=True),
    Column("span_end", Integer, primary_key=True),
    Column("page", Integer),
    Column("term", Text, nullable=False),
    Column("clause_key", String(), nullable=False),
)

ingestions = Table(
    "ingestions",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("tenant", String(), nullable=False),
    Column("requested_at", UtcDateTime, nullable=False),
    Column("request", JSON, nullable=False),
    Column("state", String(20), nullable=False),
    Column("sources", Integer, nullable=False),
    Column("documents", Integer, nullable=False),
    Column("settled", Integer, nullable=False),
    Column("written", Integer, nullable=False),
    Column("embedded", Integer, nullable=False),
    Column("generation", Integer),
    Column("outline", JSON(none_as_null=True)),
    Column("report", JSON(none_as_null=True)),
    Column("error", Text),
    Index(None, "tenant", "requested_at"),
)

planned_documents = Table(
    "planned_documents",
    metadata,
    Column("ingestion_id", String(40), ForeignKey("ingestions.id", ondelete="CASCADE"), primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("batch", Integer, nullable=False),
    Column("document_id", String(), nullable=False),
    Column("source", JSON, nullable=False),
    Column("fingerprint", String(64), nullable=False),
    Column("replaces", String()),
    Column("outcome", JSON(none_as_null=True)),
    Index(None, "ingestion_id", "batch"),
    UniqueConstraint("ingestion_id", "document_id"),
)
"""The documents that a running ingest reads; `outcome` is there once one is settled. Gone when the ingest is over."""

source_checks = Table(
    "source_checks",
    metadata,
    Column("tenant", String(), primary_key=True),
    Column("document_id", String(), primary_key=True),
    Column("source", Text, nullable=False),
    Column("owner", String(), nullable=False),
    Column("checked_at", UtcDateTime, nullable=False),
    Column("refresh_days", Float, nullable=False),
)

decisions = Table(
    "decisions",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("tenant", String(), nullable=False),
    Column("domain", String(), nullable=False),
    Column("recorded_at", UtcDateTime, nullable=False),
    Column("content_sha256", String(64), nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("case_body", LargeBinary, nullable=False),
    Column("audit_seq", BigInteger, ForeignKey("audit_events.seq"), nullable=False),
    Column("audit_hash", String(64), nullable=False),
    Index(None, "tenant", "id"),
)

audit_events = Table(
    "audit_events",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("at", UtcDateTime, nullable=False),
    Column("kind", String(40), nullable=False),
    Column("subject", String(), nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("hash", String(64), nullable=False),
    Index(None, "subject", "seq"),
)
"""`body` is what was hashed; the other columns repeat parts of it for finding."""

review_tasks = Table(
    "review_tasks",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("tenant", String(), nullable=False),
    Column("queue", String(), nullable=False),
    Column("decision_id", String(40), ForeignKey("decisions.id"), nullable=False),
    Column("decision_hash", String(64), nullable=False),
    Column("status", String(20), nullable=False),
    Column("assignee", String()),
    Column("created_at", UtcDateTime, nullable=False),
    Column("due_at", UtcDateTime),
    Column("body", LargeBinary, nullable=False),
    UniqueConstraint("queue", "decision_id", "decision_hash"),
    Index(None, "tenant", "status", "due_at"),
)
"""`body` is the whole task, whose hash its last audit event has; the other columns repeat parts for finding."""

review_reasons = Table(
    "review_reasons",
    metadata,
    Column("task_id", String(40), ForeignKey("review_tasks.id", ondelete="CASCADE"), primary_key=True),
    Column("code", String(), primary_key=True),
)

idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    Column("tenant", String(), primary_key=True),
    Column("key", String(), primary_key=True),
    Column("request_sha256", String(64), nullable=False),
    Column("decision_id", String(40), ForeignKey("decisions.id"), nullable=False),
)

confirmations = Table(
    "confirmations",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("tenant", String(), nullable=False),
    Column("pack", String(), nullable=False),
    Column("rulebook_version", String(), nullable=False),
    Column("generation", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Index(None, "tenant", "pack", "rulebook_version"),
)
"""`body` is the whole confirmation, whose hash its audit event has; the other columns repeat parts for finding."""

lessons = Table(
    "lessons",
    metadata,
    Column("tenant", String(), primary_key=True),
    Column("pack", String(), primary_key=True),
    Column("key", String(64), primary_key=True),
    Column("about", String(), nullable=False),
    Column("generation", Integer, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("content", LargeBinary, nullable=False),
)
"""What a pack learned, by the key of its course; `generation` is the one whose records it saw first."""
