"""Which tests one of several workers runs together, so that what they share is made once.

A mark on the tests would be the usual way, and `--dist loadgroup`; with pytest 9.2, pytest-xdist 3.8 overlooks it.
"""

from pathlib import PurePosixPath
from typing import Final

import pytest
from xdist.remote import Producer
from xdist.scheduler.loadscope import LoadScopeScheduling

FOLDERS: Final = frozenset({"api", "e2e"})
"""Tiers whose modules share one application, or one demonstration."""

SHARE_NOTHING: Final = frozenset(
    {"test_bad_input", "test_bench", "test_drift", "test_jobs", "test_through_service", "test_workers"}
)
"""Modules that take long, and in which every test makes what it needs."""


class SharedTogether(LoadScopeScheduling):
    """Hands out tests by what they share, in the order of collection: the many short ones of `unit` fill the end."""

    def __init__(self, config: pytest.Config, log: Producer) -> None:
        config.option.loadscopereorder = False
        super().__init__(config, log)

    def _split_scope(self, nodeid: str) -> str:
        module = PurePosixPath(nodeid.partition("::")[0])
        if module.stem in SHARE_NOTHING:
            return nodeid
        return str(module.parent if module.parent.name in FOLDERS else module)
