"""The parts of an expression, as a tree that we own, and back from the tree to source text.

Every part knows the column it starts at (from 1), which plays no role in equality.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Final

from decision.facts import DecisionError, FactValue
from decision.values import plain


class ExpressionError(DecisionError):
    """An expression cannot be read or does not fit its facts; the message points at the column (from 1)."""

    def __init__(self, message: str, column: int) -> None:
        super().__init__(f"column {column}: {message}")
        self.column = column


@dataclass(frozen=True, slots=True)
class Literal:
    """A value written in the expression itself; never negative (see Negation)."""

    value: FactValue
    column: int = field(default=1, compare=False)


@dataclass(frozen=True, slots=True)
class FactName:
    """The value of a fact."""

    name: str
    column: int = field(default=1, compare=False)


@dataclass(frozen=True, slots=True)
class ParameterName:
    """The value of a parameter in force on the decision's date; written `$name`."""

    name: str
    column: int = field(default=1, compare=False)


@dataclass(frozen=True, slots=True)
class Lookup:
    """The value that a table of parameters has under some keys; written `$name[key, key]`."""

    name: str
    keys: tuple["Expression", ...]
    column: int = field(default=1, compare=False)


@dataclass(frozen=True, slots=True)
class Connection:
    """Two or more conditions joined by `and`, or by `or`."""

    operator: str
    operands: tuple["Expression", ...]
    column: int = field(default=1, compare=False)


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite of a condition."""

    operand: "Expression"
    column: int = field(default=1, compare=False)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two values of one type compared by `==`, `!=`, `<`, `<=`, `>` or `>=`."""

    operator: str
    left: "Expression"
    right: "Expression"
    column: int = field(default=1, compare=False)


@dataclass(frozen=True, slots=True)
class Membership:
    """Whether a word is among a list of words; `negated` for `not in`."""

    left: "Expression"
    right: "Expression"
    negated: bool = False
    column: int = field(default=1, compare=False)


@dataclass(frozen=True, slots=True)
class Known:
    """Whether a value is known; `negated` for `is unknown`."""

    operand: "Expression"
    negated: bool = False
    column: int = field(default=1, compare=False)


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """Two values combined by `+`, `-`, `*` or `/`."""

    operator: str
    left: "Expression"
    right: "Expression"
    column: int = field(default=1, compare=False)


@dataclass(frozen=True, slots=True)
class Negation:
    """Minus a number, an amount or a duration."""

    operand: "Expression"
    column: int = field(default=1, compare=False)


@dataclass(frozen=True, slots=True)
class Call:
    """One of the built-in functions, applied to its arguments."""

    function: str
    arguments: tuple["Expression", ...]
    column: int = field(default=1, compare=False)


Expression = (
    Literal
    | FactName
    | ParameterName
    | Lookup
    | Connection
    | Not
    | Comparison
    | Membership
    | Known
    | Arithmetic
    | Negation
    | Call
)

COMPARISONS: Final = frozenset({"==", "!=", "<", "<=", ">", ">="})
"""The comparison operators."""

_OR, _AND, _NOT, _RELATION, _SUM, _PRODUCT, _MINUS, _ATOM = range(8)


def children(expression: Expression) -> tuple[Expression, ...]:
    """List the parts that an expression is made of, left to right."""
    match expression:
        case Literal() | FactName() | ParameterName():
            return ()
        case Connection(_, parts) | Call(_, parts) | Lookup(_, parts):
            return parts
        case Not(operand) | Known(operand) | Negation(operand):
            return (operand,)
        case Comparison() | Membership() | Arithmetic():
            return (expression.left, expression.right)


def fact_names(expression: Expression) -> frozenset[str]:
    """Collect the facts that an expression names."""
    own = {expression.name} if isinstance(expression, FactName) else set[str]()
    return frozenset(own.union(*(fact_names(part) for part in children(expression))))


def parameter_names(expression: Expression) -> frozenset[str]:
    """Collect the parameters and tables that an expression names."""
    own = {expression.name} if isinstance(expression, ParameterName | Lookup) else set[str]()
    return frozenset(own.union(*(parameter_names(part) for part in children(expression))))


def unparse(expression: Expression) -> str:
    """Write an expression as source text; parsing it gives an equal expression."""
    return _written(expression)[1]


def _written(expression: Expression) -> tuple[int, str]:
    match expression:
        case Literal(value):
            written = _ATOM, _literal(value)
        case FactName() | ParameterName() | Lookup() | Call():
            written = _ATOM, _named(expression)
        case Negation(operand):
            written = _MINUS, f"-{_within(operand, _MINUS)}"
        case Not(operand):
            written = _NOT, f"not {_within(operand, _NOT)}"
        case Known(operand, negated):
            written = _RELATION, f"{_within(operand, _SUM)} is {'unknown' if negated else 'known'}"
        case Connection(operator, operands):
            rank = _AND if operator == "and" else _OR
            written = rank, f" {operator} ".join(_within(operand, rank + 1) for operand in operands)
        case Comparison() | Membership() | Arithmetic():
            written = _infix(expression)
    return written


def _named(expression: FactName | ParameterName | Lookup | Call) -> str:
    match expression:
        case FactName(name):
            return name
        case ParameterName(name):
            return f"${name}"
        case Lookup(name, keys):
            return f"${name}[{_listed(keys)}]"
        case Call(function, arguments):
            return f"{function}({_listed(arguments)})"


def _listed(expressions: tuple[Expression, ...]) -> str:
    return ", ".join(unparse(expression) for expression in expressions)


def _infix(expression: Comparison | Membership | Arithmetic) -> tuple[int, str]:
    left, right = expression.left, expression.right
    if isinstance(expression, Arithmetic):
        rank = _SUM if expression.operator in {"+", "-"} else _PRODUCT
        return rank, f"{_within(left, rank)} {expression.operator} {_within(right, rank + 1)}"
    operator = expression.operator if isinstance(expression, Comparison) else _membership(expression)
    return _RELATION, f"{_within(left, _SUM)} {operator} {_within(right, _SUM)}"


def _membership(expression: Membership) -> str:
    return "not in" if expression.negated else "in"


def _within(expression: Expression, least: int) -> str:
    rank, text = _written(expression)
    return text if rank >= least else f"({text})"


def _literal(value: FactValue) -> str:
    match value:
        case str():
            return _quoted(value)
        case tuple():
            return f"[{', '.join(_quoted(item) for item in value)}]"
        case Decimal():
            return f"{value:f}"
        case timedelta() | bool():
            return str(plain(value))
        case _:
            return str(value)


def _quoted(text: str) -> str:
    return f"'{text}'" if '"' in text else f'"{text}"'
