"""Turns an expression into a function from facts to true, false, a value, or Unknown, by Kleene's strong logic.

Unknown spreads through every operation, except where the known operands decide alone: `false and x`, `true or x`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from decision.expressions.operations import OPERATIONS, NoValueError, Operation
from decision.expressions.syntax import (
    Arithmetic,
    Call,
    Comparison,
    Connection,
    Expression,
    FactName,
    Known,
    Literal,
    Lookup,
    Membership,
    Negation,
    Not,
    ParameterName,
    children,
)
from decision.facts import FactValue
from decision.parameters import in_table
from decision.values import plain


@dataclass(frozen=True, slots=True)
class Unknown:
    """No value: the facts that are not known, and other reasons (a division by zero, two currencies)."""

    facts: frozenset[str] = frozenset()
    reasons: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        raise TypeError("Unknown is neither true nor false; compare with `is True`.")


@dataclass(slots=True)
class Reading:
    """The facts and parameters that an evaluation may read, and, in order, those that it has read."""

    facts: Mapping[str, FactValue | None]
    parameters: Mapping[str, FactValue]
    facts_read: dict[str, None] = field(default_factory=dict[str, None])
    parameters_read: dict[str, None] = field(default_factory=dict[str, None])


_PAIR: Final = 2

Result = FactValue | Unknown
Evaluation = Callable[[Reading], Result]


@dataclass(frozen=True, slots=True)
class Compiled:
    """An expression with its evaluation, and the same of its parts (left to right), for saying why."""

    expression: Expression
    evaluate: Evaluation
    parts: tuple["Compiled", ...]


def compiled(expression: Expression) -> Compiled:
    """Prepare a type-checked expression for evaluation; evaluating never raises."""
    parts = tuple(compiled(child) for child in children(expression))
    return Compiled(expression, _evaluation(expression, [part.evaluate for part in parts]), parts)


def _evaluation(expression: Expression, parts: list[Evaluation]) -> Evaluation:
    match expression:
        case Literal(value):
            evaluation: Evaluation = _literal(value)
        case FactName(name):
            evaluation = _fact(name)
        case ParameterName(name):
            evaluation = _parameter(name)
        case Lookup(name):
            evaluation = _lookup(name, parts)
        case Connection(word):
            evaluation = _connection(parts, decisive=word == "or")
        case Known(_, negated):
            evaluation = _known(parts[0], negated=negated)
        case _:
            evaluation = _computed(_operation(expression), parts)
    return evaluation


def _operation(expression: Not | Membership | Negation | Comparison | Arithmetic | Call) -> Operation:
    match expression:
        case Not():
            return OPERATIONS["not"]
        case Negation():
            return OPERATIONS["minus"]
        case Membership(_, _, negated):
            return OPERATIONS["not in" if negated else "in"]
        case Comparison(sign) | Arithmetic(sign):
            return OPERATIONS[sign]
        case Call(function):
            return OPERATIONS[function]


def _literal(value: FactValue) -> Evaluation:
    def evaluate(_: Reading) -> Result:
        return value

    return evaluate


def _fact(name: str) -> Evaluation:
    unknown = Unknown(frozenset({name}))

    def evaluate(reading: Reading) -> Result:
        reading.facts_read[name] = None
        value = reading.facts.get(name)
        return unknown if value is None else value

    return evaluate


def _parameter(name: str) -> Evaluation:
    unknown = Unknown(reasons=(f"no {name} is in force on the date",))

    def evaluate(reading: Reading) -> Result:
        reading.parameters_read[name] = None
        return reading.parameters.get(name, unknown)

    return evaluate


def _lookup(table: str, keys: list[Evaluation]) -> Evaluation:
    def evaluate(reading: Reading) -> Result:
        found = [key(reading) for key in keys]
        unknown = [key for key in found if isinstance(key, Unknown)]
        if unknown:
            return _joined(*unknown)
        return _parameter(in_table(table, *(str(plain(key)) for key in found if not isinstance(key, Unknown))))(reading)

    return evaluate


def _connection(parts: list[Evaluation], *, decisive: bool) -> Evaluation:
    def evaluate(reading: Reading) -> Result:
        unknown: Unknown | None = None
        for part in parts:
            result = part(reading)
            if result is decisive:
                return decisive
            if isinstance(result, Unknown):
                unknown = result if unknown is None else _joined(unknown, result)
        return (not decisive) if unknown is None else unknown

    return evaluate


def _known(part: Evaluation, *, negated: bool) -> Evaluation:
    def evaluate(reading: Reading) -> Result:
        return isinstance(part(reading), Unknown) is negated

    return evaluate


def _computed(operation: Operation, parts: list[Evaluation]) -> Evaluation:
    if len(parts) == _PAIR:
        return _of_two(operation, *parts)
    (part,) = parts

    def evaluate(reading: Reading) -> Result:
        value = part(reading)
        return value if isinstance(value, Unknown) else _applied(operation, value)

    return evaluate


def _of_two(operation: Operation, first: Evaluation, second: Evaluation) -> Evaluation:
    def evaluate(reading: Reading) -> Result:
        left, right = first(reading), second(reading)
        if isinstance(left, Unknown):
            return _joined(left, right) if isinstance(right, Unknown) else left
        return right if isinstance(right, Unknown) else _applied(operation, left, right)

    return evaluate


def _applied(operation: Operation, *values: FactValue) -> Result:
    try:
        return operation(*values)
    except NoValueError as refused:
        return Unknown(reasons=(str(refused),))
    except ArithmeticError:
        return Unknown(reasons=("a result that is out of range",))


def _joined(*unknown: Unknown) -> Unknown:
    if len(unknown) == 1:
        return unknown[0]
    reasons = dict.fromkeys(reason for one in unknown for reason in one.reasons)
    return Unknown(frozenset[str]().union(*(one.facts for one in unknown)), tuple(reasons))
