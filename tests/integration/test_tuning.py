"""`toulmin tune` from end to end on a small dataset with a rule in it, and a service that ranks by what it learned."""

import json
import random
import tomllib
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path

import pytest
from ranking import ranker
from small import asked
from typer import Typer
from typer.testing import CliRunner

from evals.tuning.app import commands
from retrieval.corpus import Chunk
from retrieval.ports import RetrievalError
from retrieval.query import ClauseQuery
from retrieval.shelf import RankerShelf
from service.bootstrap import application
from service.settings import read_settings

ROOT = Path(__file__).parents[2]
TOPICS = 60


def write_lines(path: Path, rows: Sequence[Mapping[str, object]]) -> None:
    """Write JSON Lines."""
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


@pytest.fixture(name="dataset")
def _dataset(tmp_path: Path) -> Path:
    """Write topics with two passages each: the shorter one repeats the words, the one that obliges is relevant."""
    drawn = random.Random(4)  # noqa: S311 - words, not secrets
    made = ["".join(drawn.choices("bdfglmnprst", k=1) + drawn.choices("aeiou", k=1)) for _ in range(3 * TOPICS * 3)]
    words = ["".join(made[at : at + 3]) + "x" for at in range(0, len(made), 3)]
    corpus: list[Mapping[str, object]] = []
    queries: list[Mapping[str, object]] = []
    lines = ["query-id\tcorpus-id\tscore"]
    for topic in range(TOPICS):
        one, two, three = words[3 * topic : 3 * topic + 3]
        corpus += [
            {"_id": f"talk{topic}", "title": "", "text": f"About {one} {two} {three}: {one} {two} {three}."},
            {
                "_id": f"rule{topic}",
                "title": "",
                "text": f"The keeper of a {one} must show the {two} to whoever asks; it is required every year.",
            },
        ]
        queries.append({"_id": f"q{topic}", "text": f"what of {one} {two} {three}"})
        lines.append(f"q{topic}\trule{topic}\t1")
    folder = tmp_path / "planted"
    (folder / "qrels").mkdir(parents=True)
    write_lines(folder / "corpus.jsonl", corpus)
    write_lines(folder / "queries.dev.jsonl", queries)
    (folder / "qrels" / "dev.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


@pytest.fixture(name="var")
def _var(tmp_path: Path, prepared_model: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "var"
    folder.mkdir()
    (folder / "models").symlink_to(prepared_model.parent)
    monkeypatch.setenv("TOULMIN_DATA", str(folder))
    return folder


def tune(*arguments: str | Path) -> tuple[int, str]:
    """Run `toulmin tune` with these arguments."""
    done = CliRunner().invoke(commands, [str(one) for one in arguments])
    return done.exit_code, done.output


def test_a_rule_is_learned_promoted_and_served(dataset: Path, var: Path, tmp_path: Path) -> None:
    figures = tmp_path / "figures.json"
    code, output = tune("retrieval", "--dataset", dataset, "--json", figures, "--dry-run")
    assert code == 0, output
    assert "would be promoted" in output
    assert not (var / "rankers").exists()

    code, output = tune("retrieval", "--dataset", dataset, "--json", figures)
    assert code == 0, output
    told = json.loads(figures.read_text(encoding="utf-8"))
    assert told["promoted"], told["reason"]
    assert told["trained_on"]["questions"] == TOPICS
    assert {one["name"] for one in told["trials"]} >= {"linear", "linear, scores alone"}
    shelf = RankerShelf(var / "rankers")
    current = shelf.current()
    assert current is not None
    assert current.version == told["ranker"]
    assert [one.folds for one in current.evaluations] == ["grouped", "plain"]
    assert not any(f"q{topic}" in (var / "rankers" / f"{current.version}.json").read_text() for topic in range(TOPICS))

    code, output = tune("retrieval", "--dataset", dataset)
    assert (code, "not promoted" in output) == (0, True)
    assert "in force" in output

    code, output = tune("list")
    assert (code, current.version in output, "in force" in output) == (0, True, True)
    code, output = tune("retire")
    assert (code, shelf.current()) == (0, None)
    code, output = tune("promote", current.version[:6])
    assert (code, shelf.current()) == (0, current)


async def test_the_service_ranks_by_the_ranker_in_force(
    var: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    policy = tmp_path / "policy.md"
    policy.write_text(
        "# Hotels\n\n## 1 Talk\n\nAbout a hotel and a night.\n\n## 2 Duty\n\nThe airline must pay for the hotel.\n",
        encoding="utf-8",
    )
    async with application(read_settings()) as running:
        await running.ingest.run(asked(policy))
        embedding_model = running.embedder.model
        before = await running.finder.find(ClauseQuery(text="hotel night"), await running.reader.scope())
        assert (before.mode, before[0].stages.keys() & {"ranker"}) == ("full", set())
    learned = ranker(obliges=5.0)
    fitting = learned.trained_on.model_copy(update={"embedding_model": embedding_model})
    learned = learned.model_copy(update={"trained_on": fitting})
    shelf = RankerShelf(var / "rankers")
    shelf.keep(learned)
    shelf.promote(learned.version)
    async with application(read_settings()) as running:
        found = await running.finder.find(ClauseQuery(text="hotel night"), await running.reader.scope())
        assert found.mode == "full"
        assert isinstance(found[0].item, Chunk)
        assert "must pay" in found[0].item.text
        assert running.flow.versions["ranker"] == learned.version
    other = fitting.model_copy(update={"embedding_model": "another@1"})
    shelf.keep(learned.model_copy(update={"trained_on": other}))
    async with application(read_settings()) as running:
        assert running.ordering.ranker is None
        assert "ranker" not in running.flow.versions
    assert "learned with other models" in caplog.text


def test_a_shelf_refuses_what_is_not_there_or_was_changed(tmp_path: Path) -> None:
    shelf = RankerShelf(tmp_path / "rankers")
    assert (shelf.current(), shelf.versions()) == (None, [])
    with pytest.raises(RetrievalError, match="holds no ranker"):
        shelf.promote("abc")
    path = shelf.keep(ranker(covered=1.0))
    shelf.promote(path.stem)
    changed = path.read_text(encoding="utf-8").replace("1.0", "2.0")
    path.write_text(changed, encoding="utf-8")
    with pytest.raises(RetrievalError, match="was changed"):
        shelf.current()
    path.write_text(changed.replace("covered", "magic"), encoding="utf-8")
    with pytest.raises(RetrievalError, match="does not know: magic"):
        shelf.current()
    shelf.retire()
    assert shelf.current() is None


def test_a_dataset_that_is_not_there_is_named(var: Path, tmp_path: Path) -> None:
    code, output = tune("retrieval", "--dataset", tmp_path / "nowhere")
    assert (code, "nowhere" in output) == (1, True)
    assert not (var / "rankers").exists()


def test_the_command_line_finds_the_commands_by_their_entry_point() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for name, target in project["entry-points"]["toulmin.commands"].items():
        module, _, attribute = target.partition(":")
        assert isinstance(getattr(import_module(module), attribute), Typer), name
