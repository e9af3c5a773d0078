"""Turns a market and what was learned from it into flags: sales that a person should know of, and what was done.

A flag never changes a price. Training is robust: sales far off count less (Huber's weights, losses that do not square),
which was measured to do better than leaving them out; only numbers that cannot be meant are set aside as unknown.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from decision.packs.real_estate.features import number
from decision.packs.real_estate.fitting import Fitted
from decision.packs.real_estate.market import Flags, Market, parcel_of, places, usable
from decision.packs.real_estate.typos import FACTOR, typos
from retrieval.corpus import Record

FLIP_DAYS: Final = 365
"""A parcel that is sold again within so many days is a flip."""

SUSPECT_DEVIATIONS: Final = 4.0
"""A price so many robust standard deviations off its cross-fitted estimate is suspected not to be arm's length."""

YEARS_AHEAD: Final = 1.0
"""A house may be sold so many years before it is finished."""

MOST_FLOORS: Final = 4.0
"""A lot smaller than the living area over so many floors does not hold its house."""

SMALLEST_AREA: Final = 200.0
"""A living area below this, in square feet, is no house's."""

Kind = Literal["flip", "typo", "implausible", "suspected_not_arms_length", "unusable"]

KEPT: Final = "kept in training with robust weight, and listed"
LISTED: Final = "kept, and listed"
SET_ASIDE: Final = "the value is set aside as unknown in training; the sale is kept"
LEFT_OUT: Final = "left out: no price, or no living area"

_MAD_TO_SIGMA: Final = 1.4826


@dataclass(frozen=True, slots=True)
class Flag:
    """One oddity of one sale: what was measured and where the limit lies, in words, and what was done about it."""

    sale: str
    kind: Kind
    measured: str
    threshold: str
    done: str


def flags(market: Market, fitting: Fitted) -> tuple[Flag, ...]:
    """Flag sales of a market as it was read; `fitting` was learned from these sales, in this order."""
    return (*_flips(market), *_typos(market), *_implausible(market), *_suspected(market, fitting))


def record_flags(records: Sequence[Record]) -> tuple[Flag, ...]:
    """Flag arm's-length records that belong to no market, because they lack a price or a living area above zero."""
    unusable = (one for one in records if one.values.get("arms_length") is not False and not usable(one))
    return tuple(
        Flag(one.id, "unusable", _lacking(one), "a price and a living area above 0", LEFT_OUT) for one in unusable
    )


def _flips(market: Market) -> Iterator[Flag]:
    last: dict[str, int] = {}
    for column, name in enumerate(market.ids):
        before = last.get(parcel_of(name))
        last[parcel_of(name)] = column
        if before is None:
            continue
        days = int(market.days[column] - market.days[before])
        if days <= FLIP_DAYS:
            change = float(market.prices[column] / market.prices[before]) - 1
            words = f"sold again after {days} days, at {change:+.0%}"
            yield Flag(name, "flip", words, f"{FLIP_DAYS} days", KEPT)


def _typos(market: Market) -> Iterator[Flag]:
    for typo in typos(market):
        words = f"{typo.field} {typo.stated:g}, where the rest of the row implies about {typo.implied:.3g}"
        yield Flag(market.ids[typo.column], "typo", words, f"{FACTOR:g} times what is implied", SET_ASIDE)


def _implausible(market: Market) -> Iterator[Flag]:
    houses = market.houses
    area, lot = houses.column("living_area"), houses.column("lot_area")
    for name, words in (("year_built", "built"), ("year_remodelled", "remodelled")):
        ahead = houses.column(name) - np.floor(houses.years)
        for column in _where(ahead > YEARS_AHEAD):
            told = f"{words} in {houses.column(name)[column]:.0f}, sold in {houses.years[column]:.0f}"
            yield Flag(market.ids[column], "implausible", told, f"{YEARS_AHEAD:g} year after the sale", KEPT)
    for column in _where(lot < area / MOST_FLOORS):
        told = f"{area[column]:.0f} square feet to live in on a lot of {lot[column]:.0f}"
        yield Flag(market.ids[column], "implausible", told, f"{MOST_FLOORS:g} floors on the whole lot", KEPT)
    for column in _where(area < SMALLEST_AREA):
        told = f"a living area of {area[column]:.0f} square feet"
        yield Flag(market.ids[column], "implausible", told, f"{SMALLEST_AREA:g} square feet", KEPT)
    rooms = houses.column("bedrooms") + houses.column("bathrooms")
    for column in _where(rooms == 0):
        yield Flag(market.ids[column], "implausible", "neither bedrooms nor bathrooms", "one of either", LISTED)


def _suspected(market: Market, fitting: Fitted) -> Iterator[Flag]:
    left = fitting.unexplained
    spread = _MAD_TO_SIGMA * float(np.median(np.abs(left - np.median(left))))
    if spread == 0:
        return
    off = (left - np.median(left)) / spread
    for column in _where(np.abs(off) > SUSPECT_DEVIATIONS):
        words = f"the price is {np.expm1(left[column]):+.0%} off its estimate, {off[column]:+.1f} robust deviations"
        yield Flag(
            market.ids[column], "suspected_not_arms_length", words, f"{SUSPECT_DEVIATIONS:g} robust deviations", KEPT
        )


def _lacking(record: Record) -> str:
    lacking = [name for name in ("price", "living_area") if (number(record.values.get(name)) or 0) <= 0]
    return f"{' and '.join(lacking)} not above 0, or unknown"


def _where(rows: Flags) -> list[int]:
    return places(np.flatnonzero(rows))
