"""What the operators and functions of an expression do with known values that passed the type check."""

import operator
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final, cast

from decision.facts import FactValue, Money

Operation = Callable[..., Any]
"""A function of known values; it is only given types that passed the static check."""


class NoValueError(Exception):
    """An operation has no value for these operands; the message says why."""


def _one_currency(left: Money, right: Money) -> str:
    if left.currency != right.currency:
        raise NoValueError(f"amounts in two currencies ({left.currency} and {right.currency})")
    return left.currency


def _comparing(compare: Callable[[Any, Any], bool]) -> Callable[[FactValue, FactValue], bool]:
    def apply(left: FactValue, right: FactValue) -> bool:
        if isinstance(left, Money) and isinstance(right, Money):
            _one_currency(left, right)
            return compare(left.value, right.value)
        return compare(left, right)

    return apply


def _combining(combine: Callable[[Any, Any], Any]) -> Callable[[FactValue, FactValue], FactValue]:
    def apply(left: FactValue, right: FactValue) -> FactValue:
        if isinstance(left, Money) and isinstance(right, Money):
            return Money(value=combine(left.value, right.value), currency=_one_currency(left, right))
        whole_days = (_is_day(left) and _is_part_day(right)) or (_is_day(right) and _is_part_day(left))
        if whole_days:
            raise NoValueError("a date moved by a part of a day")
        return combine(left, right)

    return apply


def _is_day(value: FactValue) -> bool:
    return isinstance(value, date) and not isinstance(value, datetime)


def _is_part_day(value: FactValue) -> bool:
    return isinstance(value, timedelta) and value % timedelta(days=1) != timedelta(0)


def _times(left: FactValue, right: FactValue) -> FactValue:
    if isinstance(right, Decimal):
        left, right = right, left
    factor = cast("Decimal", left)
    match right:
        case Money():
            return Money(value=right.value * factor, currency=right.currency)
        case timedelta():
            return _duration(_microseconds(right) * factor)
        case _:
            return cast("Decimal", right) * factor


def _divided(left: FactValue, right: FactValue) -> FactValue:
    if right == Decimal(0) or right == timedelta(0) or (isinstance(right, Money) and not right.value):
        raise NoValueError("a division by zero")
    match left, right:
        case Money(), Money():
            _one_currency(left, right)
            return left.value / right.value
        case Money(), Decimal():
            return Money(value=left.value / right, currency=left.currency)
        case timedelta(), timedelta():
            return _microseconds(left) / _microseconds(right)
        case timedelta(), Decimal():
            return _duration(_microseconds(left) / right)
        case _:
            return cast("Decimal", left) / cast("Decimal", right)


def _minus(value: FactValue) -> FactValue:
    if isinstance(value, Money):
        return Money(value=-value.value, currency=value.currency)
    return -cast("Decimal", value)


def _absolute(value: FactValue) -> FactValue:
    if isinstance(value, Money):
        return Money(value=abs(value.value), currency=value.currency)
    return abs(cast("Decimal", value))


def _inside(word: str, words: tuple[str, ...]) -> bool:
    return word in words


def _outside(word: str, words: tuple[str, ...]) -> bool:
    return word not in words


def _least(left: FactValue, right: FactValue) -> FactValue:
    return left if OPERATIONS["<="](left, right) else right


def _greatest(left: FactValue, right: FactValue) -> FactValue:
    return left if OPERATIONS[">="](left, right) else right


def _microseconds(value: timedelta) -> Decimal:
    return Decimal(value // timedelta(microseconds=1))


def _duration(microseconds: Decimal) -> timedelta:
    return timedelta(microseconds=int(microseconds))


def _number_of(unit: timedelta) -> Callable[[timedelta], Decimal]:
    def count(value: timedelta) -> Decimal:
        return _microseconds(value) / _microseconds(unit)

    return count


OPERATIONS: Final[Mapping[str, Operation]] = {
    "==": _comparing(operator.eq),
    "!=": _comparing(operator.ne),
    "<": _comparing(operator.lt),
    "<=": _comparing(operator.le),
    ">": _comparing(operator.gt),
    ">=": _comparing(operator.ge),
    "+": _combining(operator.add),
    "-": _combining(operator.sub),
    "*": _times,
    "/": _divided,
    "not": operator.not_,
    "minus": _minus,
    "in": _inside,
    "not in": _outside,
    "abs": _absolute,
    "min": _least,
    "max": _greatest,
    "days": _number_of(timedelta(days=1)),
    "hours": _number_of(timedelta(hours=1)),
    "minutes": _number_of(timedelta(minutes=1)),
}
"""Every operator and function by name; NoValueError or ArithmeticError where there is no value."""
