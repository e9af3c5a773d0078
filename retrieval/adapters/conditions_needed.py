"""Leaves out of a search the conditions that every point meets: the engine tries each of them on each point.

Trying the six conditions of a reader on 14,000 points took longer than the search itself, and mostly they all hold for
all. Which do is counted, and holds until the next write; what was searched while one began is searched again, under
every condition, so that nothing is ever seen that they exclude.
"""

import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from typing import Final, TypeVar

from retrieval.filters import Condition

_Found = TypeVar("_Found")


class ConditionsNeeded:
    """Knows which conditions exclude nothing; `count` tells how many points meet some. Writers take turns."""

    def __init__(self, count: Callable[[Sequence[Condition]], int]) -> None:
        self._count = count
        self._writes = 0  # odd while a write is under way
        self._written_at = time.monotonic() - _QUIET_S
        self._counted_at = -1
        self._everywhere: dict[Condition, bool] = {}

    @contextmanager
    def writing(self) -> Generator[None]:
        """Surround a write."""
        self._writes += 1
        try:
            yield
        finally:
            self._written_at = time.monotonic()
            self._writes += 1

    def ask(self, conditions: Sequence[Condition], search: Callable[[Sequence[Condition]], _Found]) -> _Found:
        """Search under those of the conditions that exclude anything."""
        before = self._writes
        if before % 2 or time.monotonic() - self._written_at < _QUIET_S:
            return search(conditions)  # counting pays only when it holds for a while
        found = search(self._excluding(before, conditions))
        return found if self._writes == before else search(conditions)

    def _excluding(self, writes: int, conditions: Sequence[Condition]) -> Sequence[Condition]:
        if self._counted_at != writes or len(self._everywhere) > _MOST:
            self._counted_at, self._everywhere = writes, {}
        everywhere = self._everywhere  # another thread may begin a new one
        unknown = [one for one in conditions if one not in everywhere]
        if unknown:
            total = self._count(())
            everywhere |= {one: self._count([one]) == total for one in unknown}
        return [one for one in conditions if not everywhere[one]]


_QUIET_S: Final = 1.0
_MOST: Final = 100
