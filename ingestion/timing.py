"""Turns the work of an encoder that several batches share into the seconds that it spent on each of them."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from retrieval.ports import Embedder, Vectors


@dataclass(slots=True)
class EncoderTime:
    """Divides the time of one encoder, which takes texts in turn: what waits for it is charged nothing meanwhile.

    A batch is charged from when the one before it was done, so that all of them together never take longer than the
    clock says.
    """

    clock: Callable[[], float] = time.monotonic
    done_at: float = 0.0

    def charged(self, began: float) -> float:
        """Give the seconds of a batch that asked at `began` and is done now."""
        now = self.clock()
        seconds = now - max(began, self.done_at)
        self.done_at = now
        return seconds


class TimedEmbedder:
    """An Embedder that counts the seconds in which another one works on its texts."""

    def __init__(self, embedder: Embedder, time_of_all: EncoderTime) -> None:
        self._embedder = embedder
        self._time = time_of_all
        self.seconds = 0.0

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
        began = self._time.clock()
        vectors = await self._embedder.embed(texts)
        self.seconds += self._time.charged(began)
        return vectors
