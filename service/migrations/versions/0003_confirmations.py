"""What owners confirmed of clauses whose words have changed, in a table that only grows."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Create the table and let the database refuse to change what is in it."""
    op.create_table(
        "confirmations",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("pack", sa.String(), nullable=False),
        sa.Column("rulebook_version", sa.String(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_confirmations"),
    )
    op.create_index(
        "ix_confirmations_tenant_pack_rulebook_version", "confirmations", ["tenant", "pack", "rulebook_version"]
    )
    if op.get_bind().dialect.name == "sqlite":
        _refuse_on_sqlite()
    else:
        _refuse_on_postgresql()


def _refuse_on_sqlite() -> None:
    refusal = "BEGIN SELECT RAISE(ABORT, 'confirmations only grows: what was recorded is never changed'); END"
    op.execute(f"CREATE TRIGGER confirmations_no_update BEFORE UPDATE ON confirmations {refusal}")
    op.execute(f"CREATE TRIGGER confirmations_no_delete BEFORE DELETE ON confirmations {refusal}")
    taken = "EXISTS (SELECT 1 FROM confirmations WHERE id = NEW.id)"
    op.execute(f"CREATE TRIGGER confirmations_no_replace BEFORE INSERT ON confirmations WHEN {taken} {refusal}")


def _refuse_on_postgresql() -> None:
    """Use the function that the first script made for the tables that only grow."""
    for change, each in (("UPDATE OR DELETE", "ROW"), ("TRUNCATE", "STATEMENT")):
        name = "change" if each == "ROW" else "truncate"
        op.execute(
            f"CREATE TRIGGER confirmations_no_{name} BEFORE {change} ON confirmations "
            f"FOR EACH {each} EXECUTE FUNCTION toulmin_refuse_change()"
        )
