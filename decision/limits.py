"""Turns rules into the limits that they compare each fact with, and a limit into values on either side."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final

from decision.expressions.evaluate import Compiled, Reading, Unknown
from decision.expressions.syntax import Comparison, FactName, Membership
from decision.facts import FactValue, Money
from decision.policy_rule import PolicyRule

_DAY: Final = timedelta(days=1)
_MINUTE: Final = timedelta(minutes=1)


def comparisons(rules: Sequence[PolicyRule]) -> Mapping[str, Sequence[Compiled]]:
    """Collect, by fact, every comparison that has the fact on one side, in the order of the rules."""
    found: dict[str, list[Compiled]] = defaultdict(list)
    for part in parts(rules):
        if isinstance(part.expression, Comparison | Membership):
            for side in part.parts:
                if isinstance(side.expression, FactName):
                    found[side.expression.name].append(part)
    return found


def parts(rules: Sequence[PolicyRule]) -> Iterator[Compiled]:
    """Give every expression of the rules, and every part of one."""
    for rule in rules:
        for expression in (rule.applies_when, rule.condition, *rule.sets.values()):
            if expression is not None:
                yield from _within(expression)


def limits(comparison: Compiled, name: str, reading: Reading) -> Iterator[FactValue]:
    """Give what a comparison holds a fact against, as far as that is known."""
    for side, other in (comparison.parts, comparison.parts[::-1]):
        if isinstance(side.expression, FactName) and side.expression.name == name:
            limit = other.evaluate(reading)
            if not isinstance(limit, Unknown):
                yield limit


def around(limit: FactValue, current: FactValue | None = None) -> tuple[FactValue, ...]:
    """Give a limit and its neighbours on both sides, so that a comparison comes out both ways.

    Numbers step by the last digit of the limit, or of the `current` value where that is finer.
    """
    found: tuple[FactValue, ...] = (limit,)
    match limit:
        case bool() | str() | tuple():
            pass
        case Decimal():
            step = _step(limit, current)
            found = (limit, limit - step, limit + step)
        case Money():
            step = _step(limit.value, current.value if isinstance(current, Money) else None)
            steps = (Decimal(0), -step, step)
            found = tuple(Money(value=limit.value + one, currency=limit.currency) for one in steps)
        case timedelta() | datetime():
            found = (limit, limit - _MINUTE, limit + _MINUTE)
        case date():
            found = (limit, limit - _DAY, limit + _DAY)
    return found


def _step(limit: Decimal, current: FactValue | None) -> Decimal:
    numbers = [limit, current] if isinstance(current, Decimal) else [limit]
    exponents = [one for one in (number.as_tuple().exponent for number in numbers) if isinstance(one, int)]
    return Decimal(1).scaleb(min(0, *exponents))


def _within(part: Compiled) -> Iterator[Compiled]:
    yield part
    for inner in part.parts:
        yield from _within(inner)
