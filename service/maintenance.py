"""Turns how much of the past is to be kept into what retention took out of the index."""

from collections.abc import Awaitable, Callable
from typing import Final

from pydantic import Field, model_validator

from ingestion.ingests import Expired
from ingestion.ports import Catalog
from retrieval.corpus import Value
from service.errors import InvalidInputError

_LARGEST: Final = 2**31 - 2


class Retention(Value):
    """How much of the past to keep: the last so many `generations`, or everything from generation `before` on."""

    generations: int | None = Field(default=None, ge=1, le=_LARGEST, description="How many to keep, the newest first.")
    before: int | None = Field(default=None, ge=1, le=_LARGEST, description="The oldest generation to keep.")

    @model_validator(mode="after")
    def _one_of_them(self) -> "Retention":
        if (self.generations is None) == (self.before is None):
            raise ValueError("expected either generations or before")
        return self


class Retained(Value):
    """What retention did: the oldest generation that is kept whole, and what ended before it.

    Of revisions that recorded decisions cite, `kept_for_citation` in number, the words stay, and can still be opened.
    """

    generation: int
    oldest: int
    revisions: tuple[str, ...]
    kept_for_citation: int
    vectors: int


async def retain(catalog: Catalog, expire: Callable[[int], Awaitable[Expired]], which: Retention) -> Retained:
    """Have everything expire that ended before the generations that are kept; InvalidInputError names too late ones."""
    generation = await catalog.generation()
    oldest = which.before if which.before is not None else max(1, generation - (which.generations or 1) + 1)
    if oldest > max(generation, 1):
        raise InvalidInputError(
            f"before: expected at most {generation}, the committed generation; name an earlier one."
        )
    expired = await expire(oldest)
    return Retained(
        generation=generation,
        oldest=oldest,
        revisions=expired.revisions,
        kept_for_citation=expired.kept_for_citation,
        vectors=expired.vectors,
    )
