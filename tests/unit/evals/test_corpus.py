"""A dataset's passages as revisions: every clause and chunk is an exact slice of the canonical text."""

from evals.corpus import lay_out
from evals.datasets import Passage

LONG = "This sentence is one of many. " * 100
ALONE = {
    "a": Passage(None, "The first passage."),
    "b": Passage("Hotels", "The second.\n\nIt has two paragraphs."),
    "c": Passage(None, LONG.strip()),
}
RULEBOOK = {
    "0": Passage(None, 'This General Rulebook ("GEN") applies to every firm and to everyone it employs.', "1", "1.1"),
    "1": Passage(None, "Resources", "1", "PART 3.3"),
    "2": Passage(None, "Financial resources", "1", "PART 3.3.2"),
    "3": Passage(None, "A firm must maintain adequate resources.", "1", "PART 3.3.2.(1)"),
    "4": Passage(None, "Rule 3.2(1) does not apply to those who follow COBS 6.4.1(a).", "1", "PART 3.3.2.(2)"),
    "5": Passage(None, "A client must be told of GEN Rule 3.2(1) in writing before anything else.", "2", "6.4.1"),
}


def test_a_passage_without_a_document_is_one_of_its_own() -> None:
    laid_out = lay_out(ALONE)
    assert [one.parsed.revision.canonical_text for one in laid_out] == [one.text for one in ALONE.values()]
    assert [list(one.passages.values()) for one in laid_out] == [["a"], ["b"], ["c"]]
    assert laid_out[1].parsed.chunks[0].headings == ("Hotels",)
    assert len(laid_out[2].parsed.chunks) > 1


def test_sections_of_a_document_have_keys_parents_and_headings() -> None:
    rulebook, other = (one.parsed for one in lay_out(RULEBOOK))
    assert [(one.key, one.parent) for one in rulebook.clauses] == [
        ("1.1", None),
        ("3", None),
        ("3.2", "3"),
        ("3.2(1)", "3.2"),
        ("3.2(2)", "3.2"),
    ]
    assert rulebook.clauses[-1].headings == ("Resources", "Financial resources")
    assert other.revision.document.id != rulebook.revision.document.id


def test_headings_are_clauses_but_no_chunks() -> None:
    rulebook = lay_out(RULEBOOK)[0].parsed
    assert [one.clause_key for one in rulebook.chunks] == ["1.1", "3.2(1)", "3.2(2)"]
    text = rulebook.revision.canonical_text
    assert all(one.text == text[one.span.start : one.span.end] for one in rulebook.chunks)


def test_what_a_section_cites_is_linked_in_its_document_and_by_name_in_others() -> None:
    rulebook, other = (one.parsed for one in lay_out(RULEBOOK))
    assert rulebook.chunks[-1].links == ("1#3.2(1)", "COBS#6.4.1(a)")
    assert rulebook.revision.document.cited_as == ("GEN",)
    assert other.chunks[0].links == ("GEN#3.2(1)",)


def test_other_words_are_another_revision() -> None:
    changed = {**ALONE, "a": Passage(None, "The first passage, changed.")}
    before, after = ([one.parsed for one in lay_out(corpus)] for corpus in (ALONE, changed))
    assert before[0].revision.id != after[0].revision.id
    assert before[1:] == after[1:]
