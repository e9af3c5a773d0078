"""Counterfactuals: each changes one fact just enough for another outcome, and deciding again confirms it."""

from dataclasses import replace
from pathlib import Path

import pytest
from lending import RULES, LoanPack, case_of, changes, pack_of

from decision.decision import ClauseRef
from decision.engine import decide
from explain.candidates import candidates
from explain.counterfactuals import counterfactuals
from explain.trials import Trial


@pytest.fixture
def pack(tmp_path: Path) -> LoanPack:
    return pack_of(tmp_path, RULES)


def test_each_fact_is_moved_just_across_the_limit_and_the_smallest_change_comes_first(pack: LoanPack) -> None:
    refused = "The loan is refused"
    assert changes(pack, case_of(pack)) == [
        ("If “Day of purchase” were 2024-07-01 instead of 2024-06-01", refused),
        ("If “Amount of the loan” were USD 400,000 instead of USD 320,000", refused),
        ("If “Waiting time” were 9 days instead of 12 days", refused),
        ("If “Income is verified” were no instead of yes", refused),
        ("If “Purpose” were let out instead of buy", refused),
    ]


def test_a_refusal_shows_the_way_to_a_grant(pack: LoanPack) -> None:
    assert changes(pack, case_of(pack, amount="400000")) == [
        ("If “Amount of the loan” were USD 399,999 instead of USD 400,000", "The loan is granted"),
    ]


def test_every_change_was_confirmed_by_deciding_again(pack: LoanPack) -> None:
    case = case_of(pack)
    before = decide(pack, case, {}, probe=False)
    tried = candidates(case, before.facts, pack.schema.definitions, pack.rulebook.on(case.as_of))
    flipped = 0
    for one in tried:
        fact = replace(case.facts[one.fact], value=one.value)
        after = decide(pack, replace(case, facts={**case.facts, one.fact: fact}), {}, probe=False)
        flipped += after.outcome != before.outcome
    assert flipped == len(changes(pack, case))
    assert len(tried) > flipped


def test_the_work_is_bounded(pack: LoanPack) -> None:
    case = case_of(pack)
    assert changes(pack, case, runs=0) == []
    assert 0 < len(changes(pack, case, runs=3)) <= 3


def test_a_numeric_outcome_is_compared_by_who_must_look(pack: LoanPack) -> None:
    pack.numeric = True
    assert changes(pack, case_of(pack)) == [
        (
            "If “Age of the file” were 30 days 1 min instead of 5 days",
            "a desk review would be required: The file is old.",
        )
    ]
    assert changes(pack, case_of(pack, age="40 days")) == [
        ("If “Age of the file” were 30 days instead of 40 days", "no person would have to look at it")
    ]


def test_a_stale_rule_asks_for_review_before_and_after(pack: LoanPack) -> None:
    pack.numeric = True
    case = case_of(pack)
    decision = decide(pack, case, {}, frozenset({ClauseRef(document_id="policy", key="1")}), probe=False)
    assert decision.escalations
    assert counterfactuals(Trial.of(pack, case, {}, decision)) == ()


def test_clauses_that_the_caller_knows_to_be_changed_count_before_and_after(pack: LoanPack) -> None:
    pack.numeric, pack.asked = True, ("limit",)
    case = case_of(pack, age="40 days")
    changed = frozenset({ClauseRef(document_id="policy", key="1")})
    decision = decide(pack, case, {}, changed)
    told = counterfactuals(Trial.of(pack, case, {}, decision, changed))
    assert not [one for one in told if "no person" in one.outcome]


def test_a_missing_fact_that_matters_is_not_forgotten_in_the_trials(pack: LoanPack) -> None:
    pack.counts = True
    case = case_of(pack, age="40 days", wait=None)
    decision = decide(pack, case, {})
    assert {reason.code for reason in decision.escalations} == {"file_old", "missing_fact"}
    assert counterfactuals(Trial.of(pack, case, {}, decision)) == ()
    known = case_of(pack, age="40 days")
    (freed,) = counterfactuals(Trial.of(pack, known, {}, decide(pack, known, {})))
    assert freed.outcome == "no person would have to look at it"


def test_what_else_is_decided_is_told_where_the_answer_stays_the_same(pack: LoanPack) -> None:
    pack.says = "looked at"
    assert changes(pack, case_of(pack))[0] == (
        "If “Day of purchase” were 2024-07-01 instead of 2024-06-01",
        "granted: false instead of true",
    )


def test_a_change_that_asks_for_other_evidence_is_not_tried(pack: LoanPack) -> None:
    pack.asks_by_purpose = True
    assert not [change for change, _ in changes(pack, case_of(pack)) if "Purpose" in change]


def test_bounds_and_days_to_come_are_respected(pack: LoanPack) -> None:
    case = case_of(pack, bought_on="2025-01-01", amount="0")
    decision = decide(pack, case, {}, probe=False)
    tried = candidates(case, decision.facts, pack.schema.definitions, pack.rulebook.on(case.as_of))
    assert {str(one.value) for one in tried if one.fact == "bought_on"} == {"2024-06-30"}
    assert {str(one.value) for one in tried if one.fact == "amount"} == {"USD 400,000"}
    assert not [one for one in tried if one.fact == "note"]


def test_an_open_case_can_be_settled_by_another_fact(pack: LoanPack) -> None:
    facts = {name: fact for name, fact in case_of(pack).facts.items() if name != "verified"}
    case = replace(case_of(pack), facts=facts)
    assert decide(pack, case, {}, probe=False).status == "needs_facts"
    assert ("If “Waiting time” were 9 days instead of 12 days", "The loan is refused") in changes(pack, case)
