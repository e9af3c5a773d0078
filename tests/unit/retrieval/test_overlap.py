"""How the words of a question lie in passages, worked out by hand."""

import math

import pytest

from retrieval.overlap import WINDOW, Asking, Wording, overlaps

HOTEL = Wording.read("The hotel room is paid for stranded passengers under Rule 2.1 of the COBS.", ("Lodging",))
OTHER = Wording.read("Passengers wait. A room was a hotel once.", ())


def idf(held: int, count: int = 2) -> float:
    return math.log(1 + (count - held + 0.5) / (held + 0.5))


def test_words_are_as_rare_as_they_are_among_the_candidates() -> None:
    asking = Asking.read("hotel paid unicorn", [HOTEL, OTHER])
    assert asking.idf == pytest.approx({"hotel": idf(2), "paid": idf(1), "unicorn": idf(0)})


def test_shares_are_of_the_questions_different_words() -> None:
    asking = Asking.read("hotel paid unicorn hotel", [HOTEL, OTHER])
    found = overlaps(asking, HOTEL)
    total = idf(2) + idf(1) + idf(0)
    assert found["covered"] == pytest.approx(2 / 3)
    assert found["covered_idf"] == pytest.approx((idf(2) + idf(1)) / total)
    assert found["missing"] == pytest.approx(idf(0))
    assert found["present"] == pytest.approx(idf(1))
    assert found["rarest"] == 2.0


def test_pairs_and_runs_want_the_words_beside_each_other() -> None:
    asking = Asking.read("hotel room", [HOTEL, OTHER])
    assert overlaps(asking, HOTEL)["pairs"] == pytest.approx(1.0)
    assert overlaps(asking, HOTEL)["run"] == pytest.approx(1.0)
    assert overlaps(asking, OTHER)["pairs"] == 0.0
    assert overlaps(asking, OTHER)["run"] == pytest.approx(0.5)


def test_a_window_sees_only_words_that_stand_together() -> None:
    far = Wording.read("hotel " + "filler " * WINDOW + "room", ())
    asking = Asking.read("hotel room", [far])
    assert overlaps(asking, far)["covered"] == 1.0
    assert overlaps(asking, far)["window"] == pytest.approx(0.5)
    near = Wording.read("filler " * WINDOW + "hotel room", ())
    assert overlaps(asking, near)["window"] == pytest.approx(1.0)


def test_numbers_names_and_acronyms_stand_as_they_are() -> None:
    asking = Asking.read("What does Rule 2.1 of COBS say?", [HOTEL, OTHER])
    found = overlaps(asking, HOTEL)
    assert (found["numbers"], found["acronyms"]) == (1.0, 1.0)
    assert overlaps(asking, OTHER)["numbers"] == 0.0


def test_words_that_only_the_headings_have_are_above() -> None:
    asking = Asking.read("lodging hotel", [HOTEL, OTHER])
    assert overlaps(asking, HOTEL)["above"] == pytest.approx(idf(0) / (idf(0) + idf(2)))


@pytest.mark.parametrize("question", ["", "the of and", "???", "\u200f"])
def test_a_question_without_words_measures_nothing(question: str) -> None:
    found = overlaps(Asking.read(question, [HOTEL]), HOTEL)
    assert found["covered"] == found["window"] == found["run"] == 0.0
    assert all(math.isfinite(value) for value in found.values())
