"""Finds holes and overlaps between rules that divide the values of a fact among them, such as bands of distance."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations, islice, product
from typing import Final, Literal

from decision.evaluation import Period
from decision.expressions.evaluate import Compiled, Reading, compiled
from decision.expressions.syntax import Connection, unparse
from decision.facts import FactDefinition, FactType, FactValue
from decision.policy_rule import PolicyRule
from decision.reach import Space, asked_whether_known, holds
from decision.values import plain

_MOST_SETTINGS: Final = 2_000
_BANDED: Final = frozenset({FactType.NUMBER, FactType.MONEY, FactType.DURATION, FactType.DATE, FactType.INSTANT})


@dataclass(frozen=True, slots=True)
class Fault:
    """A value of a fact that no rule covers although the values around it are, or that two rules cover differently."""

    kind: Literal["band_gap", "band_overlap"]
    rule: PolicyRule
    words: str


def faults(period: Period, definitions: Mapping[str, FactDefinition]) -> Iterator[Fault]:
    """Look at all rules of one priority that conclude the same fact from the same facts."""
    space = Space.of(definitions, period)
    for concluded, setting in period.setters.items():
        families: dict[tuple[int, frozenset[str]], list[PolicyRule]] = {}
        for rule in setting:
            families.setdefault((rule.priority, rule.facts), []).append(rule)
        for (_, names), family in families.items():
            if len(family) > 1:
                for name in sorted(names):
                    if definitions[name].type in _BANDED:
                        yield from _Bands(space, concluded, name, family, setting).faults()


@dataclass(frozen=True, slots=True)
class _Bands:
    """Rules that conclude the same fact, looked at along the values of another fact, the other facts being fixed."""

    space: Space
    concluded: str
    name: str
    family: Sequence[PolicyRule]
    setting: Sequence[PolicyRule]
    prepared: dict[int, Compiled] = field(default_factory=dict[int, Compiled])

    def faults(self) -> Iterator[Fault]:
        """Give the first hole, and the first overlap of each two rules."""
        conditions = Connection("or", tuple(holds(rule) for rule in self.family))
        choices = self.space.choices(conditions)
        values = choices.pop(self.name, ())
        said: set[tuple[str, ...]] = set()
        for setting in islice(product(*choices.values()), _MOST_SETTINGS):
            others = dict(zip(choices, setting, strict=True))
            rows = [(value, self._covering({**others, self.name: value})) for value in values]
            for fault, key in (*self._overlaps(rows), *self._holes(rows, others)):
                if key not in said:
                    said.add(key)
                    yield fault

    def _covering(self, facts: Mapping[str, FactValue]) -> list[PolicyRule]:
        return [rule for rule in self.family if self._holds(rule, facts) is True]

    def _holds(self, rule: PolicyRule, facts: Mapping[str, FactValue]) -> object:
        if rule.position not in self.prepared:
            self.prepared[rule.position] = compiled(holds(rule))
        return self.prepared[rule.position].evaluate(Reading(facts, self.space.parameters))

    def _overlaps(self, rows: Sequence[tuple[FactValue, list[PolicyRule]]]) -> Iterator[tuple[Fault, tuple[str, ...]]]:
        for value, covering in rows:
            for one, other in combinations(covering, 2):
                if any(len(found) == 1 for _, found in rows) and self._given(one) != self._given(other):
                    words = f"{one.id} and {other.id} both hold for {self.name} {plain(value)} and set {self.concluded}"
                    yield Fault("band_overlap", other, f"{words} differently"), (one.id, other.id)

    def _holes(
        self, rows: Sequence[tuple[FactValue, list[PolicyRule]]], others: Mapping[str, FactValue]
    ) -> Iterator[tuple[Fault, tuple[str, ...]]]:
        covered = [place for place, (_, covering) in enumerate(rows) if covering]
        between = range(covered[0], covered[-1]) if covered else range(0)
        for place in between:
            value, covering = rows[place]
            if not covering and not self._is_covered_otherwise({**others, self.name: value}):
                below = next(rows[before][1][0] for before in reversed(covered) if before < place)
                above = next(rows[after][1][0] for after in covered if after > place)
                if below is not above:
                    words = f"no rule sets {self.concluded} for {self.name} {plain(value)}, between {below.id} and"
                    yield Fault("band_gap", above, f"{words} {above.id}"), (below.id, above.id)

    def _is_covered_otherwise(self, facts: Mapping[str, FactValue]) -> bool:
        return any(
            self._holds(rule, facts) is not False or not asked_whether_known(holds(rule)) <= set(facts)
            for rule in self.setting
        )

    def _given(self, rule: PolicyRule) -> str:
        return unparse(rule.sets[self.concluded].expression)
