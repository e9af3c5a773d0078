"""Whatever the text, sentences are slices of it, in order, and only white space lies between them."""

from hypothesis import given
from hypothesis import strategies as st

from decision.packs.policy.sentences import sentences, shared, stems

TEXTS = st.text(alphabet=st.sampled_from("aB7 .!?\n\"'()*-:éß\u2019\u201d"), max_size=80)


@given(TEXTS)
def test_sentences_are_slices_that_share_out_the_text(text: str) -> None:
    end = 0
    for sentence in sentences(text):
        assert text[sentence.start : sentence.end] == sentence.text
        assert not text[end : sentence.start].strip()
        end = sentence.end
    assert not text[end:].strip()


@given(TEXTS, TEXTS)
def test_a_text_covers_itself_and_more_text_never_covers_less(wanted: str, more: str) -> None:
    stems_wanted = stems(wanted)
    assert shared(stems_wanted, stems_wanted) == stems_wanted
    assert shared(stems_wanted, stems(more)) <= shared(stems_wanted, stems(more) | stems(wanted))
