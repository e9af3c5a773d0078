"""What a file of feedback may say, and what is told of one that says something else."""

import json
from pathlib import Path

import pytest

from evals.datasets import EvaluationError
from evals.tuning.feedback import Named, Opinion, read_feedback

GOOD = {"question": "When is a refund due?", "clause_id": "refunds#2.1", "relevant": True}


def written(folder: Path, *lines: object) -> Path:
    path = folder / "reviewed.jsonl"
    words = (one if isinstance(one, str) else json.dumps(one) for one in lines)
    path.write_text("\n".join(words) + "\n", encoding="utf-8")
    return path


def test_judgements_are_read_by_question(tmp_path: Path) -> None:
    same = {"question": " When  is a refund due? ", "chunk_id": "rev_1:0-9", "relevant": False, "reviewer": "a.berg"}
    other = {"question": "Who pays?", "clause_id": "fees#1", "relevant": False, "at": "2026-11-22T09:30:00Z"}
    found = read_feedback(written(tmp_path, GOOD, "", same, other, GOOD))
    assert found.questions == {
        "When is a refund due?": {
            Named("clause_id", "refunds#2.1"): Opinion(relevant=True, line=1),
            Named("chunk_id", "rev_1:0-9"): Opinion(relevant=False, line=3, reviewer="a.berg"),
        },
        "Who pays?": {Named("clause_id", "fees#1"): Opinion(relevant=False, line=4)},
    }
    assert found.answered == 1


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("{not json", "line 2: not JSON"),
        ("[" * 200_000, "line 2: not JSON"),
        ('{"relevant": ' + "1" * 5_000 + "}", "line 2: not JSON"),
        (GOOD | {"question": "\x00\x01"}, "line 2: question: has no words"),
        ([1], "line 2: expected a JSON object"),
        (GOOD | {"relevant": "yes"}, "line 2: relevant: expected true or false"),
        (GOOD | {"relevant": 1}, "line 2: relevant: expected true or false"),
        ({"question": "Who?", "clause_id": "fees#1"}, "line 2: relevant: is missing"),
        (GOOD | {"chunk_id": "rev_1:0-9"}, "line 2: name what was judged by clause_id or by chunk_id, one of the two"),
        ({"question": "Who?", "relevant": True}, "line 2: name what was judged by clause_id or by chunk_id"),
        (GOOD | {"clause_id": "2.1"}, "line 2: clause_id: expected document#clause"),
        (GOOD | {"question": "  "}, "line 2: question: has no words"),
        (GOOD | {"score": 3}, "line 2: score: is not known; known are question, clause_id"),
        (GOOD | {"at": 1795340000}, "line 2: at: expected an instant"),
        (GOOD | {"at": "yesterday"}, "line 2: at: "),
    ],
)
def test_a_malformed_line_is_named_with_what_to_do(tmp_path: Path, line: object, told: str) -> None:
    with pytest.raises(EvaluationError, match=r"reviewed\.jsonl cannot be learned from") as caught:
        read_feedback(written(tmp_path, GOOD, line))
    assert told in str(caught.value)


def test_a_contradiction_is_named_with_both_lines_and_reviewers(tmp_path: Path) -> None:
    against = GOOD | {"relevant": False, "reviewer": "b.cole"}
    with pytest.raises(EvaluationError, match=r"lines 1 \(a.berg\) and 3 \(b.cole\): refunds#2.1 is both"):
        read_feedback(written(tmp_path, GOOD | {"reviewer": "a.berg"}, GOOD | {"question": "Who pays?"}, against))


def test_many_problems_are_counted(tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match="and 15 more") as caught:
        read_feedback(written(tmp_path, *["no"] * 25))
    assert str(caught.value).count("line ") == 10


def test_an_absent_or_empty_file_says_what_is_expected(tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match="is no file"):
        read_feedback(tmp_path / "nowhere.jsonl")
    with pytest.raises(EvaluationError, match="has no judgement in it; write one JSON object a line"):
        read_feedback(written(tmp_path, ""))
    (tmp_path / "latin.jsonl").write_bytes(b'{"question": "\xe9"}')
    with pytest.raises(EvaluationError, match="not UTF-8"):
        read_feedback(tmp_path / "latin.jsonl")
