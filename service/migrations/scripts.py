"""Runs the migration scripts that a database still lacks, on an open transaction."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Connection

from service.errors import StoreUnavailableError


def migrate(connection: Connection) -> None:
    """Bring the database to the last script; StoreUnavailableError when its version is none of ours."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise StoreUnavailableError(
            f"The database {connection.engine.url.render_as_string()} was written by another version ({error}); "
            "install that version, or point TOULMIN_DATABASE_URL or TOULMIN_DATA elsewhere."
        ) from error
