"""`toulmin serve`."""

import asyncio
import ctypes
import signal
import socket
import sys
from collections.abc import Generator
from contextlib import contextmanager
from types import FrameType
from typing import Final

import uvicorn

from service.api.app import make_app
from service.bootstrap import application
from service.cli.opening import free_index
from service.locations import require_roots
from service.settings import Settings, read_settings

_M_ARENA_MAX = -8  # glibc's mallopt(3)
_LAST_ANSWERS_S: Final = 5
"""Seconds that requests get to end once it is told to stop; who follows an ingest would stay for hours."""


async def serve(host: str | None, port: int | None) -> None:
    """Serve the API until told to stop; what cannot be opened, or is set up wrongly, is said before anything listens.

    Ingests that were cut off go on meanwhile. Those that run when it stops are left whole for whoever comes next.
    """
    _share_memory_arenas()
    chosen = {name: value for name, value in (("host", host), ("port", port)) if value is not None}
    settings = Settings.model_validate({**read_settings().model_dump(), **chosen})
    await asyncio.to_thread(require_roots, settings.ingest_roots)
    await free_index(settings)
    async with application(settings, doing="toulmin serve", address=_address(settings)) as running:
        await running.ingestions.resume()
        app = make_app(running)
        config = uvicorn.Config(
            app,
            host=settings.host,
            port=settings.port,
            lifespan="off",
            timeout_graceful_shutdown=_LAST_ANSWERS_S,
        )
        with _closing_after_signals():
            await _Server(config, app.state.stopping).serve()


class _Server(uvicorn.Server):
    """Says that it stops, before it waits for those who are still served."""

    def __init__(self, config: uvicorn.Config, stopping: asyncio.Event) -> None:
        super().__init__(config)
        self._stopping = stopping

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop."""
        self._stopping.set()
        await super().shutdown(sockets)


def _address(settings: Settings) -> str:
    """Give where this machine reaches it: who listens everywhere is also here."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)  # noqa: S104 - the reverse of it
    return f"http://[{host}]:{settings.port}" if ":" in host else f"http://{host}:{settings.port}"


@contextmanager
def _closing_after_signals() -> Generator[None]:
    """Let everything be closed in order although the server, once it has ended, sends the signal on to this process."""

    def taken(number: int, frame: FrameType | None) -> None:
        del number, frame

    before = {one: signal.signal(one, taken) for one in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for one, earlier in before.items():
            signal.signal(one, earlier)


def _share_memory_arenas() -> None:
    """Let threads share two of glibc's memory arenas; with one each, a server keeps some 45 MB for nothing."""
    if sys.platform == "linux" and hasattr(ctypes.CDLL(None), "mallopt"):
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 2)
