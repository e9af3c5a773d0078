"""The evaluation commands, run on datasets small enough to read."""

import asyncio
import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from evals.cases import read_cases
from evals.datasets import EvaluationError, Passage, read_retrieval_set

DEVELOPMENT = Path(__file__).parents[3] / "shared" / "data" / "airline" / "passenger_rights_cases.dev.jsonl"

CORPUS = (
    {"_id": "a", "title": "Hotels", "text": "A hotel is owed when the passenger has to stay a night."},
    {"_id": "b", "title": "2.1", "text": "Compensation for a short flight is a fixed amount of money."},
    {"_id": "c", "title": "", "text": "Meals are owed in reasonable relation to the waiting time."},
    {"_id": "d", "title": "", "text": ""},
)
QUERIES = (
    {"_id": "q1", "text": "when is a hotel owed for the night"},
    {"_id": "q2", "text": "fixed amount of compensation on short flights"},
    {"_id": "q3", "text": "a question that nobody judged"},
)


def write_lines(path: Path, rows: Sequence[Mapping[str, object]]) -> None:
    """Write JSON Lines."""
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


@pytest.fixture(name="dataset")
def _dataset(tmp_path: Path) -> Path:
    folder = tmp_path / "sample"
    (folder / "qrels").mkdir(parents=True)
    write_lines(folder / "corpus.jsonl", CORPUS)
    write_lines(folder / "queries.dev.jsonl", QUERIES)
    (folder / "qrels" / "dev.tsv").write_text("query-id\tcorpus-id\tscore\nq1\ta\t1\nq2\tb\t1\n", encoding="utf-8")
    return folder


@pytest.fixture(name="case_file")
def _case_file(tmp_path: Path) -> Path:
    facts = {
        "origin": "AMS",
        "destination": "LIS",
        "origin_country": "NL",
        "destination_country": "PT",
        "distance": {"sphere_km": 1846.3, "wgs84_km": 1847.5},
        "carrier_is_community": True,
        "carrier_is_uk": False,
        "extraordinary": False,
    }
    paid = {"regime": "EU261", "eligible": True, "amount": 400, "currency": "EUR"}
    unpaid = {"regime": "EU261", "eligible": False, "amount": 0}
    late = {**facts, "event": "delay", "arrival_delay_min": 185}
    told = {**facts, "event": "cancellation", "notice_days": 21}
    rows: list[dict[str, object]] = [
        {"case_id": "late", "pack": "passenger_rights", "as_of": "2026-06-01", "facts": late, "expected": paid},
        {"case_id": "told", "pack": "passenger_rights", "as_of": "2026-06-01", "facts": told, "expected": unpaid},
    ]
    path = tmp_path / "cases.jsonl"
    write_lines(path, rows)
    return path


@pytest.fixture(name="var")
def _var(tmp_path: Path, prepared_model: Path) -> Path:
    folder = tmp_path / "var"
    folder.mkdir()
    (folder / "models").symlink_to(prepared_model.parent)
    return folder


async def evals(*arguments: str | Path, data: Path) -> tuple[int, str]:
    """Run `python -m evals` with a data folder, and return its exit code and everything it printed."""
    running = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "evals",
        *arguments,
        env={**os.environ, "TOULMIN_DATA": str(data), "NO_COLOR": "1", "COLUMNS": "200"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await running.communicate()
    assert running.returncode is not None
    return running.returncode, output.decode()


def test_a_dataset_is_read(dataset: Path) -> None:
    read = read_retrieval_set(dataset, "dev")
    assert read.corpus["a"] == Passage("Hotels", "A hotel is owed when the passenger has to stay a night.")
    assert read.corpus["b"].title is None
    assert "d" not in read.corpus
    assert list(read.queries) == ["q1", "q2"]
    assert read.judgements == {"q1": {"a": 1}, "q2": {"b": 1}}
    assert list(read_retrieval_set(dataset, "dev", limit=1).queries) == ["q1"]


def test_a_file_that_is_not_there_is_named(dataset: Path) -> None:
    with pytest.raises(EvaluationError, match=r"qrels/test\.tsv"):
        read_retrieval_set(dataset, "test")
    with pytest.raises(EvaluationError, match=r"missing\.jsonl"):
        read_cases(dataset / "missing.jsonl", "passenger_rights")


@pytest.mark.parametrize("line", ["not json", "[1]", '{"_id": 1, "text": "x"}', '{"_id": "x"}'])
def test_a_malformed_line_is_refused(dataset: Path, line: str) -> None:
    (dataset / "corpus.jsonl").write_text(line + "\n", encoding="utf-8")
    with pytest.raises(EvaluationError, match=r"corpus\.jsonl"):
        read_retrieval_set(dataset, "dev")


def test_malformed_judgements_are_refused(dataset: Path) -> None:
    (dataset / "qrels" / "dev.tsv").write_text("query-id\tcorpus-id\tscore\nq1\ta\tyes\n", encoding="utf-8")
    with pytest.raises(EvaluationError, match="whole number"):
        read_retrieval_set(dataset, "dev")


def test_cases_are_read_and_refused_by_name(case_file: Path) -> None:
    assert [case.case_id for case in read_cases(case_file, "passenger_rights")] == ["late", "told"]
    write_lines(case_file, [{"case_id": "x", "pack": "passenger_rights", "facts": {}, "expected": {"regime": "EU261"}}])
    with pytest.raises(EvaluationError, match=r"line 1: case x: .*expected\.eligible"):
        read_cases(case_file, "passenger_rights")


async def test_retrieval_is_measured(dataset: Path, var: Path, tmp_path: Path) -> None:
    figures = tmp_path / "figures.json"
    run = tmp_path / "run.trec"
    command = ("retrieval", "--dataset", dataset, "--split", "dev", "--json", figures)
    code, output = await evals(*command, "--run", run, "--k", "3", data=var)
    assert code == 0, output
    measured = json.loads(figures.read_text(encoding="utf-8"))
    assert {"metrics", "latency_ms", "queries", "generation", "config", "intervals", "ragas"} <= set(measured)
    assert set(measured["metrics"]) >= {"recall@3", "recall@10", "map@10", "ndcg@10", "mrr@10", "recall@100", "all@10"}
    assert measured["metrics"]["recall@10"] == 1.0
    assert measured["metrics"]["mrr@10"] == 1.0
    assert measured["queries"] == 2
    assert measured["generation"] == 1
    assert 0 < measured["latency_ms"]["p50"] <= measured["latency_ms"]["p95"]
    assert "not judged: no language model configured" in output
    again, output = await evals(*command, "--baseline", run, "--k", "3", data=var)
    assert again == 0, output
    compared = json.loads(figures.read_text(encoding="utf-8"))
    assert compared["metrics"] == measured["metrics"]
    assert compared["baseline"]["questions"] == 2
    assert {one["difference"] for one in compared["baseline"]["differences"].values()} == {0.0}


async def test_cases_are_measured(case_file: Path, var: Path, tmp_path: Path) -> None:
    figures = tmp_path / "figures.json"
    command = ("cases", "--pack", "passenger_rights", "--cases", case_file, "--json", figures)
    code, output = await evals(*command, data=var)
    assert code == 0, output
    measured = json.loads(figures.read_text(encoding="utf-8"))
    assert (measured["n"], measured["decision_accuracy"], measured["amount_exact"]) == (2, 1.0, 1.0)
    assert measured["wrong_allow"] == 0
    assert [result["decision"] for result in measured["results"]] == ["allow", "deny"]
    assert set(measured["results"][0]) == {"case_id", "decision", "amounts", "clauses", "review", "correct"}


async def test_a_missing_dataset_is_an_error_with_its_path(tmp_path: Path) -> None:
    missing = tmp_path / "nowhere"
    code, output = await evals("retrieval", "--dataset", missing, "--split", "dev", data=tmp_path / "var")
    assert (code, str(missing) in output) == (1, True)
    code, output = await evals("cases", "--pack", "passenger_rights", "--cases", missing, data=tmp_path / "var")
    assert (code, str(missing) in output) == (1, True)
    assert not (tmp_path / "var").exists()


async def test_absent_datasets_are_named_with_their_public_home(tmp_path: Path) -> None:
    nowhere = tmp_path / "nowhere"
    code, output = await evals("gate", "--datasets", nowhere, data=tmp_path / "var")
    assert (code, str(nowhere) in output) == (1, True)
    code, output = await evals("all", "--datasets", nowhere, data=tmp_path / "var")
    assert code == 1
    assert str(nowhere / "retrieval" / "scifact") in output
    assert "https://github.com/allenai/scifact" in output


async def test_wrong_usage_is_another_exit_code(tmp_path: Path) -> None:
    code, _ = await evals("retrieval", "--dataset", tmp_path, data=tmp_path / "var")
    assert code == 2


@pytest.mark.skipif(not DEVELOPMENT.is_file(), reason=f"the development cases are not there: {DEVELOPMENT.name}")
async def test_the_development_cases_are_decided_right(var: Path, tmp_path: Path) -> None:
    figures = tmp_path / "figures.json"
    command = (
        "cases",
        "--pack",
        "passenger_rights",
        "--cases",
        DEVELOPMENT,
        "--as-of",
        "2026-06-01",
        "--json",
        figures,
    )
    code, output = await evals(*command, data=var)
    assert code == 0, output
    measured = json.loads(figures.read_text(encoding="utf-8"))
    assert (measured["decision_accuracy"], measured["amount_exact"], measured["wrong_allow"]) == (1.0, 1.0, 0)


@pytest.fixture(name="dialogues")
def _dialogues(tmp_path: Path) -> Path:
    folder = tmp_path / "dialogues"
    folder.mkdir()
    passages = [
        {"_id": "p1", "title": "", "text": "A hotel is owed when the passenger has to stay a night."},
        {"_id": "p2", "title": "", "text": "The value of a house is estimated from sales nearby."},
    ]
    asked = {"speaker": "user", "text": "What is a passenger owed for the night?"}
    told = {"speaker": "agent", "text": "That depends."}
    rows: list[dict[str, object]] = [
        {"_id": "1", "question": "Is a hotel owed?", "history": [asked, told], "answerability": "ANSWERABLE"},
        {"_id": "2", "question": "Who painted the Mona Lisa?", "history": [], "answerability": "UNANSWERABLE"},
        {"_id": "3", "question": "And then?", "history": [asked], "answerability": "UNDERSPECIFIED"},
    ]
    write_lines(folder / "passages.jsonl", passages)
    write_lines(folder / "dev.jsonl", [{**row, "context_ids": ["p1"] if row["_id"] == "1" else []} for row in rows])
    return folder


async def test_dialogues_are_measured(dialogues: Path, var: Path, tmp_path: Path) -> None:
    figures = tmp_path / "figures.json"
    command = ("answers", "--task", "mtrag", "--dataset", dialogues, "--split", "dev", "--json", figures)
    code, output = await evals(*command, data=var)
    assert code == 0, output
    measured = json.loads(figures.read_text(encoding="utf-8"))
    assert measured["metrics"] == {"answerability_auroc": 1.0, "recall@5": 1.0}
    assert set(measured["calibration"]) == {"ece", "brier", "auroc", "aurc"}
    assert (measured["n"], measured["verdicts"]["underspecified"]["n"]) == (3, 1)


async def test_a_task_that_cannot_be_measured_is_refused_by_name(dialogues: Path, var: Path) -> None:
    code, output = await evals("answers", "--task", "wice", "--dataset", dialogues, "--split", "dev", data=var)
    assert (code, "wice cannot be measured; expected one of mtrag" in output) == (1, True), output
    code, output = await evals("answers", "--task", "mtrag", "--dataset", dialogues, "--split", "test", data=var)
    assert (code, "test.jsonl" in output) == (1, True), output
