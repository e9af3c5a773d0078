"""Checks that the parts of an expression fit each other and the declared facts, before any case is decided."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final

from decision.expressions.syntax import (
    Arithmetic,
    Call,
    Comparison,
    Connection,
    Expression,
    ExpressionError,
    FactName,
    Known,
    Literal,
    Lookup,
    Membership,
    Negation,
    Not,
    ParameterName,
    unparse,
)
from decision.facts import FactType, FactValue, Money
from decision.values import Typed, did_you_mean

_WORDS: Final = frozenset({FactType.ENUM, FactType.STRING})
_NUMBER, _MONEY, _DURATION = FactType.NUMBER, FactType.MONEY, FactType.DURATION
_DATE, _INSTANT = FactType.DATE, FactType.INSTANT
_ORDERED: Final = frozenset({_NUMBER, _MONEY, _DATE, _INSTANT, _DURATION})
_SIGNED: Final = frozenset({_NUMBER, _MONEY, _DURATION})
_ARITHMETIC: Final[Mapping[tuple[FactType, str, FactType], FactType]] = {
    **{(kind, sign, kind): kind for kind in _SIGNED for sign in "+-"},
    **{(moment, sign, _DURATION): moment for moment in (_DATE, _INSTANT) for sign in "+-"},
    **{(_DURATION, "+", moment): moment for moment in (_DATE, _INSTANT)},
    **{(moment, "-", moment): _DURATION for moment in (_DATE, _INSTANT)},
    **{(kind, sign, _NUMBER): kind for kind in _SIGNED for sign in "*/"},
    **{(_NUMBER, "*", kind): kind for kind in _SIGNED},
    **{(kind, "/", kind): _NUMBER for kind in _SIGNED},
}


@dataclass(frozen=True, slots=True)
class ValueType:
    """A type as far as it is known before evaluation: its kind, the words it may be, the currency it is in."""

    kind: FactType
    values: tuple[str, ...] = ()
    currency: str | None = None

    @classmethod
    def declared(cls, declared: Typed) -> "ValueType":
        """Take over the type that a fact or parameter is declared with."""
        return cls(declared.type, declared.values, declared.currency)

    @classmethod
    def of(cls, value: FactValue) -> "ValueType":
        """Find the type of a value at hand; words are of type string."""
        found = cls(FactType.STRING)
        match value:
            case bool():
                found = cls(FactType.BOOLEAN)
            case Decimal():
                found = cls(_NUMBER)
            case Money():
                found = cls(_MONEY, currency=value.currency)
            case datetime():
                found = cls(_INSTANT)
            case date():
                found = cls(_DATE)
            case timedelta():
                found = cls(_DURATION)
            case tuple():
                found = cls(FactType.LIST)
            case str():
                pass
        return found

    def __str__(self) -> str:
        return f"{self.kind.value} in {self.currency}" if self.currency else self.kind.value


@dataclass(frozen=True, slots=True)
class Signature:
    """The facts and parameters that an expression may name, with their types.

    `tables` gives, for each parameter that is a table, the words that each of its keys may be.
    """

    facts: Mapping[str, ValueType]
    parameters: Mapping[str, ValueType]
    tables: Mapping[str, tuple[tuple[str, ...], ...]] = field(default_factory=dict[str, tuple[tuple[str, ...], ...]])

    def type_of(self, expression: Expression) -> ValueType:
        """Find the type of an expression; an ExpressionError points at what does not fit."""
        match expression:
            case Literal(value):
                found = ValueType.of(value)
            case FactName(name):
                found = self._named(name, self.facts, "fact", expression.column)
            case ParameterName(name):
                found = self._named(name, self.parameters, "parameter", expression.column)
                if name in self.tables:
                    raise ExpressionError(f"${name} is a table; look a value up: ${name}[...]", expression.column)
            case Lookup():
                found = self._lookup(expression)
            case Arithmetic():
                found = self._arithmetic(expression)
            case Negation(operand):
                found = self._one_of(operand, _SIGNED, "a number, an amount or a duration")
            case Call():
                found = self._call(expression)
            case Connection() | Not() | Known() | Comparison() | Membership():
                found = self._condition(expression)
        return found

    def require(self, expression: Expression, declared: Typed, name: str) -> None:
        """Refuse an expression whose value could not be given to `name`, declared so."""
        wanted, found = ValueType.declared(declared), self.type_of(expression)
        if not _alike(wanted, found):
            message = f"{name} is {wanted}, but {unparse(expression)} is {found}"
            raise ExpressionError(message, expression.column)
        _check_words(wanted, expression, name)

    def require_condition(self, expression: Expression) -> None:
        """Refuse an expression that is not a condition."""
        self._one_of(expression, frozenset({FactType.BOOLEAN}), "a condition (true or false)")

    def _named(self, name: str, known: Mapping[str, ValueType], what: str, column: int) -> ValueType:
        if name not in known:
            raise ExpressionError(f"unknown {what} '{name}'{did_you_mean(name, list(known))}", column)
        return known[name]

    def _lookup(self, lookup: Lookup) -> ValueType:
        found = self._named(lookup.name, self.parameters, "parameter", lookup.column)
        if lookup.name not in self.tables:
            raise ExpressionError(f"${lookup.name} is no table; write it without [...]", lookup.column)
        expected = self.tables[lookup.name]
        if len(lookup.keys) != len(expected):
            message = f"${lookup.name} takes {len(expected)} keys, not {len(lookup.keys)}"
            raise ExpressionError(message, lookup.column)
        for key, words in zip(lookup.keys, expected, strict=True):
            self._key(key, words, lookup.name)
        return found

    def _key(self, key: Expression, words: tuple[str, ...], table: str) -> None:
        found = self.type_of(key)
        may_be: tuple[str, ...] = ("true", "false") if found.kind is FactType.BOOLEAN else found.values
        if isinstance(key, Literal) and isinstance(key.value, str):
            may_be = (key.value,)
        if not may_be:
            message = f"a key of ${table} is one of {', '.join(words)}, not {_described(key, found)}"
            raise ExpressionError(message, key.column)
        if strange := [word for word in may_be if word not in words]:
            message = f"${table} has nothing for {', '.join(strange)}{did_you_mean(strange[0], words)}"
            raise ExpressionError(message, key.column)

    def _condition(self, expression: Connection | Not | Known | Comparison | Membership) -> ValueType:
        match expression:
            case Connection(_, operands):
                for operand in operands:
                    self.require_condition(operand)
            case Not(operand):
                self.require_condition(operand)
            case Known(operand):
                self.type_of(operand)
            case Comparison():
                self._comparison(expression)
            case Membership():
                self._membership(expression)
        return ValueType(FactType.BOOLEAN)

    def _comparison(self, expression: Comparison) -> None:
        left, right = self.type_of(expression.left), self.type_of(expression.right)
        if not _alike(left, right):
            message = f"cannot compare {_described(expression.left, left)} with {_described(expression.right, right)}"
            raise ExpressionError(message, expression.column)
        if expression.operator not in {"==", "!="} and left.kind not in _ORDERED:
            raise ExpressionError(f"{left} has no order; use == or in", expression.column)
        _check_words(left, expression.right, unparse(expression.left))
        _check_words(right, expression.left, unparse(expression.right))

    def _membership(self, expression: Membership) -> None:
        left, right = self.type_of(expression.left), self.type_of(expression.right)
        if left.kind not in _WORDS or right.kind is not FactType.LIST:
            found = f"{_described(expression.left, left)} in {_described(expression.right, right)}"
            raise ExpressionError(f"in takes an enum or text and a list, not {found}", expression.column)
        _check_words(left, expression.right, unparse(expression.left))
        _check_words(right, expression.left, unparse(expression.right))

    def _arithmetic(self, expression: Arithmetic) -> ValueType:
        left, right = self.type_of(expression.left), self.type_of(expression.right)
        kind = _ARITHMETIC.get((left.kind, expression.operator, right.kind))
        mixed = left.currency and right.currency and left.currency != right.currency
        if kind is None or mixed:
            found = f"{_described(expression.left, left)} {expression.operator} {_described(expression.right, right)}"
            raise ExpressionError(f"cannot calculate {found}", expression.column)
        return ValueType(kind, currency=(left.currency or right.currency) if kind is _MONEY else None)

    def _call(self, expression: Call) -> ValueType:
        first, *others = expression.arguments
        match expression.function:
            case "abs":
                return self._one_of(first, _SIGNED, "a number, an amount or a duration")
            case "min" | "max":
                found = self._one_of(first, _ORDERED, "something that has an order")
                if not all(_alike(found, self.type_of(other)) for other in others):
                    raise ExpressionError(f"{expression.function} compares values of one type", expression.column)
                return found
            case _:
                self._one_of(first, frozenset({_DURATION}), "a duration")
                return ValueType(_NUMBER)

    def _one_of(self, expression: Expression, kinds: frozenset[FactType], words: str) -> ValueType:
        found = self.type_of(expression)
        if found.kind not in kinds:
            raise ExpressionError(f"expected {words}, found {_described(expression, found)}", expression.column)
        return found


def fits(declared: Typed, value: FactValue) -> bool:
    """Whether a value at hand is of the declared type, in its currency, and among its words."""
    wanted = ValueType.declared(declared)
    words = value if isinstance(value, tuple) else (value,)
    among = not wanted.values or all(word in wanted.values for word in words)
    return among and _alike(wanted, ValueType.of(value))


def _alike(left: ValueType, right: ValueType) -> bool:
    if left.kind in _WORDS and right.kind in _WORDS:
        return True
    one_currency = left.currency is None or right.currency is None or left.currency == right.currency
    return left.kind is right.kind and one_currency


def _check_words(declared: ValueType, expression: Expression, name: str) -> None:
    if not declared.values or not isinstance(expression, Literal):
        return
    value = expression.value
    words = value if isinstance(value, tuple) else (value,)
    for word in words:
        if isinstance(word, str) and word not in declared.values:
            expected = f"there are {', '.join(declared.values)}{did_you_mean(word, declared.values)}"
            raise ExpressionError(f"{name} is never '{word}'; {expected}", expression.column)


def _described(expression: Expression, found: ValueType) -> str:
    return f"{unparse(expression)} ({found})"
