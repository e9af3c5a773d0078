"""Source text to trees, and errors that point at the column."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from decision.expressions.parser import parse
from decision.expressions.syntax import (
    Arithmetic,
    Call,
    Comparison,
    Connection,
    ExpressionError,
    FactName,
    Known,
    Literal,
    Membership,
    Negation,
    Not,
    ParameterName,
    fact_names,
    parameter_names,
    unparse,
)

A, B, C = FactName("a"), FactName("b"), FactName("c")


@pytest.mark.parametrize(
    ("source", "tree"),
    [
        ("fsd <= $fsd_limit", Comparison("<=", FactName("fsd"), ParameterName("fsd_limit"))),
        ("a or b and not c", Connection("or", (A, Connection("and", (B, Not(C)))))),
        ("(a or b) and c", Connection("and", (Connection("or", (A, B)), C))),
        ("not a == b", Not(Comparison("==", A, B))),
        ("a + b * c", Arithmetic("+", A, Arithmetic("*", B, C))),
        ("a - b - c", Arithmetic("-", Arithmetic("-", A, B), C)),
        ("-a * b", Arithmetic("*", Negation(A), B)),
        ("a in ['x', \"y\",]", Membership(A, Literal(("x", "y")))),
        ("a not in []", Membership(A, Literal(()), negated=True)),
        ("a is known", Known(A)),
        ("a + b is unknown", Known(Arithmetic("+", A, B), negated=True)),
        ("min(a, 2 h 30 min)", Call("min", (A, Literal(timedelta(hours=2, minutes=30))))),
        ("14 days", Literal(timedelta(days=14))),
        ("12.50", Literal(Decimal("12.50"))),
        ("2027-10-23", Literal(date(2027, 10, 23))),
        ("true", Literal(value=True)),
        ("'it is \"so\"'", Literal('it is "so"')),
    ],
)
def test_reads_by_precedence(source: str, tree: object) -> None:
    assert parse(source) == tree
    assert parse(unparse(parse(source))) == tree


@pytest.mark.parametrize(
    ("source", "column", "message"),
    [
        ("", 1, "expected a value, found the end"),
        ("a = b", 3, "write == to compare"),
        ("a && b", 3, "write and"),
        ("a < b < c", 7, "comparisons do not chain"),
        ("a in b in c", 8, "comparisons do not chain"),
        ("a is true", 6, "expected known or unknown after is"),
        ("a not b", 7, "expected in after not"),
        ("(a", 3, r"expected '\)', found the end"),
        ("a b", 3, "expected an operator or the end, found 'b'"),
        ("mn(a, b)", 1, "unknown function mn.*did you mean 'min'"),
        ("min(a)", 1, "min takes 2 arguments, not 1"),
        ("a in ['x' 'y']", 11, "expected a text or '\\]', found ''y''"),
        ("a == 'x", 6, "this quote is never closed"),
        ("$Limit", 1, "a parameter is \\$ and a lower-case name"),
        ("2026-02-30 < a", 1, "not a day of the calendar"),
        ("a == 3 min 4", 12, "expected an operator or the end"),
        ("(" * 60, 42, "nested deeper than 40"),
        ("not " * 60 + "a", 165, "nested deeper than 40"),
    ],
)
def test_points_at_the_column(source: str, column: int, message: str) -> None:
    with pytest.raises(ExpressionError, match=message) as refused:
        parse(source)
    assert refused.value.column == column
    assert str(refused.value).startswith(f"column {column}: ")


def test_collects_what_an_expression_names() -> None:
    expression = parse("a < $limit and not (b in ['x'] or max(c, $other) > 1) and a is known")
    assert fact_names(expression) == {"a", "b", "c"}
    assert parameter_names(expression) == {"limit", "other"}
