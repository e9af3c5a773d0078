"""Turns the comparables of a case into what is to be learned for it, and the sales that were found into a lesson.

A lesson is of whole tables and of the sales before a month, so that it serves every case of a market and a month.
"""

import hashlib
import json
from datetime import date, timedelta
from typing import Final

from decision.facts import Case
from decision.pack import Course, Found, Table
from decision.packs.real_estate.extent import all_of, records
from decision.packs.real_estate.features import SALE
from decision.packs.real_estate.forest import FEWEST_SALES
from decision.packs.real_estate.learning import learned
from decision.packs.real_estate.lessons import FORMAT, written
from decision.packs.real_estate.market import market_of
from decision.packs.real_estate.subject import first_hidden_day, settings_of
from decision.packs.real_estate.valuation import Settings
from decision.rules import Parameters, RuleBook
from retrieval.filters import AnyOf, Between, Equals
from retrieval.query import RecordQuery

MARKET: Final = "market"
"""The query whose evidence a lesson takes the place of."""


def course_for(case: Case, evidence: Found, parameters: Parameters) -> Course | None:
    """Say what would have to be learned to value a subject; None where no comparables were found."""
    tables = {sale.document_id: sale.revision_id for sale in records(evidence, "comparables")}
    settings = settings_of(parameters)
    return course_of(tables, first_hidden_day(case.as_of, settings), settings) if tables else None


def course_of(tables: dict[str, str], hidden: date, settings: Settings) -> Course:
    """Say what is to be learned from tables (revision by document) to value houses when sales from a day on are hidden.

    Equal tables, months and settings have one key.
    """
    before = hidden.replace(day=1)
    told = {
        "tables": sorted(tables.items()),
        "before": before.isoformat(),
        "settings": repr(settings),
        "format": FORMAT,
    }
    conditions = (
        Between("observed_on", below=before.toordinal()),
        AnyOf("document_id", tuple(sorted(tables))),
        Equals("values.arms_length", value=True),
    )
    return Course(
        key=hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest(),
        about=f"sales of {', '.join(sorted(tables))} before {before}",
        queries={MARKET: RecordQuery(SALE.name, settings.most_sales + 1, None, conditions)},
    )


def upcoming_for(table: Table, today: date, rulebook: RuleBook) -> tuple[Course, Parameters]:
    """Say what valuations of today will want learned from a table or, if it ended before, those soon after."""
    lag = settings_of(rulebook.on(today).parameters).lag_days
    as_of = min(today, table.last_day + timedelta(days=lag))
    parameters = rulebook.on(as_of).parameters
    settings = settings_of(parameters)
    course = course_of({table.document_id: table.revision_id}, first_hidden_day(as_of, settings), settings)
    return course, parameters


def learn(evidence: Found, parameters: Parameters) -> bytes | None:
    """Learn from the sales of a course; None where they are so few that it takes no time to learn from them anew."""
    settings = settings_of(parameters)
    extent = all_of(records(evidence, MARKET), settings)
    if len(extent.sales) < FEWEST_SALES:
        return None
    market = market_of(extent.sales, date.max)
    return None if len(market) < FEWEST_SALES else written(learned(market, extent, settings))
