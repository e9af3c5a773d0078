"""A learned order: what changes it, and what must not."""

import pytest
from pydantic import ValidationError
from ranking import TRAINED_ON, candidate, names, ranker

from retrieval.ranker import Ranker, stretched

QUESTION = "when is a hotel owed"
FOUND = [
    candidate("a", 0.9, "Nothing of it."),
    candidate("b", 0.6, "A hotel."),
    candidate("c", 0.3, "A hotel is owed when it is late."),
]


def test_weights_decide_the_order_and_scores_keep_their_range() -> None:
    found = ranker(covered=1.0).ordered(QUESTION, FOUND)
    assert names(found) == ["c", "b", "a"]
    assert (found[0].score, found[-1].score) == (0.9, 0.3)
    assert found[0].stages["untuned"] == 0.3
    assert found[0].stages["ranker"] > found[1].stages["ranker"]


def test_the_order_of_candidates_does_not_matter() -> None:
    learned = ranker(covered=1.0, score=0.2, score_rank=-0.3)
    assert learned.ordered(QUESTION, FOUND[::-1]) == learned.ordered(QUESTION, FOUND)


def test_a_feature_that_is_the_same_for_all_has_no_effect() -> None:
    without = [one.score for one in ranker(covered=1.0).ordered(QUESTION, FOUND)]
    added = [one.score for one in ranker(covered=1.0, depth=50.0, rerank=-50.0).ordered(QUESTION, FOUND)]
    assert added == pytest.approx(without)


def test_what_is_beyond_the_pool_stays_behind() -> None:
    small = ranker(covered=1.0).model_copy(update={"pool": 2})
    assert names(small.ordered(QUESTION, FOUND)) == ["b", "a", "c"]


@pytest.mark.parametrize("stage", ["named", "defined"])
def test_what_a_ranker_never_learned_to_weigh_counts_as_it_did(stage: str) -> None:
    lifted = FOUND[0].model_copy(update={"stages": {"fused": 0.9, stage: 0.7}})
    assert names(ranker(covered=1.0).ordered(QUESTION, [lifted, *FOUND[1:]]))[0] == "a"


@pytest.mark.parametrize("count", [0, 1])
def test_few_candidates_are_no_trouble(count: int) -> None:
    assert names(ranker(covered=1.0).ordered(QUESTION, FOUND[:count])) == names(FOUND[:count])


def test_equal_rankers_have_equal_versions() -> None:
    one = ranker(covered=1.0, score=0.5)
    assert one.version == ranker(covered=1.0, score=0.5).version
    assert one.version != ranker(covered=1.0, score=0.6).version
    assert Ranker.model_validate_json(one.model_dump_json()) == one


@pytest.mark.parametrize(
    ("features", "weights", "told"),
    [
        (("magic",), (1.0,), "does not know: magic"),
        (("score",), (1.0, 2.0), "one finite weight"),
        (("score",), (float("nan"),), "one finite weight"),
    ],
)
def test_what_cannot_be_weighed_is_refused(features: tuple[str, ...], weights: tuple[float, ...], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        Ranker(features=features, weights=weights, trained_on=TRAINED_ON)


def test_a_ranker_fits_the_models_it_learned_with() -> None:
    assert ranker(score=1.0).fits("word-hash@1", None)
    assert ranker(score=1.0).fits("word-hash@1", "some@2")
    assert not ranker(score=1.0).fits("another@1", None)
    assert not ranker(rerank=1.0).fits("word-hash@1", "some@2")


def test_stretching_keeps_order_and_reaches_both_ends() -> None:
    assert stretched([3.0, 1.0, 2.0], (0.0, 10.0)) == [10.0, 0.0, 5.0]
    assert stretched([2.0, 2.0], (0.5, 1.0)) == [0.5, 0.5]
    assert stretched([], ()) == []
