"""Turns a valuation into the sections of the answer: value, grid, market conditions, drivers, gaps; money as text."""

import math
from collections.abc import Mapping, Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal
from typing import Final

import numpy as np
from pydantic import JsonValue

from decision.packs.real_estate.comparables import Comparable, cents, in_currency, month_name, shown
from decision.packs.real_estate.distances import geodesic_km
from decision.packs.real_estate.features import number
from decision.packs.real_estate.further import FURTHER
from decision.packs.real_estate.intervals import Measured
from decision.packs.real_estate.market import Houses
from decision.packs.real_estate.recency import Recency
from decision.packs.real_estate.valuation import Valuation
from retrieval.corpus import Record

CURRENCY: Final = "USD"
ROUNDING: Final = Decimal(100)
"""Values are stated to the hundred: more digits would pretend more precision."""

Section = dict[str, JsonValue]


def point(valuation: Valuation) -> Decimal:
    """Give the value, rounded."""
    return _rounded(valuation.value, ROUND_HALF_EVEN)


def bounds(valuation: Valuation, level: float) -> tuple[Decimal, Decimal]:
    """Give an interval, rounded outwards."""
    low, high = valuation.interval(level)
    return _rounded(low, ROUND_FLOOR), _rounded(high, ROUND_CEILING)


def value_section(valuation: Valuation) -> Section:
    """Point, intervals with their measured coverage, FSD, and the components with their weights."""
    area = float(valuation.subject.houses.column("living_area")[0])
    share = valuation.calibration.share
    return {
        "point": str(point(valuation)),
        "currency": CURRENCY,
        "per_area": {"amount": str(cents(float(point(valuation)) / area)), "unit": "square_foot"},
        "intervals": [_interval(valuation, level) for level in (0.80, 0.90)],
        "fsd": share_of(valuation.fsd),
        "fsd_hit_rate": share_of(valuation.measured.within_fsd) if valuation.measured else None,
        "components": {
            "model": {"value": str(cents(valuation.model_value)), "weight": share_of(1 - share)},
            "comparables": {"value": str(cents(valuation.comparables_value)), "weight": share_of(share)},
            "disagreement": share_of(disagreement(valuation)),
        },
    }


def disagreement(valuation: Valuation) -> float:
    """Difference of the two approaches as a share of the model's value."""
    return abs(valuation.comparables_value / valuation.model_value - 1)


def grid_section(valuation: Valuation, records: Mapping[str, Record]) -> list[JsonValue]:
    """Give the comparables with characteristics, adjustment lines and weights."""
    return [_comparable(valuation, comparable, records[comparable.id]) for comparable in valuation.comparables]


def rejected_section(valuation: Valuation, set_aside: Sequence[Record], most: int = 5) -> list[JsonValue]:
    """List the best candidates not used, with reasons: sales not at arm's length first, then the next best."""
    aside: list[JsonValue] = [
        {
            "id": record.id,
            "sale_date": record.observed_on.isoformat(),
            "reason": f"not at arm's length: {record.values.get('arms_length_reason') or 'flagged by the source'}",
        }
        for record in set_aside[:2]
    ]
    market = valuation.fitting.market
    others: list[JsonValue] = [
        {"id": p.id, "sale_month": month_name(int(market.months[p.column])), "reason": p.reason}
        for p in valuation.passed
    ]
    return [*aside, *others][:most]


def further_section(valuation: Valuation) -> list[JsonValue]:
    """List the further features that were read of the subject, and where each is from."""
    return [
        {
            "field": name,
            "value": _told(valuation.subject.houses, name),
            "source": "the sales most like it" if name in valuation.taken else "given",
        }
        for name in valuation.fitting.model.design.further.names
    ]


def market_section(valuation: Valuation) -> Section:
    """Give the month index: method, level per comparable month and at the effective date, sales behind it and when."""
    model, market = valuation.fitting.model, valuation.fitting.market
    effective, lately = int(valuation.subject.months[0]), valuation.recency
    months = sorted({int(market.months[c.column]) for c in valuation.comparables} | {model.last_month})
    base = float(valuation.fitting.now(valuation.subject.months)[0])
    return {
        "method": "hedonic month effects, smoothed as a random walk; flat beyond the last month with sales",
        "effective_month": month_name(effective),
        "effective_index": 100.0,
        "index": [
            {
                "month": month_name(month),
                "level": round(100 * float(np.exp(model.level(np.array([month]))[0] - base)), 2),
                "sales": int(np.sum(market.months == month)),
            }
            for month in months
        ],
        "sales": len(market),
        "sales_last_12_months": lately.last_year,
        "sales_last_24_months": lately.two_years,
        "longest_gap": _gap_of(lately) if lately.months_without else None,
        "first_month": month_name(model.first_month),
        "last_complete_month": month_name(model.last_month),
        "months_extrapolated": valuation.months_extrapolated,
    }


def drivers_section(valuation: Valuation) -> list[JsonValue]:
    """Give what leads from the typical house of this market to the value, in whole dollars, summing to it exactly."""
    typical = valuation.fitting.parts.mean(axis=0)
    start = float(np.exp(valuation.fitting.now(valuation.subject.months)[0] + typical.sum()))
    differences: list[float] = (valuation.parts[0] - typical).tolist()
    steps: list[tuple[str, Decimal, str | None]] = [("typical_house_in_this_market", _whole(start), None)]
    for name, amount in zip(valuation.fitting.names, in_currency(start, differences), strict=True):
        if _whole(amount) != 0:
            has = shown(valuation.subject.houses, 0, name)
            steps.append((name, _whole(amount), has and _AS_TOLD.get(name, "{}").format(has)))
    if _whole(near := valuation.model_value * -math.expm1(-valuation.nearby)):
        steps.append(("nearby_sales", _whole(near), None))
    steps.append(("comparables", _whole(valuation.value - valuation.model_value), None))
    steps.append(
        ("rounding_to_the_hundred", point(valuation) - sum((amount for _, amount, _ in steps), Decimal(0)), None)
    )
    return [{"driver": name, "amount": str(amount), "subject": has} for name, amount, has in steps]


def backtest_words(measured: Measured) -> str:
    """Give the window of months behind a measurement, in words."""
    return f"{month_name(measured.first_month)} to {month_name(measured.last_month)}"


def share_of(value: float) -> float:
    """Give a share, to four places."""
    return round(float(value), 4)


def _interval(valuation: Valuation, level: float) -> Section:
    low, high = bounds(valuation, level)
    measured = valuation.measured
    return {
        "level": level,
        "low": str(low),
        "high": str(high),
        "method": "normalised split conformal, calibrated on later sales than the model was fitted on, month by month",
        "calibration_n": valuation.calibration.count,
        "measured_coverage": share_of(measured.coverage[level]) if measured else None,
        "measured_mean_width": share_of(measured.mean_width[level]) if measured else None,
        "measured_n": measured.count if measured else 0,
        "measured_on": backtest_words(measured) if measured else None,
        "widened": valuation.widening > 0,
    }


def _gap_of(lately: Recency) -> Section:
    return {
        "last_month_before": month_name(lately.last_before),
        "first_month_after": month_name(lately.first_after),
        "whole_months": lately.months_without,
    }


def _told(house: Houses, name: str) -> str | None:
    """Give what a house has of a further feature; a mean of several to four digits."""
    said = house.words(name)[0]
    value = number(said)
    return f"{value:.4g}" if value is not None and not value.is_integer() else said or None


def _comparable(valuation: Valuation, comparable: Comparable, record: Record) -> Section:
    market, subject = valuation.fitting.market, valuation.subject
    other = market.houses.take(np.array([comparable.column]))
    km = float(geodesic_km(subject.houses, other)[0])
    return {
        "id": comparable.id,
        "sale_date": record.observed_on.isoformat(),
        "days_before": int(subject.days[0]) - int(market.days[comparable.column]),
        "distance_km": None if np.isnan(km) else round(km, 3),
        "latitude": record.latitude,
        "longitude": record.longitude,
        "price": str(comparable.price),
        "arms_length": True,
        "arms_length_basis": "no sign to the contrary in the source (clause 2.4)",
        "unlikeness": round(comparable.unlikeness, 3),
        "characteristics": {
            name: {
                "subject": shown(subject.houses, 0, name),
                "comparable": shown(market.houses, comparable.column, name),
            }
            for name in valuation.fitting.model.design.characteristics
            if name != FURTHER
        },
        "further_features": {
            name: {"subject": has, "comparable": theirs}
            for name in valuation.fitting.model.design.further.names
            if (has := _told(subject.houses, name)) != (theirs := _told(other, name))
        },
        "adjustments": [
            {
                "feature": line.feature,
                "subject": line.subject,
                "comparable": line.comparable,
                "unit_rate": None if line.unit_rate is None else str(line.unit_rate),
                "amount": str(line.amount),
                "basis": line.basis,
            }
            for line in comparable.lines
        ],
        "adjusted_price": str(comparable.adjusted),
        "net_adjustment": share_of(float(comparable.net)),
        "gross_adjustment": share_of(float(comparable.gross)),
        "weight": share_of(comparable.weight),
    }


def percentile(valuation: Valuation, months: int) -> float:
    """Which share of the market's prices of the latest months, in percent, lies below the value."""
    market = valuation.fitting.market
    prices = market.prices[market.months >= int(valuation.subject.months[0]) - months]
    prices = prices if len(prices) else market.prices
    return 100 * float(np.mean(prices < valuation.value))


_AS_TOLD: Final[Mapping[str, str]] = {"age": "built in {}", "remodelling": "in {}"}


def _whole(amount: float) -> Decimal:
    return Decimal(repr(amount)).quantize(Decimal(1), rounding=ROUND_HALF_EVEN)


def _rounded(amount: float, how: str) -> Decimal:
    return (Decimal(repr(amount)) / ROUNDING).quantize(Decimal(1), rounding=how) * ROUNDING
