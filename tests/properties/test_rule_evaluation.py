"""Properties of whole rule books: the generated function, the order of things, and what is learned later."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import product

from expressing import BOOLEANS, DAY, DEFINITIONS, NUMBERS, conditions, known_facts, rule
from hypothesis import given
from hypothesis import strategies as st

from decision.evaluation import DEFEATED, Came, Period
from decision.expressions.evaluate import Reading, Unknown
from decision.expressions.syntax import Expression, Literal
from decision.facts import Fact, FactValue
from decision.parameters import Parameters
from decision.policy_rule import PolicyRule
from decision.rules import RulesInForce
from decision.ruling import Ground, Ruling, rule_on

KINDS = ("conclusion", "review", "check")
Values = Mapping[str, FactValue | None]


@dataclass(frozen=True)
class Sketch:
    """A rule to be: its condition, kind, value, priority, and whether it may be outdone by the rules before it."""

    condition: Expression
    kind: str
    value: int
    priority: int
    subject: bool


def sketches(*, asking: bool = True) -> st.SearchStrategy[list[Sketch]]:
    one = st.builds(
        Sketch,
        conditions(asking=asking),
        st.sampled_from(KINDS),
        st.integers(0, 2),
        st.integers(0, 2),
        st.booleans(),
    )
    return st.lists(one, min_size=1, max_size=5)


def rules_of(sketched: Sequence[Sketch]) -> tuple[PolicyRule, ...]:
    found: list[PolicyRule] = []
    for position, one in enumerate(sketched):
        out = Literal(Decimal(one.value)) if one.kind == "conclusion" else None
        made = rule(f"R{position}", one.condition, position=position, out=out, priority=one.priority)
        over = tuple(other.id for other in found if other.kind != "check") if one.subject else ()
        kind = "review" if one.kind == "review" else made.kind
        found.append(replace(made, subject_to=over, kind=kind))
    return tuple(found)


def hidden_facts() -> st.SearchStrategy[set[str]]:
    return st.sets(st.sampled_from((*BOOLEANS, *NUMBERS, "colour")))


def partly(facts: Mapping[str, FactValue], hidden: set[str]) -> dict[str, FactValue | None]:
    return {name: None if name in hidden else value for name, value in facts.items()}


def ruled(rules: tuple[PolicyRule, ...], values: Values, steps: Sequence[PolicyRule] | None = None) -> Ruling:
    facts = {name: Fact(name, values.get(name), "given") for name in DEFINITIONS}
    period = Period(rules, (*(rules if steps is None else steps), "out"), {}, {})
    return rule_on(RulesInForce(period, Parameters(DAY, {}, {})), Ground(facts, DEFINITIONS, {}))


def by_the_tree(rules: Sequence[PolicyRule], values: Values) -> tuple[dict[str, Came], FactValue | None]:
    """Work out what every rule comes to and what is concluded, slowly and from the definitions."""
    came: dict[str, Came] = {}
    for one in rules:
        result = one.condition.evaluate(Reading(values, {}))
        own = None if isinstance(result, Unknown) else result is True
        others = [came[other] for other in one.subject_to]
        idle = one.kind == "check"
        if own is not idle and True in others:
            came[one.id] = DEFEATED
        elif own is not idle and None in others:
            came[one.id] = None
        else:
            came[one.id] = own
    return came, _concluded(rules, came)


def _concluded(rules: Sequence[PolicyRule], came: Mapping[str, Came]) -> FactValue | None:
    """Try every way in which the undetermined rules may come out; what all agree on is concluded."""
    setting = [one for one in rules if one.sets]
    ways = product(*((True, False) if came[one.id] is None else (came[one.id] is True,) for one in setting))
    found = {_given([one for one, holds in zip(setting, way, strict=True) if holds]) for way in ways}
    return found.pop() if len(found) == 1 else None


def _given(held: Sequence[PolicyRule]) -> Decimal | None:
    best = max((one.priority for one in held), default=None)
    given = {_value(one) for one in held if one.priority == best}
    return given.pop() if len(given) == 1 else None


def _value(one: PolicyRule) -> Decimal:
    value = one.sets["out"].evaluate(Reading({}, {}))
    assert isinstance(value, Decimal)
    return value


@given(sketches(), known_facts(), hidden_facts())
def test_the_generated_function_comes_to_what_the_definitions_say(
    sketched: list[Sketch], facts: dict[str, FactValue], hidden: set[str]
) -> None:
    rules, values = rules_of(sketched), partly(facts, hidden)
    ruling = ruled(rules, values)
    came, concluded = by_the_tree(rules, values)
    assert dict(zip(came, ruling.came, strict=True)) == came
    assert ruling.facts["out"].value == concluded


@given(sketches(), known_facts(), hidden_facts())
def test_a_trace_said_again_is_the_trace_said_for_the_first_time(
    sketched: list[Sketch], facts: dict[str, FactValue], hidden: set[str]
) -> None:
    rules, values = rules_of(sketched), partly(facts, hidden)
    period = Period(rules, (*rules, "out"), {}, {})
    in_force = RulesInForce(period, Parameters(DAY, {}, {}))

    def outcomes(known: Values) -> tuple[object, ...]:
        ground = Ground({name: Fact(name, known.get(name), "given") for name in DEFINITIONS}, DEFINITIONS, {})
        return tuple((one, one.because) for one in rule_on(in_force, ground).outcomes)

    outcomes(facts)
    again = [outcomes(values) for _ in range(3)]  # worked out or found, found, and found with all that became of it
    period.shelves.clear()
    assert again == [outcomes(values)] * 3


@given(sketches(), known_facts(), hidden_facts(), st.randoms(use_true_random=False))
def test_the_order_of_facts_and_rules_changes_nothing(
    sketched: list[Sketch], facts: dict[str, FactValue], hidden: set[str], chance: random.Random
) -> None:
    rules, values = rules_of(sketched), partly(facts, hidden)
    mixed = list(values.items())
    chance.shuffle(mixed)
    other_rules = list(rules)
    chance.shuffle(other_rules)
    ruling, other = ruled(rules, values), ruled(tuple(other_rules), dict(mixed), steps=rules)
    by_id = {one.rule_id: one for one in other.outcomes}
    assert all(
        (one.state, set(one.defeated_by)) == (by_id[one.rule_id].state, set(by_id[one.rule_id].defeated_by))
        for one in ruling.outcomes
    )
    assert other.facts["out"].value == ruling.facts["out"].value


@given(sketches(asking=False), known_facts(), hidden_facts())
def test_learning_a_fact_never_turns_an_effect_that_was_determined(
    sketched: list[Sketch], facts: dict[str, FactValue], hidden: set[str]
) -> None:
    rules = rules_of(sketched)
    before, after = ruled(rules, partly(facts, hidden)), ruled(rules, facts)
    for one, other in zip(before.outcomes, after.outcomes, strict=True):
        if one.result == "fail" or (one.kind == "conclusion" and one.state == "held"):
            assert other.state == one.state
        elif one.state != "undetermined":  # without effect, it stays so
            assert other.result != "fail"
            assert other.kind != "conclusion" or other.state != "held"
    if before.facts["out"].value is not None:
        assert after.facts["out"].value == before.facts["out"].value


@given(sketches(), known_facts(), hidden_facts())
def test_an_undetermined_rule_says_what_it_waits_for(
    sketched: list[Sketch], facts: dict[str, FactValue], hidden: set[str]
) -> None:
    ruling = ruled(rules_of(sketched), partly(facts, hidden))
    for one in ruling.outcomes:
        if one.state == "undetermined":
            gap = ruling.gaps[one.rule_id]
            assert gap.facts <= hidden
            assert gap.facts or gap.reasons
