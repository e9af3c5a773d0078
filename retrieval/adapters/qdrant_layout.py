"""What the two Qdrant adapters share: names of vectors, indexed fields, words as sparse vectors, checks, and order."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, cast

import numpy as np
from numpy.typing import NDArray

from retrieval.filters import Between, Condition, Equals, Not
from retrieval.ports import Collection, Hit, Point, RetrievalError
from retrieval.words import Words

DENSE: Final = "dense"
WORDS: Final = "words"
"""The names of a point's two vectors."""

LAYOUT: Final = 3
"""Raised when stored points would no longer be searched rightly (other weights of words, other vector names)."""

PAGE: Final = 500
"""How many points go with one call when points are listed, or written to a server; larger ones take more memory, not
less time."""

FieldType = Literal["keyword", "integer", "float", "geo", "bool"]

INDEXED: Final[Mapping[str, FieldType]] = {
    "tenant": "keyword",
    "groups": "keyword",
    "effective_from": "integer",
    "effective_to": "integer",
    "valid_from_generation": "integer",
    "valid_to_generation": "integer",
    "id": "keyword",
    "clause_keys": "keyword",
    "document_id": "keyword",
    "revision_id": "keyword",
    "observed_on": "integer",
    "location": "geo",
}
"""Payload fields with an index from the start; a number that is asked for by range, and a truth value, get one when
they first are."""


def indexed(collection: Collection) -> Mapping[str, FieldType]:
    """Give the fields that a new collection indexes: texts have no place and no day, and nobody asks for one by id."""
    skipped = {"id", "observed_on", "location"} if collection.lexical else {"clause_keys"}
    return {field: kind for field, kind in INDEXED.items() if field not in skipped}


def json_path(field: str) -> str:
    """Write a field in Qdrant's path syntax, where a key with odd characters stands in quotes."""
    keys = field.split(".")
    if not all(keys) or '"' in field:
        raise RetrievalError(f"{field!r} is no payload field; write keys joined by dots, without quotes.")
    return ".".join(key if _PLAIN_KEY.fullmatch(key) else f'"{key}"' for key in keys)


def without_index(conditions: Sequence[Condition], known: set[str]) -> Mapping[str, FieldType]:
    """Give the fields that the conditions ask for by range or truth value and that have no index yet, with its type."""
    inner = [condition.condition if isinstance(condition, Not) else condition for condition in conditions]
    missing: dict[str, FieldType] = {}
    for one in inner:
        if isinstance(one, Between):
            missing[one.field] = "float"
        elif isinstance(one, Equals) and isinstance(one.value, bool):
            missing.setdefault(one.field, "bool")
    return {field: kind for field, kind in missing.items() if field not in known}


@dataclass(frozen=True, slots=True)
class ReadyPoint:
    """A Point that was checked, in the types that both clients of the engine take, but for its vector.

    As a list of numbers a vector takes eight times the room, so it becomes one only when its page is written.
    """

    id: str
    vector: NDArray[np.float32]
    payload: dict[str, object]
    words: Words | None


def checked(collection: Collection, point: Point) -> ReadyPoint:
    """Check a point that is to be written, its payload made plain JSON; raises RetrievalError naming what is wrong."""
    if not _UUID.fullmatch(point.id):
        raise RetrievalError(f"Point id {point.id!r} is not a UUID; make it with retrieval.points.point_id.")
    vector = checked_vector(collection, point.vector)
    if collection.lexical != (point.words is not None):
        expected = "words for BM25" if collection.lexical else "no words"
        raise RetrievalError(f"Point {point.id}: collection {collection.name} takes {expected} with each point.")
    payload = {  # most values are plain, and asking a function about each takes as long as storing some
        key: value if type(value) in _PLAIN else plain(value, key) for key, value in point.payload.items()
    }
    return ReadyPoint(point.id, vector, payload, point.words)


def check_lexical(collection: Collection) -> None:
    """Refuse to search words in a collection that has none."""
    if not collection.lexical:
        raise RetrievalError(f"Collection {collection.name} holds no words; search it by vector.")


def check_name(name: str) -> None:
    """Refuse a collection name that could not be a folder's on every system."""
    if not _NAME.fullmatch(name):
        raise RetrievalError(f"{name!r} is no collection name; use a-z, 0-9, - and _.")


def checked_vector(collection: Collection, vector: Sequence[float] | NDArray[np.float32]) -> NDArray[np.float32]:
    """Give a vector in 32 bits; refuses one of the wrong length or with numbers that are not finite in 32 bits."""
    if isinstance(vector, np.ndarray) and vector.dtype == np.float32:
        row = vector
    else:
        with np.errstate(over="ignore"):  # what is too large becomes infinite, which is refused
            row = np.asarray(vector, dtype=np.float32)
    if row.shape != (collection.dimensions,):
        raise RetrievalError(
            f"Collection {collection.name} holds vectors of {collection.dimensions} numbers, not {row.size}. "
            "Was the index made with another embedding model? Rebuild it from the catalog."
        )
    if not np.isfinite(row).all():
        raise RetrievalError(f"A vector for collection {collection.name} has a number that is not finite.")
    return row


def plain(value: object, field: str) -> object:
    """Copy a payload value into lists and dictionaries; refuses what JSON cannot carry, naming the field."""
    match value:
        case None | bool() | int() | str():
            return value
        case float() if math.isfinite(value):
            return value
        case list() | tuple():
            items = cast("Sequence[object]", value)
            return [item if type(item) in _PLAIN else plain(item, field) for item in items]
        case Mapping():
            entries = cast("Mapping[str, object]", value)
            return {key: plain(item, f"{field}.{key}") for key, item in entries.items()}
        case _:
            raise RetrievalError(
                f"Payload field {field} holds {value!r}; expected a string, a finite number, a truth value, a list, a "
                "mapping, or None."
            )


def first(hits: Sequence[Hit], limit: int, asked: int) -> list[Hit] | None:
    """Cut hits to the best `limit`, ties by id; None when more than the `asked` ones must be seen to settle a tie."""
    ordered = sorted(hits, key=lambda hit: (-hit.score, hit.id))
    tied = len(ordered) > limit and ordered[-1].score == ordered[limit - 1].score
    return None if tied and len(hits) >= asked else ordered[:limit]


_PLAIN: Final = frozenset({str, int, bool, type(None)})
_UUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_NAME: Final = re.compile(r"[a-z0-9_-]+")
_PLAIN_KEY: Final = re.compile(r"[A-Za-z0-9_-]+")
