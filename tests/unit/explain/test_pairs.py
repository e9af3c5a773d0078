"""Counterfactuals of two facts that need each other: told where no single one does, and neither is spare."""

from pathlib import Path

import pytest
from lending import FACTS, RULES, LoanPack, case_of, changes, pack_of, trial_of

from explain.counterfactuals import MOST_PAIRS, Counterfactual, counterfactuals

RULES_THAT_REFUSE = """
[otherwise]
granted = "true"

[[rule]]
id = "UNVERIFIED"
title = "Refused, for income is not verified"
kind = "conclusion"
owner = "risk"
clause = "policy#1"
effective_from = 2020-01-01
condition = "not verified"
sets = { granted = "false" }

[[rule]]
id = "TOO_OLD"
title = "Refused, for the file is old"
kind = "conclusion"
owner = "risk"
clause = "policy#2"
effective_from = 2020-01-01
condition = "age > 30 days"
sets = { granted = "false" }
"""

NOTED_FOR_ITSELF = """
[[rule]]
id = "NOTED"
title = "The waiting time is noted"
kind = "conclusion"
owner = "risk"
clause = "policy#2"
effective_from = 2020-01-01
condition = "waited >= 10 and purpose == 'buy'"
sets = { noted = "true" }
"""

AMOUNT = "“Amount of the loan” were USD 399,999 instead of USD 400,000"
VERIFIED = "“Income is verified” were yes instead of no"
BOTH = "(two changes together; neither alone does it)"


@pytest.fixture
def pack(tmp_path: Path) -> LoanPack:
    return pack_of(tmp_path, RULES)


def test_where_no_change_of_one_fact_is_enough_two_are_told_and_neither_is_spare(pack: LoanPack) -> None:
    case = case_of(pack, amount="400000", verified=False)
    trial = trial_of(pack, case)
    (found,) = counterfactuals(trial)
    assert found.change == f"If {AMOUNT}, and {VERIFIED} {BOTH}"
    assert found.together == (f"If {AMOUNT}", f"If {VERIFIED}")
    assert found.outcome == "The loan is granted"
    (both,) = [changed for changed in trial.known if len(changed) == 2]
    answers = {changed: one.answer["outcome"] for changed, one in trial.known.items() if one is not None}
    assert answers[both] == "granted"
    assert [answers[one,] for one in both] == ["refused", "refused"]


def test_rules_that_block_each_other_are_cleared_together(tmp_path: Path) -> None:
    pack = pack_of(tmp_path, RULES_THAT_REFUSE)
    told = changes(pack, case_of(pack, verified=False, age="40 days", wait=None))
    assert told == [
        (
            f"If “Age of the file” were 30 days instead of 40 days, and {VERIFIED} {BOTH}",
            "The loan is granted",
        )
    ]


def test_facts_that_no_rule_reads_together_are_not_paired(tmp_path: Path) -> None:
    pack = pack_of(tmp_path, RULES_THAT_REFUSE + NOTED_FOR_ITSELF)
    case = case_of(pack, verified=False, age="5 days", purpose="let_out", wait=12)
    trial = trial_of(pack, case)
    assert any(one.outcome == "The loan is granted" for one in counterfactuals(trial))
    refused = case_of(pack, verified=False, age="40 days", purpose="let_out", wait=12)
    trial = trial_of(pack, refused)
    counterfactuals(trial)
    pairs = [{name for name, _ in changed} for changed in trial.known if len(changed) == 2]
    assert pairs == [{"age", "verified"}]


def test_pairs_are_tried_within_a_budget(pack: LoanPack) -> None:
    case = case_of(pack, amount="400000", verified=False)
    trial = trial_of(pack, case)
    assert counterfactuals(trial, most_pairs=0) == ()
    assert not [changed for changed in trial.known if len(changed) > 1]
    many = case_of(pack, amount="400000", verified=False, purpose="let_out")
    trial = trial_of(pack, many)
    assert counterfactuals(trial) == ()  # three changes would be needed
    assert len([changed for changed in trial.known if len(changed) > 1]) <= MOST_PAIRS


def test_where_one_fact_is_enough_nothing_more_is_decided(pack: LoanPack) -> None:
    for pack.numeric in (False, True):
        case = case_of(pack)
        trial = trial_of(pack, case)
        assert counterfactuals(trial)
        assert not [changed for changed in trial.known if len(changed) > 1]


def test_what_somebody_can_still_choose_is_paired_where_the_rest_is_out_of_reach(tmp_path: Path) -> None:
    rules = RULES.replace('condition = "amount <', 'condition = "age < 3 days or amount <')
    pack = pack_of(tmp_path, rules)
    case = case_of(pack, amount="400000", verified=False)
    assert [change for change, _ in changes(pack, case)] == [
        "If “Age of the file” were 2 days 23 h 59 min instead of 5 days"
    ]
    reachable = FACTS.replace('title = "Amount of the loan"', 'title = "Amount of the loan"\nwithin_reach = true')
    reachable = reachable.replace('title = "Income is verified"', 'title = "Income is verified"\nwithin_reach = true')
    pack = pack_of(tmp_path, rules, reachable)
    told = [change for change, _ in changes(pack, case_of(pack, amount="400000", verified=False))]
    assert told == [
        "If “Age of the file” were 2 days 23 h 59 min instead of 5 days",
        f"If {AMOUNT}, and {VERIFIED} {BOTH}",
    ]


def test_what_was_recorded_without_pairs_keeps_its_bytes() -> None:
    assert Counterfactual(change="If so", outcome="then").model_dump() == {"change": "If so", "outcome": "then"}
