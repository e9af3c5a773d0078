"""Turns the numbers of a dataset's sections into keys as ingestion writes them, and into a tree."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

_SEGMENT: Final = re.compile(r"\([^)]*\)|[^.()]+")
_NAMED: Final = re.compile(r"(?:part|chapter|app|appendix|schedule|section|annex)\b.*|app\d.*", re.IGNORECASE)


def segments(number: str) -> tuple[str, ...]:
    """Cut "PART 5.12.3.(1)" into PART 5, 12, 3 and (1)."""
    return tuple(part.strip() for part in _SEGMENT.findall(number.replace("\u00a0", " ")) if part.strip())


def keys_of(numbers: Sequence[str]) -> tuple[str, ...]:
    """Give each section of a document its key: the number as it is cited, without the part and chapter around it.

    Where that is taken already, the part is left in it, and failing that a count tells them apart.
    """
    used: set[str] = set()
    return tuple(_unused([_key(_inner(whole)), _key(whole)], used) for whole in map(segments, numbers))


def parents_of(numbers: Sequence[str]) -> tuple[int | None, ...]:
    """Give the place of the section around each one: the longest beginning of its number that is a section itself."""
    first: dict[tuple[str, ...], int] = {}
    for place, number in enumerate(numbers):
        first.setdefault(segments(number), place)
    return tuple(_parent(segments(number), place, first) for place, number in enumerate(numbers))


def _parent(whole: tuple[str, ...], place: int, first: Mapping[tuple[str, ...], int]) -> int | None:
    above = (first.get(whole[:length]) for length in range(len(whole) - 1, 0, -1))
    return next((one for one in above if one is not None and one != place), None)


def _inner(whole: tuple[str, ...]) -> tuple[str, ...]:
    rest = whole
    while len(rest) > 1 and _NAMED.fullmatch(rest[0]):
        rest = rest[1:]
    return rest


def _key(parts: tuple[str, ...]) -> str:
    key = ""
    for part in (one.lower().replace(" ", "-") for one in parts):
        key += part if part.startswith("(") or not key else f".{part}"
    return key or "untitled"


def _unused(wanted: Sequence[str], used: set[str]) -> str:
    counted = (f"{wanted[-1]}-{count}" for count in range(2, len(used) + 3))
    key = next(one for one in (*wanted, *counted) if one not in used)
    used.add(key)
    return key
