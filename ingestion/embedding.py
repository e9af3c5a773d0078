"""Turns chunks into vectors that are kept by the words that were embedded, so that no text is embedded twice."""

import hashlib
from collections.abc import Awaitable, Callable, Iterator, Sequence
from itertools import islice
from typing import Final, TypeVar

from ingestion.ports import Catalog
from retrieval.corpus import Chunk
from retrieval.points import searched_text
from retrieval.ports import Embedder

BATCH: Final = 512
"""Texts that are embedded, and kept, at a time."""

Item = TypeVar("Item")
Told = Callable[[int], Awaitable[None]]
"""Told how many more texts were embedded."""


def embedding_key(chunk: Chunk) -> str:
    """Hash the words that are embedded, the titles above the chunk and its text (SHA-256, hex)."""
    return hashlib.sha256(searched_text(chunk).encode()).hexdigest()


async def embed(chunks: Sequence[Chunk], catalog: Catalog, embedder: Embedder, told: Told) -> int:
    """Keep a vector for each chunk that has none yet; returns how many texts were embedded."""
    texts = {embedding_key(chunk): searched_text(chunk) for chunk in chunks}
    unknown = await _unknown(list(texts), catalog, embedder.model)
    for keys in batches(unknown, BATCH):
        vectors = await embedder.embed([texts[key] for key in keys])
        await catalog.keep_vectors(embedder.model, keys, vectors)
        await told(len(keys))
    return len(unknown)


async def to_embed(chunks: Sequence[Chunk], catalog: Catalog, embedder: Embedder) -> int:
    """Count the texts that no vector is kept for."""
    return len(await _unknown(list({embedding_key(chunk) for chunk in chunks}), catalog, embedder.model))


def batches(items: Sequence[Item], size: int) -> Iterator[list[Item]]:
    """Cut a sequence into lists of at most `size`."""
    rest = iter(items)
    while batch := list(islice(rest, size)):
        yield batch


async def _unknown(keys: Sequence[str], catalog: Catalog, model: str) -> list[str]:
    kept = await catalog.kept(model, keys)
    return [key for key in keys if key not in kept]
