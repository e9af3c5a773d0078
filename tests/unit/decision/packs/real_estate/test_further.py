"""What a table tells beside our own characteristics is used, where it was known before a sale and may tell at all."""

import math
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, cast

import numpy as np
import pytest
from pydantic import JsonValue
from towns import CaseOf, Town, make_town

from decision.decision import Decision
from decision.packs.real_estate.features import may_tell
from decision.packs.real_estate.fitting import Fitted, fitted
from decision.packs.real_estate.further import FURTHER, MOST_COLUMNS
from decision.packs.real_estate.market import market_of
from retrieval.corpus import KNOWN_BEFORE, Record, Scalar

OWN = ("living_area", "lot_area", "year_built", "bathrooms", "condition", "neighborhood")


def told(sale: Record, at: int, known: str) -> Record:
    """Give a sale of a house with a roof and a pool, of which only `known` was known before."""
    slate, pool = at % 3 == 0, float(at % 5)
    price = float(str(sale.values["price"])) * math.exp(0.2 * slate + 0.03 * pool)
    values: dict[str, Scalar] = {
        **sale.values,
        "price": price,
        "roof": "slate" if slate else "tile",
        "pool": pool,
        "deed": price / 2,
        KNOWN_BEFORE: "\n".join([*OWN, *known.split()]),
    }
    return sale.model_copy(update={"values": values})


def town_of(known: str) -> Town:
    return make_town(400).with_sales([told(sale, at, known) for at, sale in enumerate(make_town(400).sales)])


def fit_of(town: Town) -> Fitted:
    return fitted(market_of(town.sales, max(sale.observed_on for sale in town.sales)))


def off(fitting: Fitted) -> float:
    return float(np.median(np.abs(fitting.unexplained)))


@pytest.fixture(scope="module")
def furnished() -> Town:
    return town_of("roof pool")


def test_a_model_reads_what_was_known_before_and_nothing_else() -> None:
    with_both, with_neither = fit_of(town_of("roof pool")), fit_of(town_of(""))
    assert set(with_both.model.design.further.names) == {"roof", "pool"}
    assert with_neither.model.design.further.names == ()
    assert off(with_both) < 0.8 * off(with_neither)


def test_our_own_characteristics_are_not_read_either_where_they_were_not_known_before() -> None:
    sales = [
        sale.model_copy(update={"values": {**sale.values, KNOWN_BEFORE: "living_area\nyear_built"}})
        for sale in make_town(200).sales
    ]
    medians = fit_of(make_town(200).with_sales(sales)).model.design.medians
    assert np.isnan(medians["condition"])
    assert np.isfinite(medians["year_built"])


def test_a_table_that_does_not_say_what_was_known_before_offers_nothing() -> None:
    sales = [
        sale.model_copy(update={"values": {name: v for name, v in sale.values.items() if name != KNOWN_BEFORE}})
        for sale in town_of("roof pool").sales
    ]
    assert fit_of(make_town(400).with_sales(sales)).model.design.further.names == ()


@pytest.mark.parametrize(
    "name", ["assessed_value", "tax_2019", "list_price", "dom", "sale_type", "pct_hispanic", "median_income", "Price2"]
)
def test_what_says_a_price_in_other_words_or_who_lives_there_is_never_read(name: str) -> None:
    assert not may_tell(name)


@pytest.mark.parametrize("name", ["kitchen_qual", "sqft_above", "taxi_stands", "pricey_view", "agent", "lot_shape"])
def test_a_name_is_refused_by_its_words_and_not_by_its_letters(name: str) -> None:
    assert may_tell(name)


def test_a_column_that_names_houses_or_tells_the_date_or_is_all_alike_tells_nothing() -> None:
    sales = [
        sale.model_copy(
            update={
                "values": {
                    **sale.values,
                    "street": f"{at} Main Street",
                    "serial": at,
                    "town": "one",
                    "levels": 2,
                    KNOWN_BEFORE: "\n".join([str(sale.values[KNOWN_BEFORE]), "street", "serial", "town", "levels"]),
                }
            }
        )
        for at, sale in enumerate(town_of("roof pool").sales)
    ]
    assert set(fit_of(make_town(400).with_sales(sales)).model.design.further.names) == {"roof", "pool"}


def with_columns(columns: Mapping[str, Callable[[int, float], Scalar]]) -> Town:
    """Give the town with further columns, each made of the place of a sale and its price."""
    sales: list[Record] = []
    for at, sale in enumerate(town_of("roof pool").sales):
        price = float(str(sale.values["price"]))
        values = {**sale.values, **{name: make(at, price) for name, make in columns.items()}}
        values[KNOWN_BEFORE] = "\n".join([str(sale.values[KNOWN_BEFORE]), *columns])
        sales.append(sale.model_copy(update={"values": values}))
    return make_town(400).with_sales(sales)


def test_what_orders_sales_as_prices_do_is_not_read_whatever_its_name() -> None:
    noise = np.random.default_rng(3).normal(0, 0.1, 400)
    town = with_columns(
        {
            "steuerwert": lambda at, price: price * math.exp(noise[at]),
            "klasse": lambda at, price: f"class {int(8 * math.log(price * math.exp(noise[at])))}",
        }
    )
    assert set(fit_of(town).model.design.further.names) == {"roof", "pool"}


def test_numbers_that_name_houses_are_not_read_and_the_most_telling_columns_are_kept() -> None:
    chance = np.random.default_rng(5).integers(0, 5, (60, 400))
    columns: dict[str, Callable[[int, float], Scalar]] = {"pin": lambda at, _: 1_000_000 + 7919 * at % 400_009}
    for number in range(60):
        columns[f"noise_{number:02d}"] = lambda at, _, drawn=chance[number]: f"word {drawn[at]}"
    further = fit_of(with_columns(columns)).model.design.further
    assert "pin" not in further.names
    assert {"roof", "pool"} <= set(further.names)
    assert len(further.medians) + sum(map(len, further.words.values())) <= MOST_COLUMNS


def rows(decision: Decision, section: str) -> list[Mapping[str, Any]]:
    return cast("list[Mapping[str, Any]]", decision.answer[section])


def width(decision: Decision) -> Decimal:
    interval = cast("Any", decision.answer["value"])["intervals"][0]
    return (Decimal(interval["high"]) - Decimal(interval["low"])) / Decimal(str(decision.answer["outcome"]))


def test_what_a_case_states_of_them_moves_the_value_and_what_it_does_not_widens(
    furnished: Town, case_of: CaseOf
) -> None:
    silent = furnished.decide(case_of())
    slate, tile = (
        furnished.decide(case_of({"further_features": [f"roof = {roof}", "pool = 2"]})) for roof in ("slate", "tile")
    )
    values = [Decimal(str(one.answer["outcome"])) for one in (tile, silent, slate)]
    assert values == sorted(values)
    assert values[2] / values[0] == pytest.approx(Decimal(str(math.exp(0.2))), rel=Decimal("0.06"))
    assert width(silent) > width(slate)
    gaps = {gap["field"]: gap for gap in rows(silent, "data_gaps")}
    assert "pool, roof" in gaps[FURTHER]["imputed"]
    assert gaps[FURTHER]["widening_applied"] > 0
    assert FURTHER not in {gap["field"] for gap in rows(slate, "data_gaps")}
    assert FURTHER in {driver["driver"] for driver in rows(slate, "drivers")}


def test_what_no_table_tells_is_listed_and_what_may_not_tell_is_not_read(furnished: Town, case_of: CaseOf) -> None:
    stated: list[JsonValue] = ["roof = slate", "pool = 2"]
    plain = furnished.decide(case_of({"further_features": stated}))
    odd = furnished.decide(case_of({"further_features": [*stated, "moat = deep", "assessed_value = 900000"]}))
    assert odd.answer["outcome"] == plain.answer["outcome"]
    gaps = {gap["field"]: gap["imputed"] for gap in rows(odd, "data_gaps")}
    assert "tell it of none" in gaps["moat"]
    assert "never read" in gaps["assessed_value"]


def test_what_is_stated_is_read_in_any_case_and_what_cannot_be_read_is_told(furnished: Town, case_of: CaseOf) -> None:
    plain = furnished.decide(case_of({"further_features": ["roof = slate", "pool = 1"]}))
    other = furnished.decide(case_of({"further_features": ["ROOF = Slate", "Pool = yes"]}))
    assert other.answer["outcome"] == plain.answer["outcome"]
    read = cast("Any", other.answer["subject"])["further_features"]
    assert {one["field"]: (one["value"], one["source"]) for one in read} == {
        "pool": ("1", "given"),
        "roof": ("slate", "given"),
    }
    silent = furnished.decide(case_of())
    odd = furnished.decide(case_of({"further_features": ["roof = gold", "pool = deep"]}))
    assert odd.answer["outcome"] == silent.answer["outcome"]
    gaps = {gap["field"]: gap["imputed"] for gap in rows(odd, "data_gaps")}
    assert "have slate, tile there, not gold" in gaps["roof"]
    assert "have numbers there, not deep" in gaps["pool"]
    taken = cast("Any", odd.answer["subject"])["further_features"]
    assert {one["source"] for one in taken} == {"the sales most like it"}


@pytest.mark.parametrize(
    ("entry", "words"),
    [("slate", "NAME = VALUE"), ("quality = 9", "a fact of its own"), ("roof = tile", "more than once")],
)
def test_an_entry_that_is_no_pair_or_a_fact_of_its_own_is_refused(
    furnished: Town, case_of: CaseOf, entry: str, words: str
) -> None:
    decision = furnished.decide(case_of({"further_features": ["roof = slate", entry]}))
    assert decision.status == "abstained"
    assert words in decision.reasons[0]


def test_an_empty_cell_is_none_where_the_table_writes_no_zero() -> None:
    sales = [
        sale.model_copy(update={"values": {**sale.values, **({"fireplaces": 2} if at % 2 else {})}})
        for at, sale in enumerate(make_town(100).sales)
    ]
    market = fit_of(make_town(100).with_sales(sales)).market
    assert set(market.houses.column("fireplaces").tolist()) == {0.0, 2.0}
