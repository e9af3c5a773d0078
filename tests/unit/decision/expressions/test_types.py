"""What the static check lets through, and what it refuses."""

import pytest

from decision.expressions.parser import parse
from decision.expressions.syntax import ExpressionError
from decision.expressions.types import Signature, ValueType, fits
from decision.facts import FactDefinition, FactType

SIGNATURE = Signature(
    {
        "flag": ValueType(FactType.BOOLEAN),
        "size": ValueType(FactType.NUMBER),
        "price": ValueType(FactType.MONEY),
        "dollars": ValueType(FactType.MONEY, currency="USD"),
        "day": ValueType(FactType.DATE),
        "moment": ValueType(FactType.INSTANT),
        "delay": ValueType(FactType.DURATION),
        "colour": ValueType(FactType.ENUM, ("red", "green")),
        "name": ValueType(FactType.STRING),
        "tags": ValueType(FactType.LIST, ("new", "old")),
    },
    {"limit": ValueType(FactType.NUMBER), "euros": ValueType(FactType.MONEY, currency="EUR")},
)


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("flag and not flag or true", "boolean"),
        ("size / $limit + 1 >= abs(-size)", "boolean"),
        ("price * 2 + $euros", "money in EUR"),
        ("price / $euros", "number"),
        ("day + 14 days - delay", "date"),
        ("delay + moment", "instant"),
        ("moment - moment", "duration"),
        ("day - day > delay * 2", "boolean"),
        ("delay / 15 min", "number"),
        ("hours(delay) + days(delay) * minutes(delay)", "number"),
        ("max(day, 2026-01-01)", "date"),
        ("colour == 'red' or name == colour", "boolean"),
        ("colour in ['red'] and 'new' in tags and name not in tags", "boolean"),
        ("(size / 0) is known", "boolean"),
    ],
)
def test_finds_the_type(source: str, kind: str) -> None:
    assert str(SIGNATURE.type_of(parse(source))) == kind


@pytest.mark.parametrize(
    ("source", "column", "message"),
    [
        ("sise < 3", 1, "unknown fact 'sise'; did you mean 'size'"),
        ("size < $limt", 8, "unknown parameter 'limt'; did you mean 'limit'"),
        ("flag and size", 10, "expected a condition"),
        ("not size", 5, "expected a condition"),
        ("flag == 'true'", 6, r"cannot compare flag \(boolean\) with \"true\" \(string\)"),
        ("flag < true", 6, "boolean has no order"),
        ("colour < 'red'", 8, "enum has no order"),
        ("colour == 'rd'", 11, "colour is never 'rd'.*did you mean 'red'"),
        ("colour in ['red', 'blue']", 11, "colour is never 'blue'"),
        ("'young' in tags", 1, "tags is never 'young'"),
        ("size in ['1']", 6, "in takes an enum or text and a list"),
        ("name in name", 6, "in takes an enum or text and a list"),
        ("size + price", 6, "cannot calculate"),
        ("day + day", 5, "cannot calculate"),
        ("price * price", 7, "cannot calculate"),
        ("dollars + $euros", 9, "cannot calculate"),
        ("dollars < $euros", 9, "cannot compare"),
        ("size < delay", 6, "cannot compare"),
        ("hours(size)", 7, "expected a duration"),
        ("abs(day)", 5, "expected a number, an amount or a duration"),
        ("min(size, delay)", 1, "min compares values of one type"),
        ("max(colour, colour)", 5, "expected something that has an order"),
        ("-name", 2, "expected a number, an amount or a duration"),
    ],
)
def test_points_at_what_does_not_fit(source: str, column: int, message: str) -> None:
    with pytest.raises(ExpressionError, match=message) as refused:
        SIGNATURE.type_of(parse(source))
    assert refused.value.column == column


def test_a_value_fits_its_declaration() -> None:
    colour = FactDefinition(name="colour", type=FactType.ENUM, title="Colour", values=("red",))
    assert fits(colour, "red")
    assert not fits(colour, "blue")
    assert not fits(colour, value=True)
