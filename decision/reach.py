"""Finds out whether conditions can ever be true, by trying values that stand for all that their facts may have."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any, Final, cast

from decision.evaluation import Period
from decision.expressions.evaluate import Compiled, Reading, Unknown, compiled
from decision.expressions.syntax import (
    Comparison,
    Connection,
    Expression,
    FactName,
    Known,
    Lookup,
    Membership,
    Not,
    children,
    fact_names,
)
from decision.facts import FactDefinition, FactType, FactValue, Money
from decision.policy_rule import PolicyRule

Assignment = Mapping[str, FactValue | None]

_MOST_TRIED: Final = 20_000
_ORDERED: Final = frozenset({FactType.NUMBER, FactType.MONEY, FactType.DATE, FactType.INSTANT, FactType.DURATION})


def holds(rule: PolicyRule) -> Expression:
    """Give the condition under which a rule holds: that it applies, and its own."""
    if rule.applies_when is None:
        return rule.condition.expression
    return Connection("and", (rule.applies_when.expression, rule.condition.expression))


def asked_whether_known(expression: Expression) -> frozenset[str]:
    """Collect the facts of which a condition asks whether they are known."""
    own = fact_names(expression) if isinstance(expression, Known) else frozenset[str]()
    return own.union(*(asked_whether_known(part) for part in children(expression)))


@dataclass(frozen=True, slots=True)
class Space:
    """The facts of a schema with the parameters of a period: what values conditions have to be tried with."""

    definitions: Mapping[str, FactDefinition]
    parameters: Mapping[str, FactValue]

    @classmethod
    def of(cls, definitions: Mapping[str, FactDefinition], period: Period) -> "Space":
        """Take over the parameters of a period."""
        return cls(definitions, period.parameters)

    def can_hold(self, *conditions: Expression) -> bool:
        """Tell whether all conditions may be true at once; also where that cannot be found out."""
        whole = conditions[0] if len(conditions) == 1 else Connection("and", conditions)
        search = _Search(compiled(whole), self.parameters, self.choices(whole), asked_whether_known(whole))
        return search.succeeds()

    def choices(self, condition: Expression) -> dict[str, tuple[FactValue, ...]]:
        """Give, by fact, values that stand for all; a fact is left out where no finite number of them does."""
        found: dict[str, tuple[FactValue, ...]] = {}
        for name in sorted(fact_names(condition)):
            limits = self.limits(name, condition)
            if limits is not None:
                found[name] = self.values(name, limits)
        return found

    def limits(self, name: str, condition: Expression) -> list[FactValue] | None:
        """List the fixed values that a condition holds a fact against; None where it is used in another way."""
        found: list[FactValue] = []
        kind = self.definitions[name].type
        for part in _users(name, condition):
            match part:
                case Comparison() | Membership():
                    other = part.right if part.left == FactName(name) else part.left
                    whole_sides = FactName(name) in {part.left, part.right}
                    value = compiled(other).evaluate(Reading({}, self.parameters))
                    if not whole_sides or fact_names(other) or isinstance(value, Unknown):
                        return None
                    found += list(value) if isinstance(value, tuple) else [value]
                case Connection() | Not() | Known() | Lookup():
                    if kind not in {FactType.BOOLEAN, FactType.ENUM} and not isinstance(part, Known):
                        return None
                case _:
                    return None
        return found

    def values(self, name: str, limits: Sequence[FactValue]) -> tuple[FactValue, ...]:
        """Give values that stand for all that a fact may have, where it is held against these limits."""
        definition = self.definitions[name]
        if definition.type is FactType.BOOLEAN:
            return (True, False)
        if definition.type is FactType.ENUM:
            return definition.values
        if definition.type in _ORDERED:
            return tuple(_along(definition, limits))
        words = tuple(dict.fromkeys(limits))
        return (*words, f"another than {', '.join(str(word) for word in words)}")


@dataclass(slots=True)
class _Search:
    """Gives facts one value after another, and leaves a way as soon as the condition is false on it."""

    condition: Compiled
    parameters: Mapping[str, FactValue]
    choices: Mapping[str, tuple[FactValue, ...]]
    asked: frozenset[str]
    tried: int = 0

    def succeeds(self) -> bool:
        if not self.asked <= set(self.choices):
            return True
        first = sorted(self.asked)
        return self._found({}, first, sorted(set(self.choices) - self.asked))

    def _found(self, given: Assignment, first: Sequence[str], rest: Sequence[str]) -> bool:
        """Try every value of the facts that are asked whether they are known, then of those that matter."""
        if first:
            name, *others = first
            return any(self._found({**given, name: value}, others, rest) for value in (None, *self.choices[name]))
        self.tried += 1
        result = self.condition.evaluate(Reading(given, self.parameters))
        if not isinstance(result, Unknown):
            return result is True
        if self.tried > _MOST_TRIED:
            return True
        name = next((one for one in rest if one in result.facts), None)
        if name is None:  # undetermined for good, if all that is unknown is so on this way
            return bool(result.facts - set(given))
        others = [one for one in rest if one != name]
        return any(self._found({**given, name: value}, (), others) for value in self.choices[name])


def _users(name: str, expression: Expression) -> Iterator[Expression]:
    """Give every part that a fact stands directly in; the whole, when it is the fact itself."""
    if expression == FactName(name):
        yield Not(expression)
    for part in children(expression):
        if part == FactName(name):
            yield expression
        else:
            yield from _users(name, part)


def _along(definition: FactDefinition, limits: Sequence[FactValue]) -> Iterator[FactValue]:
    """Give the limits in order, a value between each two, one before the first and one after the last."""
    one_currency = {limit.currency for limit in limits if isinstance(limit, Money)}
    currency = next(iter(one_currency), definition.currency or "EUR")
    bounds = [_bound(definition, bound, currency) for bound in (definition.minimum, definition.maximum)]
    low, high = (None if bound is None else _number(bound) for bound in bounds)
    numbers = sorted({_number(limit) for limit in limits} | {one for one in (low, high) if one is not None})
    if not numbers:
        numbers = [Decimal(0)]
    between = [(left + right) / 2 for left, right in pairwise(numbers)]
    around = (numbers[0] - 1, *numbers, *between, numbers[-1] + 1)
    for number in sorted(around):
        if (low is None or number >= low) and (high is None or number <= high):
            yield _value(number, definition.type, currency)


def _bound(definition: FactDefinition, bound: Decimal | None, currency: str) -> FactValue | None:
    if bound is None:
        return None
    return Money(value=bound, currency=currency) if definition.type is FactType.MONEY else bound


_DAWN: Final = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


def _number(value: FactValue) -> Decimal:
    match value:
        case Money():
            return value.value
        case datetime():
            return Decimal((value - _DAWN) // timedelta(microseconds=1))
        case date():
            return Decimal(value.toordinal())
        case timedelta():
            return Decimal(value // timedelta(microseconds=1))
        case _:
            return cast("Decimal", value)


def _value(number: Decimal, kind: FactType, currency: str) -> FactValue:
    made: Mapping[FactType, Any] = {
        FactType.NUMBER: lambda: number,
        FactType.MONEY: lambda: Money(value=number, currency=currency),
        FactType.DATE: lambda: date.fromordinal(int(number)),
        FactType.INSTANT: lambda: _DAWN + timedelta(microseconds=int(number)),
        FactType.DURATION: lambda: timedelta(microseconds=int(number)),
    }
    return cast("FactValue", made[kind]())
