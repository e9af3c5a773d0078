"""The demonstration, run once as a user runs it, on a data folder of its own."""

from collections.abc import Callable
from pathlib import Path

import pytest
from running import Demonstrated, Toulmin


@pytest.fixture(scope="session")
def fresh(prepared_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Toulmin]:
    """Make empty data folders that share the prepared model."""

    def make() -> Toulmin:
        return Toulmin(tmp_path_factory.mktemp("toulmin"), prepared_model.parent)

    return make


@pytest.fixture(scope="session")
def demonstrated(fresh: Callable[[], Toulmin]) -> Demonstrated:
    """Run the demonstration once."""
    toulmin = fresh()
    done = toulmin.demo()
    assert done.returncode == 0, done.stdout + done.stderr
    return Demonstrated(toulmin.data, toulmin.models, done.stdout)
