"""Turns a case and the rules in force into single changes of facts worth trying, the likeliest and smallest first."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final

from decision.expressions.evaluate import Compiled, Reading
from decision.expressions.syntax import FactName
from decision.facts import Case, Fact, FactDefinition, FactType, FactValue, Money
from decision.limits import around, limits, parts
from decision.rules import RulesInForce

_YEAR: Final = timedelta(days=365)


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
        self._named = {part.expression.name for part in parts(rules.rules) if isinstance(part.expression, FactName)}
        self._comparisons = rules.period.comparisons

    def values(self, definition: FactDefinition, current: FactValue) -> Iterator[Candidate]:
        """Give other values for one fact, none of them twice, none that the fact may not have."""
        name = definition.name
        if isinstance(current, bool | str):
            words = definition.values or sorted(self._words(name))
            others = [not current] if isinstance(current, bool) else [word for word in words if word != current]
            yield from (Candidate(name, value, 1.0) for value in others if name in self._named)
        else:
            compared = [name] if name in self._named else self._taken_over(current)
            found = dict.fromkeys(value for one in compared for value in self._across(definition, one, current))
            yield from (Candidate(name, value, _size(current, value)) for value in found)

    def _words(self, name: str) -> set[str]:
        compared = self._comparisons.get(name, ())
        found = [limit for one in compared for limit in limits(one, name, self._reading)]
        listed = [limit for limit in found if isinstance(limit, tuple)]
        return {limit for limit in found if isinstance(limit, str)}.union(*listed)

    def _taken_over(self, current: FactValue) -> list[str]:
        """Name the derived facts that have this very value: the pack's code may have taken it over for the rules."""
        return [name for name, fact in self._facts.items() if fact.provenance == "derived" and fact.value == current]

    def _across(self, definition: FactDefinition, compared: str, current: FactValue) -> Iterator[FactValue]:
        """Give, for each comparison of a fact, the nearest value beyond the limit that turns it over."""
        for comparison in self._comparisons.get(compared, ()):
            before = comparison.evaluate(self._reading)
            for limit in limits(comparison, compared, self._reading):
                for value in _neighbours(current, limit):
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


def _neighbours(current: FactValue, limit: FactValue) -> Iterator[FactValue]:
    """Give the limit and the values beside it that could stand in place of the current one."""
    for value in around(limit, current):
        is_other_currency = (
            isinstance(value, Money) and isinstance(current, Money) and value.currency != current.currency
        )
        if type(value) is type(current) and value != current and not is_other_currency:
            yield value


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
