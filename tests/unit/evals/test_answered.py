"""Programs are compared on the questions that both answered, by rank and by time."""

from pathlib import Path

import pytest
from rich.console import Console

from evals.bench.answered import MEASURED, Answered, beside, beside_table, latencies, ranking
from evals.datasets import EvaluationError
from evals.retrieval import Scores

OURS = Answered(
    run={"q1": {"a": 2.0}, "q2": {"b": 1.0}}, milliseconds={"q1": 4.0, "q2": 8.0}, parts={"index": {"q1": 1.0}}
)
THEIRS = Answered(run={"q2": {"c": 1.0}}, milliseconds={"q2": 2.0})


def scores(**values: float) -> Scores:
    """Give every measure of each question the same value."""
    return {query: dict.fromkeys(MEASURED, value) for query, value in values.items()}


def test_answers_come_back_from_their_file(tmp_path: Path) -> None:
    OURS.write(tmp_path / "answers.json")
    assert Answered.read(tmp_path / "answers.json") == OURS


def test_a_passage_ranks_where_its_best_chunk_does() -> None:
    found = ranking([("1", 0.9), ("2", 0.8), ("3", 0.7)], {"1": "a", "2": "b", "3": "a"})
    assert found == {"a": 0.9, "b": 0.8}


def test_latencies_are_interpolated_and_know_the_longest() -> None:
    assert latencies({str(one): float(one) for one in range(1, 102)}) == {"p50": 51.0, "p95": 96.0, "max": 101.0}


def test_only_shared_questions_are_compared() -> None:
    found = beside("other", (scores(q1=0.0, q2=1.0), OURS), (scores(q2=0.5), THEIRS))
    assert found.questions == 1
    recall, slow = found["recall@10"], found["p50"]
    assert (recall.ours, recall.theirs, recall.difference, recall.ratio) == (1.0, 0.5, 0.5, 2.0)
    assert (slow.ours, slow.theirs, slow.ratio, slow.difference) == (8.0, 2.0, 4.0, None)


def test_a_ratio_to_nothing_is_none_and_is_shown_as_nothing() -> None:
    found = beside("other", (scores(q2=1.0), OURS), (scores(q2=0.0), THEIRS))
    assert found["map@10"].ratio is None
    console = Console(width=160)
    with console.capture() as printed:
        console.print(beside_table(found))
    line = next(line for line in printed.get().splitlines() if "map@10" in line)
    assert [word in line for word in ("1.0000", "0.0000", "+1.0000 (+1.0000 to +1.0000)")] == [True] * 3


def test_without_shared_questions_there_is_nothing_to_compare() -> None:
    with pytest.raises(EvaluationError, match="other answered none"):
        beside("other", (scores(q1=1.0), OURS), ({}, Answered(run={}, milliseconds={})))
