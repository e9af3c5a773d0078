"""The Index in a folder of this machine: Qdrant's own engine inside this process, no server."""

import asyncio
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path
from typing import Final, TextIO, TypeVar

from retrieval.adapters.disk_room import free_mb
from retrieval.adapters.edge_shard import EdgeCollection
from retrieval.adapters.qdrant_layout import check_name
from retrieval.corpus import Scalar
from retrieval.filters import Condition
from retrieval.index_lock import Notice, take_lock
from retrieval.ports import Asked, Candidate, Collection, Hit, IndexUnavailableError, Point, RetrievalError
from retrieval.settings import DEFAULTS, RetrievalSettings
from retrieval.words import Words

NOTHING: Final[Notice] = {}
"""What a process writes into the lock that only uses the index itself."""

_Found = TypeVar("_Found")


class EdgeIndex:
    """An Index of one process. Every call runs in a thread; a second process is refused and told who is first."""

    def __init__(self, folder: Path, shards: Mapping[str, EdgeCollection], lock: TextIO, headroom_mb: int) -> None:
        self._folder = folder
        self._shards = dict(shards)
        self._lock = lock
        self._headroom_mb = headroom_mb
        # Few threads of its own: what a thread's calls once needed, its allocator keeps.
        self._reading = ThreadPoolExecutor(_READERS, "index-reads")
        self._writing = ThreadPoolExecutor(1, "index-writes")
        self._reads = 0
        self._quiet = threading.Event()
        self._quiet.set()

    @classmethod
    async def open(
        cls,
        folder: Path,
        collections: Iterable[Collection],
        *,
        notice: Notice = NOTHING,
        settings: RetrievalSettings = DEFAULTS,
    ) -> "EdgeIndex":
        """Open the index of a folder, making what is not there.

        `notice` is written into the lock for others, such as the `address` where this process answers. Raises
        IndexInUseError when another process has it; IndexUnavailableError when it was made for other vectors, or is
        damaged.
        """
        return await asyncio.to_thread(cls._open, folder, tuple(collections), notice, settings)

    @classmethod
    def _open(
        cls, folder: Path, collections: Sequence[Collection], notice: Notice, settings: RetrievalSettings
    ) -> "EdgeIndex":
        folder.mkdir(parents=True, exist_ok=True)
        lock = take_lock(folder, notice)
        index = cls(folder, {}, lock, settings.disk_headroom_mb)
        try:
            for collection in collections:
                check_name(collection.name)
                shard = EdgeCollection.open(folder / collection.name, collection, index.page_may_follow)
                index._shards[collection.name] = shard
        except BaseException:
            index.close_now()
            raise
        return index

    async def upsert(self, collection: str, points: Sequence[Point]) -> None:
        """Write points, replacing those with the same id; checked before the first is written."""
        await self._write(collection, lambda shard: shard.upsert(points))

    async def set_payload(self, collection: str, ids: Sequence[str], values: Mapping[str, Scalar]) -> None:
        """Overwrite some payload fields of some points; unknown ids are passed over."""
        await self._write(collection, lambda shard: shard.set_payload(ids, values))

    async def set_where(self, collection: str, conditions: Sequence[Condition], values: Mapping[str, Scalar]) -> None:
        """Overwrite some payload fields of every point that meets all conditions; refuses an empty sequence."""
        if not conditions:
            raise RetrievalError(f"Setting fields in {collection} needs at least one condition.")
        await self._write(collection, lambda shard: shard.set_where(conditions, values))

    async def delete(self, collection: str, conditions: Sequence[Condition]) -> None:
        """Remove every point that meets all conditions; refuses an empty sequence."""
        if not conditions:
            raise RetrievalError(f"Deleting from {collection} needs at least one condition.")
        await self._write(collection, lambda shard: shard.delete(conditions))

    async def nearest(
        self, collection: str, vector: Sequence[float], conditions: Sequence[Condition], limit: int
    ) -> list[Hit]:
        """Find the points nearest to a vector."""
        return await self._read(collection, conditions, lambda shard: shard.nearest(vector, conditions, limit))

    async def lexical(self, collection: str, words: Words, conditions: Sequence[Condition], limit: int) -> list[Hit]:
        """Find the points whose words match best, by BM25 over what meets the conditions."""
        return await self._read(collection, conditions, lambda shard: shard.lexical(words, conditions, limit))

    async def pool(self, collection: str, asked: Asked, conditions: Sequence[Condition], limit: int) -> list[Candidate]:
        """Find the points that match best by words or by vector, each with both scores, by id."""
        return await self._read(collection, conditions, lambda shard: shard.pool(asked, conditions, limit))

    async def scroll(self, collection: str, conditions: Sequence[Condition], limit: int | None = None) -> list[Hit]:
        """List points that meet the conditions, by id, with score 0; all of them without a limit."""
        return await self._read(collection, conditions, lambda shard: shard.scroll(conditions, limit))

    async def count(self, collection: str, conditions: Sequence[Condition]) -> int:
        """Count exactly the points that meet the conditions."""
        return await self._read(collection, conditions, lambda shard: shard.count(conditions))

    async def close(self) -> None:
        """Flush, and let go of the files and the lock; a second call does nothing."""
        await asyncio.to_thread(self.close_now)

    def close_now(self) -> None:
        """Close, blocking."""
        shards, self._shards = self._shards, {}
        self._reading.shutdown()  # which lets calls that were made before come to their end
        self._writing.shutdown()
        for shard in shards.values():
            shard.close()
        self._lock.close()  # which releases it

    def check_headroom(self, needed_mb: int = 0) -> None:
        """Refuse to write while the disk is nearly full: the engine maps files, and a full disk kills its process.

        It is asked before each page of a write, since others may be filling the disk too; the pages before the one
        that is refused are kept.
        """
        free = free_mb(self._folder)
        if free < self._headroom_mb + needed_mb:
            needs = f" and the {needed_mb} MB that this takes" if needed_mb else ""
            raise IndexUnavailableError(
                f"Only {free} MB are free on the disk of {self._folder}, less than the {self._headroom_mb} MB that are "
                f"kept as headroom{needs}. Free some space, or lower disk_headroom_mb; reading goes on."
            )

    def page_may_follow(self, needed_mb: int = 0) -> None:
        """Let reads that are under way go first, for a moment, and check the headroom: asked before each page."""
        self._quiet.wait(_PATIENCE_S)
        self.check_headroom(needed_mb)

    def _shard(self, name: str) -> EdgeCollection:
        if name not in self._shards:
            known = ", ".join(sorted(self._shards)) or "none, it was closed"
            raise RetrievalError(f"The index has no collection {name!r}; it has: {known}.")
        return self._shards[name]

    async def _write(self, collection: str, work: Callable[[EdgeCollection], None]) -> None:
        shard = self._shard(collection)

        await self._in_thread(self._writing, lambda: work(shard))

    async def _read(
        self, collection: str, conditions: Sequence[Condition], work: Callable[[EdgeCollection], _Found]
    ) -> _Found:
        shard = self._shard(collection)

        def ready() -> _Found:
            missing = shard.missing_indexes(conditions)
            if (
                missing and free_mb(self._folder) >= self._headroom_mb
            ):  # without the index the answer is the same, but slow
                shard.add_indexes(missing)
            return work(shard)

        self._reads += 1
        self._quiet.clear()
        try:
            return await self._in_thread(self._reading, ready)
        finally:
            self._reads -= 1
            if not self._reads:
                self._quiet.set()

    async def _in_thread(self, threads: Executor, work: Callable[[], _Found]) -> _Found:
        try:
            return await asyncio.get_running_loop().run_in_executor(threads, work)
        except RetrievalError:
            raise
        except Exception as error:  # Edge raises bare Exceptions
            raise IndexUnavailableError(f"The index in {self._folder} failed: {error}. Look at its disk.") from error


_READERS: Final = 2
_PATIENCE_S: Final = 0.03  # the engine lets one call work at a time, so a page delays each read that is under way
