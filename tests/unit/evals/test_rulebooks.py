"""Made-up rulebooks are always the same, as long as real ones, and read as such by the product."""

import json
from itertools import pairwise
from pathlib import Path

import pytest

from evals.bench.llama_index_pipeline import passages
from evals.bench.rulebooks import change, questions, rulebook, write_dataset, write_rulebooks
from evals.datasets import EvaluationError
from ingestion.chunks import split_chunks
from ingestion.clauses import split_clauses
from retrieval.corpus import Document, Revision


def words_of(block: str) -> int:
    return len(block.split())


def test_the_same_seed_gives_the_same_files_and_another_seed_other_ones(tmp_path: Path) -> None:
    def texts(name: str, seed: int) -> list[str]:
        return [path.read_text(encoding="utf-8") for path in write_rulebooks(tmp_path / name, 90, seed, documents=4)]

    once = texts("once", 7)
    assert once == texts("again", 7)
    assert set(once).isdisjoint(texts("other", 8))
    assert [len(passages(text)) for text in once] == [23, 23, 22, 22]


def test_names_tell_seeds_apart_so_that_two_corpora_can_be_ingested_side_by_side(tmp_path: Path) -> None:
    one, other = (write_rulebooks(tmp_path / str(seed), 10, seed, documents=2) for seed in (1, 2))
    assert {path.name for path in one}.isdisjoint(path.name for path in other)


def test_passages_are_as_long_as_those_of_rulebooks_and_all_different() -> None:
    found = passages("\n\n".join(rulebook(1, 0, 3_000)))
    lengths = sorted(words_of(passage) for passage in found)
    assert len(set(found)) == 3_000
    assert 50 < sum(lengths) / len(lengths) < 70
    assert lengths[300] < 35
    assert lengths[-30] > 120


def test_the_product_finds_about_the_passages_that_were_written() -> None:
    text = "\n\n".join(rulebook(1, 0, 200))
    document = Document(id="d", title="d", source="d.md", owner="o")
    revision = Revision(id="r", document=document, content_sha256="0" * 64, canonical_text=text)
    chunks = split_chunks(revision, split_clauses(revision))
    assert 200 <= len(chunks) <= 220
    assert all(one.span.end <= other.span.start for one, other in pairwise(chunks))


def test_a_change_is_one_passage(tmp_path: Path) -> None:
    (document,) = write_rulebooks(tmp_path / "books", 20, 1, documents=1)
    before = passages(document.read_text(encoding="utf-8"))
    change(document, "One more sentence.")
    after = passages(document.read_text(encoding="utf-8"))
    different = [(one, other) for one, other in zip(before, after, strict=True) if one != other]
    assert [other.removeprefix(one) for one, other in different] == [" One more sentence."]


def test_questions_are_words_of_the_documents(tmp_path: Path) -> None:
    (document,) = write_rulebooks(tmp_path / "books", 20, 1, documents=1)
    text = " ".join(document.read_text(encoding="utf-8").split())
    asked = questions(tmp_path / "books", 30, seed=1)
    assert asked == questions(tmp_path / "books", 30, seed=1)
    assert all(question in text for question in asked)


def test_the_passages_of_a_dataset_become_documents(tmp_path: Path) -> None:
    rows = [
        {"_id": "a", "title": "1.1", "text": "First\nrule.", "metadata": {"document_id": 3}},
        {"_id": "b", "title": "1.2", "text": "", "metadata": {"document_id": 3}},
        {"_id": "c", "title": "1.3", "text": "Third rule.", "metadata": {"document_id": 3}},
        {"_id": "d", "title": "", "text": "Another document."},
    ]
    (tmp_path / "corpus.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    written = write_dataset(tmp_path / "books", tmp_path)
    assert {path.name: passages(path.read_text(encoding="utf-8")) for path in written} == {
        "document-3.md": ["Document 3\n1.1 First rule.", "Document 3\n1.3 Third rule."],
        "document-1.md": ["Document 1\nAnother document."],
    }
    assert len(passages(write_dataset(tmp_path / "fewer", tmp_path, limit=1)[0].read_text(encoding="utf-8"))) == 1


def test_a_dataset_without_words_is_refused(tmp_path: Path) -> None:
    (tmp_path / "corpus.jsonl").write_text('{"_id": "a", "text": ""}\n', encoding="utf-8")
    with pytest.raises(EvaluationError, match="no passage"):
        write_dataset(tmp_path / "books", tmp_path)
