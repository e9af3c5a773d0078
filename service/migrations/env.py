"""Alembic's entry: runs migration scripts on the connection that `service.migrations.upgrade` has opened."""

from typing import cast

from alembic import context
from sqlalchemy import Connection

from service.adapters.tables import metadata

context.configure(
    connection=cast("Connection", context.config.attributes["connection"]),
    target_metadata=metadata,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
