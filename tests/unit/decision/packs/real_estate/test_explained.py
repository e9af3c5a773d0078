"""What explanations tell of a valuation: steps of stated numbers, and what would move it out of review."""

from decimal import Decimal

import pytest
from pydantic import JsonValue
from towns import CaseOf, Town

from decision.engine import decide
from decision.facts import Case
from decision.packs.real_estate import PACK
from explain.clearing import ways_out
from explain.counterfactuals import counterfactuals
from explain.steps import stepped
from explain.trials import Trial


def trial_of(town: Town, case: Case) -> Trial:
    evidence = town.evidence(case)
    return Trial.of(PACK, case, evidence, decide(PACK, case, evidence))


def test_a_smaller_living_area_is_worth_less_and_the_amount_is_that_of_deciding_so(town: Town, case_of: CaseOf) -> None:
    trial = trial_of(town, case_of())
    told = stepped(trial, runs=1)
    assert [one.change for one in told] == [
        "If “Living area above ground” were 1500 square feet instead of 1600 square feet"
    ]
    smaller = trial.outline((("living_area", Decimal(1500)),), same_records=True)
    assert smaller is not None
    amounts = [f"USD {Decimal(str(one.answer['outcome'])):,.0f}" for one in (smaller, trial.before)]
    assert told[0].outcome == f"{amounts[0]} instead of {amounts[1]}, from the same sales and records"
    assert Decimal(str(smaller.answer["outcome"])) < Decimal(str(trial.before.answer["outcome"]))


def test_a_valuation_that_one_change_sends_elsewhere_is_not_decided_with_two(town: Town, case_of: CaseOf) -> None:
    trial = trial_of(town, case_of({"intended_use": "refinancing", "transaction_amount": 300_000}))
    assert counterfactuals(trial, runs=6, most_pairs=3)
    assert {len(changed) for changed in trial.known} == {1}


def test_every_told_step_moves_the_value(town: Town, case_of: CaseOf) -> None:
    told = stepped(trial_of(town, case_of()), runs=20)
    assert len(told) >= 2  # living area and condition at least; quality is not told by this town
    assert all(one.outcome.split()[1] != one.outcome.split()[4] for one in told)


@pytest.mark.parametrize(
    ("changes", "without", "code", "facts"),
    [
        ({}, ["condition"], "critical_field_assumed", ("condition",)),
        ({}, ["condition", "lot_area"], "critical_field_assumed", ("lot_area", "condition")),
        ({"waterfront": True}, [], "waterfront", ("waterfront",)),
        (
            {"intended_use": "refinancing", "transaction_amount": 900_000, "condition_basis": "inspection"},
            [],
            "appraisal_required",
            ("transaction_amount",),
        ),
        (
            {"intended_use": "refinancing", "transaction_amount": 9000},
            [],
            "not_an_evaluation_undetermined",
            ("condition_basis",),
        ),
    ],
)
def test_a_reason_is_cleared_by_the_facts_that_a_person_can_supply(
    town: Town, case_of: CaseOf, changes: dict[str, JsonValue], without: list[str], code: str, facts: tuple[str, ...]
) -> None:
    trial = trial_of(town, case_of(changes, without=without))
    ways = {way.code: way for way in ways_out(trial)}
    assert {one.code for one in trial.decision.escalations} == set(ways)
    assert ways[code].facts == facts
    assert len(ways[code].asks) == len(facts)
    assert len(ways[code].verified) == 1


def test_a_precision_that_no_fact_changes_is_left_to_other_evidence_or_a_person(town: Town, case_of: CaseOf) -> None:
    case = case_of({"proposed_sales": ["12 Elm Street; sold 2020-05-01 for 1.00"]})
    (way,) = (one for one in ways_out(trial_of(town, case)) if one.code == "proposed_sale_unverified")
    assert way.verified == ()
    assert "other evidence may, or a person" in way.needed
