"""Turns one month's estimates into the reasons for which the pack's own rules would send each of them to a person.

Rules are evaluated by the pack's conditions and parameters. Those that read facts of an assignment (intended use,
amount, contract) cannot be asked of a table of sales, and are left out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

import numpy as np

from decision.facts import Fact, FactValue, Money
from decision.packs.real_estate import PACK
from decision.packs.real_estate.backtest import Step
from decision.packs.real_estate.features import LABELS
from decision.packs.real_estate.market import Floats, Ints, Market, distances_km, parcel_of
from decision.packs.real_estate.recency import YEAR_DAYS
from decision.packs.real_estate.subject import CRITICAL
from decision.ruling import Ground, rule_on

CURRENCY: Final = "USD"


@dataclass(frozen=True, slots=True)
class Looks:
    """What tells of each house of a month whether a person has to look, beside its value and FSD."""

    nearest_km: Floats
    newest_days: Floats
    recent: Ints
    gross: Floats


def looks(step: Step, recent_days: float) -> Looks:
    """Look at the comparables of each house."""
    choice, market, subjects = step.estimated.choice, step.fitting.market, step.subjects
    used = (choice.weights > 0) & np.isfinite(choice.unlikeness)
    ages = np.where(used, step.day - market.days[choice.columns], np.inf)
    km = np.full(choice.columns.shape, np.nan)
    for row in range(len(subjects)):
        sales = market.houses.take(choice.columns[row])
        km[row] = distances_km(subjects.houses.take(np.array([row])), sales)[0]
    km = np.where(used & np.isfinite(km), km, np.inf)
    return Looks(
        nearest_km=km.min(axis=1),
        newest_days=ages.min(axis=1),
        recent=(ages <= recent_days).sum(axis=1),
        gross=np.where(used, choice.gross, -np.inf).max(axis=1),
    )


def reviews(step: Step, values: Floats, fsd: Floats, seen: Looks) -> tuple[tuple[str, ...], ...]:
    """Give for each house the codes of the pack's reasons for review; a rule that cannot be determined is one."""
    rules = PACK.rulebook.on(date.fromordinal(step.day))
    definitions = PACK.schema.definitions
    basis: dict[str, Fact] = {
        name: Fact(name, one.default, "derived" if one.derived else "given") for name, one in definitions.items()
    }
    told = _told(step, int(rules.parameters.number("percentile_months")), values)
    codes = {rule.id: rule.code for rule in rules.rules if rule.facts <= COMPUTED}
    found: list[tuple[str, ...]] = []
    for row in range(len(values)):
        facts = {**_of_house(seen, row, float(fsd[row])), **told[row]}
        known = {name: Fact(name, value, "derived") for name, value in facts.items() if value is not None}
        ruling = rule_on(rules, Ground({**basis, **known}, definitions, {}))
        failed = [one.rule_id for one in ruling.outcomes if one.result in {"fail", "undetermined"}]
        found.append(tuple(codes[rule] for rule in failed if rule in codes))
    return tuple(found)


def rules_left_out() -> tuple[str, ...]:
    """Name the rules that a table of sales cannot answer."""
    return tuple(rule.id for rule in PACK.rulebook.rules if not rule.facts <= COMPUTED)


COMPUTED: Final = frozenset(
    {
        "fsd",
        "comparables_recent",
        "nearest_comparable_km",
        "newest_comparable_days",
        "largest_gross_adjustment",
        "months_extrapolated",
        "disagreement",
        "sales_last_year",
        "market_sales",
        "names_unmatched",
        "value_percentile",
        "critical_fields_open",
        "waterfront",
        "quality",
        "last_sale_price",
        "last_sale_days",
        "last_sale_difference",
    }
)
"""The facts that a table of sales gives."""

Facts = Mapping[str, FactValue | None]


def _of_house(seen: Looks, row: int, fsd: float) -> Facts:
    return {
        "fsd": _number(fsd),
        "comparables_recent": Decimal(int(seen.recent[row])),
        "nearest_comparable_km": _number(float(seen.nearest_km[row])),
        "newest_comparable_days": _number(float(seen.newest_days[row])),
        "largest_gross_adjustment": _number(float(seen.gross[row])),
    }


def _told(step: Step, percentile_months: int, values: Floats) -> Sequence[Facts]:
    """Give what the market and the house's own record tell, by house."""
    market, subjects, design = step.fitting.market, step.subjects, step.fitting.model.design
    prices = np.sort(market.prices[market.months >= step.month - percentile_months])
    below = 100 * np.searchsorted(prices, values) / max(1, len(prices))
    disagreement = np.abs(np.expm1(step.estimated.estimates.local))
    unmatched = [len(names) for names in design.unmatched(subjects.houses)]
    shared: dict[str, FactValue | None] = {
        "months_extrapolated": Decimal(max(0, step.month - step.fitting.model.last_month - 1)),
        "market_sales": Decimal(len(market)),
        "sales_last_year": Decimal(int(np.sum(step.day - market.days <= YEAR_DAYS))),
    }
    transfers = _transfers(subjects, market, step.day)
    return [
        {
            **shared,
            "disagreement": _number(float(disagreement[row])),
            "value_percentile": _number(float(below[row])),
            "names_unmatched": Decimal(unmatched[row]),
            "critical_fields_open": Decimal(_open(subjects, row, design.medians)),
            "waterfront": _yes(subjects.houses.column("waterfront")[row]),
            "quality": _number(float(subjects.houses.column("quality")[row])),
            **_transfer(transfers.get(row), float(values[row])),
        }
        for row in range(len(subjects))
    ]


def _open(subjects: Market, row: int, told: Mapping[str, float]) -> int:
    houses = subjects.houses
    unknown = sum(bool(np.isfinite(told[name]) and np.isnan(houses.column(name)[row])) for name in CRITICAL)
    is_placed = np.isfinite(houses.latitudes[row]) or houses.labels[LABELS[0]][row]
    return unknown + (0 if is_placed else 1)


def _transfers(subjects: Market, market: Market, day: int) -> Mapping[int, tuple[float, int]]:
    """Give price and age in days of the last earlier sale of each house that has one, by row."""
    rows = {parcel_of(name): row for row, name in enumerate(subjects.ids)}
    found: dict[int, tuple[float, int]] = {}
    for column, name in enumerate(market.ids):  # in order of date, so the last one stays
        if (row := rows.get(parcel_of(name))) is not None:
            found[row] = float(market.prices[column]), day - int(market.days[column])
    return found


def _transfer(last: tuple[float, int] | None, value: float) -> Facts:
    if last is None:
        return {}
    price, age = last
    return {
        "last_sale_price": Money(value=Decimal(round(price)), currency=CURRENCY),
        "last_sale_days": Decimal(age),
        "last_sale_difference": _number(abs(value / price - 1)),
    }


def _yes(value: float) -> bool | None:
    return None if np.isnan(value) else bool(value)


def _number(value: float) -> Decimal | None:
    return Decimal(f"{value:.4f}") if np.isfinite(value) else None
