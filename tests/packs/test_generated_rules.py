"""Every rule of every pack comes to the same by the generated function and by the tree of its condition."""

import pytest

from decision.cases import case_of, load_cases
from decision.engine import grounded
from decision.evaluation import DEFEATED, NOT_APPLICABLE
from decision.expressions.evaluate import Reading, Unknown
from decision.facts import DecisionError
from decision.policy_rule import PolicyRule
from decision.registry import packs
from decision.ruling import rule_on


def by_the_tree(rule: PolicyRule, reading: Reading) -> object:
    applies = True if rule.applies_when is None else rule.applies_when.evaluate(reading)
    result = rule.condition.evaluate(reading) if applies is True else applies
    if isinstance(result, Unknown):
        return None
    return result if applies is True else NOT_APPLICABLE


@pytest.mark.parametrize("name", sorted(packs()))
def test_rules_come_to_what_their_conditions_say(name: str) -> None:
    pack, compared = packs()[name], 0
    for row in load_cases(pack):
        try:
            rules, ground = grounded(pack, case_of(pack, row), {})
        except DecisionError:
            continue
        ruling = rule_on(rules, ground)
        values = {fact: found.value for fact, found in ruling.facts.items()}
        for rule, came in zip(rules.rules, ruling.came, strict=True):
            if rule.position in rules.period.prevailing and came in {DEFEATED, None}:
                continue  # another rule has its say, which is tested by properties
            assert came == by_the_tree(rule, Reading(values, rules.parameters.values)), (row.name, rule.id)
            compared += 1
    assert compared > 100
