"""`toulmin tune` from end to end on questions with a rule in them, and a service that ranks by what it learned."""

import json
import random
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import pytest
from ranking import ranker
from small import asked
from typer import Typer
from typer.testing import CliRunner

from evals.tuning.app import commands
from retrieval.corpus import Chunk
from retrieval.filters import Equals
from retrieval.points import evidence_of
from retrieval.ports import CLAUSES, RetrievalError
from retrieval.query import ClauseQuery
from retrieval.shelf import RankerShelf
from service.bootstrap import application
from service.settings import read_settings

ROOT = Path(__file__).parents[2]
TOPICS = 60


def write_lines(path: Path, rows: Sequence[Mapping[str, object]]) -> None:
    """Write JSON Lines."""
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


@dataclass(frozen=True)
class Topic:
    """A question and two passages: the shorter one repeats its words, the one that obliges is relevant."""

    question: str
    talk: str
    rule: str


def topics(seed: int) -> list[Topic]:
    """Make topics of words that are in no language."""
    drawn = random.Random(seed)  # noqa: S311 - words, not secrets
    made = ["".join(drawn.choices("bdfglmnprst", k=1) + drawn.choices("aeiou", k=1)) for _ in range(3 * TOPICS * 3)]
    words = ["".join(made[at : at + 3]) + "x" for at in range(0, len(made), 3)]
    return [
        Topic(
            f"what of {one} {two} {three}",
            f"About {one} {two} {three}: {one} {two} {three}.",
            f"The keeper of a {one} must show the {two} to whoever asks; it is required every year.",
        )
        for one, two, three in zip(words[::3], words[1::3], words[2::3], strict=True)
    ]


@pytest.fixture(name="dataset")
def _dataset(tmp_path: Path) -> Path:
    corpus: list[Mapping[str, object]] = []
    queries: list[Mapping[str, object]] = []
    lines = ["query-id\tcorpus-id\tscore"]
    for number, topic in enumerate(topics(4)):
        corpus += [
            {"_id": f"talk{number}", "title": "", "text": topic.talk},
            {"_id": f"rule{number}", "title": "", "text": topic.rule},
        ]
        queries.append({"_id": f"q{number}", "text": topic.question})
        lines.append(f"q{number}\trule{number}\t1")
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


@pytest.fixture(name="ingested")
async def _ingested(var: Path, tmp_path: Path) -> Sequence[Mapping[str, object]]:
    """Ingest a handbook of all topics and a letter to the board, and judge both clauses of every topic.

    A rule is judged by its chunk where its number is even, by its clause where it is odd.
    """
    del var
    folder = tmp_path / "handbook"
    folder.mkdir()
    made = topics(5)
    clauses = [
        f"## {2 * at + 1} Talk\n\n{one.talk}\n\n## {2 * at + 2} Duty\n\n{one.rule}" for at, one in enumerate(made)
    ]
    (folder / "handbook.md").write_text("# Handbook\n\n" + "\n\n".join(clauses) + "\n", encoding="utf-8")
    (folder / "letter.md").write_text("# Letter\n\n## 1 Secret\n\nThe board must know.\n", encoding="utf-8")
    common = 'owner = "tests"\nlanguage = "en"\n'
    (folder / "sources.toml").write_text(
        f'[[source]]\nid = "handbook"\npath = "handbook.md"\ntitle = "Handbook"\ngroups = ["public"]\n{common}'
        f'[[source]]\nid = "letter"\npath = "letter.md"\ntitle = "Letter"\ngroups = ["board"]\n{common}',
        encoding="utf-8",
    )
    async with application(read_settings()) as running:
        await running.ingest.run(asked(folder / "sources.toml"))
        held = await running.index.scroll(CLAUSES, [Equals("document_id", "handbook")])
    chunks = {str(hit.payload["text"]): evidence_of(hit, 0.0, {}).item.id for hit in held}
    lines: list[Mapping[str, object]] = []
    for at, one in enumerate(made):
        chunk = next(name for words, name in chunks.items() if one.rule in words)
        named = {"clause_id": f"handbook#{2 * at + 2}"} if at % 2 else {"chunk_id": chunk}
        lines += [
            {"question": one.question, **named, "relevant": True, "reviewer": "a.berg", "at": "2026-11-22T09:30:00Z"},
            {"question": f"{one.question} ", "clause_id": f"handbook#{2 * at + 1}", "relevant": False},
        ]
    return lines


def test_reviewed_feedback_is_learned_from_as_a_dataset_is(
    ingested: Sequence[Mapping[str, object]], dataset: Path, var: Path, tmp_path: Path
) -> None:
    feedback, figures = tmp_path / "reviewed.jsonl", tmp_path / "figures.json"
    write_lines(feedback, ingested)
    code, output = tune("retrieval", "--feedback", feedback, "--json", figures)
    assert code == 0, output
    told = json.loads(figures.read_text(encoding="utf-8"))
    assert told["promoted"], told["reason"]
    card = told["trained_on"]
    assert (card["dataset"], card["split"], card["questions"], card["reviewed"]) == (
        "reviewed.jsonl",
        "reviewed",
        TOPICS,
        TOPICS,
    )
    assert all(one["untuned"]["recall@10"] == 1.0 for one in told["trials"][0]["evaluations"])  # every clause was found
    current = RankerShelf(var / "rankers").current()
    assert current is not None
    assert current.trained_on.reviewed == TOPICS
    assert "handbook#" not in (var / "rankers" / f"{current.version}.json").read_text(encoding="utf-8")

    code, output = tune("retrieval", "--feedback", feedback, "--dataset", dataset, "--json", figures, "--dry-run")
    assert code == 0, output
    card = json.loads(figures.read_text(encoding="utf-8"))["trained_on"]
    assert (card["dataset"], card["questions"], card["reviewed"]) == ("planted + reviewed.jsonl", 2 * TOPICS, TOPICS)
    assert {one.name for one in (var / "evals").iterdir()} == {"planted"}  # feedback has no installation of its own


def test_feedback_about_what_its_reader_cannot_find_is_refused_by_line(
    ingested: Sequence[Mapping[str, object]], tmp_path: Path
) -> None:
    feedback = tmp_path / "reviewed.jsonl"
    unknown = [
        {"question": "who must know", "clause_id": "letter#1", "relevant": True},
        {"question": "who must know", "clause_id": "handbook#9999", "relevant": False},
        {"question": "who must know", "chunk_id": "rev_0:0-9", "relevant": True},
    ]
    write_lines(feedback, [*ingested, *unknown])
    code, output = tune("retrieval", "--feedback", feedback)
    told = " ".join(output.split())
    assert code == 1
    for number, one in enumerate(unknown, start=len(ingested) + 1):
        assert f"line {number}: " in told
        assert f"there is no {one.get('clause_id') or one['chunk_id']} among" in told


def test_too_little_feedback_says_how_much_is_needed(var: Path, tmp_path: Path) -> None:
    feedback = tmp_path / "reviewed.jsonl"
    lines = [{"question": f"question {at}", "clause_id": "handbook#2", "relevant": at > 0} for at in range(4)]
    write_lines(feedback, lines)
    code, output = tune("retrieval", "--feedback", feedback)
    told = " ".join(output.split())
    assert (code, "3 questions with something relevant; 50 are needed" in told) == (1, True)
    assert not (var / "rankers").exists()


def test_nothing_ingested_and_nothing_to_learn_from_are_told(var: Path, tmp_path: Path) -> None:
    feedback = tmp_path / "reviewed.jsonl"
    write_lines(feedback, [{"question": f"q {at}", "clause_id": "handbook#2", "relevant": True} for at in range(50)])
    code, output = tune("retrieval", "--feedback", feedback)
    assert (code, "run `toulmin ingest` first" in " ".join(output.split())) == (1, True)
    assert not (var / "rankers").exists()
    code, output = tune("retrieval")
    assert (code, "--feedback" in output) == (2, True)


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
