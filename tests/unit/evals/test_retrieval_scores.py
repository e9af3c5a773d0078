"""Scores and latencies, on rankings small enough to work out by hand."""

import pytest

from evals.retrieval import percentiles, retrieval_scores

JUDGEMENTS = {"q1": {"a": 1, "b": 1}, "q2": {"c": 1}}


def test_scores_of_a_ranking_worked_out_by_hand() -> None:
    scores = retrieval_scores(JUDGEMENTS, {"q1": {"a": 3.0, "x": 2.0, "b": 1.0}, "q2": {"y": 2.0, "c": 1.0}})
    assert scores["recall@10"] == 1.0
    assert scores["map@10"] == pytest.approx(((1 + 2 / 3) / 2 + 1 / 2) / 2)
    assert scores["mrr@10"] == pytest.approx((1 + 1 / 2) / 2)
    assert scores["recall@100"] == 1.0


def test_a_question_that_found_nothing_counts_as_zero() -> None:
    assert retrieval_scores(JUDGEMENTS, {"q1": {"a": 2.0, "b": 1.0}})["recall@10"] == 0.5


def test_what_comes_after_the_tenth_place_counts_only_at_a_hundred() -> None:
    others = {f"x{place}": 20.0 - place for place in range(10)}
    scores = retrieval_scores({"q": {"a": 1}}, {"q": {**others, "a": 1.0}})
    assert (scores["recall@10"], scores["recall@100"]) == (0.0, 1.0)


def test_texts_judged_not_relevant_do_not_count() -> None:
    assert retrieval_scores({"q": {"a": 0, "b": 1}}, {"q": {"a": 1.0}})["recall@10"] == 0.0


def test_percentiles() -> None:
    assert percentiles([float(value) for value in range(1, 102)]) == {"p50": 51.0, "p95": 96.0}
    assert percentiles([7.0]) == {"p50": 7.0, "p95": 7.0}
