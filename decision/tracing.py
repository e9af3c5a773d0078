"""Turns what rules came to into the reasons for it: what they read, what is missing, and why in a sentence."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from decision.decision import ClauseRef, ParameterUse, RuleTrace
from decision.evaluation import DEFEATED, NOT_APPLICABLE, Came, KeptTraces, Period, without_effect
from decision.expressions.evaluate import Compiled, Reading, Result, Unknown
from decision.expressions.words import because, unknown_words
from decision.facts import FactDefinition, FactValue
from decision.parameters import Parameters
from decision.policy_rule import PolicyRule
from decision.values import plain


@dataclass(frozen=True, slots=True)
class Tracer:
    """The rules of a period after evaluation: what each `came` to, by position, on which values.

    `waiting` says, by unknown derived fact, which facts its derivation waits for; parameters are shown with the clause
    of the law that they come from where it is one of `laws`; `settled` keeps what was asked for.
    """

    period: Period
    parameters: Parameters
    definitions: Mapping[str, FactDefinition]
    values: Mapping[str, FactValue | None]
    came: Mapping[int, Came]
    waiting: Mapping[str, frozenset[str]]
    laws: frozenset[ClauseRef] = frozenset()
    settled: dict[str, Unknown] = field(default_factory=dict[str, Unknown])

    def defeated_by(self, rule: PolicyRule) -> tuple[PolicyRule, ...]:
        """List the rules that hold and prevail over this one."""
        others = self.period.prevailing.get(rule.position, ())
        return tuple(other for other in others if self.came[other.position] is True)

    def gap(self, rule: PolicyRule) -> Unknown:
        """Say what keeps an undetermined rule from being determined, down to the facts that can be asked for."""
        return self._rooted(self._unknown(rule))

    def unsettled(self, name: str) -> Unknown:
        """Say what keeps a concluded fact from being known, down to the facts that can be asked for."""
        found = self.settled.get(name)
        if found is None:
            found = self.settled[name] = self._rooted(self._open(name))
        return found

    def trace(self, rule: PolicyRule) -> RuleTrace:
        """Say how a rule came out as it did; what was said before on reading the same values is said again."""
        if rule.position in self.period.entangled:
            return self._trace(rule)[1]
        came, values = self.came[rule.position], self.values
        by_came = self.period.shelf(self.laws).traces[rule.position]
        kept = by_came.get(came, ())
        for one in kept:  # many traces are found here, so that every call counts
            found = one.traces.get(self._read_as(one, came) if came is None else one.read(values))
            if found is not None:
                return found
        names, trace = self._trace(rule)
        same = next((one for one in kept if one.names == names), None)
        if same is None:
            same = KeptTraces(names)
            by_came[came] = (*kept, same)
        same.keep(self._read_as(same, came), trace)
        return trace

    def reading(self) -> Reading:
        """Give the facts and parameters to read, of which none was read so far."""
        return Reading(self.values, self.period.parameters)

    def because(self, rule: PolicyRule) -> str:
        """Say in a sentence why a rule came out as it did, and which rule prevailed."""
        came = self.came[rule.position]
        if came == DEFEATED:
            return self._outdone(rule)
        if came is None:
            return f"Cannot be determined: {unknown_words(self.gap(rule), self.definitions)}{self._depending(rule)}."
        if came == NOT_APPLICABLE and rule.applies_when is not None:
            return f"Does not apply: {because(rule.applies_when, self.reading(), self.definitions)}."
        prevailing = self._prevailing(rule) if came is True and rule.position in self.period.entangled else ""
        return f"{_capital(self._reason(rule.condition))}{prevailing}."

    def _read_as(self, kept: KeptTraces, came: Came) -> object:
        """Give all that a trace depends on: the values that were read and, where they did not do, what is missing."""
        values = kept.read(self.values)
        if came is not None:
            return values
        return values, *(self._roots_of(name) for name in kept.names if self.values[name] is None)

    def _trace(self, rule: PolicyRule) -> tuple[tuple[str, ...], RuleTrace]:
        """Give the names of the facts that a rule read, and how it came out as it did."""
        reading, shown, sets = self.reading(), self.reading(), dict[str, str | None]()
        self._own(rule, reading)
        came = self.came[rule.position]
        for name, value in rule.sets.items() if came is True or came is None else ():
            given = value.evaluate(reading)
            if came is True:
                sets[name] = _said(given)
        applies = came not in {NOT_APPLICABLE, DEFEATED}
        measured = _said(rule.measured.evaluate(shown)) if applies and rule.measured else None
        threshold = _said(rule.threshold.evaluate(shown)) if applies and rule.threshold else None
        names = {**reading.parameters_read, **shown.parameters_read}
        trace = RuleTrace(
            facts_read={name: plain(self.values.get(name)) for name in reading.facts_read},
            say=self._sentence(rule, reading, shown),
            parameters=tuple(self._use(name) for name in names if name in self.parameters.entries),
            sets=sets,
            measured=measured,
            threshold=threshold,
        )
        return (*dict.fromkeys((*reading.facts_read, *shown.facts_read)),), trace

    def _use(self, name: str) -> ParameterUse:
        shelf = self.period.shelf(self.laws)
        found = shelf.uses.get(name)
        if found is None:
            found = shelf.uses[name] = self.parameters.use(name, self.laws)
        return found

    def _sentence(self, rule: PolicyRule, *readings: Reading) -> Callable[[], str]:
        """Give what makes the sentence on demand; it holds on to no other facts than those that were read."""
        if self.came[rule.position] is None or rule.position in self.period.entangled:
            words = self.because(rule)
            return lambda: words
        values = {name: self.values.get(name) for reading in readings for name in reading.facts_read}
        came = {rule.position: self.came[rule.position]}
        return _Sentence(Tracer(self.period, self.parameters, self.definitions, values, came, {}), rule)

    def _own(self, rule: PolicyRule, reading: Reading) -> Result:
        """Evaluate a rule by itself, whatever prevails over it; what is read is taken down."""
        applies = rule.applies_when.evaluate(reading) if rule.applies_when else True
        if applies is not True:
            return applies if isinstance(applies, Unknown) else NOT_APPLICABLE
        return rule.condition.evaluate(reading)

    def _unknown(self, rule: PolicyRule) -> Unknown:
        own = self._own(rule, self.reading())
        others = self.period.prevailing.get(rule.position, ())
        open_rules = [self._unknown(other) for other in others if self.came[other.position] is None]
        return _together([*([own] if isinstance(own, Unknown) else []), *open_rules])

    def _open(self, name: str) -> Unknown:
        contending = [rule for rule in self.period.setters[name] if self.came[rule.position] in {True, None}]
        held = [rule for rule in contending if self.came[rule.position] is True]
        highest = max((rule.priority for rule in held), default=None)
        contenders = [rule for rule in contending if highest is None or rule.priority >= highest]
        values = [rule.sets[name].evaluate(self.reading()) for rule in contenders]
        if not held:
            otherwise = self.period.otherwise.get(name)
            values.append(otherwise.evaluate(self.reading()) if otherwise else Unknown())
        undetermined = [self._unknown(rule) for rule in contenders if self.came[rule.position] is None]
        unknown = [value for value in values if isinstance(value, Unknown)]
        return _together([*undetermined, *unknown], self._conflict(name, held, highest))

    def _conflict(self, name: str, held: list[PolicyRule], highest: int | None) -> tuple[str, ...]:
        best = [rule for rule in held if rule.priority == highest]
        values = [rule.sets[name].evaluate(self.reading()) for rule in best]
        if len({plain(value) for value in values if not isinstance(value, Unknown)}) > 1:
            return (f"a conflict between {' and '.join(rule.id for rule in best)}",)
        return ()

    def _rooted(self, unknown: Unknown) -> Unknown:
        found = [self._roots_of(name) for name in unknown.facts]
        reasons = dict.fromkeys((*unknown.reasons, *(reason for one in found for reason in one.reasons)))
        return Unknown(frozenset[str]().union(*(one.facts for one in found)), tuple(reasons))

    def _roots_of(self, name: str) -> Unknown:
        """Say what an unknown fact waits for: itself, if somebody can be asked for it."""
        if name in self.period.setters:
            unsettled = self.unsettled(name)
            return unsettled if unsettled.facts else Unknown(frozenset({name}), unsettled.reasons)
        return Unknown(self.waiting.get(name) or frozenset({name}))

    def _outdone(self, rule: PolicyRule) -> str:
        own = self._own(rule, self.reading())
        first = (
            "Whatever it comes to," if isinstance(own, Unknown) else f"{_capital(self._reason(rule.condition))}, but"
        )
        others = [f"{other.id} prevails over it: {self._reason(other.condition)}" for other in self.defeated_by(rule)]
        return f"{first} {'; '.join(others)}."

    def _depending(self, rule: PolicyRule) -> str:
        """Name the rules of which it is not known whether they prevail, where the rule itself would have its effect."""
        if self._own(rule, self.reading()) is without_effect(rule):
            return ""
        open_rules = [one for one in self.period.prevailing.get(rule.position, ()) if self.came[one.position] is None]
        names = " or ".join(other.id for other in open_rules)
        return f", and {names} may prevail over it" if names else ""

    def _prevailing(self, rule: PolicyRule) -> str:
        """Name the rules that this one keeps from taking effect."""
        outdone = [
            one.id for one in self.period.rules if self.came[one.position] == DEFEATED and rule in self.defeated_by(one)
        ]
        return f"; this prevails over {' and '.join(outdone)}" if outdone else ""

    def _reason(self, condition: Compiled) -> str:
        return because(condition, self.reading(), self.definitions)


class _Sentence:
    """Makes the sentence of a trace when it is first called for."""

    __slots__ = ("_rule", "_tracer", "_words")

    def __init__(self, tracer: Tracer, rule: PolicyRule) -> None:
        self._tracer = tracer
        self._rule = rule
        self._words: str | None = None

    def __call__(self) -> str:
        """Give the sentence."""
        if self._words is None:
            self._words = self._tracer.because(self._rule)
        return self._words


def _capital(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}"


def _said(value: Result) -> str | None:
    return None if isinstance(value, Unknown) else plain(value)


def _together(unknown: list[Unknown], reasons: tuple[str, ...] = ()) -> Unknown:
    facts = frozenset[str]().union(*(one.facts for one in unknown))
    return Unknown(facts, tuple(dict.fromkeys((*reasons, *(reason for one in unknown for reason in one.reasons)))))
