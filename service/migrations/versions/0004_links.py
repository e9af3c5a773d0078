"""What the words of a chunk refer to; chunks from before have none until their source is read anew."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add the column; its default is only for the rows that are there."""
    op.add_column("chunks", sa.Column("links", sa.JSON(), nullable=False, server_default="[]"))
