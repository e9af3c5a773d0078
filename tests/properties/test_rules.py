"""Properties of expressions and rules that hold for whatever facts and conditions there are."""

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from itertools import product

import pytest
from expressing import BOOLEANS, DAY, DEFINITIONS, KLEENE, NUMBERS, SIGNATURE, conditions, known_facts, rule
from hypothesis import given
from hypothesis import strategies as st

from decision.evaluation import Period
from decision.expressions.evaluate import Reading, Result, Unknown, compiled
from decision.expressions.parser import parse
from decision.expressions.syntax import Expression, ExpressionError, Literal, ParameterName, fact_names, unparse
from decision.expressions.words import because
from decision.facts import Fact, FactValue
from decision.parameters import Parameters
from decision.policy_rule import PolicyRule
from decision.rules import RulesInForce
from decision.ruling import Ground, Ruling, rule_on


def read(source: str) -> Expression | ExpressionError:
    try:
        return parse(source)
    except ExpressionError as refused:
        return refused


def value_of(expression: Expression, facts: Mapping[str, FactValue | None]) -> Result:
    return compiled(expression).evaluate(Reading(facts, {}))


def truth(source: str, facts: Mapping[str, FactValue | None]) -> bool | None:
    result = value_of(parse(source), facts)
    return None if isinstance(result, Unknown) else result is True


@pytest.mark.parametrize(("p", "q", "r"), [*product(KLEENE, repeat=3)])
def test_connections_are_kleenes_strong_logic(*, p: bool | None, q: bool | None, r: bool | None) -> None:
    rank = {False: 0, None: 1, True: 2}
    facts = {"p": p, "q": q, "r": r}
    assert truth("p and q and r", facts) is min((p, q, r), key=lambda value: rank[value])
    assert truth("p or q or r", facts) is max((p, q, r), key=lambda value: rank[value])
    assert truth("not p", facts) is (None if p is None else not p)
    assert truth("not (p and q)", facts) is truth("not p or not q", facts)
    assert truth("p and (q or r)", facts) is truth("p and q or p and r", facts)
    assert truth("p and q", facts) is truth("q and p", facts)
    assert truth("p is known", facts) is (p is not None)


@given(conditions())
def test_what_is_written_is_read_back(condition: Expression) -> None:
    assert parse(unparse(condition)) == condition


quantities = st.timedeltas(timedelta(0), timedelta(days=90)).map(
    lambda one: one - timedelta(microseconds=one.microseconds)
)
texts = st.text(st.characters(codec="ascii", exclude_categories=("Cc",), exclude_characters="'"))


@given(quantities | st.dates() | texts | st.lists(texts).map(tuple) | st.decimals(0, 1000, places=3))
def test_literals_are_read_back(value: FactValue) -> None:
    assert parse(unparse(Literal(value))) == Literal(value)


@given(st.text(st.sampled_from("ab$.,()[]<>=!+-*/'\" 1h") | st.characters(), max_size=40))
def test_whatever_is_typed_is_read_or_refused_with_a_column(source: str) -> None:
    outcome = read(source)
    if isinstance(outcome, ExpressionError):
        assert 1 <= outcome.column <= len(source) + 1
    else:
        assert parse(unparse(outcome)) == outcome


@given(conditions(), known_facts())
def test_every_condition_fits_its_types_and_comes_to_something(
    condition: Expression, facts: dict[str, FactValue]
) -> None:
    SIGNATURE.require_condition(condition)
    result = value_of(condition, facts)
    assert result is True or result is False or (isinstance(result, Unknown) and result.reasons)


@given(conditions(asking=False), known_facts(), st.sets(st.sampled_from((*BOOLEANS, *NUMBERS, "colour"))))
def test_learning_a_fact_never_turns_what_was_determined(
    condition: Expression, facts: dict[str, FactValue], hidden: set[str]
) -> None:
    partly = {name: None if name in hidden else value for name, value in facts.items()}
    before = value_of(condition, partly)
    if not isinstance(before, Unknown):
        assert value_of(condition, facts) == before


@given(conditions(), known_facts(), st.sets(st.sampled_from((*BOOLEANS, *NUMBERS, "colour"))))
def test_unknown_names_only_unknown_facts_that_were_read(
    condition: Expression, facts: dict[str, FactValue], hidden: set[str]
) -> None:
    partly = {name: None if name in hidden else value for name, value in facts.items()}
    reading = Reading(partly, {})
    result = compiled(condition).evaluate(reading)
    assert set(reading.facts_read) <= fact_names(condition)
    if isinstance(result, Unknown):
        assert result.facts <= hidden & set(reading.facts_read)
        assert result.facts or result.reasons


@given(conditions(), known_facts(), st.sets(st.sampled_from((*BOOLEANS, *NUMBERS, "colour"))))
def test_a_reason_can_be_given_for_whatever_came_out(
    condition: Expression, facts: dict[str, FactValue], hidden: set[str]
) -> None:
    partly = {name: None if name in hidden else value for name, value in facts.items()}
    assert because(compiled(condition), Reading(partly, {}), DEFINITIONS)


def check_of(condition: Expression) -> PolicyRule:
    return rule("CHECK", condition, position=0)


def ruled(
    rules: tuple[PolicyRule, ...], values: Mapping[str, FactValue | None], *, default: Expression | None = None
) -> Ruling:
    facts = {name: Fact(name, values.get(name), "given") for name in DEFINITIONS}
    steps = (*rules, "out")
    otherwise = {} if default is None else {"out": compiled(default)}
    in_force = RulesInForce(Period(rules, steps, otherwise, {}), Parameters(DAY, {}, {}))
    return rule_on(in_force, Ground(facts, DEFINITIONS, {}))


@given(conditions(), known_facts(), st.sets(st.sampled_from((*BOOLEANS, *NUMBERS, "colour"))))
def test_undetermined_never_passes(condition: Expression, facts: dict[str, FactValue], hidden: set[str]) -> None:
    partly = {name: None if name in hidden else value for name, value in facts.items()}
    (outcome,) = ruled((check_of(condition),), partly).outcomes
    result = value_of(condition, partly)
    assert (outcome.result == "pass") is (result is True)
    assert (outcome.result == "undetermined") is isinstance(result, Unknown)


@given(conditions(), known_facts(), st.text(min_size=1))
def test_a_fact_that_no_rule_names_changes_nothing(
    condition: Expression, facts: dict[str, FactValue], idle: str
) -> None:
    rules = (check_of(condition),)
    without, within = ruled(rules, facts), ruled(rules, {**facts, "idle": idle})
    assert without.outcomes == within.outcomes
    assert {**without.facts, "idle": None} == {**within.facts, "idle": None}


@given(
    st.lists(st.tuples(conditions(asking=False), st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=4),
    known_facts(),
    st.sets(st.sampled_from((*BOOLEANS, *NUMBERS, "colour"))),
    st.none() | st.integers(0, 2),
)
def test_a_conclusion_stands_whatever_is_learned_later(
    concluding: list[tuple[Expression, int, int]], facts: dict[str, FactValue], hidden: set[str], default: int | None
) -> None:
    rules = tuple(
        rule(f"C{position}", condition, position=position, out=Literal(Decimal(value)), priority=priority)
        for position, (condition, value, priority) in enumerate(concluding)
    )
    otherwise = None if default is None else Literal(Decimal(default))
    partly = {name: None if name in hidden else value for name, value in facts.items()}
    before = ruled(rules, partly, default=otherwise).facts["out"].value
    after = ruled(rules, facts, default=otherwise).facts["out"].value
    if before is not None:
        assert after == before


def test_a_parameter_is_written_with_its_mark() -> None:
    assert unparse(ParameterName("limit")) == "$limit"
