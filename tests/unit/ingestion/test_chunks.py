"""Clauses as chunks."""

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


def test_a_short_clause_is_one_chunk_and_a_bare_heading_above_others_is_none() -> None:
    chunks = _chunks("# Policy\n\n## 4 Data\n\n**4.1 Sources.** Use sales.\n\n## 5 Repealed\n")
    assert [chunk.clause_key for chunk in chunks] == ["4.1", "5"]
    assert chunks[0].headings == ("Policy", "Data")


def test_a_long_clause_breaks_between_sentences_and_loses_nothing() -> None:
    sentences = [f"Sentence number {n} says that a house\nhas {n} rooms." for n in range(100)]
    text = "# Long\n\n" + "\n\n\n".join(sentences)
    chunks = _chunks(text)
    assert len(chunks) > 3
    assert all(len(chunk.text.split()) <= LONGEST_CHUNK for chunk in chunks)
    assert all(chunk.text.endswith("rooms.") for chunk in chunks)
    assert "".join("".join(chunk.text.split()) for chunk in chunks) == "".join(text.split())


def test_an_endless_word_is_cut() -> None:
    words = "x" * 24 * 500
    spans = sentence_spans(words, offset=7)
    assert len(spans) > 1
    assert spans[0][0] == 7
    assert spans[-1][1] == 7 + len(words)
