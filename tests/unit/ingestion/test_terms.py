"""Which of its chunks defines a term."""

from ingestion.terms import LONGEST, terms_defined
from retrieval.corpus import Chunk, Definition, Span


def _chunk(name: str, start: int, end: int) -> Chunk:
    return Chunk(
        id=name,
        revision_id="r",
        document_id="d",
        clause_key=name,
        headings=(),
        span=Span(start=start, end=end),
        text="x" * (end - start),
    )


def _definition(term: str, start: int) -> Definition:
    return Definition(term=term, clause_key="1", span=Span(start=start, end=start + 5))


CHUNKS = [_chunk("b", 50, 90), _chunk("a", 10, 40)]


def test_the_chunk_in_which_a_definition_begins_defines_the_term() -> None:
    found = terms_defined(CHUNKS, [_definition("bank", 10), _definition("\u0130zmir", 39), _definition("loan", 50)])
    assert found == {"a": ["bank", "\u0130zmir"], "b": ["loan"]}


def test_what_no_chunk_holds_defines_nothing() -> None:
    assert terms_defined(CHUNKS, [_definition("title", 0), _definition("gap", 40), _definition("end", 90)]) == {}
    assert terms_defined([], [_definition("bank", 10)]) == {}
    assert terms_defined(CHUNKS, []) == {}


def test_a_sentence_is_no_term() -> None:
    assert terms_defined(CHUNKS, [_definition("x" * (LONGEST + 1), 10)]) == {}


def test_many_definitions_are_placed_in_linear_time() -> None:
    chunks = [_chunk(str(at), 10 * at, 10 * at + 10) for at in range(20_000)]
    found = terms_defined(chunks, [_definition(f"term {at}", at) for at in range(0, 200_000, 2)])
    assert (len(found), len(found["7"])) == (20_000, 5)
