"""Folds: everyone in one, the same ones every time, and shared passages never on both sides."""

import pytest

from evals.tuning.folds import Folding, connected, folds

SHARING = [{"a"}, {"b"}, {"a", "c"}, {"d"}, {"c"}, {"e"}, set[str]()]


def test_questions_are_connected_through_others() -> None:
    groups = connected(SHARING).tolist()
    assert groups[0] == groups[2] == groups[4]
    assert len(set(groups)) == 5


def test_grouped_folds_keep_sharing_questions_together() -> None:
    found = folds(SHARING, 3, "grouped").tolist()
    assert found[0] == found[2] == found[4]
    assert set(found) == {0, 1, 2}


@pytest.mark.parametrize("folding", ["grouped", "plain"])
def test_folds_are_even_and_the_same_every_time(folding: Folding) -> None:
    alone = [{str(one)} for one in range(50)]
    found = folds(alone, 5, folding)
    assert sorted(found.tolist()) == [number for number in range(5) for _ in range(10)]
    assert found.tolist() == folds(alone, 5, folding).tolist()
