"""What a ranker weighs: of each candidate, from the question and the candidates alone."""

import math

import numpy as np
import pytest
from ranking import candidate

from retrieval.corpus import Record, Span
from retrieval.features import FEATURES, feature_matrix, standardised
from retrieval.ports import RetrievalError
from retrieval.query import Evidence

FOUND = [
    candidate("a", 0.9, "A hotel is owed:", "one", bm25=4.0, dense=0.5, near=0.1),
    candidate("b", 0.5, "The airline must pay if the flight is late.", "one", bm25=4.0, dense=0.7),
    candidate("c", 0.5, "Hotel means a place to sleep.", "two", dense=0.6, rerank=3.0),
]


def column(name: str, found: list[Evidence] = FOUND) -> list[float]:
    return feature_matrix("when is a hotel owed", found, [name])[:, 0].tolist()


def test_scores_by_stage_are_0_where_a_stage_found_nothing() -> None:
    assert column("bm25") == [4.0, 4.0, 0.0]
    assert column("near") == [0.1, 0.0, 0.0]
    assert column("score") == [0.9, 0.5, 0.5]


def test_equal_scores_have_equal_places() -> None:
    assert column("score_rank") == pytest.approx([0.0, math.log(2), math.log(2)])
    assert column("bm25_rank") == pytest.approx([0.0, 0.0, math.log(3)])
    assert column("dense_rank") == pytest.approx([math.log(3), 0.0, math.log(2)])


def test_the_kind_of_a_passage_is_read_off_its_words() -> None:
    assert column("heading") == [0.0, 0.0, 0.0]
    assert column("opens_list") == [1.0, 0.0, 0.0]
    assert column("obliges") == pytest.approx([0.0, math.log(2), 0.0])
    assert column("conditions") == pytest.approx([0.0, math.log(2), 0.0])
    assert column("defines") == pytest.approx([0.0, 0.0, math.log(2)])


def test_a_document_counts_by_its_other_candidates() -> None:
    assert column("document_best") == [0.5, 0.9, 0.0]
    assert column("document_share") == pytest.approx([2 / 3, 2 / 3, 1 / 3])


def test_a_score_before_a_reranker_is_the_score() -> None:
    again = FOUND[0].model_copy(update={"score": 0.2, "stages": {**FOUND[0].stages, "untuned": 0.9}})
    assert column("score", [again, *FOUND[1:]]) == [0.9, 0.5, 0.5]


def test_every_feature_is_finite_for_any_question() -> None:
    for question in ("", "?", "the", "Rule 1.2 of COBS and Hotel Care " * 200):
        assert np.isfinite(feature_matrix(question, FOUND)).all()
    assert feature_matrix("hotel", []).shape == (0, len(FEATURES))


def test_the_order_of_candidates_says_nothing() -> None:
    forwards = feature_matrix("when is a hotel owed", FOUND)
    assert feature_matrix("when is a hotel owed", FOUND[::-1])[::-1] == pytest.approx(forwards)


def test_an_unknown_feature_and_a_record_are_refused() -> None:
    with pytest.raises(RetrievalError, match="no features magic"):
        feature_matrix("hotel", FOUND, ["score", "magic"])
    record = Record.model_validate(
        {
            "id": "r",
            "revision_id": "x@1",
            "document_id": "x",
            "kind": "sale",
            "values": {},
            "observed_on": "2026-01-01",
            "vector": (1.0,),
            "span": Span(start=0, end=1),
        }
    )
    with pytest.raises(RetrievalError, match="a record"):
        feature_matrix("hotel", [*FOUND, Evidence(item=record, score=0.1)])


def test_standardised_columns_have_no_scale_and_constants_vanish() -> None:
    matrix = np.array([[1.0, 5.0, 1e6], [2.0, 5.0, 3e6], [3.0, 5.0, 2e6]])
    scaled = standardised(matrix)
    assert scaled[:, 1].tolist() == [0.0, 0.0, 0.0]
    assert scaled.mean(axis=0) == pytest.approx(0.0, abs=1e-12)
    assert standardised(matrix * 7 + 3) == pytest.approx(scaled)
    outlier = np.vstack([np.zeros((500, 1)), [[1.0]]])
    assert standardised(outlier).max() == 8.0
