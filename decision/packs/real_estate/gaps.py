"""Turns what is not known of a subject or its market into the gaps of an answer: what stands in, what it is worth."""

from collections.abc import Iterable, Sequence

from pydantic import JsonValue

from decision.packs.real_estate.comparables import month_name
from decision.packs.real_estate.extent import Extent
from decision.packs.real_estate.features import LABELS, may_tell
from decision.packs.real_estate.further import FURTHER
from decision.packs.real_estate.plausibility import Contradiction
from decision.packs.real_estate.sections import Section, share_of
from decision.packs.real_estate.valuation import Valuation


def gaps_section(valuation: Valuation, contradicted: Sequence[Contradiction] = ()) -> list[JsonValue]:
    """Characteristics that are not known or doubtful: what stands in, and how much the intervals widen for it."""
    design = valuation.fitting.model.design
    instead = {one.field: f"{one.instead}; stated was: {one.words}" for one in contradicted}
    averages = {name: _average(valuation.unmatched.get(name)) for name in LABELS}
    of_others = f"as the sales most like it have them: {', '.join(valuation.taken)}"
    of_market = {name: f"market median {median:g}" for name, median in design.medians.items()}
    stand_ins = {**of_market, **averages, FURTHER: of_others, **instead}
    measured: list[JsonValue] = [
        {
            "field": name,
            "imputed": stand_ins[name],
            "effect_on_value": f"plus or minus {spread:.1%} (one standard deviation over {_over(name)})",
            "widening_applied": share_of(spread),
        }
        for name, spread in valuation.unknown
    ]
    listed = {name for name, _ in valuation.unknown}
    unpriced = {**{name: words for name, words in instead.items() if name not in listed}, **valuation.unread}
    return [*measured, *(_unpriced_gap(name, words) for name, words in unpriced.items())]


def unread_gaps(stated: Iterable[str]) -> list[JsonValue]:
    """Name what is stated of the subject and may never be read."""
    instead = "nothing; what says a price in other words, is known with a sale or tells of people is never read"
    return [_unpriced_gap(name, instead) for name in stated if not may_tell(name)]


def market_gaps(extent: Extent) -> list[JsonValue]:
    """Say where the market could not be read whole, or not be bounded by distance."""
    gaps: list[JsonValue] = []
    if extent.is_cut:
        most = f"the {extent.found - 1} sales that the index gave first, chosen by nothing about them"
        gaps.append(_unpriced_gap("sales_beyond_the_limit", most))
    if extent.copies:
        gaps.append(_unpriced_gap("sales_in_several_tables", f"each sale once; {extent.copies} copies are not counted"))
    if not extent.is_placed:
        gaps.append(_unpriced_gap("place_of_the_market", "the tables that the comparables come from"))
    return gaps


def recency_gaps(valuation: Valuation, fewest: int) -> list[JsonValue]:
    """Say how few sales the last year has, where it has fewer than policy asks for, and where they break off."""
    lately = valuation.recency
    if lately.last_year >= fewest:
        return []
    instead = f"{lately.last_year} sales of the 12 months before the effective date, and older ones"
    if lately.months_without:
        last, first = month_name(lately.last_before), month_name(lately.first_after)
        instead += f"; no sale in the {lately.months_without} whole months between {last} and {first}"
    return [_unpriced_gap("recent_sales", instead)]


def _over(name: str) -> str:
    return "the sales most like it" if name == FURTHER else "the market"


def _average(stated: str | None) -> str:
    if stated is None:
        return "an average of all words"
    return f"an average of all words; {stated}, as stated, is the word of no sale in this market"


def _unpriced_gap(field: str, instead: str) -> Section:
    return {"field": field, "imputed": instead, "effect_on_value": "not known", "widening_applied": 0.0}
