"""Turns facts and the rules in force into a Ruling: what became of each rule, and the facts that were concluded."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from decision.decision import CheckResult, ClauseRef, ParameterUse, RuleKind, RuleOutcome, RuleState
from decision.expressions.evaluate import Compiled, Reading, Result, Unknown
from decision.expressions.words import because, unknown_words
from decision.facts import Fact, FactDefinition, FactValue
from decision.policy_rule import PolicyRule
from decision.rules import Parameter, RulesInForce
from decision.values import plain

_RESULTS: Mapping[tuple[RuleKind, RuleState], CheckResult] = {
    ("check", "held"): "pass",
    ("check", "not_held"): "fail",
    ("review", "held"): "fail",
    ("review", "not_held"): "pass",
    ("conclusion", "held"): "pass",
    ("check", "undetermined"): "undetermined",
    ("review", "undetermined"): "undetermined",
    ("conclusion", "undetermined"): "undetermined",
}


@dataclass(frozen=True, slots=True)
class Ruling:
    """What the rules of one date make of some facts.

    `outcomes` are in the order of the file, like the rules. `gaps` says, by rule, what keeps an undetermined one from
    being determined, `unsettled` the same by concluded fact; both name facts to ask for, not those derived from them.
    """

    outcomes: tuple[RuleOutcome, ...]
    facts: Mapping[str, Fact]
    gaps: Mapping[str, Unknown]
    unsettled: Mapping[str, Unknown]


@dataclass(slots=True)
class Evaluated:
    """One rule after evaluation; `sets` are the values it gives, or would give if it held."""

    rule: PolicyRule
    state: RuleState
    reading: Reading
    unknown: Unknown
    sets: Mapping[str, Result]
    outcome: RuleOutcome | None = None


Memory = dict[tuple[object, ...], Evaluated]
"""Rules after evaluation, by their place in the file and the values of the facts they may read."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What rules are evaluated on: all declared facts, by name, and what unknown derived ones wait for.

    `laws` are the clauses of the law itself whose words are at hand: they are cited in place of the pack's own.
    `known` keeps what became of rules, by the values they read, for when nearly the same case is ruled on again.
    """

    facts: Mapping[str, Fact]
    definitions: Mapping[str, FactDefinition]
    waiting: Mapping[str, frozenset[str]]
    changed: frozenset[ClauseRef] = frozenset()
    laws: frozenset[ClauseRef] = frozenset()
    known: Memory = field(default_factory=dict[tuple[object, ...], Evaluated])


def rule_on(rules: RulesInForce, ground: Ground) -> Ruling:
    """Evaluate every rule, conclusions first and in the order of their dependence."""
    bench = _Bench(rules, ground)
    for step in rules.steps:
        if isinstance(step, PolicyRule):
            bench.evaluate(step)
        else:
            bench.settle(step)
    return bench.ruling()


class _Bench:
    """The facts as they grow by conclusions while the rules of one case are evaluated."""

    def __init__(self, rules: RulesInForce, ground: Ground) -> None:
        self._rules = rules
        self._ground = ground
        self._facts = dict(ground.facts)
        self._values: dict[str, FactValue | None] = {name: fact.value for name, fact in ground.facts.items()}
        self._evaluated: dict[int, Evaluated] = {}
        self._setters: dict[str, list[Evaluated]] = {}
        self._unsettled: dict[str, Unknown] = {}

    def evaluate(self, rule: PolicyRule) -> None:
        key = (rule.position, *(self._values[name] for name in rule.facts))
        evaluated = self._ground.known.get(key)
        if evaluated is None:
            evaluated = self._ground.known[key] = self._evaluate(rule)
        self._evaluated[rule.position] = evaluated
        for name in evaluated.sets:
            self._setters.setdefault(name, []).append(evaluated)

    def _evaluate(self, rule: PolicyRule) -> Evaluated:
        reading = self._reading()
        applies = rule.applies_when.evaluate(reading) if rule.applies_when else True
        result: Result = rule.condition.evaluate(reading) if applies is True else applies
        state: RuleState = "undetermined"
        if not isinstance(result, Unknown):
            state = "held" if result is True else "not_held" if applies is True else "not_applicable"
        sets: dict[str, Result] = {}
        if state in {"held", "undetermined"}:
            sets = {name: value.evaluate(reading) for name, value in rule.sets.items()}
        unknown = result if isinstance(result, Unknown) else Unknown()
        return Evaluated(rule, state, reading, unknown, sets)

    def settle(self, name: str) -> None:
        """Give a concluded fact the value of the highest priority that held, unless another may still win."""
        candidates = self._setters.get(name, [])
        held = [one for one in candidates if one.state == "held"]
        highest = max((one.rule.priority for one in held), default=None)
        contenders = [one for one in candidates if highest is None or one.rule.priority >= highest]
        values = [one.sets[name] for one in contenders]
        if not held:
            otherwise = self._rules.otherwise.get(name)
            values.append(otherwise.evaluate(self._reading()) if otherwise else Unknown())
        unknown = [value for value in values if isinstance(value, Unknown)]
        known = [value for value in values if not isinstance(value, Unknown)]
        if known and not unknown and all(value == known[0] for value in known):
            winner = next((one.rule for one in contenders if one.state == "held"), None)
            self._facts[name] = Fact(name, known[0], "derived", str(winner.clause) if winner else None)
            self._values[name] = known[0]
            return
        open_rules = [one.unknown for one in contenders if one.state == "undetermined"]
        self._unsettled[name] = self._rooted(_together([*open_rules, *unknown], self._conflict(name, held, highest)))

    def ruling(self) -> Ruling:
        evaluated = [self._evaluated[rule.position] for rule in self._rules.rules]
        return Ruling(
            outcomes=tuple(self._outcome_of(one) for one in evaluated),
            facts=self._facts,
            gaps={one.rule.id: self._rooted(one.unknown) for one in evaluated if one.state == "undetermined"},
            unsettled=self._unsettled,
        )

    def _reading(self) -> Reading:
        return Reading(self._values, self._rules.parameters.values)

    def _conflict(self, name: str, held: list[Evaluated], highest: int | None) -> tuple[str, ...]:
        best = [one for one in held if one.rule.priority == highest]
        if len({plain(value) for one in best if not isinstance(value := one.sets[name], Unknown)}) > 1:
            return (f"a conflict between {' and '.join(one.rule.id for one in best)}",)
        return ()

    def _rooted(self, unknown: Unknown) -> Unknown:
        facts: set[str] = set()
        reasons = dict.fromkeys(unknown.reasons)
        for name in unknown.facts:
            if name in self._unsettled:
                facts |= self._unsettled[name].facts or {name}
                reasons |= dict.fromkeys(self._unsettled[name].reasons)
            else:
                facts |= self._ground.waiting.get(name) or {name}
        return Unknown(frozenset(facts), tuple(reasons))

    def _outcome_of(self, one: Evaluated) -> RuleOutcome:
        if one.state == "undetermined":  # what it waits for depends on other rules
            return self._outcome(one)
        if one.outcome is None:
            one.outcome = self._outcome(one)
        return one.outcome

    def _outcome(self, one: Evaluated) -> RuleOutcome:
        rule, reading, shown = one.rule, one.reading, self._reading()
        measured, threshold = _shown(rule.measured, shown), _shown(rule.threshold, shown)
        parameters = tuple(
            self._used(name)
            for name in {**reading.parameters_read, **shown.parameters_read}
            if name in self._rules.parameters.entries
        )
        return RuleOutcome(
            rule_id=rule.id,
            title=rule.title,
            kind=rule.kind,
            state=one.state,
            result=_RESULTS.get((rule.kind, one.state)),
            clause=self._cited(rule),
            reference=rule.reference,
            owner=rule.owner,
            effective_from=rule.effective_from,
            facts_read={name: plain(self._values.get(name)) for name in reading.facts_read},
            parameters=parameters,
            sets={name: _plain(value) for name, value in one.sets.items()} if one.state == "held" else {},
            because=self._because(one),
            measured=measured,
            threshold=threshold,
            stale=not self._ground.changed.isdisjoint(encoded_by(rule, parameters, self._rules)),
        )

    def _used(self, name: str) -> ParameterUse:
        use, cited = self._rules.parameters.use(name), self._cited(self._rules.parameters.entries[name])
        return use if use.clause == cited else use.model_copy(update={"clause": cited})

    def _cited(self, entry: PolicyRule | Parameter) -> ClauseRef:
        return entry.law if entry.law is not None and entry.law in self._ground.laws else entry.clause

    def _because(self, one: Evaluated) -> str:
        definitions = self._ground.definitions
        if one.state == "undetermined":
            return f"Cannot be determined: {unknown_words(self._rooted(one.unknown), definitions)}."
        if one.state == "not_applicable" and one.rule.applies_when is not None:
            return f"Does not apply: {because(one.rule.applies_when, one.reading, definitions)}."
        words = because(one.rule.condition, one.reading, definitions)
        return f"{words[:1].upper()}{words[1:]}."


def encoded_by(rule: PolicyRule, parameters: Sequence[ParameterUse], rules: RulesInForce) -> list[ClauseRef]:
    """List the clauses, of the policy and of the law, that a rule and the parameters it read encode."""
    entries = (rule, *(rules.parameters.entries[use.name] for use in parameters))
    return [clause for entry in entries for clause in (entry.clause, entry.law) if clause is not None]


def _shown(expression: Compiled | None, reading: Reading) -> str | None:
    return None if expression is None else _plain(expression.evaluate(reading))


def _plain(value: Result) -> str | None:
    return None if isinstance(value, Unknown) else plain(value)


def _together(unknown: list[Unknown], reasons: tuple[str, ...]) -> Unknown:
    facts = frozenset[str]().union(*(one.facts for one in unknown))
    return Unknown(facts, tuple(dict.fromkeys((*reasons, *(reason for one in unknown for reason in one.reasons)))))
