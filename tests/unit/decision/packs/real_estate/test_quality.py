"""What is odd about sales is found and listed, and what cannot be meant teaches nothing."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from decision.packs.real_estate.features import NUMBERS
from decision.packs.real_estate.fitting import fitted
from decision.packs.real_estate.market import Market, houses_of, month_of
from decision.packs.real_estate.quality import flags, record_flags
from decision.packs.real_estate.typos import typos, without_typos
from retrieval.corpus import Record, Span

COUNT = 400


@pytest.fixture(name="market")
def _market() -> Market:
    """Houses whose rooms follow their area, and whose prices follow both."""
    random = np.random.default_rng(4)
    described: list[tuple[dict[str, object], date, tuple[float, float]]] = []
    days = [date(2019, 1 + at * 12 // COUNT, 1 + at % 28) for at in range(COUNT)]
    days.sort()
    for day in days:
        area = float(random.integers(900, 3200))
        rooms = {"bedrooms": max(1, round(area / 600)), "bathrooms": max(1.0, round(area / 900 * 2) / 2)}
        values: dict[str, object] = {"living_area": area, "lot_area": 6000.0, "year_built": 1980.0, **rooms}
        described.append((values, day, (47.5 + random.normal(0, 0.02), -122.3 + random.normal(0, 0.02))))
    houses = houses_of(described)
    prices = np.exp(12 + 0.7 * np.log(houses.column("living_area") / 1800) + random.uniform(-0.1, 0.1, COUNT))
    return Market(
        houses=houses,
        ids=tuple(f"town:{at}" for at in range(COUNT)),
        prices=prices,
        days=np.array([day.toordinal() for day in days]),
        months=np.array([month_of(day) for day in days]),
    )


def changed(market: Market, row: int, **values: float) -> Market:
    """Give the market with other numbers in one row."""
    numbers = market.houses.numbers.copy()
    for name, value in values.items():
        numbers[row, NUMBERS.index(name)] = value
    return replace(market, houses=replace(market.houses, numbers=numbers))


def kinds(market: Market) -> dict[str, set[str]]:
    """Give the kinds of flags of each sale that has some."""
    found: dict[str, set[str]] = {}
    for flag in flags(market, fitted(market)):
        found.setdefault(flag.sale, set()).add(flag.kind)
    return found


def test_ordinary_sales_are_not_flagged(market: Market) -> None:
    assert kinds(market) == {}


def test_a_count_that_cannot_be_meant_is_set_aside(market: Market) -> None:
    wrong = changed(market, 7, bedrooms=33, living_area=1620)
    (typo,) = typos(wrong)
    assert (typo.column, typo.field, typo.stated) == (7, "bedrooms", 33)
    assert 2 <= typo.implied <= 4
    (flag,) = (one for one in flags(wrong, fitted(wrong)) if one.kind == "typo")
    assert (flag.sale, flag.done) == ("town:7", "the value is set aside as unknown in training; the sale is kept")
    assert np.isnan(without_typos(wrong).houses.column("bedrooms")[7])
    assert np.array_equal(fitted(wrong).parts, fitted(changed(wrong, 7, bedrooms=np.nan)).parts)


def test_an_area_with_a_digit_too_many_is_found(market: Market) -> None:
    (typo,) = typos(changed(market, 3, living_area=15000, bedrooms=2, bathrooms=1))
    assert (typo.column, typo.field) == (3, "living_area")


def test_a_count_of_none_is_no_typo(market: Market) -> None:
    assert typos(changed(market, 3, bedrooms=0)) == ()


def test_few_sales_imply_nothing(market: Market) -> None:
    few = changed(market, 7, bedrooms=33)
    rows = np.arange(100)
    small = Market(few.houses.take(rows), few.ids[:100], few.prices[:100], few.days[:100], few.months[:100])
    assert typos(small) == ()
    assert without_typos(small) is small


def test_a_parcel_sold_again_within_a_year_is_a_flip(market: Market) -> None:
    ids = list(market.ids)
    ids[200] = "town:10#2"
    prices = market.prices.copy()
    prices[200] = prices[10] * 1.2
    again = replace(market, ids=tuple(ids), prices=prices)
    (flag,) = (one for one in flags(again, fitted(again)) if one.kind == "flip")
    assert flag.sale == "town:10#2"
    assert f"{market.days[200] - market.days[10]} days, at +20%" in flag.measured


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"year_built": 2022.0, "year_remodelled": 2022.0}, "built in 2022, sold in 2019"),
        ({"lot_area": 100.0}, "on a lot of 100"),
        ({"living_area": 90.0, "bedrooms": 1.0, "bathrooms": 1.0}, "a living area of 90"),
        ({"bedrooms": 0.0, "bathrooms": 0.0}, "neither bedrooms nor bathrooms"),
    ],
)
def test_an_implausible_row_is_listed(market: Market, values: dict[str, float], words: str) -> None:
    odd = changed(market, 12, **values)
    found = [one for one in flags(odd, fitted(odd)) if one.kind == "implausible"]
    assert any(words in one.measured and one.sale == "town:12" for one in found)


def test_a_price_far_off_is_suspected_and_moves_the_model_little(market: Market) -> None:
    prices = market.prices.copy()
    prices[30] *= 0.4
    cheap = replace(market, prices=prices)
    assert kinds(cheap) == {"town:30": {"suspected_not_arms_length"}}
    moved = fitted(cheap).parts.sum(axis=1) - fitted(market).parts.sum(axis=1)
    assert np.abs(moved[np.arange(COUNT) != 30]).max() < 0.01


def test_records_that_no_market_holds_are_listed() -> None:
    def sale(name: str, **values: float | bool) -> Record:
        return Record(
            id=name,
            revision_id="r",
            document_id="town",
            kind="sale",
            values=values,
            observed_on=date(2019, 1, 1),
            latitude=None,
            longitude=None,
            vector=(0.0,) * 10,
            span=Span(start=0, end=1),
        )

    found = record_flags(
        [
            sale("whole", price=100_000, living_area=1000, arms_length=True),
            sale("empty", price=100_000, living_area=0, arms_length=True),
            sale("gift", price=0, living_area=1000, arms_length=False),
        ]
    )
    assert [(one.sale, one.kind, one.measured) for one in found] == [
        ("empty", "unusable", "living_area not above 0, or unknown")
    ]
