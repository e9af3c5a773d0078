"""Conditions, facts and rules for tests that hold for whatever there is of them."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Final

from hypothesis import strategies as st

from decision.decision import ClauseRef
from decision.expressions.evaluate import Compiled, compiled
from decision.expressions.syntax import (
    Arithmetic,
    Call,
    Comparison,
    Connection,
    Expression,
    FactName,
    Known,
    Literal,
    Membership,
    Negation,
    Not,
    fact_names,
)
from decision.expressions.types import Signature, ValueType
from decision.facts import FactDefinition, FactType, FactValue
from decision.policy_rule import PolicyRule

DAY: Final = date(2026, 6, 1)
BOOLEANS: Final = ("p", "q", "r")
NUMBERS: Final = ("x", "y")
WORDS: Final = ("red", "green", "blue")
DEFINITIONS: Final = {
    **{name: FactDefinition(name=name, title=name, type=FactType.BOOLEAN) for name in BOOLEANS},
    **{name: FactDefinition(name=name, title=name, type=FactType.NUMBER) for name in NUMBERS},
    "colour": FactDefinition(name="colour", title="colour", type=FactType.ENUM, values=WORDS),
    "idle": FactDefinition(name="idle", title="idle", type=FactType.STRING),
    "out": FactDefinition(name="out", title="out", type=FactType.NUMBER, derived=True),
}
SIGNATURE: Final = Signature({name: ValueType.declared(one) for name, one in DEFINITIONS.items()}, {})
KLEENE: Final = (False, None, True)

numbers = st.integers(0, 5).map(Decimal)


def sums() -> st.SearchStrategy[Expression]:
    leaves: st.SearchStrategy[Expression] = st.sampled_from(NUMBERS).map(FactName) | numbers.map(Literal)
    return st.recursive(leaves, _grown_sums, max_leaves=4)


def _grown_sums(inner: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    return (
        st.builds(Arithmetic, st.sampled_from("+-*/"), inner, inner)
        | st.builds(Negation, inner)
        | st.builds(Call, st.sampled_from(("min", "max")), st.tuples(inner, inner))
    )


def conditions(*, asking: bool = True) -> st.SearchStrategy[Expression]:
    """Conditions over the facts above; `asking` for those that ask whether something is known."""
    colours = st.lists(st.sampled_from(WORDS), unique=True).map(lambda words: Literal(tuple(words)))
    leaves: st.SearchStrategy[Expression] = (
        st.sampled_from(BOOLEANS).map(FactName)
        | st.booleans().map(Literal)
        | st.builds(Comparison, st.sampled_from(("==", "!=", "<", "<=", ">", ">=")), sums(), sums())
        | st.builds(Membership, st.just(FactName("colour")), colours, st.booleans())
    )
    if asking:
        leaves |= st.builds(Known, sums(), st.booleans())
    return st.recursive(leaves, _grown_conditions, max_leaves=6)


def _grown_conditions(inner: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    operands = st.lists(inner, min_size=2, max_size=3).map(tuple)
    return st.builds(Connection, st.sampled_from(("and", "or")), operands) | st.builds(Not, inner)


def known_facts() -> st.SearchStrategy[dict[str, FactValue]]:
    return st.fixed_dictionaries(
        {
            **{name: st.booleans() for name in BOOLEANS},
            **dict.fromkeys(NUMBERS, numbers),
            "colour": st.sampled_from(WORDS),
        }
    )


def rule(
    rule_id: str, condition: Expression, *, position: int, out: Expression | None = None, priority: int = 0
) -> PolicyRule:
    """Make a check of a condition, or a conclusion where there is something to give `out`."""
    sets: Mapping[str, Compiled] = {} if out is None else {"out": compiled(out)}
    named = fact_names(condition) | (fact_names(out) if out is not None else frozenset[str]())
    return PolicyRule(
        id=rule_id,
        title=rule_id,
        kind="check" if out is None else "conclusion",
        owner="owner",
        clause=ClauseRef(document_id="policy", key="1"),
        reference=None,
        effective_from=DAY,
        effective_to=None,
        condition=compiled(condition),
        applies_when=None,
        sets=sets,
        priority=priority,
        code="code",
        level="agent",
        message="message",
        measured=None,
        threshold=None,
        position=position,
        facts=named,
        parameters=frozenset(),
    )
