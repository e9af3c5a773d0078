"""What packs learned from records, kept so that it is learned once."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "lessons",
        sa.Column("tenant", sa.String(), primary_key=True),
        sa.Column("pack", sa.String(), primary_key=True),
        sa.Column("key", sa.String(64), primary_key=True),
        sa.Column("about", sa.String(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
    )
