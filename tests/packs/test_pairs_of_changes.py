"""Two changes that are told together are both needed, in the packs as they are, and cost no more than they may."""

import pytest

from decision.cases import case_of, load_cases
from decision.engine import decide
from decision.facts import Case, Fact
from decision.registry import packs
from explain.counterfactuals import MOST_PAIRS, MOST_RUNS, Counterfactual, counterfactuals
from explain.trials import Changed, Trial

REROUTED = "EU261: notice of 6 days, re-routing 2 h early and 3 h 59 min late"
COMPLAINT = "a lost meeting"


def tried(pack_name: str, row_name: str) -> tuple[Trial, tuple[Counterfactual, ...]]:
    pack = packs()[pack_name]
    (row,) = [row for row in load_cases(pack) if row.name == row_name]
    case = case_of(pack, row)
    trial = Trial.of(pack, case, {}, decide(pack, case, {}))
    return trial, counterfactuals(trial)


def answer(trial: Trial, changed: Changed) -> tuple[object, object]:
    """Decide from the beginning, in all words, as a caller would who sends the changed case."""
    facts = {name: Fact(name, value, "given") for name, value in changed}
    case = Case(trial.case.domain, trial.case.as_of, {**trial.case.facts, **facts})
    decision = decide(trial.pack, case, {}, probe=False)
    return decision.status, decision.answer["outcome"]


@pytest.mark.parametrize(
    ("pack_name", "row_name", "said"),
    [
        ("passenger_rights", REROUTED, "no compensation due under EU261"),
        ("passenger_rights", REROUTED.replace("EU261", "UK261"), "no compensation due under UK261"),
        ("reservation", COMPLAINT, "Allowed: give compensation; certificate USD 300"),
    ],
)
def test_neither_of_two_changes_gives_another_answer_and_both_do(pack_name: str, row_name: str, said: str) -> None:
    trial, told = tried(pack_name, row_name)
    both = next(one for one in told if one.together)
    assert both.outcome == said
    words = {trial.words(changed): changed for changed in trial.known}
    first, second = (words[one] for one in both.together)
    before = answer(trial, ())
    assert answer(trial, (*first, *second)) != before
    assert answer(trial, first) == before
    assert answer(trial, second) == before


@pytest.mark.parametrize(("pack_name", "row_name"), [("passenger_rights", REROUTED), ("reservation", COMPLAINT)])
def test_the_work_for_one_case_is_bounded(pack_name: str, row_name: str) -> None:
    trial, _ = tried(pack_name, row_name)
    pairs = [changed for changed in trial.known if len(changed) > 1]
    assert 0 < len(pairs) <= MOST_PAIRS
    assert len(trial.known) - len(pairs) < MOST_RUNS
