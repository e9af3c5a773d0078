"""Finds out what assumptions and missing facts are worth, by deciding the case again with other values."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal, InvalidOperation
from typing import Final

from decision.decision import Assumption, Decision, MissingFact
from decision.expressions.evaluate import Compiled, Reading, Unknown
from decision.expressions.syntax import Comparison, FactName, Membership
from decision.facts import Fact, FactDefinition, FactType, FactValue, Money
from decision.rules import RulesInForce
from decision.values import plain

Probe = Callable[[str, FactValue], Decision]
"""Decides the case again as if a fact had been given with this value."""

_MOST: Final = 12
_GROUPED: Final = 10_000


@dataclass(frozen=True, slots=True)
class Tried:
    """A value that a fact was tried with, in plain words, and the decision that it gave."""

    value: str
    decision: Decision


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
) -> tuple[MissingFact, ...]:
    """List facts to ask for; one cannot change the outcome only if no value does and no rule stays undetermined."""
    values = {name: base.facts[name].value if name in base.facts else None for name in definitions}
    reading = Reading(values, rules.parameters.values)
    missing: list[MissingFact] = []
    for name in names:
        definition = definitions[name]
        candidates = possible_values(definition, rules, reading) if probe else ()
        decisions = [probe(name, value) for value in candidates] if probe else []
        matters = not decisions or any(_differs(base, decision, name) for decision in decisions)
        why = definition.ask or f"{definition.title} is not known."
        missing.append(MissingFact(fact=name, why=why, changes_outcome=matters))
    return tuple(missing)


def possible_values(definition: FactDefinition, rules: RulesInForce, reading: Reading) -> tuple[FactValue, ...]:
    """List values worth trying: all of a boolean or enum, else those around the limits that rules compare it with."""
    match definition.type:
        case FactType.BOOLEAN:
            return (True, False)
        case FactType.ENUM:
            return definition.values
        case _:
            limits = _limits(definition.name, rules, reading)
            around = [value for limit in limits for value in _around(limit, definition.type)]
            bounds = [_as_declared(definition, bound) for bound in (definition.minimum, definition.maximum)]
            candidates = [*around, *bounds, definition.example, *definition.alternatives]
            allowed = [value for value in candidates if value is not None and _is_within(definition, value)]
            return tuple(dict.fromkeys(allowed))[:_MOST]


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
        changes_outcome=not tried or any(one.decision.outcome != base.outcome for one in tried),
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
    changed = [one for one in tried if one.decision.outcome != base.outcome]
    if not changed:
        return f"The outcome stays the same with {_either([one.value for one in tried])} instead of {assumed}."
    numbers = [(_number(one.decision), one.value) for one in tried]
    at_base = _number(base)
    known = [(number, value) for number, value in numbers if number is not None]
    if at_base is not None and len(known) == len(numbers):
        return _range(assumed, at_base, known)
    each = "; ".join(f"with {one.value}: {_outcome_words(one.decision)}" for one in tried)
    return f"{each[:1].upper()}{each[1:]}; with {assumed}, as assumed: {_outcome_words(base)}."


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


def _either(words: Sequence[str]) -> str:
    return " or ".join(part for part in (", ".join(words[:-1]), words[-1]) if part)


def _differs(base: Decision, tried: Decision, name: str) -> bool:
    if tried.outcome != base.outcome:
        return True
    waiting = {one.rule_id for one in base.outcomes if one.state == "undetermined"}
    still = {one.rule_id for one in tried.outcomes if one.state == "undetermined" and name in one.facts_read}
    return bool(waiting & still)


def _limits(name: str, rules: RulesInForce, reading: Reading) -> list[FactValue]:
    found: list[FactValue] = []
    for part in _comparisons(rules):
        sides = (part.parts, part.parts[::-1])
        for side, other in sides:
            limit = other.evaluate(reading)
            if (
                isinstance(side.expression, FactName)
                and side.expression.name == name
                and not isinstance(limit, Unknown)
            ):
                found.append(limit)
    return list(dict.fromkeys(found))


def _comparisons(rules: RulesInForce) -> Iterator[Compiled]:
    for rule in rules.rules:
        for part in (rule.condition, rule.applies_when):
            if part is not None:
                yield from _comparisons_in(part)


def _comparisons_in(part: Compiled) -> Iterator[Compiled]:
    if isinstance(part.expression, Comparison | Membership):
        yield part
    for inner in part.parts:
        yield from _comparisons_in(inner)


def _around(limit: FactValue, kind: FactType) -> tuple[FactValue, ...]:
    """List a limit and its neighbours on both sides, so that a comparison comes out both ways."""
    around: tuple[FactValue, ...]
    match limit:
        case bool():
            around = ()
        case Decimal():
            around = tuple(limit + step for step in _steps(limit))
        case Money():
            around = tuple(Money(value=limit.value + step, currency=limit.currency) for step in _steps(limit.value))
        case timedelta():
            around = (limit, limit - timedelta(minutes=1), limit + timedelta(minutes=1))
        case str():
            around = (limit, f"another than {limit}") if kind is FactType.STRING else ((limit,), ())
        case tuple():
            around = (*limit, "another") if kind is FactType.STRING else (limit, ())
        case _:
            around = (limit, limit - timedelta(days=1), limit + timedelta(days=1))
    return around


def _steps(limit: Decimal) -> tuple[Decimal, ...]:
    step = Decimal(1) if limit == limit.to_integral_value() else abs(limit) / 10
    return (Decimal(0), -step, step)


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
