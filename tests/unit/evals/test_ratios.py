"""Statistics of ratio studies on numbers small enough to be worked out by hand."""

import numpy as np
import pytest

from evals.valuation.ratios import cod, prb, prd, ratio_statistics

PRICES = np.array([100.0, 200.0, 400.0, 800.0])


def test_errors_are_in_percent_of_the_price() -> None:
    found = ratio_statistics(np.array([90.0, 210.0, 400.0, 1000.0]), PRICES)
    assert found.n == 4
    assert found.mdape == pytest.approx(7.5)
    assert found.mape == pytest.approx(10.0)
    assert (found.ppe10, found.ppe20) == (75.0, 75.0)
    assert found.median_ratio == pytest.approx(1.025)


def test_dispersion_is_around_the_median_ratio() -> None:
    ratios = np.array([0.8, 1.0, 1.1])
    assert cod(ratios) == pytest.approx(100 * (0.2 + 0.0 + 0.1) / 3)
    assert cod(2 * ratios) == pytest.approx(cod(ratios))


def test_low_estimates_of_dear_houses_show() -> None:
    estimates = PRICES * np.array([1.1, 1.0, 1.0, 0.9])
    assert prd(estimates, PRICES) == pytest.approx(1.0 / (1430 / 1500))
    slope = prb(estimates, PRICES)
    assert slope is not None
    assert slope < -0.05
    even = prb(PRICES * 1.2, PRICES)
    assert even == pytest.approx(0.0, abs=1e-12)


def test_bias_is_the_change_of_the_ratio_when_value_doubles() -> None:
    """With ratios that fall by one percent a doubling, on value as the standard defines it."""
    values = np.array([100.0, 200.0, 400.0, 800.0, 1600.0])
    ratios = 1.0 + 0.01 * np.array([2.0, 1.0, 0.0, -1.0, -2.0])
    prices = 2 * values / (1 + ratios)  # half of price and half of estimate make the value, the median ratio being 1
    assert prb(prices * ratios, prices) == pytest.approx(-0.01)


def test_too_few_sales_tell_no_bias() -> None:
    found = ratio_statistics(np.array([100.0, 190.0]), np.array([100.0, 200.0]))
    assert (found.prd, found.prb) == (None, None)
    assert prb(np.array([90.0, 90.0]), np.array([90.0, 90.0])) is None
