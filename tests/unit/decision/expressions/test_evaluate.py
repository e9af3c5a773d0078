"""What expressions come to, on known and unknown facts."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Final

import pytest

from decision.expressions.evaluate import Reading, Result, Unknown, compiled
from decision.expressions.parser import parse
from decision.facts import FactValue, Money

FACTS: Final[dict[str, FactValue | None]] = {
    "yes": True,
    "no": False,
    "open": None,
    "size": Decimal(3),
    "zero": Decimal(0),
    "huge": Decimal("1E+30"),
    "price": Money(value=Decimal(100), currency="EUR"),
    "pounds": Money(value=Decimal(100), currency="GBP"),
    "day": date(2026, 6, 1),
    "moment": datetime(2026, 6, 1, 12, tzinfo=UTC),
    "delay": timedelta(hours=3),
    "colour": "red",
    "tags": ("new", "red"),
}
PARAMETERS: Final[dict[str, FactValue]] = {"limit": Decimal(3)}


def value_of(source: str) -> Result:
    return compiled(parse(source)).evaluate(Reading(FACTS, PARAMETERS))


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("size <= $limit and size >= 3 and not (size < 3 or size > 3)", True),
        ("size != 3", False),
        ("size + 2 * 3 - 1", Decimal(8)),
        ("-size / 2", Decimal("-1.5")),
        ("abs(-size) + min(size, 1) + max(size, 1)", Decimal(7)),
        ("price * 2 + price / 4", Money(value=Decimal(225), currency="EUR")),
        ("price / price", Decimal(1)),
        ("min(price, -price)", Money(value=Decimal(-100), currency="EUR")),
        ("abs(-price) == price", True),
        ("day + 14 days", date(2026, 6, 15)),
        ("2 days + day - 1 day", date(2026, 6, 2)),
        ("day - 2026-05-31", timedelta(days=1)),
        ("moment + delay - moment", timedelta(hours=3)),
        ("delay * 2 - delay / 2", timedelta(hours=4, minutes=30)),
        ("2 * delay / 1 h", Decimal(6)),
        ("abs(-delay)", timedelta(hours=3)),
        ("minutes(delay) + hours(delay) + days(24 h)", Decimal(184)),
        ("colour in ['red', 'blue'] and colour in tags and 'old' not in tags", True),
        ("open is unknown and size is known and open + 1 is unknown", True),
    ],
)
def test_calculates_and_compares(source: str, value: FactValue) -> None:
    assert value_of(source) == value


@pytest.mark.parametrize(
    ("source", "value"),
    [("no and open", False), ("open and no", False), ("yes or open", True), ("open or yes", True)],
)
def test_known_operands_decide_alone(source: str, *, value: bool) -> None:
    assert value_of(source) is value


@pytest.mark.parametrize("source", ["yes and open", "open or no", "not open", "missing and yes", "not (open and yes)"])
def test_unknown_stays_unknown_and_names_the_fact(source: str) -> None:
    name = "missing" if "missing" in source else "open"
    assert value_of(source) == Unknown(frozenset({name}))


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("size / zero", "a division by zero"),
        ("zero / zero", "a division by zero"),
        ("delay / 0 h", "a division by zero"),
        ("price / (price - price)", "a division by zero"),
        ("price < pounds", "amounts in two currencies (EUR and GBP)"),
        ("price + pounds", "amounts in two currencies (EUR and GBP)"),
        ("price / pounds", "amounts in two currencies (EUR and GBP)"),
        ("day + delay", "a date moved by a part of a day"),
        ("day + 5000000 days", "a result that is out of range"),
        ("delay * huge", "a result that is out of range"),
        ("$absent", "no absent is in force on the date"),
    ],
)
def test_what_has_no_value_is_unknown_with_its_reason(source: str, reason: str) -> None:
    assert value_of(source) == Unknown(reasons=(reason,))


def test_takes_down_what_was_read_until_it_was_decided() -> None:
    reading = Reading(FACTS, PARAMETERS)
    assert compiled(parse("open and size > $limit and yes")).evaluate(reading) is False
    assert list(reading.facts_read) == ["open", "size"]
    assert list(reading.parameters_read) == ["limit"]


def test_unknown_is_never_taken_for_a_truth_value() -> None:
    with pytest.raises(TypeError, match="neither true nor false"):
        bool(Unknown())
