"""`toulmin serve`."""

import logging

import uvicorn

from service.api.app import make_app
from service.cli.console import expected_errors
from service.settings import read_settings


def serve(host: str | None, port: int | None) -> None:
    """Serve the API until interrupted."""
    with expected_errors():
        settings = read_settings()
        changed = {name: value for name, value in (("host", host), ("port", port)) if value is not None}
        settings = settings.model_copy(update=changed)
        logging.getLogger("uvicorn.error").setLevel(logging.INFO)
        uvicorn.run(make_app(settings), host=settings.host, port=settings.port, log_level="info")
