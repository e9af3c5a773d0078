"""Toulmin as its users run it: in processes of its own, or as an API in this one."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from anyio.from_thread import start_blocking_portal
from fastapi.testclient import TestClient
from forking import forks

from service.api.app import make_app
from service.bootstrap import application
from service.settings import Settings


@dataclass(frozen=True)
class Toulmin:
    """A data folder, and the commands run on it in processes of their own."""

    data: Path
    models: Path
    settings: Mapping[str, str] = field(default_factory=dict[str, str], kw_only=True)

    @property
    def environment(self) -> Mapping[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("TOULMIN_")}
        return {
            **kept,
            "TOULMIN_DATA": str(self.data),
            "TOULMIN_MODELS": str(self.models),
            "COLUMNS": "120",
            "NO_COLOR": "1",
            **self.settings,
        }

    def run(self, *arguments: str, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
        return forks().run("service.cli", *arguments, environment=self.environment, stdin=stdin)

    def begin(self, *arguments: str) -> subprocess.Popen[str]:
        """Start a command, to be interrupted."""
        return subprocess.Popen(  # noqa: S603 - as in `_python`
            [sys.executable, "-m", "service.cli", *arguments],
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def demo(self) -> subprocess.CompletedProcess[str]:
        return self._python("-m", "service.demo")

    def imported_by(self, *arguments: str) -> set[str]:
        """Give the top-level names of all modules that a command imports."""
        done = self._python("-X", "importtime", "-m", "service.cli", *arguments)
        assert done.returncode == 0, done.stdout
        lines = (line for line in done.stderr.splitlines() if line.startswith("import time:"))
        return {line.rpartition("|")[2].strip().partition(".")[0] for line in lines}

    def _python(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(  # noqa: S603 - our own program, in a process of its own as users have it
            [sys.executable, *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )


@dataclass(frozen=True)
class Demonstrated(Toulmin):
    """The data folder after the demonstration, and what it printed."""

    printed: str

    def copy(self, folder: Path) -> Toulmin:
        """Copy the data folder, to be changed."""
        shutil.copytree(self.data, folder)
        return Toulmin(folder, self.models)


class Server:
    """A running `toulmin serve`; what it says is beside its data."""

    def __init__(self, toulmin: Toulmin) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = toulmin.data.with_name(f"{toulmin.data.name}.log")
        started = time.monotonic()
        with self.log.open("w", encoding="utf-8") as log:
            self.process = subprocess.Popen(  # noqa: S603 - our own program
                [sys.executable, "-m", "service.cli", "serve", "--port", str(self.port)],
                env=toulmin.environment,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self._wait()
        self.ready_after_s = time.monotonic() - started

    def resident_mb(self) -> float:
        return resident_mb(self.process.pid)

    def stop(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(timeout=20)

    def _wait(self) -> None:
        for _ in range(600):
            assert self.process.poll() is None, self.log.read_text(encoding="utf-8")
            try:
                with urllib.request.urlopen(f"{self.url}/readyz", timeout=5) as answer:  # noqa: S310 - our own address
                    if answer.status == 200:
                        return
            except urllib.error.URLError:
                time.sleep(0.05)
        raise AssertionError("the server did not become ready in 30 seconds")


def resident_mb(process_id: int) -> float:
    """Give the memory that a process has, on Linux."""
    status = Path(f"/proc/{process_id}/status").read_text(encoding="ascii", errors="replace")
    line = next(line for line in status.splitlines() if line.startswith("VmRSS:"))
    return int(line.split()[1]) / 1024


@contextmanager
def client_of(settings: Settings) -> Generator[TestClient]:
    """Ask the API of an application that is open in an event loop of its own."""
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(application(settings)) as running:
        client = TestClient(make_app(running))
        client.portal = portal
        yield client
