"""Many texts to vectors while questions are answered: by threads of the lowest priority, with a model of their own."""

import asyncio
import os
import sys
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import numpy as np

from retrieval.adapters.local_models import OnnxEmbedder, Tokens
from retrieval.ports import Vectors


class BackgroundEmbedder:
    """An Embedder for ingestion. It takes what time the machine has left; give it many texts at once.

    Its vectors are those of the embedder it was made from, whose model it loads once more when it first has texts.
    """

    def __init__(self, embedder: OnnxEmbedder, threads: int) -> None:
        self._embedder = embedder
        self._loading = threading.Lock()
        self._own: OnnxEmbedder | None = None
        self._threads = ThreadPoolExecutor(threads, "embedding-background", _step_back)

    @property
    def model(self) -> str:
        """Name and content hash of the model."""
        return self._embedder.model

    @property
    def dimensions(self) -> int:
        """Length of a vector."""
        return self._embedder.dimensions

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """One row per text, in order; whoever gives up waiting stops what was not begun."""
        rows = np.empty((len(texts), self.dimensions), dtype=np.float32)
        if not texts:
            return rows
        # Not by a thread of low priority: while that holds the interpreter, who answers questions would wait for it.
        own = self._own or await asyncio.to_thread(self._loaded)
        tokens: list[Tokens] = []
        for start in range(0, len(texts), _READ_AT_ONCE):
            reading = self._threads.submit(self._embedder.read, texts[start : start + _READ_AT_ONCE])
            tokens += await asyncio.wrap_future(reading)
        batches = self._embedder.shared(tokens)[::-1]  # the longest first, so that all threads end at about one time
        running = [self._threads.submit(own.computed, [tokens[place] for place in one]) for one in batches]
        try:
            for places, batch in zip(batches, running, strict=True):
                rows[places] = await asyncio.wrap_future(batch)
        finally:
            for batch in running:
                batch.cancel()
        return rows

    def _loaded(self) -> OnnxEmbedder:
        with self._loading:
            self._own = self._own or self._embedder.in_the_caller()
            return self._own


_READ_AT_ONCE: Final = 256
_LOWEST: Final = 19  # of Unix's niceness


def _step_back() -> None:
    """Give the calling thread the lowest priority, where threads have priorities of their own."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _LOWEST)
