"""Turns changes of one fact that were tried into pairs of them worth trying together, the smallest first."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations, islice
from typing import Final

from decision.decision import Decision
from decision.evaluation import Came, Period
from decision.facts import FactValue
from decision.policy_rule import PolicyRule
from explain.candidates import Candidate

MOST_SCREENED: Final = 150
"""How many pairs are put to the rules alone: a tenth of a millisecond each, a twentieth of deciding the case."""


@dataclass(frozen=True, slots=True)
class TriedChange:
    """A change of one fact, and what came out."""

    candidate: Candidate
    after: Decision


def pairs(tried: Sequence[TriedChange], before: Decision, period: Period) -> Iterator[tuple[TriedChange, TriedChange]]:
    """Give pairs of changes that do together, by the rules alone, what neither does.

    Both have to bear on rules that decide the same: they stand in one rule, or in rules that set one fact, prevail over
    one another, or demand something each. Of the pairs that do, the smallest `MOST_SCREENED` are put to the rules.
    """
    screen = _Screen(period, before)
    effects = [screen.effect(one) for one in tried]
    related = (
        (first, second)
        for first, second in combinations(range(len(tried)), 2)
        if tried[first].candidate.fact != tried[second].candidate.fact
        and not effects[first].bears_on.isdisjoint(effects[second].bears_on)
    )
    ordered = sorted(related, key=lambda pair: sum(tried[one].candidate.size for one in pair))
    for first, second in islice(ordered, MOST_SCREENED):
        if screen.do_more(effects[first], effects[second]):
            yield tried[first], tried[second]


@dataclass(frozen=True, slots=True)
class _Effect:
    """What one change moves, what the rules alone make of it, and what decides that it `bears_on`."""

    moved: Mapping[str, FactValue | None]
    differs: frozenset[str]
    cleared: frozenset[int]
    bears_on: frozenset[str]


class _Screen:
    """Puts changes to the rules alone: facts that both would move are taken from the second."""

    def __init__(self, period: Period, before: Decision) -> None:
        self._period = period
        concluded = frozenset(period.concluded)
        self._given = {name: fact.value for name, fact in before.facts.items() if name not in concluded}
        self._came, self._concluded = period.evaluate(self._given)

    def effect(self, one: TriedChange) -> _Effect:
        """Find what a change moves, by its own decision, and what it does."""
        after = {name: fact.value for name, fact in one.after.facts.items()}
        names = {*self._given, *after} - frozenset(self._period.concluded)
        moved = {name: after.get(name) for name in names if after.get(name) != self._given.get(name)}
        differs, cleared = self._put(moved)
        bears = frozenset(
            topic for topic, rules in self._topics.items() if any(not rule.facts.isdisjoint(moved) for rule in rules)
        )
        return _Effect(moved, differs, cleared, bears | self._read(moved | dict.fromkeys(differs)))

    def do_more(self, first: _Effect, second: _Effect) -> bool:
        """Tell whether both conclude what neither does, or each takes away something that blocks, and not the same."""
        differs, _ = self._put({**first.moved, **second.moved})
        each_clears = first.cleared - second.cleared and second.cleared - first.cleared
        return bool(each_clears) or not differs <= first.differs | second.differs

    def _put(self, moved: Mapping[str, FactValue | None]) -> tuple[frozenset[str], frozenset[int]]:
        """Name the facts that are concluded otherwise, and the places of checks and reviews that block no more."""
        came, concluded = self._period.evaluate({**self._given, **moved})
        found = zip(self._period.concluded, self._concluded, concluded, strict=True)
        differs = frozenset(name for name, was, now in found if was != now)
        states = zip(self._period.rules, self._came, came, strict=True)
        cleared = frozenset(rule.position for rule, was, now in states if _blocks(rule, was) and not _blocks(rule, now))
        return differs, cleared

    @cached_property
    def _topics(self) -> Mapping[str, Sequence[PolicyRule]]:
        """The rules that decide one thing, by what it is: they set a fact, or prevail over one that does."""
        applying = {
            rule.position
            for rule, came in zip(self._period.rules, self._came, strict=True)
            if isinstance(came, bool | None)
        }
        found: dict[str, Sequence[PolicyRule]] = {}
        for name, setters in self._period.setters.items():
            over = [other for rule in setters for other in self._period.prevailing.get(rule.position, ())]
            rules = [*setters, *over]
            if any(rule.position in applying for rule in rules):
                found[name] = rules
        return found

    def _read(self, moved: Mapping[str, object]) -> frozenset[str]:
        """Say whether a change bears on a check or review that blocks; those block each other's clearing."""
        blocking = [rule for rule, came in zip(self._period.rules, self._came, strict=True) if _blocks(rule, came)]
        return frozenset({_BLOCKED} if any(not rule.facts.isdisjoint(moved) for rule in blocking) else ())


_BLOCKED: Final = "(checks that are not met and reviews)"


def _blocks(rule: PolicyRule, came: Came) -> bool:
    return (rule.kind == "check" and came in {False, None}) or (rule.kind == "review" and came in {True, None})
