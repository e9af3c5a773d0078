"""What is stored beside a shard of the embedded engine: for which vectors it was made, so that no others meet it."""

from pathlib import Path
from typing import Final

from retrieval.adapters.qdrant_layout import LAYOUT
from retrieval.corpus import Value
from retrieval.ports import Collection, IndexUnavailableError

REBUILD: Final = "Remove that folder and ingest again: nothing is lost, the catalog keeps texts and vectors."
"""What to do with a folder that does not fit."""


class Card(Value):
    """Stored beside a shard: what its vectors are. Cards of the first layout did not name a model."""

    layout: int = LAYOUT
    dimensions: int
    metric: str
    lexical: bool
    model: str | None = None


def card_of(collection: Collection) -> Card:
    """Say what the vectors of a collection are."""
    return Card(
        dimensions=collection.dimensions, metric=collection.metric, lexical=collection.lexical, model=collection.model
    )


def check_card(folder: Path, expected: Card, stored: Card) -> None:
    """Refuse a shard that was made for other vectors, or in another layout; IndexUnavailableError says what to do."""
    either = None in {stored.model, expected.model}
    if stored.model_copy(update={"model": expected.model} if either else {}) != expected:
        raise IndexUnavailableError(
            f"The index in {folder} was made for other vectors: it holds {_words(stored)}, but {_words(expected)} are "
            f"asked. Choose the model it was made with, or start anew. {REBUILD}"
        )


def _words(card: Card) -> str:
    words = "with words" if card.lexical else "without words"
    by = "" if card.model is None else f" by the model {card.model}"
    return f"{card.metric} vectors of {card.dimensions} numbers{by} {words} (layout {card.layout})"
