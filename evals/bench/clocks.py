"""Encoders and an index that measure, or make up, what the product asks of them."""

import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import numpy as np

from retrieval.corpus import Scalar
from retrieval.filters import Condition
from retrieval.ports import Asked, Candidate, Embedder, Hit, Index, Point, Vectors
from retrieval.words import Words


class Clock:
    """Counts the seconds in which at least one of those who use it is at work; what runs side by side counts once."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._at_work = 0
        self._since = 0.0

    @contextmanager
    def running(self) -> Generator[None]:
        """Count while this is open."""
        if not self._at_work:
            self._since = time.perf_counter()
        self._at_work += 1
        try:
            yield
        finally:
            self._at_work -= 1
            if not self._at_work:
                self.seconds += time.perf_counter() - self._since


class ClockedEmbedder:
    """An Embedder that measures how long another one works; `either` counts it, and the work of whoever shares it."""

    def __init__(self, embedder: Embedder, either: Clock | None = None) -> None:
        self._embedder = embedder
        self.clock: Final = Clock()
        self._either: Final = either or Clock()

    @property
    def model(self) -> str:
        """Name and content hash of the model."""
        return self._embedder.model

    @property
    def dimensions(self) -> int:
        """Length of a vector."""
        return self._embedder.dimensions

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """Embed as the other one does."""
        with self.clock.running(), self._either.running():
            return await self._embedder.embed(texts)


class MadeUpEmbedder:
    """An Embedder whose vectors are drawn by chance, in no time: for what does not depend on the words."""

    def __init__(self, model: str, dimensions: int) -> None:
        self.model: Final = model
        self.dimensions: Final = dimensions
        self._chance = np.random.default_rng(0)

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """Draw one row of length one per text."""
        rows = self._chance.standard_normal((len(texts), self.dimensions), dtype=np.float32)
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)


class ClockedIndex:
    """An Index that measures how long another one takes to write points, and counts them; and how long it reads.

    `either` counts its reading, and the work of whoever shares it.
    """

    def __init__(self, index: Index, either: Clock | None = None) -> None:
        self._index = index
        self._either: Final = either or Clock()
        self.clock: Final = Clock()
        self.reading: Final = Clock()
        self.points = 0

    async def upsert(self, collection: str, points: Sequence[Point]) -> None:
        """Write points."""
        with self.clock.running():
            await self._index.upsert(collection, points)
        self.points += len(points)

    async def set_payload(self, collection: str, ids: Sequence[str], values: Mapping[str, Scalar]) -> None:
        """Overwrite payload fields of some points."""
        await self._index.set_payload(collection, ids, values)

    async def set_where(self, collection: str, conditions: Sequence[Condition], values: Mapping[str, Scalar]) -> None:
        """Overwrite payload fields of what meets all conditions."""
        await self._index.set_where(collection, conditions, values)

    async def delete(self, collection: str, conditions: Sequence[Condition]) -> None:
        """Remove what meets all conditions."""
        await self._index.delete(collection, conditions)

    async def nearest(
        self, collection: str, vector: Sequence[float], conditions: Sequence[Condition], limit: int
    ) -> list[Hit]:
        """Find the points nearest to a vector."""
        with self.reading.running(), self._either.running():
            return await self._index.nearest(collection, vector, conditions, limit)

    async def lexical(self, collection: str, words: Words, conditions: Sequence[Condition], limit: int) -> list[Hit]:
        """Find the points whose words match best."""
        with self.reading.running(), self._either.running():
            return await self._index.lexical(collection, words, conditions, limit)

    async def pool(self, collection: str, asked: Asked, conditions: Sequence[Condition], limit: int) -> list[Candidate]:
        """Find what matches best by words and by vector."""
        with self.reading.running(), self._either.running():
            return await self._index.pool(collection, asked, conditions, limit)

    async def scroll(self, collection: str, conditions: Sequence[Condition], limit: int | None = None) -> list[Hit]:
        """List points that meet the conditions."""
        with self.reading.running(), self._either.running():
            return await self._index.scroll(collection, conditions, limit)

    async def count(self, collection: str, conditions: Sequence[Condition]) -> int:
        """Count the points that meet the conditions."""
        with self.reading.running(), self._either.running():
            return await self._index.count(collection, conditions)

    async def close(self) -> None:
        """Close the other one."""
        await self._index.close()


def peak_mb() -> float:
    """Read the most memory that this process has had so far, mapped files of the index included, in megabytes.

    Linux knows it of this program alone; elsewhere (getrusage) that of the program that started it may be in it.
    """
    if (peak := _of_status("VmHWM")) is not None:
        return peak
    import resource  # noqa: PLC0415 - not on every system, and not needed on most

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2


def mapped_mb() -> float:
    """Read how much of this process's memory are mapped files, which the system takes back when it needs the room."""
    return _of_status("RssFile") or 0.0


def resident_mb() -> float:
    """Read how much memory this process has now that is not mapped files; 0 where the system does not tell."""
    return _of_status("RssAnon") or 0.0


def _of_status(field: str) -> float | None:
    status = Path("/proc/self/status")
    if not status.is_file():
        return None
    found = next(line for line in status.read_text(encoding="ascii").splitlines() if line.startswith(f"{field}:"))
    return int(found.split()[1]) / 1024
