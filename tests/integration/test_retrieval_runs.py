"""Runs as files, the page about them, odd datasets, and the ragas metrics with a real small judge."""

import json
import threading
from collections.abc import Iterator, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from typer.testing import CliRunner

from evals.bootstrap import differences, intervals
from evals.datasets import EvaluationError, RetrievalSet, read_retrieval_set
from evals.gate import SAMPLES, Verdict, draw, read_gate_baseline
from evals.kept_runs import KeptFigures, read_baseline, read_figures, read_run, write_run
from evals.ragas_metrics import NOT_JUDGED, RUNS, configured_judge, ragas_scores
from evals.report.page import html_page, read_report_set
from evals.retrieval import mean_scores, question_scores
from evals.retrieval_app import app
from evals.retrieval_figures import compared

RUN = {"q1": {"a": 2.0, "b": 1.0}, "q2": {"c": 2.0, "b": 1.0}}
WORSE = {"q1": {"b": 2.0, "a": 1.0}, "q2": {"c": 2.0}}
SHARED = Path(__file__).parents[3] / "shared" / "data"


def write_dataset(folder: Path, corpus: Sequence[object], queries: Sequence[object], qrels: str) -> Path:
    """Write a dataset in the BEIR layout, split dev."""
    (folder / "qrels").mkdir(parents=True)
    (folder / "corpus.jsonl").write_text("".join(json.dumps(row) + "\n" for row in corpus), encoding="utf-8")
    (folder / "queries.dev.jsonl").write_text("".join(json.dumps(row) + "\n" for row in queries), encoding="utf-8")
    (folder / "qrels" / "dev.tsv").write_text("query-id\tcorpus-id\tscore\n" + qrels, encoding="utf-8")
    return folder


@pytest.fixture(name="folder")
def _folder(tmp_path: Path) -> Path:
    corpus = [{"_id": row, "text": f"The words of {row} <script>alert(1)</script>"} for row in "abc"]
    queries = [{"_id": "q1", "text": "what is <b>a</b>"}, {"_id": "q2", "text": "what is b"}]
    return write_dataset(tmp_path / "sample", corpus, queries, "q1\ta\t1\nq2\tb\t1\n")


def figures(read: RetrievalSet, run: dict[str, dict[str, float]], folder: Path) -> KeptFigures:
    """Make the figures of a run."""
    scores = question_scores(read.judgements, run)
    return KeptFigures.model_validate(
        {
            "metrics": mean_scores(scores),
            "intervals": {name: (one.low, one.high) for name, one in intervals(scores).items()},
            "config": {
                "dataset": "sample",
                "folder": str(folder),
                "split": "dev",
                "passages": 3,
                "embedding_model": "m",
            },
            "per_question": {query: {"scores": each, "found": list(run[query])} for query, each in scores.items()},
        }
    )


def test_a_run_is_written_and_read_back(tmp_path: Path) -> None:
    write_run(tmp_path / "run.trec", RUN)
    assert (tmp_path / "run.trec").read_text(encoding="utf-8").splitlines()[0] == "q1 Q0 a 1 2.0 toulmin"
    assert read_run(tmp_path / "run.trec") == RUN
    with pytest.raises(EvaluationError, match="has a space"):
        write_run(tmp_path / "run.trec", {"q 1": {"a": 1.0}})


@pytest.mark.parametrize("text", ["", "q1 Q0 a 1\n", "q1 Q0 a 1 high tag\n", "q1 Q0 a 1 nan tag\n"])
def test_a_run_that_is_none_is_refused_by_name(tmp_path: Path, text: str) -> None:
    (tmp_path / "bad.trec").write_text(text, encoding="utf-8")
    with pytest.raises(EvaluationError, match=r"bad\.trec"):
        read_run(tmp_path / "bad.trec")


def test_a_baseline_is_read_from_either_kind_of_file(folder: Path, tmp_path: Path) -> None:
    read = read_retrieval_set(folder, "dev")
    write_run(tmp_path / "before.trec", WORSE)
    (tmp_path / "before.json").write_text(figures(read, WORSE, folder).model_dump_json(), encoding="utf-8")
    runs = [read_baseline(tmp_path / name, read.judgements) for name in ("before.trec", "before.json")]
    assert runs[0].scores == runs[1].scores
    found = compared(question_scores(read.judgements, RUN), runs[0])
    assert (found["questions"], found["questions_left_out"]) == (2, 0)
    changes = found["differences"]
    assert isinstance(changes, dict)
    change = changes["mrr@10"]
    assert isinstance(change, dict)
    assert (change["difference"], change["wins"], change["losses"]) == (0.5, 2, 0)
    with pytest.raises(EvaluationError, match="shares no question"):
        compared({"other": {"mrr@10": 1.0}}, runs[0])
    with pytest.raises(EvaluationError, match="There is no file"):
        read_baseline(tmp_path / "nowhere.json", read.judgements)


def test_what_is_odd_about_a_dataset_is_counted_and_never_a_crash(tmp_path: Path) -> None:
    corpus = [{"_id": "a", "text": "first"}, {"_id": "a", "text": "second"}, {"_id": "empty", "text": " "}]
    queries = [
        {"_id": "q1", "text": "one"},
        {"_id": "q1", "text": "again"},
        {"_id": "q2", "text": " "},
        {"_id": "q3", "text": "three"},
    ]
    qrels = "q1\ta\t1\nq1\ta\t0\nq1\tgone\t1\nq1\tempty\t1\nq2\ta\t1\nq3\ta\t0\nnobody\ta\t1\n"
    read = read_retrieval_set(write_dataset(tmp_path / "odd", corpus, queries, qrels), "dev")
    assert read.corpus["a"].text == "first"
    assert read.queries == {"q1": "one", "q3": "three"}
    assert read.judgements["q1"] == {"a": 1, "gone": 1, "empty": 1}
    assert [remark.partition(" ")[0] for remark in read.remarks] == ["1"] * 8
    assert question_scores(read.judgements, {"q1": {"a": 1.0}})["q3"]["recall@10"] == 0.0


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    folder = write_dataset(tmp_path / "bad", [{"_id": "a", "text": "x"}], [{"_id": "q", "text": "x"}], "")
    (folder / "qrels" / "dev.tsv").write_text("query-id\tscore\nq\t1\n", encoding="utf-8")
    with pytest.raises(EvaluationError, match="corpus-id"):
        read_retrieval_set(folder, "dev")


def test_the_page_shows_what_was_won_and_lost_and_asks_nothing_of_the_outside(folder: Path, tmp_path: Path) -> None:
    read = read_retrieval_set(folder, "dev")
    (tmp_path / "after.json").write_text(figures(read, RUN, folder).model_dump_json(), encoding="utf-8")
    write_run(tmp_path / "before.trec", WORSE)
    kept = read_figures(tmp_path / "after.json")
    page = html_page(kept, read_report_set(kept, None), read_baseline(tmp_path / "before.trec", read.judgements))
    assert "what is &lt;b&gt;a&lt;/b&gt;" in page
    assert "<script" not in page
    assert "http://" not in page
    assert "https://" not in page
    assert "Greatest wins" in page
    assert "Greatest wins" not in html_page(kept, read, None)


class SmallJudge(BaseHTTPRequestHandler):
    """An OpenAI-compatible chat endpoint that rates every context 1 of 2, and says nothing useful about `b`."""

    def do_POST(self) -> None:
        """Answer a chat completion."""
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        useless = "what is b" in json.dumps(asked["messages"])
        content = "I would rather not say." if useless else '{"rating": 1}'
        message = {"role": "assistant", "content": content}
        answer = {
            "id": "one",
            "object": "chat.completion",
            "created": 1,
            "model": asked["model"],
            "choices": [{"index": 0, "finish_reason": "stop", "message": message}],
            "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
        }
        written = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(written)))
        self.end_headers()
        self.wfile.write(written)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name it has above
        """Say nothing on standard error."""


@pytest.fixture(name="judge")
def _judge() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), SmallJudge)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/v1"
    server.shutdown()
    server.server_close()
    thread.join()


def untold(_stage: str, _done: int, _total: int) -> None:
    """Tell nobody."""


@pytest.mark.filterwarnings("ignore")  # ragas and what it imports warn of their own deprecations
async def test_ragas_by_ids_always_and_by_a_judge_where_one_is_set(
    folder: Path, judge: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("ragas", reason="the extra evals is not installed")
    read = read_retrieval_set(folder, "dev")
    monkeypatch.delenv("TOULMIN_JUDGE_URL", raising=False)
    monkeypatch.delenv("TOULMIN_JUDGE_MODEL", raising=False)
    without = await ragas_scores(read, {"q1": RUN["q1"]}, untold)
    assert without["id_context_precision@10"] == pytest.approx((1 / 2 + 0) / 2)
    assert without["id_context_recall@10"] == pytest.approx((1 + 0) / 2)
    assert without["context_relevance@10"] == NOT_JUDGED
    monkeypatch.setenv("TOULMIN_JUDGE_URL", judge)
    with pytest.raises(EvaluationError, match="TOULMIN_JUDGE_MODEL"):
        configured_judge()
    monkeypatch.setenv("TOULMIN_JUDGE_MODEL", "small")
    judged = await ragas_scores(read, RUN, untold)
    assert judged["context_relevance@10"] == 0.5
    assert judged["context_relevance@10 runs"] == [0.5] * RUNS
    assert judged["context_relevance@10 answers not read"] == RUNS


@pytest.mark.skipif(not SHARED.is_dir(), reason=f"the development data is not there: {SHARED}")
@pytest.mark.parametrize("sample", SAMPLES)
def test_the_committed_baselines_are_of_the_samples_drawn_now(sample: object) -> None:
    one = next(each for each in SAMPLES if each is sample)
    drawn = draw(read_retrieval_set(SHARED / one.folder, one.split), one)
    assert set(read_gate_baseline(one, drawn).per_question) == set(drawn.queries)


@pytest.mark.parametrize(("now", "code", "said"), [(0.2, 1, "FELL"), (0.5, 0, "same"), (0.9, 0, "rose")])
def test_the_gate_fails_where_a_measure_fell(monkeypatch: pytest.MonkeyPatch, now: float, code: int, said: str) -> None:
    before = {f"q{n}": {"ndcg@10": 0.5} for n in range(20)}
    found = differences({query: {"ndcg@10": now} for query in before}, before)

    async def measured(*_: object) -> list[Verdict]:
        return [Verdict("sample", metric, one) for metric, one in found.items()]

    monkeypatch.setattr("evals.retrieval_app.check_gate", measured)
    ran = CliRunner().invoke(app, ["gate"], env={"COLUMNS": "120"})
    assert ran.exit_code == code, ran.output
    assert said in ran.output or said in ran.stdout
