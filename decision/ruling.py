"""Turns facts and the rules in force into a Ruling: what became of each rule, and the facts that were concluded."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Final

from decision.decision import CheckResult, ClauseRef, ParameterUse, RuleKind, RuleOutcome, RuleState, RuleTrace
from decision.evaluation import DEFEATED, STATES, Came, Shelf
from decision.expressions.evaluate import Unknown
from decision.facts import Fact, FactDefinition, FactValue
from decision.policy_rule import PolicyRule
from decision.rules import RulesInForce
from decision.tracing import Tracer

_RESULTS: Final[Mapping[tuple[RuleKind, RuleState], CheckResult]] = {
    ("check", "held"): "pass",
    ("check", "not_held"): "fail",
    ("review", "held"): "fail",
    ("review", "not_held"): "pass",
    ("conclusion", "held"): "pass",
    ("check", "undetermined"): "undetermined",
    ("review", "undetermined"): "undetermined",
    ("conclusion", "undetermined"): "undetermined",
}
_KINDS: Final[tuple[RuleKind, ...]] = ("check", "review", "conclusion")
_CAME: Final[Mapping[RuleKind, Mapping[Came, tuple[RuleState, CheckResult | None]]]] = {
    kind: {came: (state, _RESULTS.get((kind, state))) for came, state in STATES.items()} for kind in _KINDS
}
"""What a rule of each kind is said to be by what it came to."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What rules are evaluated on: all declared facts, by name, and what unknown derived ones wait for.

    `changed` clauses make rules stale; of `laws`, the words are at hand, so that they are cited in place of the pack's.
    """

    facts: Mapping[str, Fact]
    definitions: Mapping[str, FactDefinition]
    waiting: Mapping[str, frozenset[str]]
    changed: frozenset[ClauseRef] = frozenset()
    laws: frozenset[ClauseRef] = frozenset()


def rule_on(rules: RulesInForce, ground: Ground, like: "Ruling | None" = None) -> "Ruling":
    """Evaluate every rule, conclusions first and in the order of their dependence.

    `like` is what the same rules came to on the same ground with some other facts; what is the same is taken from it.
    """
    return Ruling(rules, ground, like)


class Ruling:
    """What the rules of one date make of some facts; whatever is not read of it is not worked out.

    `came` is what each rule comes to, in the order of the file.
    """

    def __init__(self, rules: RulesInForce, ground: Ground, like: "Ruling | None" = None) -> None:
        self._rules = rules
        self._ground = ground
        self._values: dict[str, FactValue | None] = {name: fact.value for name, fact in ground.facts.items()}
        self.came, concluded = rules.period.evaluate(self._values)
        settled = zip(rules.period.concluded, concluded, strict=True)
        self._concluded = {name: value for name, value in settled if value is not None}
        self._values.update(self._concluded)
        self._like = like

    @cached_property
    def facts(self) -> Mapping[str, Fact]:
        """All facts, with those that were concluded."""
        concluded = {name: Fact(name, value, "derived", self._basis(name)) for name, value in self._concluded.items()}
        return {**self._ground.facts, **concluded}

    @cached_property
    def outcomes(self) -> tuple[RuleOutcome, ...]:
        """What became of each rule, in the order of the file."""
        if self._like is None:
            return tuple(map(self._outcome, self._rules.rules, self.came))
        moved, found = self._moved_from(self._like), zip(self._like.came, self._like.outcomes, strict=True)
        return tuple(
            before if came is was and self._stays(rule, came, moved) else self._outcome(rule, came)
            for rule, came, (was, before) in zip(self._rules.rules, self.came, found, strict=True)
        )

    @cached_property
    def gaps(self) -> Mapping[str, Unknown]:
        """What keeps each undetermined rule from being determined; facts to ask for, not those derived from them."""
        return {
            rule.id: self._tracer.gap(rule)
            for rule, came in zip(self._rules.rules, self.came, strict=True)
            if came is None
        }

    def reads(self, wanted: Collection[str]) -> frozenset[str]:
        """Select the facts that a rule read."""
        return frozenset(
            name
            for rule in self._rules.rules
            if not rule.facts.isdisjoint(wanted)
            for name in self._tracer.trace(rule).facts_read
            if name in wanted
        )

    @cached_property
    def _shelf(self) -> Shelf:
        return self._rules.period.shelf(self._ground.laws)

    @cached_property
    def _tracer(self) -> Tracer:
        return Tracer(
            period=self._rules.period,
            parameters=self._rules.parameters,
            definitions=self._ground.definitions,
            values=self._values,
            came={rule.position: came for rule, came in zip(self._rules.rules, self.came, strict=True)},
            waiting=self._ground.waiting,
            laws=self._ground.laws,
        )

    def _outcome(self, rule: PolicyRule, came: Came) -> RuleOutcome:
        """Say what became of a rule; of one that came to the same by the same values, what was said before."""
        if not self._ground.changed and came is not None and came != DEFEATED:
            for kept in self._shelf.traces[rule.position].get(came, ()):
                depends_on = kept.read(self._values)
                found = kept.outcomes.get(depends_on)
                if found is not None:
                    return found
                if (trace := kept.traces.get(depends_on)) is not None:
                    return kept.outcomes.setdefault(depends_on, self._told(rule, came, partial(_same, trace)))
        return self._told(rule, came, partial(self._tracer.trace, rule))

    def _told(self, rule: PolicyRule, came: Came, traced: Callable[[], RuleTrace]) -> RuleOutcome:
        head = self._shelf.heads[rule.position]
        state, result = _CAME[rule.kind][came]
        stale = bool(self._ground.changed) and self._is_stale(rule, traced)
        if came != DEFEATED:
            return RuleOutcome(head, state, result, traced, stale)
        return RuleOutcome(
            head, state, result, traced, stale, tuple(other.id for other in self._tracer.defeated_by(rule))
        )

    def _moved_from(self, like: "Ruling") -> frozenset[str]:
        """Name the facts that have another value here than there."""
        before = like._values  # noqa: SLF001 - another of the same class
        return frozenset(
            name for name, value in self._values.items() if value is not before[name] and value != before[name]
        )

    def _stays(self, rule: PolicyRule, came: Came, moved: frozenset[str]) -> bool:
        """Tell whether a rule that comes to the same is explained by the same, too: by nothing that moved."""
        explained_by_others = came is None or rule.position in self._rules.period.entangled
        return not explained_by_others and rule.facts.isdisjoint(moved)

    def _is_stale(self, rule: PolicyRule, traced: Callable[[], RuleTrace]) -> bool:
        return not self._ground.changed.isdisjoint(encoded_by(rule, traced().parameters, self._rules))

    def _basis(self, name: str) -> str | None:
        """Name the clause of the rule that gave a concluded fact its value."""
        came = self._tracer.came
        held = [rule for rule in self._rules.period.setters[name] if came[rule.position] is True]
        winner = max(held, key=lambda rule: rule.priority, default=None)  # the first of those with the highest
        return str(winner.clause) if winner else None


def _same(trace: RuleTrace) -> RuleTrace:
    return trace


def encoded_by(rule: PolicyRule, parameters: Sequence[ParameterUse], rules: RulesInForce) -> list[ClauseRef]:
    """List the clauses, of the policy and of the law, that a rule and the parameters it read encode."""
    entries = (rule, *(rules.parameters.entries[use.name] for use in parameters))
    return [clause for entry in entries for clause in (entry.clause, entry.law) if clause is not None]
