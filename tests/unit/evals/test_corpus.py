"""A dataset's passages as a revision: every clause and chunk is an exact slice of the canonical text."""

from evals.corpus import corpus_revision
from evals.datasets import Passage

LONG = "This sentence is one of many. " * 100
CORPUS = {
    "a": Passage(None, "The first passage."),
    "b": Passage("Hotels", "The second.\n\nIt has two paragraphs."),
    "c": Passage(None, LONG.strip()),
}


def test_every_passage_is_a_clause_with_its_own_words() -> None:
    parsed = corpus_revision("sample", CORPUS)
    text = parsed.revision.canonical_text
    assert {clause.key: text[clause.span.start : clause.span.end] for clause in parsed.clauses} == {
        key: passage.text for key, passage in CORPUS.items()
    }


def test_a_long_passage_has_several_chunks_and_each_is_a_slice() -> None:
    parsed = corpus_revision("sample", CORPUS)
    assert all(
        chunk.text == parsed.revision.canonical_text[chunk.span.start : chunk.span.end] for chunk in parsed.chunks
    )
    assert [chunk.clause_key for chunk in parsed.chunks][:2] == ["a", "b"]
    assert sum(chunk.clause_key == "c" for chunk in parsed.chunks) > 1
    assert parsed.chunks[1].headings == ("Hotels",)


def test_other_words_are_another_revision() -> None:
    changed = {**CORPUS, "a": Passage(None, "The first passage, changed.")}
    assert corpus_revision("sample", CORPUS).fingerprint == corpus_revision("sample", dict(CORPUS)).fingerprint
    assert corpus_revision("sample", CORPUS).revision.id != corpus_revision("sample", changed).revision.id
