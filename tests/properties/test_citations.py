"""Properties of citations and narrations, over random texts."""

import re
from hashlib import sha256

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from decision.decision import PassageRef
from explain.citations import QUOTE_LIMIT, CitationError, cite, verify
from explain.narration import MOST_OF_A_KIND, narrate
from explain.reasons import Reason, sentence
from retrieval.corpus import Document, Revision, Span

TEXTS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=3000)


def stored(text: str) -> Revision:
    return Revision(
        id="r",
        document=Document(id="d", title="D", source="d.md", owner="legal"),
        content_sha256=sha256(text.encode()).hexdigest(),
        canonical_text=text,
        valid_from_generation=1,
    )


@st.composite
def texts_with_spans(draw: st.DrawFn) -> tuple[str, Span]:
    text = draw(TEXTS)
    start = draw(st.integers(0, len(text)))
    return text, Span(start=start, end=draw(st.integers(start, len(text))))


def passage(span: Span) -> PassageRef:
    return PassageRef(revision_id="r", document_id="d", key="1", span=span)


@given(texts_with_spans())
def test_a_quote_is_the_slice_or_the_reference_is_reported(drawn: tuple[str, Span]) -> None:
    text, span = drawn
    cited = cite([passage(span)], {"r": stored(text)}, {})
    assert len(cited.citations) + len(cited.unresolved) == 1
    for one in cited.citations:
        assert text[one.char_start : one.char_end] == one.quote
        assert span.start <= one.char_start < one.char_end <= span.end
        assert 0 < len(one.quote) <= QUOTE_LIMIT
        verify(one, text)


@given(texts_with_spans(), TEXTS)
def test_another_text_never_verifies(drawn: tuple[str, Span], other: str) -> None:
    text, span = drawn
    assume(text != other)
    for one in cite([passage(span)], {"r": stored(text)}, {}).citations:
        with pytest.raises(CitationError):
            verify(one, other)


@given(texts_with_spans(), st.integers(0, 599), st.characters(codec="utf-8"))
def test_an_altered_quote_never_verifies(drawn: tuple[str, Span], place: int, letter: str) -> None:
    text, span = drawn
    for one in cite([passage(span)], {"r": stored(text)}, {}).citations:
        at = place % len(one.quote)
        altered = one.quote[:at] + letter + one.quote[at + 1 :]
        assume(altered != one.quote)
        with pytest.raises(CitationError):
            verify(one.model_copy(update={"quote": altered}), text)


HOSTILE = st.text(st.sampled_from(["[", "]", "1", "2", "٣", " ", ".", "a", "\n"]), max_size=20)


@given(st.lists(st.tuples(HOSTILE, st.sets(st.integers(1, 5))), max_size=6))
def test_a_narration_has_no_marker_that_its_reasons_lack(drawn: list[tuple[str, set[int]]]) -> None:
    reasons = [Reason(kind="outcome", text=sentence(words), citations=tuple(sorted(ns))) for words, ns in drawn]
    markers = {int(n) for n in re.findall(r"\[(\d+)\]", narrate(reasons))}
    assert markers == {n for _, ns in drawn[:MOST_OF_A_KIND] for n in ns}
