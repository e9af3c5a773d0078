"""The benchmarks, at sizes that take seconds: every figure is there and can be true."""

import asyncio
import json
import os
import sys
from pathlib import Path

import pytest

FIGURES = {
    "first ingest": (0.5, 600),
    "encoder at work in it": (0.5, 100),
    "unchanged corpus again": (0.3, 300),
    "one changed document": (0.3, 300),
    "writing to the index": (1, 1_000_000),
    "ingest with known vectors": (0.1, 100_000),
    "readers' p95 without ingest": (0.1, 60_000),
    "readers' p95 during one": (0.1, 60_000),
    "slower during an ingest": (0.05, 10_000),
}
"""Each figure, and between which values it lies on any machine."""


async def bench(*arguments: str | Path, folder: Path) -> tuple[int, str, str]:
    """Run a benchmark; its exit code, what it printed, and what it said of its progress."""
    running = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "evals", "bench", *arguments),
        env={**os.environ, "TOULMIN_DATA": str(folder), "NO_COLOR": "1", "COLUMNS": "200"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    printed, progress = await running.communicate()
    assert running.returncode is not None
    return running.returncode, printed.decode(), progress.decode()


SUBJECTS = (
    "custodian",
    "branch",
    "trustee",
    "issuer",
    "auditor",
    "sponsor",
    "broker",
    "reinsurer",
    "registrar",
    "bank",
)
DUTIES = ("publish the accounts", "segregate client money", "report outages", "keep the register", "review limits")


def write_corpus(folder: Path) -> Path:
    """Write fifty passages, and a question about each fifth one."""
    duties = [f"{subject} must {duty}" for subject in SUBJECTS for duty in DUTIES]
    texts = [
        f"{place}.1 Every {duty} within {place + 2} business days, unless the Regulator has agreed in writing to "
        "another date and the firm has told its clients about that"
        for place, duty in enumerate(duties)
    ]
    asked = {f"q{place}": f"When does a {duties[place].replace('must ', '')}?" for place in range(0, 50, 5)}
    rows = [json.dumps({"_id": f"p{place}", "text": text}) for place, text in enumerate(texts)]
    queries = [json.dumps({"_id": name, "text": text}) for name, text in asked.items()]
    (folder / "qrels").mkdir(parents=True)
    (folder / "corpus.jsonl").write_text("\n".join(rows), encoding="utf-8")
    (folder / "queries.dev.jsonl").write_text("\n".join(queries), encoding="utf-8")
    judged = [f"{name}\tp{name[1:]}\t1" for name in asked]
    (folder / "qrels" / "dev.tsv").write_text("\n".join(["query-id\tcorpus-id\tscore", *judged]), encoding="utf-8")
    return folder


@pytest.fixture(name="var")
def _var(tmp_path: Path, prepared_model: Path) -> Path:
    folder = tmp_path / "var"
    folder.mkdir()
    (folder / "models").symlink_to(prepared_model.parent)
    return folder


async def test_every_figure_is_measured_and_can_be_true(var: Path, tmp_path: Path) -> None:
    target = tmp_path / "figures.json"
    code, printed, progress = await bench(
        "ingestion", "--passages", "100", "--largest", "1000", "--json", target, folder=var
    )
    assert code == 0, progress
    found = json.loads(target.read_text(encoding="utf-8"))
    measured = {one["name"]: one for one in found["figures"]}
    for name, (least, most) in FIGURES.items():
        assert least <= measured[name]["value"] <= most, name
    memory = [one for name, one in measured.items() if name.startswith("peak memory")]
    assert [0.05 < one["value"] < 1.5 for one in memory] == [True, True]
    assert all(0 < one["staged_mb"] <= one["peak_mb"] for one in found["setting"]["pieces"]["memory"])
    assert memory[-1]["reached"] is True
    assert [one["name"] for one in found["comparison"]] == [*list(FIGURES)[:1], *list(FIGURES)[2:4]]
    assert all(one["ours_s"] > 0 and one["theirs_s"] > 0 for one in found["comparison"])
    pieces = found["setting"]["pieces"]
    assert pieces["first"]["embedded"] == pieces["first"]["chunks"] >= 100
    assert pieces["writing"]["embedded"] == 0
    assert pieces["writing"]["points"] == pieces["first"]["chunks"]
    assert pieces["readers"]["embedded"] >= 25
    assert pieces["other"]["points"] == pieces["other"]["points_after"] == 100
    assert all(name in printed for name in (*FIGURES, "LlamaIndex"))
    assert "first ingest ..." in progress
    assert list((var / "bench").iterdir()) == []


async def test_a_dataset_that_is_not_there_is_an_error_with_its_path(var: Path, tmp_path: Path) -> None:
    code, _, said = await bench("ingestion", "--corpus", tmp_path / "nowhere", folder=var)
    assert code == 1
    assert "nowhere" in said.replace("\n", "")


async def test_three_programs_answer_the_same_questions(var: Path, tmp_path: Path) -> None:
    corpus, target = write_corpus(tmp_path / "small"), tmp_path / "figures.json"
    options = ("--dataset", corpus, "--split", "dev", "--limit", "8", "--compared", "5", "--json", target)
    code, printed, progress = await bench("retrieval", *options, folder=var)
    assert code == 0, progress
    found = json.loads(target.read_text(encoding="utf-8"))
    measured = {one["name"]: one["value"] for one in found["figures"]}
    parts = [measured[f"p50 of {part}"] for part in ("encoding", "the index", "the rest")]
    assert all(0 < part < measured["longest question"] for part in parts)
    assert 0 < measured["p50 of a question"] <= measured["p95 of a question"] <= measured["longest question"]
    assert [0.5 <= measured[name] <= 1 for name in ("recall@10", "map@10", "ndcg@10")] == [True] * 3
    llama_index, words = found["side_by_side"]
    assert (llama_index["other"], llama_index["questions"]) == ("LlamaIndex", 5)
    assert (words["other"], words["questions"]) == ("bm25s", 8)
    for compared in (llama_index, words):
        rows = {row["name"]: row for row in compared["rows"]}
        assert rows["recall@10"]["theirs"] >= 0.5
        assert rows["p50"]["ratio"] == pytest.approx(rows["p50"]["ours"] / rows["p50"]["theirs"])
    assert all(name in printed for name in ("LlamaIndex", "bm25s", "The same 5 questions"))
    assert list((var / "bench").iterdir()) == []


async def test_the_index_is_measured_as_it_grows(var: Path, tmp_path: Path) -> None:
    corpus, target = write_corpus(tmp_path / "small"), tmp_path / "figures.json"
    options = ("--sizes", "1000,2000", "--corpus", corpus, "--without", "binary", "--json", target)
    code, printed, progress = await bench("scale", *options, folder=var)
    assert code == 0, progress
    found = json.loads(target.read_text(encoding="utf-8"))
    measured = {one["name"]: one["value"] for one in found["figures"]}
    for size in ("1,000", "2,000"):
        assert 10 < measured[f"{size}: writing"] < 1_000_000
        assert 0 < measured[f"{size}: disk"] < measured[f"{size}: peak memory, writing"] < 2
        for reader in ("most", "few"):
            assert measured[f"{size}: recall@10, {reader}"] >= 0.99
            assert 0 < measured[f"{size}: pool p50, {reader}"] <= measured[f"{size}: pool p95, {reader}"]
    options_found = {(one["clauses"], one["option"], one["search"], one["reader"]): one for one in found["options"]}
    assert {option for _, option, _, _ in options_found} == {"int8", "graph"}
    exact = [one for key, one in options_found.items() if key[2] == "exact"]
    assert len(exact) == 8
    assert all(one["recall_10"] >= 0.99 for one in exact)
    assert options_found[2000, "int8", "oversampling 2", "most"]["recall_10"] >= 0.9
    assert "oversampling 2" in printed
    assert list((var / "bench").iterdir()) == []


@pytest.mark.parametrize(
    ("options", "said"), [(("--sizes", "many"), "whole numbers"), (("--without", "magic"), "choose from int8")]
)
async def test_wrong_usage_of_the_scale_benchmark_says_what_is_right(
    var: Path, options: tuple[str, str], said: str
) -> None:
    code, _, complaint = await bench("scale", *options, folder=var)
    assert code == 2
    assert said in complaint


async def test_rules_are_measured_with_and_without_traces(tmp_path: Path) -> None:
    code, printed, said = await bench(
        "rules", "--cases", "20", "--whole", "3", "--json", tmp_path / "figures.json", folder=tmp_path
    )
    assert code == 0, said
    document = json.loads((tmp_path / "figures.json").read_text(encoding="utf-8"))
    figures = {one["name"]: one["value"] for one in document["figures"]}
    assert figures["rule decisions a second, no traces"] > figures["rule decisions a second, traces"] > 0
    assert figures["whole decision, median"] <= figures["whole decision, slowest"]
    assert all(name in printed for name in figures)
    assert document["setting"]["rules"] > 50


async def test_a_pack_that_is_not_there_is_said(tmp_path: Path) -> None:
    code, _, said = await bench("rules", "--pack", "weather", folder=tmp_path)
    assert code == 1
    assert "passenger_rights" in said
