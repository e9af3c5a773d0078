"""Turns the rules of one period into one function from facts to what every rule comes to and what is concluded."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from operator import itemgetter
from typing import Any, Final, cast

from decision.decision import ClauseRef, ParameterUse, RuleOutcome, RuleState, RuleTrace
from decision.expressions.evaluate import Compiled
from decision.expressions.generated import UNKNOWN, Writer, same
from decision.facts import FactValue
from decision.limits import comparisons
from decision.policy_rule import PolicyRule

NOT_APPLICABLE: Final = "not_applicable"
DEFEATED: Final = "defeated"

Came = bool | str | None
"""What a rule comes to: its condition (None: undetermined), NOT_APPLICABLE, or DEFEATED by a rule that prevails."""

Values = Mapping[str, FactValue | None]
Evaluator = Callable[[Values], tuple[tuple[Came, ...], tuple[FactValue | None, ...]]]
"""From the values of facts to what every rule comes to and what every concluded fact is, both in a fixed order."""

Laws = frozenset[ClauseRef]
"""Clauses of the law whose words are at hand."""

Step = PolicyRule | str
"""What is done next: a rule is evaluated, or the concluded fact of this name is settled."""

_MOST_KEPT: Final = 128
_MOST_SHELVES: Final = 8

STATES: Final[Mapping[Came, RuleState]] = {
    True: "held",
    False: "not_held",
    None: "undetermined",
    NOT_APPLICABLE: "not_applicable",
    DEFEATED: "not_applicable",
}
"""The state of a rule by what it comes to."""


class KeptTraces:
    """Traces of one rule that read the same facts, by all that each depends on; the latest ones, not all.

    Cases have most of their values in common, and a rule reads few facts.
    """

    def __init__(self, names: tuple[str, ...]) -> None:
        self.names = names
        self.read: Callable[[Values], object] = itemgetter(*names) if names else lambda _: ()
        self.traces: dict[object, RuleTrace] = {}
        self.outcomes: dict[object, RuleOutcome] = {}

    def keep(self, depends_on: object, trace: RuleTrace) -> None:
        """Keep a trace, to be said again."""
        if len(self.traces) >= _MOST_KEPT:
            self.traces.clear()
            self.outcomes.clear()
        self.traces[depends_on] = trace


class Shelf:
    """What is kept of the rules of a period while the same clauses of the law are at hand.

    `heads` say what each rule is, `traces` how it came out by what it came to, both by its position; `uses` are the
    parameters as they are shown.
    """

    def __init__(self, rules: Sequence[PolicyRule], laws: Laws) -> None:
        self.heads = {rule.position: rule.head_by(laws) for rule in rules}
        self.traces: dict[int, dict[Came, tuple[KeptTraces, ...]]] = {rule.position: {} for rule in rules}
        self.uses: dict[str, ParameterUse] = {}


@dataclass(frozen=True)
class Period:
    """The rules between two changes of the law, in the order of the file and in the order of their evaluation."""

    rules: tuple[PolicyRule, ...]
    steps: tuple[Step, ...]
    otherwise: Mapping[str, Compiled]
    parameters: Mapping[str, FactValue]
    shelves: dict[Laws, Shelf] = field(default_factory=dict[Any, Any])

    def shelf(self, laws: Laws) -> Shelf:
        """Give what is kept while these clauses of the law are at hand."""
        found = self.shelves.get(laws)
        if found is None:
            if len(self.shelves) >= _MOST_SHELVES:
                self.shelves.clear()
            found = self.shelves[laws] = Shelf(self.rules, laws)
        return found

    @cached_property
    def evaluate(self) -> Evaluator:
        """The function of this period; it never raises for values that fit their declarations."""
        return _Author(self).function()

    @cached_property
    def concluded(self) -> tuple[str, ...]:
        """The facts that rules conclude, in the order in which they are settled."""
        return tuple(step for step in self.steps if isinstance(step, str))

    @cached_property
    def setters(self) -> Mapping[str, Sequence[PolicyRule]]:
        """The rules that set each concluded fact, in the order of their evaluation."""
        found: dict[str, list[PolicyRule]] = {name: [] for name in self.concluded}
        for step in self.steps:
            if isinstance(step, PolicyRule):
                for name in step.sets:
                    found.setdefault(name, []).append(step)
        return found

    @cached_property
    def prevailing(self) -> Mapping[int, Sequence[PolicyRule]]:
        """The rules that prevail over each rule, by its position, where there are any."""
        found = {
            rule.position: tuple(
                other for other in self.rules if other.id in rule.subject_to or rule.id in other.notwithstanding
            )
            for rule in self.rules
        }
        return {position: others for position, others in found.items() if others}

    @cached_property
    def entangled(self) -> frozenset[int]:
        """The positions of rules that prevail over others or may be outdone, so that others explain them."""
        others = {other.position for found in self.prevailing.values() for other in found}
        return frozenset(others | set(self.prevailing))

    @cached_property
    def comparisons(self) -> Mapping[str, Sequence[Compiled]]:
        """Every comparison that has a fact on one side, by fact, in the order of the rules."""
        return comparisons(self.rules)


def without_effect(rule: PolicyRule) -> bool:
    """Give what the condition of a rule comes to when the rule does nothing: a check is met, another does not hold."""
    return rule.kind == "check"


class _Author:
    """Writes one function: each rule becomes a local `r`, by position, and each concluded fact the local of a fact."""

    def __init__(self, period: Period) -> None:
        self._period = period
        self._writer = Writer(period.parameters)
        self._found: dict[str, str] = {}

    def function(self) -> Evaluator:
        writer = self._writer
        for step in self._period.steps:
            if isinstance(step, PolicyRule):
                self._rule(step)
            else:
                self._settle(step)
        came = "".join(f"r{rule.position}, " for rule in self._period.rules)
        concluded = "".join(f"{self._found[name]}, " for name in self._period.concluded)
        read = [f" {local} = get({writer.constant(name)})" for name, local in writer.facts.items()]
        lines = ["def evaluate(values):", " get = values.get", *read, *writer.lines, f" return ({came}), ({concluded})"]
        namespace = {**writer.names, "same": same}
        exec(compile("\n".join(lines), "<rules>", "exec"), namespace)  # noqa: S102 - our own lines: see Writer
        return cast("Evaluator", namespace["evaluate"])

    def _rule(self, rule: PolicyRule) -> None:
        writer, result = self._writer, f"r{rule.position}"
        if rule.applies_when is None:
            writer.line(f"{result} = {writer.value(rule.condition.expression)}")
        else:
            applies = writer.value(rule.applies_when.expression)
            with writer.block(f"if {applies} is True"):
                writer.line(f"{result} = {writer.value(rule.condition.expression)}")
            with writer.block("else"):
                writer.line(f"{result} = None if {applies} is None else '{NOT_APPLICABLE}'")
        if others := self._period.prevailing.get(rule.position):
            self._defeat(rule, [f"r{other.position}" for other in others])

    def _defeat(self, rule: PolicyRule, others: list[str]) -> None:
        writer, result = self._writer, f"r{rule.position}"
        with writer.block(f"if {result} is None or {result} is {not without_effect(rule)}"):
            with writer.block(f"if {' or '.join(f'{other} is True' for other in others)}"):
                writer.line(f"{result} = '{DEFEATED}'")
            with writer.block(f"elif {' or '.join(f'{other} is None' for other in others)}"):
                writer.line(f"{result} = None")

    def _settle(self, name: str) -> None:
        """Give a concluded fact the value of the highest priority that held, unless another may still win.

        The local of a fact that stays unknown keeps what was given for it.
        """
        writer, setting = self._writer, self._period.setters[name]
        found, seen, done = writer.local(), writer.local(), writer.local()
        self._found[name] = found
        writer.line(f"{found} = None")
        writer.line(f"{seen} = {done} = False")
        for number, priority in enumerate(sorted({rule.priority for rule in setting}, reverse=True)):
            group = [rule for rule in setting if rule.priority == priority]
            with writer.block(f"if not {done}" if number else "if True"):
                for rule in group:
                    with writer.block(f"if r{rule.position} is True or r{rule.position} is None"):
                        self._contend(found, seen, rule.sets[name])
                writer.line(f"{done} = {' or '.join(f'r{rule.position} is True' for rule in group)}")
        with writer.block(f"if not {done}"):
            self._contend(found, seen, self._period.otherwise.get(name))
        with writer.block(f"if {found} is not None"):
            writer.line(f"{writer.fact(name)} = {found}")

    def _contend(self, found: str, seen: str, value: Compiled | None) -> None:
        """Take a value that may win: it becomes the one found, or leaves nothing found when another differs."""
        writer = self._writer
        other = UNKNOWN if value is None else writer.value(value.expression)
        with writer.block(f"if not {seen}"):
            writer.line(f"{found} = {other}")
            writer.line(f"{seen} = True")
        with writer.block(f"elif {other} is None or ({found} is not None and not same({found}, {other}))"):
            writer.line(f"{found} = None")
