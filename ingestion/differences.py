"""Turns what the catalog holds and what the index counts into the collections in which the two differ."""

from collections.abc import Sequence

from ingestion.ingests import PointCount
from ingestion.ports import Catalog
from retrieval.filters import AnyOf, Between, Condition, Equals, Not
from retrieval.ports import Index


async def difference(catalog: Catalog, index: Index, collections: Sequence[str]) -> str | None:
    """Say in which collections the index does not hold what was committed, and what to do; None when it does.

    Two counts per collection, which an ingest that runs meanwhile does not change.
    """
    generation = await catalog.generation()
    found = await differing(index, await catalog.counts(generation), collections, generation)
    if not found:
        return None
    return f"The index does not hold what the catalog does in {', '.join(found)}; ingest any source to rebuild it."


async def differing(index: Index, held: Sequence[PointCount], collections: Sequence[str], generation: int) -> list[str]:
    """Name the collections in which the index has another number of points at a generation, or up to it."""
    until: list[Condition] = [Between("valid_from_generation", below=generation + 1)]
    at: list[Condition] = [*until, Between("valid_to_generation", at_least=generation + 1)]
    found: list[str] = []
    for collection in collections:
        inside = [one for one in held if one.collection == collection]
        ever = sum(one.points for one in inside)
        now = sum(one.points for one in inside if one.valid_to_generation > generation)
        if await index.count(collection, until) != ever or await index.count(collection, at) != now:
            found.append(collection)
    return found


def points_of(held: PointCount) -> tuple[Condition, ...]:
    """Give the conditions that a revision's points meet when readers of the right generations see them."""
    return (
        Equals("revision_id", held.revision_id),
        Equals("valid_from_generation", held.valid_from_generation),
        Equals("valid_to_generation", held.valid_to_generation),
    )


def unknown_points(held: Sequence[PointCount]) -> tuple[Condition, ...]:
    """Give the conditions that points of none of these revisions meet."""
    return (Not(AnyOf("revision_id", tuple(one.revision_id for one in held))),)
