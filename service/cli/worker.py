"""`toulmin worker`: a process that stages what others were asked to ingest."""

import asyncio
import signal
from typing import Final

from service.bootstrap import worker as opened
from service.cli.console import err
from service.ports import Ingestions
from service.settings import read_settings

_PATIENCE_S: Final = 30.0
_LOOK_S: Final = 1.0
_SHOWN: Final = 20


async def worker(concurrency: int | None) -> None:
    """Work until interrupted, then finish what is being staged; what takes long is left to others."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    async with opened(read_settings(), concurrency) as jobs:
        await jobs.work()
        for one in _SIGNALS:
            loop.add_signal_handler(one, stopping.set)
        err.print("Working; ingests are started elsewhere. End it with Ctrl-C.")
        telling = asyncio.create_task(_tell(jobs))
        await stopping.wait()
        for one in _SIGNALS:
            loop.remove_signal_handler(one)  # so that a second signal ends it at once
        telling.cancel()
        err.print(f"Stopping; what is being staged gets {_PATIENCE_S:g} seconds to finish.")
        await jobs.aclose(_PATIENCE_S)


_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)


async def _tell(jobs: Ingestions) -> None:
    """Say what is ingested, line by line."""
    said: dict[str, str] = {one.id: one.state for one in await jobs.recent(_SHOWN) if one.over}
    while True:
        for one in reversed(await jobs.recent(_SHOWN)):
            if said.get(one.id) != one.state:
                said[one.id] = one.state
                err.print(f"{one.id}: {one.state}, {one.settled} of {one.documents} documents", markup=False)
        await asyncio.sleep(_LOOK_S)
