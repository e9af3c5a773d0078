"""Points for tests of an Index, and what it then has."""

from collections.abc import Awaitable, Callable
from uuid import UUID

from retrieval.filters import Condition
from retrieval.ports import Collection, Index, Point
from retrieval.words import weigh_passage

Pair = tuple[Collection, Collection]
OpenIndex = Callable[[], Awaitable[Index]]


def name(number: int) -> str:
    return str(UUID(int=number))


def sale(number: int, x: float = 0.0, /, **payload: object) -> Point:
    return Point(name(number), (x, 0.0), payload)


def clause(number: int, words: str, vector: tuple[float, float, float] = (1, 0, 0), **payload: object) -> Point:
    return Point(name(number), vector, payload, weigh_passage(words))


async def found(index: Index, collection: Collection, *conditions: Condition) -> list[int]:
    return [UUID(hit.id).int for hit in await index.scroll(collection.name, conditions)]
