"""The first tables, and triggers by which the database itself refuses to change what was recorded."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_APPEND_ONLY = {
    "decisions": "EXISTS (SELECT 1 FROM decisions WHERE id = NEW.id)",
    "audit_events": "EXISTS (SELECT 1 FROM audit_events WHERE seq = NEW.seq)",
}
"""Tables that only grow, and when a new row would take the place of an old one."""


def upgrade() -> None:
    """Create everything."""
    _create_corpus()
    _create_contents()
    _create_log()
    _create_reviews()
    refuse = _refuse_on_sqlite if op.get_bind().dialect.name == "sqlite" else _refuse_on_postgresql
    for table, taken in _APPEND_ONLY.items():
        refuse(table, taken)
    _keep_texts()


def _create_corpus() -> None:
    op.create_table(
        "generations",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("committed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("report", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_generations"),
    )
    op.create_table(
        "revisions",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("document_id", sa.String(), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("content_sha256", sa.String(64), nullable=False),
        sa.Column("canonical_text", sa.Text(), nullable=False),
        sa.Column("page_starts", sa.JSON(), nullable=False),
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("effective_from", sa.Integer(), nullable=False),
        sa.Column("effective_to", sa.Integer(), nullable=False),
        sa.Column("valid_from_generation", sa.Integer(), nullable=False),
        sa.Column("valid_to_generation", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_revisions"),
    )
    _index("revisions", "document_id", "valid_from_generation")
    _index("revisions", "valid_to_generation", "valid_from_generation")
    op.create_table(
        "revision_groups",
        sa.Column("revision_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("revision_id", "name", name="pk_revision_groups"),
        _within_revision("revision_groups"),
    )


def _create_contents() -> None:
    op.create_table(
        "clauses",
        sa.Column("revision_id", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("document_id", sa.String(), nullable=False),
        sa.Column("title", sa.Text()),
        sa.Column("headings", sa.JSON(), nullable=False),
        sa.Column("parent", sa.String()),
        sa.Column("cross_references", sa.JSON(), nullable=False),
        *_span(),
        sa.Column("text_sha256", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("revision_id", "key", name="pk_clauses"),
        _within_revision("clauses"),
    )
    _index("clauses", "document_id", "key")
    op.create_table(
        "chunks",
        sa.Column("revision_id", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("clause_key", sa.String(), nullable=False),
        sa.Column("headings", sa.JSON(), nullable=False),
        *_span(),
        sa.PrimaryKeyConstraint("revision_id", "id", name="pk_chunks"),
        _within_revision("chunks"),
    )
    op.create_table(
        "records",
        sa.Column("revision_id", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("observed_on", sa.Integer(), nullable=False),
        sa.Column("latitude", sa.Float()),
        sa.Column("longitude", sa.Float()),
        sa.Column("vector", sa.LargeBinary(), nullable=False),
        *_span(),
        sa.PrimaryKeyConstraint("revision_id", "id", name="pk_records"),
        _within_revision("records"),
    )
    op.create_table(
        "embeddings",
        sa.Column("model", sa.String(), nullable=False),
        sa.Column("text_sha256", sa.String(64), nullable=False),
        sa.Column("vector", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("model", "text_sha256", name="pk_embeddings"),
    )


def _create_log() -> None:
    op.create_table(
        "audit_events",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_audit_events"),
    )
    _index("audit_events", "subject", "seq")
    op.create_table(
        "decisions",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("domain", sa.String(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("content_sha256", sa.String(64), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("case_body", sa.LargeBinary(), nullable=False),
        sa.Column("audit_seq", sa.BigInteger(), nullable=False),
        sa.Column("audit_hash", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_decisions"),
        sa.ForeignKeyConstraint(["audit_seq"], ["audit_events.seq"], name="fk_decisions_audit_seq"),
    )
    _index("decisions", "tenant", "id")
    op.create_table(
        "idempotency_keys",
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("request_sha256", sa.String(64), nullable=False),
        sa.Column("decision_id", sa.String(40), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "key", name="pk_idempotency_keys"),
        sa.ForeignKeyConstraint(["decision_id"], ["decisions.id"], name="fk_idempotency_keys_decision_id"),
    )


def _create_reviews() -> None:
    op.create_table(
        "review_tasks",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("queue", sa.String(), nullable=False),
        sa.Column("decision_id", sa.String(40), nullable=False),
        sa.Column("decision_hash", sa.String(64), nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("assignee", sa.String()),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True)),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_review_tasks"),
        sa.ForeignKeyConstraint(["decision_id"], ["decisions.id"], name="fk_review_tasks_decision_id"),
        sa.UniqueConstraint(
            "queue", "decision_id", "decision_hash", name="uq_review_tasks_queue_decision_id_decision_hash"
        ),
    )
    _index("review_tasks", "tenant", "status", "due_at")
    op.create_table(
        "review_reasons",
        sa.Column("task_id", sa.String(40), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("task_id", "code", name="pk_review_reasons"),
        sa.ForeignKeyConstraint(["task_id"], ["review_tasks.id"], name="fk_review_reasons_task_id", ondelete="CASCADE"),
    )


def _span() -> tuple[sa.Column[int], ...]:
    return (
        sa.Column("span_start", sa.Integer(), nullable=False),
        sa.Column("span_end", sa.Integer(), nullable=False),
        sa.Column("page", sa.Integer()),
    )


def _within_revision(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["revision_id"], ["revisions.id"], name=f"fk_{table}_revision_id", ondelete="CASCADE"
    )


def _index(table: str, *columns: str) -> None:
    op.create_index(f"ix_{table}_{'_'.join(columns)}", table, list(columns))


def _keep_texts() -> None:
    """Refuse other words for a revision; when it ends, and whether it is removed with its ingest, may still change."""
    change = "BEFORE UPDATE OF id, canonical_text, content_sha256 ON revisions"
    if op.get_bind().dialect.name == "sqlite":
        refusal = "BEGIN SELECT RAISE(ABORT, 'the text of revisions is never changed: ingest it anew'); END"
        op.execute(f"CREATE TRIGGER revisions_no_other_text {change} {refusal}")
        taken = "EXISTS (SELECT 1 FROM revisions WHERE id = NEW.id)"
        op.execute(f"CREATE TRIGGER revisions_no_replace BEFORE INSERT ON revisions WHEN {taken} {refusal}")
        return
    op.execute(
        "CREATE OR REPLACE FUNCTION toulmin_keep_text() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "RAISE EXCEPTION 'the text of % is never changed: ingest it anew', TG_TABLE_NAME; END $$"
    )
    op.execute(f"CREATE TRIGGER revisions_no_other_text {change} FOR EACH ROW EXECUTE FUNCTION toulmin_keep_text()")


def _refuse_on_sqlite(table: str, taken: str) -> None:
    refusal = f"BEGIN SELECT RAISE(ABORT, '{table} only grows: what was recorded is never changed'); END"
    op.execute(f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} {refusal}")
    op.execute(f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} {refusal}")
    # INSERT OR REPLACE deletes the old row without firing delete triggers.
    op.execute(f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} WHEN {taken} {refusal}")


def _refuse_on_postgresql(table: str, _taken: str) -> None:
    op.execute(
        "CREATE OR REPLACE FUNCTION toulmin_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "RAISE EXCEPTION '% only grows: what was recorded is never changed', TG_TABLE_NAME; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION toulmin_refuse_change()"
    )
    op.execute(
        f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION toulmin_refuse_change()"
    )
