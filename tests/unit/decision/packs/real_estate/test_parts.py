"""The small parts of a valuation, each against figures worked out by hand or a plain second calculation."""

import math
from datetime import date

import numpy as np
import pytest

from decision.packs.real_estate.backtest import Backtest, Estimates
from decision.packs.real_estate.comparables import cents, in_currency, month_name
from decision.packs.real_estate.distances import geodesic_km, nearest_km
from decision.packs.real_estate.features import SALE, number, vector
from decision.packs.real_estate.intervals import LEVELS, calibrate, measure
from decision.packs.real_estate.market import distances_km, first_day, houses_of, month_of
from decision.packs.real_estate.similarity import Unlikeness, chosen, nearest, weights
from retrieval.filters import distance_m

EVERY = np.ones((1, 12), dtype=np.bool_)


def test_one_clear_difference_is_a_distance_of_one() -> None:
    house = {"condition": 5, "living_area": 1500, "year_built": 1970}
    assert math.dist(vector(house), vector({**house, "condition": 6})) == pytest.approx(1)
    assert math.dist(vector(house), vector({**house, "year_built": 1985})) == pytest.approx(1)
    assert math.dist(vector(house), vector({**house, "living_area": 1500 * math.exp(0.15)})) == pytest.approx(1)


def test_a_missing_value_is_neutral() -> None:
    assert vector({}) == (0.0,) * SALE.dimensions
    assert vector({"living_area": 0, "condition": "unknown"}) == (0.0,) * SALE.dimensions


@pytest.mark.parametrize(
    ("value", "expected"), [(True, 1.0), ("12.5", 12.5), (None, None), ("N/A", None), (math.nan, None), ("inf", None)]
)
def test_number(value: object, expected: float | None) -> None:
    assert number(value) == expected


def test_months() -> None:
    assert first_day(month_of(date(2010, 12, 31))) == date(2010, 12, 1)
    assert month_of(date(2011, 1, 1)) - month_of(date(2010, 12, 31)) == 1
    assert month_name(month_of(date(2010, 1, 5))) == "2010-01"


def test_distances_agree_with_the_geodesic() -> None:
    day = date(2020, 1, 1)
    one = houses_of([({}, day, (42.05, -93.62))])
    many = houses_of([({}, day, (42.06, -93.65)), ({}, day, (None, None))])
    found = distances_km(one, many)[0]
    assert found[0] == pytest.approx(distance_m(42.05, -93.62, 42.06, -93.65) / 1000, rel=0.005)
    assert math.isnan(found[1])


def test_the_nearest_is_the_nearest_on_the_ellipsoid() -> None:
    """At 42 degrees a great circle is too long along a meridian and too short along a parallel."""
    day = date(2020, 1, 1)
    one = houses_of([({}, day, (42.0, -93.6))])
    north, east = (42.018, -93.6), (42.0, -93.57585)
    many = houses_of([({}, day, place) for place in (north, east, (None, None), (43.0, -93.6))])
    exact = [distance_m(42.0, -93.6, *place) / 1000 for place in (north, east)]
    rough = distances_km(one, many)[0]
    assert (rough[0] < rough[1]) != (exact[0] < exact[1])
    assert geodesic_km(one, many)[:2] == pytest.approx(exact, abs=1e-12)
    assert math.isnan(geodesic_km(one, many)[2])
    assert nearest_km(one, many) == min(exact)
    assert nearest_km(one, many.take(np.array([2]))) is None


def test_a_house_never_remodelled_counts_from_its_building() -> None:
    houses = houses_of([({"year_built": 1960}, date(2020, 1, 1), (None, None))])
    assert houses.column("year_remodelled")[0] == 1960


def test_parts_in_currency_lead_from_one_price_to_the_other() -> None:
    differences = [0.2, -0.05, 0.01]
    amounts = in_currency(100_000, differences)
    assert sum(amounts) == pytest.approx(100_000 * (math.exp(0.16) - 1))
    assert amounts[0] / amounts[1] == pytest.approx(-4)
    assert in_currency(100_000, [0.1, -0.1]) == pytest.approx((10_000, -10_000))


def test_cents() -> None:
    assert str(cents(1234.567)) == "1234.57"
    assert str(cents(-0.004)) == "0.00" or str(cents(-0.004)) == "-0.00"


def test_nearest_gives_the_least_first() -> None:
    found = np.array([[3.0, 1.0, math.inf, 2.0]])
    assert nearest(found, 3).tolist() == [[1, 3, 0]]
    assert nearest(found, 9).tolist() == [[1, 3, 0, 2]]


def test_weights_sum_to_one_and_fall_with_unlikeness_and_adjustment() -> None:
    found = weights(np.array([[1.0, 2.0, 1.0, math.inf]]), np.array([[0.05, 0.05, 0.30, 0.0]]))[0]
    assert found.sum() == pytest.approx(1)
    assert found[0] > found[1]
    assert found[0] > found[2]
    assert found[3] == 0
    assert weights(np.array([[math.inf]]), np.array([[0.0]])).tolist() == [[0.0]]


def test_much_adjusted_sales_are_used_only_where_others_lack() -> None:
    columns, unlike = np.arange(6)[None, :], Unlikeness(np.arange(1.0, 7.0)[None, :], EVERY[:, :6], EVERY[:, :6])
    some = chosen(columns, unlike, np.array([[0.4, 0.1, 0.1, 0.4, 0.1, 0.1]]), 0.25)
    assert some.columns[0][some.weights[0] > 0].tolist() == [1, 2, 4, 5]
    few = chosen(columns, unlike, np.array([[0.4, 0.1, 0.4, 0.4, 0.4, 0.4]]), 0.25)
    assert few.columns[0][few.weights[0] > 0].tolist() == [0, 1, 2]


def test_three_recent_sales_are_among_the_comparables_where_there_are_three() -> None:
    columns, squared = np.arange(12)[None, :], np.arange(1.0, 13.0)[None, :]
    recent = squared > 8
    found = chosen(columns, Unlikeness(squared, recent, EVERY), np.full((1, 12), 0.1), 0.25)
    assert found.columns[0].tolist() == [0, 1, 2, 3, 4, 8, 9, 10]
    assert (np.diff(found.unlikeness[0]) > 0).all()


def simulated(months: int, each: int, seed: int) -> Backtest:
    """Errors whose size follows a sign that is seen, over some months."""
    random = np.random.default_rng(seed)
    count = months * each
    size = random.uniform(0.02, 0.2, count)
    signs = np.column_stack([np.ones(count), size, *np.zeros((4, count))])
    model = random.normal(12, 0.3, count)
    logs = model + size * random.standard_normal(count)
    estimates = Estimates(model=model, local=np.zeros(count), signs=signs)
    return Backtest(months=np.repeat(np.arange(24_000, 24_000 + months), each), logs=logs, estimates=estimates)


def test_coverage_on_fresh_sales_is_what_was_promised() -> None:
    calibration = calibrate(simulated(12, 60, seed=1))
    fresh = simulated(12, 400, seed=2)
    assert calibration is not None
    for level in LEVELS:
        below, above = calibration.reach(fresh.estimates, level)
        off = fresh.logs - calibration.log_value(fresh.estimates)
        covered = float(np.mean((-below <= off) & (off <= above)))
        assert level - 0.02 <= covered <= level + 0.06


def test_intervals_are_wider_where_signs_say_so_and_where_facts_are_unknown() -> None:
    test = simulated(12, 60, seed=3)
    calibration = calibrate(test)
    assert calibration is not None
    half, other = calibration.reach(test.estimates, 0.80)
    assert np.array_equal(half, other)  # as always where sales are few
    sure, unsure = np.argmin(test.estimates.signs[:, 1]), np.argmax(test.estimates.signs[:, 1])
    assert half[unsure] > 2 * half[sure]
    assert (calibration.reach(test.estimates, 0.80, widening=0.1)[0] > half).all()


def test_cheap_houses_that_mostly_sell_below_value_are_covered_too() -> None:
    """With enough sales, bands of the market have quantiles of their own, and not the same on either side."""
    random = np.random.default_rng(5)
    count = 6000
    rank = random.random(count)
    model = 12 + rank
    low = np.where(rank < 0.1, random.random(count) < 0.4, False)  # noqa: FBT003  none of the others
    logs = model + 0.08 * random.standard_normal(count) - np.where(low, 0.3, 0.0)
    signs = np.column_stack([np.ones(count), np.full((count, 8), 0.1), rank])
    estimates = Estimates(model=model, local=np.zeros(count), signs=signs)
    test = Backtest(months=np.repeat(np.arange(24_000, 24_010), count // 10), logs=logs, estimates=estimates)
    earlier, later = test.before(24_006), test.where(test.months >= 24_006)
    calibration = calibrate(earlier)
    assert calibration is not None
    below, above = calibration.reach(later.estimates, 0.80)
    off = later.logs - calibration.log_value(later.estimates)
    covered = (-below <= off) & (off <= above)
    cheap = later.estimates.signs[:, -1] < 0.1
    assert covered[cheap].mean() >= 0.78
    assert covered[~cheap].mean() >= 0.77
    assert (below[cheap] > 1.5 * above[cheap]).mean() > 0.9


def test_measured_coverage_comes_from_months_that_the_calibration_had_not_seen() -> None:
    test = simulated(12, 60, seed=4)
    measured = measure(test)
    assert measured is not None
    assert measured.count == 11 * 60
    assert measured.first_month == 24_001
    assert 0.76 <= measured.coverage[0.80] <= 0.88


def test_too_few_sales_give_no_calibration() -> None:
    assert calibrate(simulated(2, 10, seed=5)) is None
    assert measure(simulated(2, 10, seed=5)) is None
