"""Turns a case and the rules in force into single changes of facts worth trying, the likeliest and smallest first."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final

from decision.expressions.evaluate import Compiled, Reading, Unknown
from decision.expressions.syntax import Comparison, FactName, Literal, Membership
from decision.facts import Case, Fact, FactDefinition, FactType, FactValue, Money
from decision.rules import RulesInForce

_YEAR: Final = timedelta(days=365)
_MINUTE: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Candidate:
    """Another value for one fact. `size` is the change relative to the values; another word or a flip counts 1."""

    fact: str
    value: FactValue
    size: float


def candidates(
    case: Case, facts: Mapping[str, Fact], definitions: Mapping[str, FactDefinition], rules: RulesInForce
) -> list[Candidate]:
    """List changes of facts that the caller gave and that rules name: flips, other words, values across a limit.

    `facts` are those of the decision. Every fact comes up once before any comes up again, so that a fact with many
    values does not use up all tries.
    """
    search = _Search(case, facts, rules)
    rounds: list[tuple[int, Candidate]] = []
    for name, given in case.facts.items():
        if given.value is not None and not definitions[name].derived:
            found = sorted(search.values(definitions[name], given.value), key=lambda one: (one.size, str(one.value)))
            rounds += enumerate(found)
    rounds.sort(key=lambda one: (one[0], one[1].size, one[1].fact))
    return [candidate for _, candidate in rounds]


class _Search:
    """What the rules in force compare each fact with."""

    def __init__(self, case: Case, facts: Mapping[str, Fact], rules: RulesInForce) -> None:
        self._case = case
        self._facts = facts
        self._reading = Reading({name: fact.value for name, fact in facts.items()}, rules.parameters.values)
        self._named: set[str] = set()
        self._comparisons: dict[str, list[Compiled]] = defaultdict(list)
        self._words: dict[str, set[str]] = defaultdict(set)
        for rule in rules.rules:
            for expression in (rule.condition, rule.applies_when, *rule.sets.values()):
                if expression is not None:
                    self._note(expression)

    def values(self, definition: FactDefinition, current: FactValue) -> Iterator[Candidate]:
        """Give other values for one fact, none of them twice, none that the fact may not have."""
        name = definition.name
        if isinstance(current, bool | str):
            words = definition.values or sorted(self._words[name])
            others = [not current] if isinstance(current, bool) else [word for word in words if word != current]
            yield from (Candidate(name, value, 1.0) for value in others if name in self._named)
        else:
            compared = [name] if name in self._named else self._taken_over(current)
            found = dict.fromkeys(value for one in compared for value in self._across(definition, one, current))
            yield from (Candidate(name, value, _size(current, value)) for value in found)

    def _note(self, part: Compiled) -> None:
        for inner in part.parts:
            self._note(inner)
        if isinstance(part.expression, FactName):
            self._named.add(part.expression.name)
        if not isinstance(part.expression, Comparison | Membership):
            return
        for side, other in (part.parts, part.parts[::-1]):
            if isinstance(side.expression, FactName):
                self._comparisons[side.expression.name].append(part)
                if isinstance(other.expression, Literal) and isinstance(other.expression.value, str | tuple):
                    words = other.expression.value
                    self._words[side.expression.name] |= {words} if isinstance(words, str) else set(words)

    def _taken_over(self, current: FactValue) -> list[str]:
        """Name the derived facts that have this very value: the pack's code may have taken it over for the rules."""
        return [name for name, fact in self._facts.items() if fact.provenance == "derived" and fact.value == current]

    def _across(self, definition: FactDefinition, compared: str, current: FactValue) -> Iterator[FactValue]:
        """Give, for each comparison of a fact, the nearest value beyond the limit that turns it over."""
        for comparison in self._comparisons[compared]:
            before = comparison.evaluate(self._reading)
            for limit in (part.evaluate(self._reading) for part in comparison.parts):
                if isinstance(limit, Unknown):
                    continue
                for value in _around(current, limit):
                    if self._allows(definition, value) and self._turns(comparison, compared, value, before):
                        yield value
                        break

    def _turns(self, comparison: Compiled, name: str, value: FactValue, before: object) -> bool:
        changed = Reading({**self._reading.facts, name: value}, self._reading.parameters)
        after = comparison.evaluate(changed)
        return isinstance(after, bool) and after is not before

    def _allows(self, definition: FactDefinition, value: FactValue) -> bool:
        if definition.past and isinstance(value, date):
            return (value.date() if isinstance(value, datetime) else value) <= self._case.as_of
        amount = value.value if isinstance(value, Money) else value
        if not isinstance(amount, Decimal) or definition.type not in {FactType.NUMBER, FactType.MONEY}:
            return True
        low, high = definition.minimum, definition.maximum
        return (low is None or amount >= low) and (high is None or amount <= high)


def _around(current: FactValue, limit: FactValue) -> tuple[FactValue, ...]:
    """Give the limit itself and its neighbours on either side; nothing for values of another type or currency."""
    found: tuple[FactValue, ...] = ()
    match current, limit:
        case Decimal(), Decimal():
            step = _step(current, limit)
            found = (limit, limit - step, limit + step)
        case Money(), Money() if current.currency == limit.currency:
            step = _step(current.value, limit.value)
            amounts = (limit.value, limit.value - step, limit.value + step)
            found = tuple(Money(value=amount, currency=limit.currency) for amount in amounts)
        case datetime(), datetime():
            found = (limit, limit - _MINUTE, limit + _MINUTE)
        case date(), date() if not isinstance(current, datetime) and not isinstance(limit, datetime):
            day = timedelta(days=1)
            found = (limit, limit - day, limit + day)
        case timedelta(), timedelta():
            found = (limit, limit - _MINUTE, limit + _MINUTE)
        case _:
            pass
    return tuple(value for value in found if value != current)


def _step(current: Decimal, limit: Decimal) -> Decimal:
    exponents = [value.as_tuple().exponent for value in (current, limit)]
    return Decimal(1).scaleb(min(0, *(one for one in exponents if isinstance(one, int))))


def _size(current: FactValue, value: FactValue) -> float:
    match current, value:
        case Decimal(), Decimal():
            return _relative(float(current), float(value))
        case Money(), Money():
            return _relative(float(current.value), float(value.value))
        case timedelta(), timedelta():
            return _relative(current.total_seconds(), value.total_seconds())
        case datetime(), datetime():
            return abs(value - current) / _YEAR
        case date(), date():
            return abs(value.toordinal() - current.toordinal()) / _YEAR.days
        case _:
            return 1.0


def _relative(current: float, value: float) -> float:
    return abs(value - current) / (max(abs(current), abs(value)) or 1.0)
