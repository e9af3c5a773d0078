"""Turns what the queries found into the sales that make the subject's market, and says how the market is bounded."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import Final

from decision.facts import Fact
from decision.pack import Found
from decision.packs.real_estate.duplicates import copied, is_same
from decision.packs.real_estate.lessons import Lesson
from decision.packs.real_estate.subject import place_of, text
from decision.packs.real_estate.valuation import Settings
from retrieval.corpus import Record
from retrieval.filters import sphere_distance_m

UNKNOWN_PLACE: Final = (
    "Nothing tells where the property stands, and the sales most like it come from several tables, so that its market "
    "is not known. Send latitude and longitude, or the neighborhood."
)


@dataclass(frozen=True, slots=True)
class Extent:
    """The sales of a market, and how many the index found for it: one more than the limit stands for any number more.

    `is_cut` says that the index held more sales than are used; `is_placed` that the market is bounded by distance.
    `candidates` are the ids of the comparables found. Sales that several tables have count once; `copies` counts the
    others.
    """

    sales: tuple[Record, ...]
    candidates: frozenset[str]
    found: int
    copies: int
    is_cut: bool
    is_placed: bool


def records(evidence: Found, query: str) -> list[Record]:
    """Give the records that one query found."""
    return [hit.item for hit in evidence.get(query, ()) if isinstance(hit.item, Record)]


def extent_of(facts: Mapping[str, Fact], evidence: Found, settings: Settings) -> Extent | str:
    """Bound the market by distance or, without coordinates, by the tables of the comparables.

    Comparables always belong to it, so that none is lost where the market had to be cut. A string says why the market
    cannot be told.
    """
    market = records(evidence, "market")
    is_cut = len(market) > settings.most_sales
    bounded = _counted_once(evidence, market[: settings.most_sales], is_cut=is_cut)
    sales, candidates = bounded.sales, [sale for sale in bounded.sales if sale.id in bounded.candidates]
    if place_of(facts) is not None:
        return bounded
    around = _place_of(facts, candidates, settings)
    if isinstance(around, str):
        return around
    tables = {sale.document_id for sale in candidates}
    kept = [sale for sale in sales if sale.document_id in tables]
    if around is not None:
        kept = [sale for sale in kept if _metres(sale, around) <= settings.market_radius_km * 1000]
    return replace(bounded, sales=tuple(kept), is_placed=False)


def extent_in(lesson: Lesson, facts: Mapping[str, Fact], evidence: Found, settings: Settings) -> Extent | str:
    """Bound a market that was learned before: by its tables. `sales` are the comparables that were found."""
    own = records(evidence, "subject_record")
    found = [sale for sale in records(evidence, "comparables") if not any(is_same(one, sale) for one in own)]
    is_placed = place_of(facts) is not None
    if not is_placed and isinstance(around := _place_of(facts, found, settings), str):
        return around
    candidates = frozenset(sale.id for sale in found)
    return Extent(tuple(found), candidates, lesson.found, lesson.copies, is_cut=lesson.is_cut, is_placed=is_placed)


def all_of(market: Sequence[Record], settings: Settings) -> Extent:
    """Bound a market by the tables that its sales come from."""
    is_cut = len(market) > settings.most_sales
    return _counted_once({}, market[: settings.most_sales], is_cut=is_cut)


def _place_of(facts: Mapping[str, Fact], candidates: Sequence[Record], settings: Settings) -> "Place | str | None":
    """Give the middle of the comparables, where nothing tells the subject's place; a string where that is no market."""
    named = text(facts, "neighborhood")
    if named is not None and not candidates:
        return _unheard_of(named, settings)
    if len({sale.document_id for sale in candidates}) > 1 and named is None:
        return UNKNOWN_PLACE
    return _around(candidates, settings.market_radius_km)


def _counted_once(evidence: Found, market: Sequence[Record], *, is_cut: bool) -> Extent:
    """Give the sales that are neither copies of others nor, from another table, the subject's own."""
    candidates, own = records(evidence, "comparables"), records(evidence, "subject_record")
    every = {sale.id: sale for sale in (*market, *candidates)}
    others = {key: sale for key, sale in every.items() if not any(is_same(one, sale) for one in own)}
    originals = copied([*others.values()])
    gone = every.keys() - others.keys() | originals.keys()
    return Extent(
        sales=tuple(sale for key, sale in others.items() if key not in originals),
        candidates=frozenset(originals.get(sale.id, sale.id) for sale in candidates if sale.id in others),
        found=len(market) + 1 if is_cut else sum(sale.id not in gone for sale in market),
        copies=len(gone),
        is_cut=is_cut,
        is_placed=True,
    )


def _unheard_of(named: str, settings: Settings) -> str:
    return (
        f"No visible arm's-length sale of the {settings.reach.age_days:g} days before the effective date lies in a "
        f"neighbourhood named {named}, and the coordinates of the property are not known. Send the name that the table "
        "of sales uses, or latitude and longitude."
    )


Place = tuple[float, float]


def _around(candidates: Sequence[Record], radius_km: float) -> Place | str | None:
    """Give the middle of the candidates' places, None where no place is known; a string where they lie far apart."""
    places = [place for sale in candidates if (place := _place(sale)) is not None]
    if not places:
        return None
    middle = median(place[0] for place in places), median(place[1] for place in places)
    farthest = max(sphere_distance_m(*middle, *place) for place in places) / 1000
    if farthest <= radius_km:
        return middle
    return (
        f"The place of the property is not known, and sales like it lie up to {farthest:.0f} km from their middle, "
        f"beyond the {radius_km:g} km of one market. Send latitude and longitude."
    )


def _metres(sale: Record, around: Place) -> float:
    """Give the distance from a place; a sale without one is not held to it."""
    place = _place(sale)
    return 0.0 if place is None else sphere_distance_m(*around, *place)


def _place(sale: Record) -> Place | None:
    return None if sale.latitude is None or sale.longitude is None else (sale.latitude, sale.longitude)
