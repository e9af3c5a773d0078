"""What stays and what changes between two versions of a text."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.wording import Stretch, changed_words, compare

TEXT = st.text(alphabet="ab .\n", max_size=60)


def change(removed: str, added: str) -> Stretch:
    return Stretch(same="", removed=removed, added=added)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("At least 14 days before.", "At least 21 days before.", (change("14", "21"),)),
        ("It is owed.", "It is not owed.", (change("", "not"),)),
        ("One. Two. Three.", "One. Three.", (change("Two.", ""),)),
        ("same words", "same\n  words", ()),
        ("old", "", (change("old", ""),)),
        ("", "", ()),
    ],
)
def test_only_what_changes_is_named(before: str, after: str, expected: tuple[Stretch, ...]) -> None:
    assert changed_words(before, after) == expected


@given(TEXT, TEXT)
def test_both_versions_can_be_read_from_the_stretches(before: str, after: str) -> None:
    stretches = compare(before, after)
    assert " ".join(f"{one.same} {one.removed}" for one in stretches).split() == before.split()
    assert " ".join(f"{one.same} {one.added}" for one in stretches).split() == after.split()


def test_what_stays_before_a_change_is_one_stretch() -> None:
    stretches = compare("A first sentence. A second. The third one.", "A first sentence. A second. The last one.")
    assert [one.same for one in stretches] == ["A first sentence. A second. The", "one."]


@pytest.mark.parametrize("sentence", ["Clause {} says the same as ever.", "All sentences are the same."])
def test_a_long_text_is_compared_at_once(sentence: str) -> None:
    before = " ".join(sentence.format(number) for number in range(8_000))
    began = time.perf_counter()
    changes = changed_words(before + " Fourteen days.", before + " Thirty days.")
    assert time.perf_counter() - began < 5
    assert changes == (change("Fourteen", "Thirty"),)


def test_a_passage_too_long_for_words_is_shown_as_replaced() -> None:
    before, after = ("word " * 3_000).strip(), ("other " * 3_000).strip()
    assert changed_words(before, after) == (change(before, after),)
