"""Sentences keep their exact places, and full stops that end nothing end nothing."""

import pytest

from decision.packs.policy.sentences import sentences, shared, stems


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One. Two.", ["One.", "Two."]),
        ("See Art. 7(1) and Reg. 261/2004. It applies.", ["See Art. 7(1) and Reg. 261/2004.", "It applies."]),
        ("Meals, e.g. Breakfast, are due. So is tea.", ["Meals, e.g. Breakfast, are due.", "So is tea."]),
        ("It costs 3.50 a day. No more.", ["It costs 3.50 a day.", "No more."]),
        ("S.I. 2019/278, reg. 8 applies. Really?  Yes!", ["S.I. 2019/278, reg. 8 applies.", "Really?", "Yes!"]),
        ('He said "stop." Then he left.', ['He said "stop."', "Then he left."]),
        ("**4.2 Title.** Text here. More.", ["**4.2 Title.**", "Text here.", "More."]),
        ("1. First point is this. 2. Second.", ["1. First point is this.", "2.", "Second."]),
        ("A list:\n- one thing\n- another thing", ["A list:", "- one thing", "- another thing"]),
        ("No end\n\nNext paragraph", ["No end", "Next paragraph"]),
        ("  \n ", []),
    ],
)
def test_splitting(text: str, expected: list[str]) -> None:
    assert [sentence.text for sentence in sentences(text)] == expected


def test_places_are_exact() -> None:
    text = "  First one.\n\n  Second (see Art. 3) one!  Third"
    for sentence in sentences(text):
        assert text[sentence.start : sentence.end] == sentence.text


def test_stems_join_forms_of_a_word_and_leave_out_what_says_nothing() -> None:
    assert stems("What is the refund?") == stems("refunds")
    assert shared(stems("compensated"), stems("compensation is due")) == stems("compensated")
    assert shared(stems("hotel"), stems("hostel")) == frozenset()
    assert stems("when is it?") == frozenset()
