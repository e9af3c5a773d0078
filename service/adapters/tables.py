"""The tables: what is kept, under which keys, portable between SQLite and PostgreSQL.

Days are proleptic ordinals and generations plain numbers, as in `retrieval.scope.Visibility`; an open bound is `OPEN`.
"""

from datetime import UTC, datetime
from typing import Final

from sqlalchemy import (
    JSON,
    BigInteger,
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
)

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
    Index(None, "document_id", "valid_from_generation"),
    Index(None, "valid_to_generation", "valid_from_generation"),
)
"""A document's properties stand with each revision, so that an old generation keeps them as they were."""

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
