"""Turns the reasons for a review into what would have to be different for each, verified by deciding again."""

from collections.abc import Iterator
from typing import Final

from decision.decision import EscalationReason
from decision.expressions.syntax import fact_names
from decision.facts import FactDefinition, FactType, FactValue
from decision.policy_rule import PolicyRule
from explain.candidates import candidates
from explain.counterfactuals import Counterfactual
from explain.trials import Changed, Trial
from retrieval.corpus import Value

MOST_RUNS: Final = 40
"""How often a case is decided again, unless the caller says otherwise."""

_MOST_OF_A_REASON: Final = 3


class WayOut(Value):
    """What would have to be different for one reason of a review to fall away.

    `needed` says it by the rule, `measured` and `threshold` in its numbers. `facts` are what a person could supply or
    correct, `asks` the questions for them. `verified` are changes that cleared the reason when the case was decided
    again.
    """

    code: str
    rule_id: str | None
    needed: str
    measured: str | None
    threshold: str | None
    facts: tuple[str, ...]
    asks: tuple[str, ...]
    verified: tuple[Counterfactual, ...]


def ways_out(trial: Trial, *, runs: int = MOST_RUNS) -> tuple[WayOut, ...]:
    """Say for every reason of a decision what would clear it; at most `runs` further trials are made."""
    search = _Search(trial, runs)
    return tuple(search.way(reason) for reason in trial.decision.escalations)


class _Search:
    """Tries to clear reasons with as few trials as it may."""

    def __init__(self, trial: Trial, runs: int) -> None:
        self._trial = trial
        self._left = runs
        self._rules = {rule.id: rule for rule in trial.rules.rules}
        self._before = {_identity(one) for one in trial.decision.escalations}
        self._singles = candidates(trial.case, trial.before.facts, trial.definitions, trial.rules)
        self._open = tuple(self._supplied())

    def way(self, reason: EscalationReason) -> WayOut:
        """Say what would clear one reason."""
        rule = self._rules.get(reason.rule_id or "")
        named = self._turning(reason, rule)
        cleared = self._cleared(reason, named) if rule or named else None
        definitions = self._trial.definitions
        own = [name for name, one in definitions.items() if name in named and not one.derived and one.ask]
        facts = tuple(dict.fromkeys((*(name for name, _ in cleared or ()), *own)))
        return WayOut(
            code=reason.code,
            rule_id=reason.rule_id,
            needed=self._needed(reason, rule, is_found=bool(facts)),
            measured=reason.measured,
            threshold=reason.threshold,
            facts=facts,
            asks=tuple(ask for name in facts if (ask := definitions[name].ask)),
            verified=() if cleared is None else (self._told(cleared, reason),),
        )

    def _turning(self, reason: EscalationReason, rule: PolicyRule | None) -> frozenset[str]:
        """Name the facts that a reason turns on: those of the rule's condition, not those that say where it applies.

        Where it cannot be determined, what is unknown counts, wherever the rule reads it.
        """
        if rule is None:
            return self._trial.decisive if reason.code == "missing_fact" else frozenset()
        outcome = next(one for one in self._trial.decision.outcomes if one.rule_id == rule.id)
        if outcome.state == "undetermined":
            return frozenset(name for name, value in outcome.facts_read.items() if value is None)
        return frozenset(fact_names(rule.condition.expression))

    def _cleared(self, reason: EscalationReason, named: frozenset[str]) -> Changed | None:
        """Give a change that clears a reason: of the facts that it turns on, else of what is not known."""
        own = [((one.fact, one.value),) for one in self._singles if one.fact in named]
        for changed in own[:_MOST_OF_A_REASON]:
            if self._clears(changed, reason) and self._is_clean(changed):
                return changed
        assumed = {name for name, fact in self._trial.before.facts.items() if fact.provenance == "assumed"}
        groups = (named, named | assumed if named else assumed, frozenset(name for name, _ in self._open))
        for group in groups:
            changed = tuple(one for one in self._open if one[0] in group)
            least = self._least(changed, reason) if changed and self._clears(changed, reason) else None
            if least and self._is_clean(least):
                return least
        return None

    def _least(self, changed: Changed, reason: EscalationReason) -> Changed:
        """Leave out what a change does not need, as far as trials are left."""
        for one in changed:
            fewer = tuple(other for other in changed if other != one)
            if fewer and self._clears(fewer, reason):
                changed = fewer
        return changed

    def _clears(self, changed: Changed, reason: EscalationReason) -> bool:
        """Tell whether a change clears a reason, whatever else it brings."""
        if changed not in self._trial.known:
            if self._left <= 0:
                return False
            self._left -= 1
        after = self._trial.outline(changed, same_records=True)
        if after is None or after.status != "decided":
            return False
        if reason.rule_id is None:
            return not any(one.fact in self._trial.decisive for one in after.missing)
        return reason.rule_id not in {one.rule_id for one in after.escalations}

    def _is_clean(self, changed: Changed) -> bool:
        """Tell whether a change that was tried brings no reason that was not there."""
        after = self._trial.outline(changed, same_records=True)
        return after is not None and {_identity(one) for one in after.escalations} <= self._before

    def _told(self, changed: Changed, reason: EscalationReason) -> Counterfactual:
        after = self._trial.outline(changed, same_records=True)
        others = set[str]() if after is None else {_identity(one) for one in after.escalations} - {_identity(reason)}
        many = len(others)
        stay = f"{many} other {'reason' if many == 1 else 'reasons'} would stay" if many else "no other reason is left"
        return Counterfactual(change=self._trial.words(changed), outcome=f"this reason would fall away; {stay}")

    def _needed(self, reason: EscalationReason, rule: PolicyRule | None, *, is_found: bool) -> str:
        beyond = "" if is_found else " No fact that was tried changes it: other evidence may, or a person."
        if rule is None:
            return f"{reason.message}{beyond}"
        must = "It has to be so that" if rule.kind == "check" else "It must not be so that"
        outcome = next(one for one in self._trial.decision.outcomes if one.rule_id == rule.id)
        title = f"{rule.title[:1].lower()}{rule.title[1:].rstrip('.')}"
        return f"{must} {title}. Now: {outcome.because}{beyond}"

    def _supplied(self) -> Iterator[tuple[str, FactValue]]:
        """Give what is unknown or assumed with a value it may have: as assumed, else an example."""
        for name, definition in self._trial.definitions.items():
            given = self._trial.case.facts.get(name)
            if definition.derived or (given is not None and given.value is not None):
                continue
            value = definition.default if definition.default is not None else _example(definition)
            if value is not None and definition.ask:
                yield name, value


def _identity(reason: EscalationReason) -> str:
    """Give what a reason is known by, whether its rule fails or cannot be determined."""
    return reason.rule_id or reason.code


def _example(definition: FactDefinition) -> FactValue | None:
    """Give an example that is not the name of something: another name would mean another thing."""
    return None if definition.type in {FactType.STRING, FactType.LIST} else definition.example
