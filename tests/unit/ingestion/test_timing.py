"""The time of an encoder is divided among the batches that wait for it, and never counted twice."""

import asyncio
from collections.abc import Sequence

import numpy as np
import pytest

from ingestion.timing import EncoderTime, TimedEmbedder
from retrieval.ports import Vectors


class TurnsEmbedder:
    """Takes one batch at a time, and for each text a second of a clock of its own."""

    model = "turns"
    dimensions = 1

    def __init__(self) -> None:
        self.now = 100.0
        self._turn = asyncio.Lock()

    async def embed(self, texts: Sequence[str]) -> Vectors:
        async with self._turn:
            await asyncio.sleep(0)
            if "fails" in texts:
                raise ConnectionError("gone")
            self.now += len(texts)
            return np.ones((len(texts), 1), dtype=np.float32)


async def test_what_waits_for_the_encoder_is_charged_from_its_turn_on() -> None:
    embedder = TurnsEmbedder()
    shared = EncoderTime(lambda: embedder.now)
    timed = [TimedEmbedder(embedder, shared) for _ in range(3)]
    await asyncio.gather(*(one.embed(["text"] * texts) for one, texts in zip(timed, (5, 3, 1), strict=True)))
    assert [one.seconds for one in timed] == [5.0, 3.0, 1.0]
    embedder.now += 50
    await timed[0].embed(["text", "text"])
    assert timed[0].seconds == 7.0, "and nothing while nobody asked"
    assert (timed[0].model, timed[0].dimensions) == ("turns", 1)


async def test_what_fails_is_charged_nothing_and_the_next_no_less() -> None:
    embedder = TurnsEmbedder()
    timed = TimedEmbedder(embedder, EncoderTime(lambda: embedder.now))
    with pytest.raises(ConnectionError):
        await timed.embed(["fails"])
    await timed.embed(["text"])
    assert timed.seconds == 1.0
