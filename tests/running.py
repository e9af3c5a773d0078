"""Toulmin as its users run it: in processes of its own, or as an API in this one."""

import os
import shutil
import subprocess
import sys
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from anyio.from_thread import start_blocking_portal
from fastapi.testclient import TestClient

from service.api.app import make_app
from service.bootstrap import application
from service.settings import Settings


@dataclass(frozen=True)
class Toulmin:
    """A data folder, and the commands run on it in processes of their own."""

    data: Path
    models: Path

    @property
    def environment(self) -> Mapping[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("TOULMIN_")}
        return {
            **kept,
            "TOULMIN_DATA": str(self.data),
            "TOULMIN_MODELS": str(self.models),
            "COLUMNS": "120",
            "NO_COLOR": "1",
        }

    def run(self, *arguments: str, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
        return self._python("-m", "service.cli", *arguments, stdin=stdin)

    def demo(self) -> subprocess.CompletedProcess[str]:
        return self._python("-m", "service.demo")

    def imported_by(self, *arguments: str) -> set[str]:
        """Give the top-level names of all modules that a command imports."""
        done = self._python("-X", "importtime", "-m", "service.cli", *arguments)
        assert done.returncode == 0, done.stdout
        lines = (line for line in done.stderr.splitlines() if line.startswith("import time:"))
        return {line.rpartition("|")[2].strip().partition(".")[0] for line in lines}

    def _python(self, *arguments: str, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
        return subprocess.run(  # noqa: S603 - our own program, in a process of its own as users have it
            [sys.executable, *arguments],
            env=self.environment,
            input=stdin,
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


@contextmanager
def client_of(settings: Settings) -> Generator[TestClient]:
    """Ask the API of an application that is open in an event loop of its own."""
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(application(settings)) as running:
        client = TestClient(make_app(running))
        client.portal = portal
        yield client
