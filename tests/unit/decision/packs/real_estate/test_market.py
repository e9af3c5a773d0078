"""The market that sales become: made once for the same sales, never mistaken for another."""

from collections.abc import Callable
from datetime import date

import pytest

from decision.packs.real_estate.features import SALE
from decision.packs.real_estate.market import market_of
from retrieval.corpus import Record, Span

Sell = Callable[[float], Record]
LATER = date(2021, 1, 1)


@pytest.fixture
def sell() -> Sell:
    """Make sales of one id that differ in their price alone."""

    def make(price: float) -> Record:
        return Record(
            id="town:1",
            revision_id="town-1",
            document_id="town",
            kind=SALE.name,
            values={"price": price, "living_area": 1500.0},
            observed_on=date(2020, 1, 1),
            vector=(0.0,) * SALE.dimensions,
            span=Span(start=0, end=9),
        )

    return make


def test_the_same_sales_make_one_market(sell: Sell) -> None:
    sales = [sell(100_000)]
    assert market_of(sales, LATER) is market_of(iter(sales), LATER)


def test_other_prices_make_another_market(sell: Sell) -> None:
    assert market_of([first := sell(100_000)], LATER).prices.tolist() == [100_000]
    assert market_of([sell(200_000)], LATER).prices.tolist() == [200_000]
    assert market_of([first], LATER).prices.tolist() == [100_000]


def test_sales_that_are_gone_are_never_taken_for_new_ones(sell: Sell) -> None:
    prices = [float(price) for price in range(100_000, 100_200)]  # each sale likely lies where the last one lay
    assert [market_of([sell(price)], LATER).prices.tolist() for price in prices] == [[price] for price in prices]


def test_another_day_or_another_own_sale_makes_another_market(sell: Sell) -> None:
    sales = [sell(100_000)]
    assert len(market_of(sales, LATER)) == 1
    assert len(market_of(sales, date(2020, 1, 1))) == 0
    assert len(market_of(sales, LATER, never="town:1")) == 0
