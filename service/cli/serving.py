"""`toulmin serve`."""

import ctypes
import sys

import uvicorn

from service.api.app import make_app
from service.bootstrap import application
from service.settings import Settings, read_settings

_M_ARENA_MAX = -8  # glibc's mallopt(3)


async def serve(host: str | None, port: int | None) -> None:
    """Serve the API until interrupted; what cannot be opened is said before anything listens."""
    _share_memory_arenas()
    chosen = {name: value for name, value in (("host", host), ("port", port)) if value is not None}
    settings = Settings.model_validate({**read_settings().model_dump(), **chosen})
    async with application(settings, address=f"http://{settings.host}:{settings.port}") as running:
        await running.ingestions.resume()
        config = uvicorn.Config(make_app(running), host=settings.host, port=settings.port, lifespan="off")
        await uvicorn.Server(config).serve()


def _share_memory_arenas() -> None:
    """Let threads share two of glibc's memory arenas; with one each, a server keeps some 45 MB for nothing."""
    if sys.platform == "linux" and hasattr(ctypes.CDLL(None), "mallopt"):
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 2)
