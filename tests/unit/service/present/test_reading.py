"""Values as people read them, whatever a pack sends."""

import pytest
from pydantic import JsonValue

from service.present.reading import money, number, percent, text


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "unknown"),
        (True, "yes"),
        (False, "no"),
        (1965, "1965"),
        (21500, "21,500"),
        (0.12345678, "0.1235"),
        (100, "100"),
        ([], "none"),
        (["a", 2], "a, 2"),
        ({"value": "250", "currency": "EUR"}, "EUR 250"),
        ({"value": "12.5", "unit": "square_feet"}, "12.5 square feet"),
        ({"value": None, "currency": "EUR"}, "unknown"),
        ({"a_b": 1, "c": "d"}, "A b: 1; C: d"),
        ("NaN", "NaN"),
    ],
)
def test_text(value: JsonValue, words: str) -> None:
    assert text(value) == words


@pytest.mark.parametrize(
    ("value", "words"),
    [("215000.4", "USD 215,000"), ("12.5", "USD 12.50"), (-3, "-USD 3"), ("much", "much"), (None, "unknown")],
)
def test_money(value: JsonValue, words: str) -> None:
    assert money(value, "USD") == words


def test_signs_and_digits() -> None:
    assert money("1234.5", signed=True, digits=2) == "+1,234.50"
    assert money(0, signed=True) == "0"
    assert money({"value": "5", "currency": "GBP"}) == "GBP 5"


def test_numbers_and_shares() -> None:
    assert percent(0.1234) == "12.3 %"
    assert percent(12.34, of_one=False) == "12.3 %"
    assert percent("x") == "x"
    odd: list[JsonValue] = ["Infinity", "NaN", "", True, [], {}]
    assert [number(one) for one in odd] == [None] * 6
