"""Turns the facts of a case into the house to be valued, the questions to the index, and the policy's settings."""

from collections.abc import Collection, Mapping
from datetime import date, timedelta
from typing import Final

import numpy as np

from decision.facts import Fact
from decision.packs.real_estate.features import LABELS, NUMBERS, SALE, may_tell, number, vector
from decision.packs.real_estate.market import Market, houses_of, month_of
from decision.packs.real_estate.plausibility import contradictions
from decision.packs.real_estate.similarity import Reach
from decision.packs.real_estate.valuation import Settings
from decision.rules import Parameters
from retrieval.filters import Between, Condition, Equals, Not, Within
from retrieval.query import RecordQuery

CANDIDATES: Final = 400
SET_ASIDE: Final = 5

CRITICAL: Final = ("lot_area", "year_built", "bathrooms", "condition")
"""Fields without which a person has to look, as far as the market tells them; the location is judged apart."""


def settings_of(parameters: Parameters) -> Settings:
    """Give the policy's numbers that shape a valuation, as in force."""
    return Settings(
        lag_days=int(parameters.number("publication_lag_days")),
        reach=Reach(
            radius_km=float(parameters.number("search_radius_km")),
            age_days=float(parameters.number("search_days")),
            recent_days=float(parameters.number("comparables_recent_days")),
            gross_limit=float(parameters.number("gross_adjustment_limit")),
        ),
        backtest_months=int(parameters.number("backtest_months")),
        fewest_in_two_years=int(parameters.number("sales_two_years_least")),
        fewest_sales=int(parameters.number("fewest_sales")),
        market_km=float(parameters.number("market_limit_km")),
        market_radius_km=float(parameters.number("market_radius_km")),
        most_sales=int(parameters.number("market_sales_most")),
        most_months_extrapolated=int(parameters.number("months_extrapolated_most")),
    )


def first_hidden_day(as_of: date, settings: Settings) -> date:
    """Give the first day whose sales were not yet public on the effective date."""
    return as_of - timedelta(days=settings.lag_days)


def sale_queries(facts: Mapping[str, Fact], as_of: date, settings: Settings) -> Mapping[str, RecordQuery]:
    """Candidates for comparables, unsuitable sales like the subject, and its market, all before the date.

    Own sale and later sales are kept out by the index itself, so that no later step can let them back in. The market
    is asked for one sale more than is used, so that a cut is noticed. `subject_record`, where the case names one, only
    tells whether the own sale is on file.
    """
    hidden = first_hidden_day(as_of, settings).toordinal()
    own = text(facts, "exclude_record_id")
    never: tuple[Condition, ...] = (Not(Equals("id", own)),) if own else ()
    around = _around(facts, settings.market_radius_km)
    reach = settings.reach
    recent = (
        Between("observed_on", at_least=as_of.toordinal() - reach.age_days, below=hidden),
        *never,
        *_near(facts, reach.radius_km),
    )
    place = vector(described(facts))
    queries = {
        "comparables": RecordQuery(SALE.name, CANDIDATES, place, (*recent, Equals("values.arms_length", value=True))),
        "set_aside": RecordQuery(SALE.name, SET_ASIDE, place, (*recent, Equals("values.arms_length", value=False))),
        "market": RecordQuery(
            SALE.name,
            settings.most_sales + 1,
            None,
            (Between("observed_on", below=hidden), *never, *around, Equals("values.arms_length", value=True)),
        ),
    }
    return {**queries, "subject_record": RecordQuery(SALE.name, 1, None, (Equals("id", own),))} if own else queries


def place_of(facts: Mapping[str, Fact]) -> tuple[float, float] | None:
    """Give the subject's latitude and longitude in degrees, or None unless both are known."""
    latitude, longitude = _coordinate(facts, "latitude"), _coordinate(facts, "longitude")
    return None if latitude is None or longitude is None else (latitude, longitude)


def described(facts: Mapping[str, Fact]) -> dict[str, object]:
    """Give the subject's characteristics by name, as a sale's values are; none is remodelled before it is built."""
    stated: dict[str, object] = {name: facts[name].value for name in (*NUMBERS, *LABELS) if name in facts}
    stated |= {name: value for name, value in further_stated(facts).items() if may_tell(name)}
    is_before = any(one.field == "year_remodelled" for one in contradictions(facts))
    return {**stated, "year_remodelled": stated["year_built"]} if is_before else stated


def further_stated(facts: Mapping[str, Fact]) -> dict[str, str]:
    """Give what is stated beside our own characteristics, by the name of the table's column.

    Each entry has the form `NAME = VALUE`; `impossible_entries` refuses others.
    """
    listed = facts["further_features"].value if "further_features" in facts else None
    pairs = [str(entry).partition("=") for entry in (listed if isinstance(listed, tuple) else ())]
    return {name.strip(): value.strip() for name, _, value in pairs}


def subject_of(facts: Mapping[str, Fact], as_of: date) -> Market:
    """Give the subject as a market of one house at the effective date, without a price."""
    place = (_coordinate(facts, "latitude"), _coordinate(facts, "longitude"))
    return Market(
        houses=houses_of([(described(facts), as_of, place)]),
        ids=("subject",),
        prices=np.ones(1),
        days=np.array([as_of.toordinal()], dtype=np.int64),
        months=np.array([month_of(as_of)], dtype=np.int64),
    )


def critical_open(
    facts: Mapping[str, Fact], told: Mapping[str, float], unmatched: Collection[str] = ()
) -> tuple[str, ...]:
    """Critical fields that are unknown or assumed; `told` has the market's medians, NaN for what it does not tell.

    `unmatched` are the stated names that no sale of the market bears; the location is open with such a neighbourhood.
    """
    unsure = [
        name
        for name in CRITICAL
        if not np.isnan(told[name]) and (facts[name].value is None or facts[name].provenance == "assumed")
    ]
    is_located = (place_of(facts) or text(facts, "neighborhood")) and "neighborhood" not in unmatched
    return tuple(unsure if is_located else [*unsure, "location"])


def text(facts: Mapping[str, Fact], name: str) -> str | None:
    """Give a fact in words, or None."""
    value = facts[name].value if name in facts else None
    return None if value is None else str(value)


def _coordinate(facts: Mapping[str, Fact], name: str) -> float | None:
    return number(facts[name].value) if name in facts else None


def _near(facts: Mapping[str, Fact], radius_km: float) -> tuple[Condition, ...]:
    neighbourhood = text(facts, "neighborhood")
    named = (Equals("values.neighborhood", neighbourhood),) if neighbourhood else ()
    return _around(facts, radius_km) or named


def _around(facts: Mapping[str, Fact], radius_km: float) -> tuple[Condition, ...]:
    place = place_of(facts)
    return () if place is None else (Within(*place, radius_km * 1000),)
