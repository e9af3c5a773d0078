"""Turns facts and found sales into derived facts for the rules, and into the working for the answer."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

import numpy as np
from pydantic import JsonValue

from decision.decision import Derivation
from decision.facts import Case, Fact, FactValue, Money
from decision.pack import Found
from decision.packs.real_estate import gaps, sections
from decision.packs.real_estate.distances import nearest_km
from decision.packs.real_estate.duplicates import copied, is_same
from decision.packs.real_estate.extent import Extent, extent_in, extent_of, records
from decision.packs.real_estate.learning import learned, with_latest
from decision.packs.real_estate.lessons import Lesson
from decision.packs.real_estate.market import Market, market_of
from decision.packs.real_estate.plausibility import contradictions, impossible_entries
from decision.packs.real_estate.prices import distribution
from decision.packs.real_estate.proposed import made_of, proposed_section, to_verify, with_candidates
from decision.packs.real_estate.subject import (
    critical_open,
    first_hidden_day,
    further_stated,
    settings_of,
    subject_of,
    text,
)
from decision.packs.real_estate.valuation import Settings, Stated, Valuation, refusal, value
from decision.rules import Parameters
from retrieval.corpus import Record


def derive(
    case: Case, facts: Mapping[str, Fact], evidence: Found, parameters: Parameters, lesson: Lesson | None = None
) -> Derivation:
    """Value the subject; `impossible` says why where the evidence supports no value.

    Without a `lesson` that was learned before, the model is learned from the market that was found.
    """
    if untrue := impossible_entries(facts, case.as_of):
        return Derivation(impossible=untrue)
    settings = settings_of(parameters)
    hidden, own = first_hidden_day(case.as_of, settings), text(facts, "exclude_record_id")
    found_sales = with_candidates(evidence)
    extent = (
        extent_of(facts, found_sales, settings) if lesson is None else extent_in(lesson, facts, found_sales, settings)
    )
    if isinstance(extent, str):
        return Derivation(impossible=(extent,))
    subject, contradicted = subject_of(facts, case.as_of), contradictions(facts)
    taught = _taught(lesson, extent, subject, settings, (hidden, own))
    if isinstance(taught, str):
        return Derivation(impossible=(taught,))
    stated = Stated(own, frozenset(one.field for one in contradicted))
    found = value(subject, taught, extent.candidates - {own}, settings, stated)
    if isinstance(found, str):
        return Derivation(impossible=(found,))
    aside = _aside(evidence)
    working = _working(found, extent, [r for r in aside if r.observed_on < hidden and r.id != own])
    proposed = proposed_section(facts, case.as_of, evidence, made_of(found.fitting.market.ids, working), settings)
    return Derivation(
        facts=(
            *_derived(found, facts, case.as_of, parameters),
            Fact("market_sales", Decimal(extent.found), "derived", "query of the market"),
            Fact("facts_contradicting", Decimal(len(contradicted)), "derived", "comparison of stated facts"),
            Fact("proposals_to_verify", Decimal(to_verify(proposed)), "derived", "comparison with the sales on file"),
            Fact("subject_record_found", _own_found(own, evidence), "derived", "query by the record's id"),
        ),
        working={
            **working,
            "proposed_comparables": proposed,
            "data_gaps": [
                *gaps.gaps_section(found, contradicted),
                *gaps.unread_gaps(further_stated(facts)),
                *gaps.market_gaps(extent),
                *gaps.recency_gaps(found, int(parameters.number("sales_year_least"))),
            ],
            "first_hidden_day": hidden.isoformat(),
            "market_prices": distribution(found, int(parameters.number("percentile_months"))),
        },
    )


def _taught(
    lesson: Lesson | None, extent: Extent, subject: Market, settings: Settings, kept_out: tuple[date, str | None]
) -> Lesson | str:
    """Give what was learned, with sales since as comparables; a string says why nothing can be learned here.

    `kept_out` are the first day whose sales were not public, and the subject's own sale.
    """
    if lesson is None:
        market = market_of(extent.sales, *kept_out)
        return refusal(subject, market, settings) or learned(market, extent, settings)
    known = lesson.fitting.market
    latest = [sale for sale in extent.sales if sale.observed_on.toordinal() > int(known.days[-1])]
    taught = with_latest(lesson, market_of(latest, *kept_out))
    return refusal(subject, taught.fitting.market, settings) or taught


def _aside(evidence: Found) -> list[Record]:
    """Give the sales that were set aside, each once, without the subject's own from another table."""
    found, own = records(evidence, "set_aside"), records(evidence, "subject_record")
    copies = copied(found)
    return [one for one in found if one.id not in copies and not any(is_same(sale, one) for sale in own)]


def _derived(found: Valuation, facts: Mapping[str, Fact], as_of: date, parameters: Parameters) -> list[Fact]:
    recent = int(parameters.number("comparables_recent_days"))
    market, subject = found.fitting.market, found.subject
    columns = np.array([c.column for c in found.comparables], dtype=np.int64)
    ages = subject.days[0] - market.days[columns]
    km = nearest_km(subject.houses, market.houses.take(columns)) if len(columns) else None
    medians = found.fitting.model.design.medians
    values: dict[str, FactValue | None] = {
        "value_estimate": Money(value=sections.point(found), currency=sections.CURRENCY),
        "fsd": _number(found.fsd),
        "comparables_recent": Decimal(int(np.sum(ages <= recent))),
        "nearest_comparable_km": None if km is None else _number(km),
        "newest_comparable_days": Decimal(int(ages.min())) if len(ages) else None,
        "largest_gross_adjustment": max((_number(float(c.gross)) for c in found.comparables), default=None),
        "months_extrapolated": Decimal(found.months_extrapolated),
        "disagreement": _number(sections.disagreement(found)) if found.comparables else None,
        "contract_outside_interval": _outside(found, facts),
        "sales_last_year": Decimal(found.recency.last_year),
        "names_unmatched": Decimal(len(found.unmatched)),
        "value_percentile": _number(sections.percentile(found, int(parameters.number("percentile_months"))), 2),
        "critical_fields_open": Decimal(len(critical_open(facts, medians, found.unmatched))),
        **_last_sale(found, facts, as_of),
    }
    return [Fact(name, derived, "derived", "automated valuation model") for name, derived in values.items()]


def _own_found(own: str | None, evidence: Found) -> bool | None:
    """Whether the index has the record that the case names as the subject's own sale; None where it names none."""
    return None if own is None else any(record.id == own for record in records(evidence, "subject_record"))


def _working(found: Valuation, extent: Extent, aside: Sequence[Record]) -> Mapping[str, JsonValue]:
    by_id = {record.id: record for record in extent.sales}
    measured = found.measured
    return {
        "value": sections.value_section(found),
        "comparables": sections.grid_section(found, by_id),
        "rejected": sections.rejected_section(found, aside),
        "market_conditions": sections.market_section(found),
        "drivers": sections.drivers_section(found),
        "further_features": sections.further_section(found),
        "market_sales": len(found.fitting.market),
        "is_placed": extent.is_placed,
        "measured": None
        if measured is None
        else {
            "coverage_80": sections.share_of(measured.coverage[0.80]),
            "coverage_90": sections.share_of(measured.coverage[0.90]),
            "mean_width_80": sections.share_of(measured.mean_width[0.80]),
            "mean_width_90": sections.share_of(measured.mean_width[0.90]),
            "median_absolute_error": sections.share_of(measured.median_error),
            "n": measured.count,
            "window": sections.backtest_words(measured),
        },
    }


def _outside(found: Valuation, facts: Mapping[str, Fact]) -> bool | None:
    price = facts["contract_price"].value
    if not isinstance(price, Money):
        return None
    low, high = sections.bounds(found, 0.80)
    return not low <= price.value <= high


def _last_sale(found: Valuation, facts: Mapping[str, Fact], as_of: date) -> dict[str, FactValue | None]:
    sold_on, price = facts["last_sale_date"].value, facts["last_sale_price"].value
    return {
        "last_sale_days": Decimal((as_of - sold_on).days) if isinstance(sold_on, date) else None,
        "last_sale_difference": _number(abs(found.value / float(price.value) - 1))
        if isinstance(price, Money)
        else None,
    }


def _number(value: float, digits: int = 4) -> Decimal:
    return Decimal(f"{value:.{digits}f}")
