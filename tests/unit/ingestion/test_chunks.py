"""Clauses as chunks."""

import pytest

from ingestion.chunks import LONGEST_CHUNK, sentence_spans, split_chunks
from ingestion.clauses import split_clauses
from retrieval.corpus import Chunk, Document, Revision


def _chunks(text: str) -> tuple[Chunk, ...]:
    revision = Revision(
        id="rev_1",
        document=Document(id="policy", title="Policy", source="policy.md", owner="credit-risk"),
        content_sha256="0",
        canonical_text=text,
        valid_from_generation=1,
    )
    chunks = split_chunks(revision, split_clauses(revision))
    assert all(chunk.text == text[chunk.span.start : chunk.span.end] for chunk in chunks)
    assert all(chunk.id == f"rev_1:{chunk.span.start}-{chunk.span.end}" for chunk in chunks)
    return chunks


def _solid(text: str) -> str:
    return "".join(text.split())


def test_a_short_clause_is_one_chunk_and_a_bare_heading_above_others_is_none() -> None:
    chunks = _chunks("# Policy\n\n## 4 Data\n\n**4.1 Sources.** Use sales.\n\n## 5 Repealed\n")
    assert [chunk.clause_key for chunk in chunks] == ["4.1", "5"]
    assert chunks[0].headings == ("Policy", "Data")


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("# Policy\n\n---\n\n## 4 Data\n\nUse sales.\n", ["4"]),
        (
            "# Policy\n\n- 6-1-1702. Duty to tell.\n(1) Everybody is told by the carrier of every right.\n",
            ["section-6-1-1702(1)"],
        ),
        ("# Policy\n\n## 4 Data\n\n* * *\n\n### 4.1 Sources\n\nUse sales.\n\n---\n\n## 5 Fees\n", ["4.1", "5"]),
    ],
)
def test_what_the_heading_chain_repeats_and_what_has_no_words_is_no_chunk(text: str, keys: list[str]) -> None:
    assert [chunk.clause_key for chunk in _chunks(text)] == keys


def test_words_that_no_heading_chain_has_stay_in_a_chunk() -> None:
    title = "4.1 Amendment of a permission other than the addition of an activity that somebody else has applied for"
    duty = "4.2 No operator may pay others for orders that they bring to it, in money or otherwise, unless"
    items = "(a) it has told them; and\n(b) they agree."
    text = f"# Policy\n\n{title}\n\n4.1.1 The form is signed.\n\n{duty}\n{items}\n"
    chunks = _chunks(text)
    assert [(chunk.clause_key, chunk.text.split()[1]) for chunk in chunks] == [
        ("4.1", "Amendment"),
        ("4.1.1", "The"),
        ("4.2", "No"),
    ]
    assert chunks[2].text.endswith("(b) they agree.")


def test_parts_of_a_sentence_stay_together() -> None:
    text = """## Article 7 Compensation
1. Passengers shall receive:
(a) EUR 250 for flights of up to 1500 kilometres;
(b) EUR 400 for all other flights.
The distance is measured on the great circle.
2. Paragraph 1 applies once.
"""
    chunks = _chunks(text)
    assert [chunk.clause_key for chunk in chunks] == ["article-7(1)", "article-7(2)"]
    assert chunks[0].text.endswith("great circle.")


def test_items_that_are_sentences_and_definitions_stand_alone() -> None:
    text = """## Article 2 Definitions
For the purposes of this law:
(1) "carrier" means an undertaking that carries passengers by air under a licence;
(2) 'delay' means the time between the planned and the actual arrival of a flight.

## Article 3 Duties
(a) The carrier informs every passenger in writing of the rights under this law.
(b) The carrier keeps what it was told by passengers for a period of two years.
"""
    assert [chunk.clause_key for chunk in _chunks(text)] == [
        "article-2",
        "article-2(2)",
        "article-3(a)",
        "article-3(b)",
    ]


def test_stubs_are_joined_under_their_parent() -> None:
    listed = "(a) The mayor shall list all property with its value once in every year."
    text = f"## Section 4\n{listed}\n(b) Repealed.\n(c) Repealed.\n"
    chunks = _chunks(text)
    assert [chunk.clause_key for chunk in chunks] == ["section-4(a)", "section-4"]
    assert chunks[1].text == "(b) Repealed.\n(c) Repealed."


def test_a_long_list_breaks_between_its_items() -> None:
    items = [f"({letter}) {'word ' * 60}end of {letter};" for letter in "abcdefg"]
    text = "## Article 9\n1. The carrier shall offer:\n" + "\n".join(items)
    chunks = _chunks(text)
    assert len(chunks) == 3
    assert all(chunk.text.startswith(("1.", "(")) for chunk in chunks)
    assert all(chunk.text.endswith(";") for chunk in chunks)
    assert [chunk.clause_key for chunk in chunks] == ["article-9(1)", "article-9(1)", "article-9(1)(g)"]
    assert chunks[2].headings == ("Article 9",)


def test_a_long_clause_breaks_between_sentences_and_loses_nothing() -> None:
    sentences = [f"Sentence number {n} says that a house\nhas {n} rooms." for n in range(100)]
    text = "# Long\n\n" + "\n\n\n".join(sentences)
    chunks = _chunks(text)
    assert len(chunks) > 3
    assert all(len(chunk.text.split()) <= LONGEST_CHUNK for chunk in chunks)
    assert all(chunk.text.endswith("rooms.") for chunk in chunks)
    assert _solid("".join(chunk.text for chunk in chunks)) == _solid(text)


def test_a_long_table_breaks_between_its_rows_and_repeats_nothing() -> None:
    rows = [f"| Row {n}. It has words. | {'cell ' * 20}| {n} |" for n in range(60)]
    text = "## Annex I Fees\n\n| Name | Words | Number |\n|---|---|---|\n" + "\n".join(rows) + "\n\nAfter the table.\n"
    chunks = _chunks(text)
    lines = [line for chunk in chunks for line in chunk.text.split("\n") if line.startswith("| Row")]
    assert lines == rows
    assert len(chunks) > 5
    assert {chunk.clause_key for chunk in chunks} == {"annex-i"}


def test_a_row_stays_whole_though_it_is_long() -> None:
    row = "| " + "One sentence. " * 300 + "|"
    spans = sentence_spans(f"Before.\n{row}\nAfter.")
    assert (8, 8 + len(row)) in spans


@pytest.mark.parametrize("joint", ["No. 261/2004", "e.g. Monday", "42 U.S.C. Section", "Art. 7", "J. Smith"])
def test_abbreviations_end_no_sentence(joint: str) -> None:
    words = " ".join(f"Sentence {n} is about {joint} and more." for n in range(100))
    spans = sentence_spans(words)
    assert len(spans) > 1
    assert all(words[start:end].endswith("more.") for start, end in spans)


def test_parts_are_of_nearly_one_length() -> None:
    words = " ".join(f"Sentence {n} is short." for n in range(60))
    lengths = [len(words[start:end].split()) for start, end in sentence_spans(words)]
    assert lengths == [120, 120]


def test_an_endless_word_is_cut() -> None:
    words = "x" * 24 * 500
    spans = sentence_spans(words, offset=7)
    assert len(spans) > 1
    assert spans[0][0] == 7
    assert spans[-1][1] == 7 + len(words)
