"""Finds who does the work of a command: a service that has the index, or this process, after waiting for its turn."""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Final

from retrieval.ports import IndexInUseError
from service.cli.console import err
from service.errors import ServiceError
from service.holder import Holder, index_holder
from service.settings import Settings

if TYPE_CHECKING:
    from service.commands import Commands

PATIENCE_S: Final = 20.0
"""Seconds that a command waits for a process which has the index and serves nobody, or does not answer yet."""

_SILENT_S: Final = 1.0
_LOOK_S: Final = 0.1


@asynccontextmanager
async def commands(
    settings: Settings, doing: str, *, ingests: bool = False, patience_s: float = PATIENCE_S
) -> "AsyncGenerator[Commands]":
    """Give what does the work; ConflictError when a service has the index that reads it otherwise than this caller.

    `doing` tells others meanwhile what has the index, `ingests` that sources will be read at once. Nothing that only
    one of both ways needs is imported before.
    """
    async with AsyncExitStack() as opened:
        turn = _Turn(patience_s)
        while True:
            held = None if settings.qdrant_url is not None else index_holder(settings)
            if held is None:
                found = await _alone(settings, doing, opened, turn, ingests=ingests)
            else:
                found = await _through(held, settings, opened)
            if found is not None:
                yield found
                return
            if held is not None:
                turn.check(held)
            await asyncio.sleep(_LOOK_S)


async def free_index(settings: Settings, patience_s: float = PATIENCE_S) -> None:
    """Wait until nobody has the index; ServiceError when a service has it already, or somebody has it for long."""
    turn = _Turn(patience_s)
    while settings.qdrant_url is None and (held := index_holder(settings)) is not None:
        if held.address is not None:
            raise ServiceError(
                f"Process {held.pid} serves {settings.data} at {held.address} already; use it, or stop it first."
            )
        turn.check(held)
        await asyncio.sleep(_LOOK_S)


async def _alone(
    settings: Settings, doing: str, opened: AsyncExitStack, turn: "_Turn", *, ingests: bool
) -> "Commands | None":
    from service.cli.alone import alone  # noqa: PLC0415 - half a second, which a command that goes through a service does not need

    try:
        return await opened.enter_async_context(alone(settings, doing, ingests=ingests))
    except IndexInUseError:  # somebody was faster
        if turn.over:
            raise
        return None


async def _through(held: Holder, settings: Settings, opened: AsyncExitStack) -> "Commands | None":
    if held.address is None:
        return None
    held.require_same_reader(settings)
    from service.client import connected  # noqa: PLC0415 - a tenth of a second, if nobody serves

    client = await opened.enter_async_context(connected(held))
    return client if await client.is_there() else None


class _Turn:
    """How long somebody else has had the index, and what is said about it."""

    def __init__(self, patience_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._began = clock()
        self._patience_s = patience_s
        self._told: set[int] = set()

    @property
    def over(self) -> bool:
        return self._clock() - self._began >= self._patience_s

    def check(self, held: Holder) -> None:
        """Say who has the index, once it takes a while; ServiceError when it takes too long."""
        if self.over:
            raise ServiceError(_refusal(held, self._patience_s))
        if held.pid not in self._told and self._clock() - self._began >= _SILENT_S:
            self._told.add(held.pid)
            err.print(f"Process {held.pid} ({held.doing}) has the index; waiting.", markup=False)


def _refusal(held: Holder, patience_s: float) -> str:
    if held.address is not None:
        return (
            f"Process {held.pid} ({held.doing}) has the index and should answer at {held.address}, but has not for "
            f"{patience_s:g} seconds; look at its log, or stop it and try again."
        )
    return (
        f"Process {held.pid} ({held.doing}) has had the index for more than {patience_s:g} seconds; try again when it "
        "has ended. While `toulmin serve` runs, commands work through it side by side."
    )
