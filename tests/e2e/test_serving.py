"""The API as it is served, in a process of its own: started, asked everything its description allows, stopped."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from running import Demonstrated, Server, Toulmin

from decision.packs.real_estate import PACK

READY_WITHIN_S = 5.0
MEMORY_MB = 800.0
"""With the model of a table of sales at hand: some 440 when it is ready, and 160 for LightGBM and what that imports."""


@pytest.fixture(scope="session")
def served(demonstrated: Demonstrated, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Toulmin]]:
    copy = demonstrated.copy(tmp_path_factory.mktemp("served") / "data")
    server = Server(copy)
    yield server, copy
    assert server.stop() == 0


def test_answers_are_as_described(served: tuple[Server, Toulmin]) -> None:
    """Send generated requests, valid and not, to every operation, and compare each answer with the description.

    A request of the right shape may still be refused for what it says: an unknown domain, a fact out of bounds.
    """
    server, toulmin = served
    # Learning takes longer than the ten seconds that an example gets: all are of the month that was learned already.
    months = {json.loads(path.read_bytes())["as_of"] for path in (PACK.folder / "examples").glob("*.json")}
    assert len(months) == 1
    checked = subprocess.run(  # noqa: S603 - a test tool on our own server
        [
            Path(sys.executable).with_name("schemathesis"),
            "run",
            f"{server.url}/openapi.json",
            "--exclude-checks=positive_data_acceptance",
            "--max-examples=10",
            "--generation-deterministic",
            "--no-color",
        ],
        cwd=toulmin.data,  # where it leaves a folder of its own
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert checked.returncode == 0, checked.stdout
    assert "Tested: 34" in checked.stdout


def test_it_is_ready_soon_and_stays_small(served: tuple[Server, Toulmin]) -> None:
    server, _ = served
    assert server.ready_after_s < READY_WITHIN_S * _patience()
    assert server.resident_mb() < MEMORY_MB


def test_a_second_server_is_told_who_has_the_index(served: tuple[Server, Toulmin]) -> None:
    server, toulmin = served
    refused = toulmin.run("serve", "--port", "1")
    assert refused.returncode == 1
    assert str(server.process.pid) in refused.stderr
    assert server.url in refused.stderr.replace("\n", "")


def test_what_needs_no_index_works_meanwhile(served: tuple[Server, Toulmin]) -> None:
    _, toulmin = served
    assert toulmin.run("audit", "verify").returncode == 0
    assert toulmin.run("review", "list").returncode == 0


def _patience() -> float:
    """Figures hold for an idle machine of two cores; a busy one gets more time."""
    return max(1.0, os.getloadavg()[0] / 2)
