"""Finds out what assumptions and missing facts are worth, by deciding the case again with other values."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Final

from decision.decision import Assumption, Decision, MissingFact
from decision.expressions.evaluate import Reading
from decision.expressions.words import titled
from decision.facts import Fact, FactDefinition, FactType, FactValue, Money
from decision.limits import around, limits
from decision.rules import RulesInForce
from decision.values import plain

Probe = Callable[[str, FactValue], Decision]
"""Decides the case again as if a fact had been given with this value."""

_MOST: Final = 12
_MOST_TOLD: Final = 3
_GROUPED: Final = 10_000


@dataclass(frozen=True, slots=True)
class Tried:
    """A value that a fact was tried with, in plain words, and the decision that it gave."""

    value: str
    decision: Decision


@dataclass(frozen=True, slots=True)
class Asked:
    """A fact to ask for; it `decides` when it changes more than whether a condition that is stated is met.

    `weight` is the share of its possible values that change what holds or who must look.
    """

    missing: MissingFact
    decides: bool
    weight: float


def weigh_assumptions(
    assumed: Sequence[Fact], definitions: Mapping[str, FactDefinition], base: Decision, probe: Probe | None
) -> tuple[Assumption, ...]:
    """State what each assumption is worth: the outcomes that its alternatives give. What was not tried may matter."""
    return tuple(
        _assumption(f"A{number}", fact, definitions[fact.name], base, probe) for number, fact in enumerate(assumed, 1)
    )


def ask_for(
    names: Iterable[str],
    rules: RulesInForce,
    definitions: Mapping[str, FactDefinition],
    base: Decision,
    probe: Probe | None,
) -> list[Asked]:
    """List facts to ask for, the most decisive first: whether they can change the outcome, alone or with another one.

    One cannot only if values that stand for all were tried, none of them changes what holds or who must look, and none
    leaves a rule undetermined that it has a part in.
    """
    values = {name: base.facts[name].value if name in base.facts else None for name in definitions}
    reading = Reading(values, rules.parameters.values)
    compared = rules.period.comparisons
    asked = list(names)
    found: list[Asked] = []
    for name in asked:
        definition = definitions[name]
        candidates = possible_values(definition, rules, reading) if probe else ()
        decisions = [probe(name, value) for value in candidates[:_MOST]] if probe else []
        stands_for_all = len(candidates) <= _MOST and (name in compared or definition.type is not FactType.STRING)
        decides = not (decisions and stands_for_all)
        decides = decides or any(base.differs_from(one, beside=base.conditional) for one in decisions)
        why = definition.ask or f"{definition.title} is not known."
        if not decides and _leaves_open(base, decisions, name, rules):
            others = ", ".join(titled(other, definitions) for other in asked if other != name)
            why, decides = (f"{why} It may change the outcome together with: {others}." if others else why), True
        turning = [one for one in decisions if base.differs_from(one)]
        weight = len(turning) / len(decisions) if decisions else 0.0
        asking = MissingFact(fact=name, why=why, changes_outcome=decides or bool(turning))
        found.append(Asked(asking, decides, weight))
    return sorted(found, key=lambda one: (not one.missing.changes_outcome, not one.decides, -one.weight))


def possible_values(definition: FactDefinition, rules: RulesInForce, reading: Reading) -> tuple[FactValue, ...]:
    """List values worth trying: all of a boolean or enum, else those around the limits that rules compare it with."""
    match definition.type:
        case FactType.BOOLEAN:
            return (True, False)
        case FactType.ENUM:
            return definition.values
        case _:
            compared = rules.period.comparisons.get(definition.name, ())
            found = dict.fromkeys(limit for one in compared for limit in limits(one, definition.name, reading))
            near = [value for limit in found for value in _near(limit, definition.type)]
            bounds = [_as_declared(definition, bound) for bound in (definition.minimum, definition.maximum)]
            candidates = [*near, *bounds, definition.example, *definition.alternatives]
            allowed = [value for value in candidates if value is not None and _is_within(definition, value)]
            return tuple(dict.fromkeys(allowed))


def _assumption(
    assumption_id: str, fact: Fact, definition: FactDefinition, base: Decision, probe: Probe | None
) -> Assumption:
    alternatives = _alternatives(definition, fact.value)
    tried = [Tried(str(plain(value)), probe(fact.name, value)) for value in alternatives] if probe else []
    return Assumption(
        id=assumption_id,
        fact=fact.name,
        value=str(plain(fact.value)),
        source="policy_default" if fact.value == definition.default else "inferred",
        reason=fact.basis or definition.default_reason or "No reason is stated.",
        effect_if_false=effect(str(plain(fact.value)), base, tried),
        changes_outcome=not tried or any(one.decision.differs_from(base) for one in tried),
    )


def _alternatives(definition: FactDefinition, assumed: FactValue | None) -> tuple[FactValue, ...]:
    declared: tuple[FactValue, ...] = definition.alternatives
    if not declared and definition.type is FactType.BOOLEAN:
        declared = (True, False)
    elif not declared and definition.type is FactType.ENUM:
        declared = definition.values
    return tuple(value for value in declared if value != assumed)


def effect(assumed: str, base: Decision, tried: Sequence[Tried]) -> str:
    """Say what happens to the outcome if a fact is not as assumed."""
    if not tried:
        return "Not tested, for no alternative is declared; the outcome may change."
    if not any(one.decision.differs_from(base) for one in tried):
        return f"The outcome stays the same with {_either([one.value for one in tried])} instead of {assumed}."
    numbers = [(_number(one.decision), one.value) for one in tried]
    at_base = _number(base)
    known = [(number, value) for number, value in numbers if number is not None]
    if at_base is not None and len(known) == len(numbers) and any(number != at_base for number, _ in known):
        return _range(assumed, at_base, known)
    each = "; ".join(f"with {one.value}: {_compared(one.decision, base)}" for one in tried)
    return f"{each[:1].upper()}{each[1:]}; with {assumed}, as assumed: {_outcome_words(base)}."


def differences(tried: Decision, base: Decision) -> tuple[str, ...]:
    """Say in words what else was decided otherwise, and who else must look or need not."""
    names = dict.fromkeys((*tried.stands, *base.stands))
    said = [
        f"{name.replace('_', ' ')}: {tried.stands.get(name) or 'not known'}"
        f" instead of {base.stands.get(name) or 'not known'}"
        for name in names
        if tried.stands.get(name) != base.stands.get(name)
    ]
    more, less = tried.reviews - base.reviews, base.reviews - tried.reviews
    said += [f"review by {level.replace('_', ' ')} ({code})" for code, level in sorted(more)]
    said += [f"no review by {level.replace('_', ' ')} ({code})" for code, level in sorted(less)]
    return tuple(said)


def _range(assumed: str, at_base: Decimal, tried: Sequence[tuple[Decimal, str]]) -> str:
    low, high = min(tried), max(tried)
    as_assumed = f"instead of {_figure(at_base)} with {assumed}"
    if low[0] == high[0]:
        return f"The outcome would be {_figure(low[0])} with {_either([value for _, value in tried])}, {as_assumed}."
    return (
        f"The outcome would lie between {_figure(low[0])} ({low[1]}) and {_figure(high[0])} ({high[1]}), {as_assumed}."
    )


def _number(decision: Decision) -> Decimal | None:
    outcome = decision.answer.get("outcome")
    if decision.status != "decided" or isinstance(outcome, bool) or not isinstance(outcome, int | float | str):
        return None
    try:
        number = Decimal(str(outcome))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _figure(number: Decimal) -> str:
    return f"{number:,.0f}" if abs(number) >= _GROUPED else str(plain(number))


def _outcome_words(decision: Decision) -> str:
    outcome = decision.answer.get("outcome")
    status = decision.status.replace("_", " ")
    if outcome is None or decision.status != "decided":
        return status
    return str(outcome).lower() if isinstance(outcome, bool) else str(outcome)


def _compared(tried: Decision, base: Decision) -> str:
    """Say the outcome and, where it is the same, what differs beside it."""
    words = _outcome_words(tried)
    found = differences(tried, base) if words == _outcome_words(base) else ()
    return f"{words} ({'; '.join(found[:_MOST_TOLD])})" if found else words


def _either(words: Sequence[str]) -> str:
    return " or ".join(part for part in (", ".join(words[:-1]), words[-1]) if part)


def _leaves_open(base: Decision, tried: Sequence[Decision], name: str, rules: RulesInForce) -> bool:
    """Tell whether a rule stays undetermined that the fact has a part in, be it by way of facts derived from it."""
    moved = {name}.union(*(_moved(base, one) for one in tried))
    reached = _reached(moved, rules)
    waiting = {one.rule_id for one in base.outcomes if one.state == "undetermined"}
    still = {one.rule_id for decision in tried for one in decision.outcomes if one.state == "undetermined"}
    return any(rule.id in waiting & still and rule.facts & reached for rule in rules.rules)


def _moved(base: Decision, tried: Decision) -> set[str]:
    values = [{name: fact.value for name, fact in one.facts.items()} for one in (base, tried)]
    return {name for name in values[0] | values[1] if values[0].get(name) != values[1].get(name)}


def _reached(moved: set[str], rules: RulesInForce) -> set[str]:
    """Add to some facts those that rules conclude from them, and so on."""
    reached = set(moved)
    while True:
        further = {name for rule in rules.rules if rule.facts & reached for name in rule.sets} - reached
        if not further:
            return reached
        reached |= further


def _near(limit: FactValue, kind: FactType) -> tuple[FactValue, ...]:
    match limit:
        case str():
            return (limit, f"another than {limit}") if kind is FactType.STRING else ((limit,), ())
        case tuple():
            return (*limit, "another") if kind is FactType.STRING else (limit, ())
        case _:
            return around(limit)


def _as_declared(definition: FactDefinition, bound: Decimal | None) -> FactValue | None:
    if bound is None or definition.type is not FactType.MONEY:
        return bound
    return Money(value=bound, currency=definition.currency) if definition.currency else None


def _is_within(definition: FactDefinition, value: FactValue) -> bool:
    amount = value.value if isinstance(value, Money) else value
    if isinstance(amount, bool) or not isinstance(amount, Decimal):
        return True
    low, high = definition.minimum, definition.maximum
    return (low is None or amount >= low) and (high is None or amount <= high)
