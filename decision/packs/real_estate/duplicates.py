"""Turns sales from several tables into sales that count once: the same sale in two tables is one sale.

Sales of one date and price are the same where their places are, or where a place is not known and the tables give them
the same id. Within a table every row stays, for two flats of one house may be sold alike.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

from decision.packs.real_estate.features import number
from retrieval.corpus import Record

SAME_PLACE: Final = 1e-4
"""Degrees that the places of one sale may differ by: tables round, and this is some ten metres."""


def copied(sales: Sequence[Record]) -> Mapping[str, str]:
    """Give for each sale that is a copy the one that counts, by id: that of the table with the most sales here."""
    if len({sale.document_id for sale in sales}) < _TWO_TABLES:
        return {}
    size = Counter(sale.document_id for sale in sales)
    alike: defaultdict[tuple[date, float], list[Record]] = defaultdict(list)
    for sale in sales:
        price = number(sale.values.get("price"))
        if price is not None:
            alike[sale.observed_on, price].append(sale)
    found: dict[str, str] = {}
    for group in alike.values():
        found |= _copies(sorted(group, key=lambda sale: (-size[sale.document_id], sale.document_id, sale.id)))
    return found


def is_same(one: Record, other: Record) -> bool:
    """Tell whether two records of different tables are of one sale."""
    return (
        one.document_id != other.document_id
        and one.observed_on == other.observed_on
        and number(one.values.get("price")) == number(other.values.get("price")) is not None
        and _is_same_place(one, other)
    )


_TWO_TABLES: Final = 2


def _copies(group: Sequence[Record]) -> dict[str, str]:
    """Match each sale with one of those kept that no other sale of its table is matched with."""
    kept: list[Record] = []
    matched: set[tuple[str, str]] = set()
    found: dict[str, str] = {}
    for sale in group:
        free = (one for one in kept if is_same(one, sale) and (one.id, sale.document_id) not in matched)
        original = next(free, None)
        if original is None:
            kept.append(sale)
        else:
            matched.add((original.id, sale.document_id))
            found[sale.id] = original.id
    return found


def _is_same_place(one: Record, other: Record) -> bool:
    if None in (one.latitude, one.longitude, other.latitude, other.longitude):
        return _own_id(one) == _own_id(other)
    north = abs((one.latitude or 0) - (other.latitude or 0))
    east = abs((one.longitude or 0) - (other.longitude or 0))
    return max(north, east) <= SAME_PLACE


def _own_id(sale: Record) -> str:
    """Give the id that the table itself has for a sale."""
    return sale.id.removeprefix(f"{sale.document_id}:")
