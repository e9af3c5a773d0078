"""A process that runs commands of Toulmin, each in a process of its own that is forked off when its modules are there.

A command that starts alone spends a second of a processor on imports, which hundreds of them in a test run need not.
From `main` on, each does as if it had been started by itself. As a program it reads an order per line, and answers each
with the exit code.
"""

import atexit
import gc
import importlib
import json
import os
import runpy
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final, TextIO

from pydantic import BaseModel

SECONDS: Final = 300.0
"""A command that takes longer has hung."""

_PRELOADED: Final = (
    "aiosqlite",
    "retrieval.adapters.edge_index",
    "service.adapters.dbos_engine",
    "service.bootstrap",
    "service.cli.app",
    "service.migrations",
    "service.present.terminal",
)


class Order(BaseModel):
    """A command to be run: with which arguments, in which environment and folder, and with which files as its streams.

    `module` is one that `python -m` runs.
    """

    module: str
    arguments: tuple[str, ...]
    environment: Mapping[str, str]
    folder: Path
    streams: tuple[Path, Path, Path]


class Forks:
    """The process that forks, one command at a time."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - this file
            [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self._turn = threading.Lock()
        atexit.register(self.close)

    def run(
        self, module: str, *arguments: str, environment: Mapping[str, str], stdin: str | None
    ) -> subprocess.CompletedProcess[str]:
        """Run a command as `subprocess.run` does, with its output captured."""
        with tempfile.TemporaryDirectory() as made:
            streams = Path(made, "stdin"), Path(made, "stdout"), Path(made, "stderr")
            for stream, text in zip(streams, (stdin or "", "", ""), strict=True):
                stream.write_text(text, encoding="utf-8")
            order = Order(
                module=module, arguments=arguments, environment=environment, folder=Path.cwd(), streams=streams
            )
            code = self._obeyed(order)
            out, err = (stream.read_text(encoding="utf-8") for stream in streams[1:])
        if code is None:
            raise subprocess.TimeoutExpired([module, *arguments], SECONDS, out, err)
        return subprocess.CompletedProcess([module, *arguments], code, out, err)

    def close(self) -> None:
        """End the process; a command that still runs ends by itself."""
        self._process.communicate()

    def _obeyed(self, order: Order) -> int | None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with self._turn:
            self._process.stdin.write(order.model_dump_json() + "\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        assert line, "the process that forks has ended"
        return json.loads(line)


@cache
def forks() -> Forks:
    """Start the process that forks, once."""
    return Forks()


def _ended(process_id: int) -> int | None:
    """Wait until a command has ended, and give its exit code; None when it has to be killed."""
    began = time.monotonic()
    while True:
        done, status = os.waitpid(process_id, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        if time.monotonic() - began > SECONDS:
            os.kill(process_id, signal.SIGKILL)
            os.waitpid(process_id, 0)
            return None
        time.sleep(0.002)


def _serve(orders: TextIO, answers: TextIO) -> Order | None:
    """Fork for every order; in the process that is forked, give the order."""
    for line in orders:
        order = Order.model_validate_json(line)
        process_id = os.fork()
        if process_id == 0:
            answers.close()
            return order
        answers.write(json.dumps(_ended(process_id)) + "\n")
        answers.flush()
    return None


def _become(order: Order) -> None:
    """Give this process the arguments, environment, folder and streams of a command."""
    os.chdir(order.folder)
    os.environ.clear()
    os.environ.update(order.environment)
    for place, path in enumerate(order.streams):
        opened = os.open(path, os.O_WRONLY if place else os.O_RDONLY)
        os.dup2(opened, place)
        os.close(opened)
    sys.argv = [order.module, *order.arguments]


def main() -> None:
    """Fork until there are no orders any more."""
    orders, answers = os.fdopen(os.dup(0), encoding="utf-8"), os.fdopen(os.dup(1), "w", encoding="utf-8")
    for name in _PRELOADED:
        importlib.import_module(name)
    assert "service.cli.console" not in sys.modules, "it looks at the environment, which each command has of its own"
    gc.collect()
    gc.freeze()  # so that forked processes share what is imported
    order = _serve(orders, answers)
    if order is not None:
        _become(order)
        runpy.run_module(order.module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
