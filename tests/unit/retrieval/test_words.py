"""Texts to weighed words: any script, any length, and fields that never meet."""

import pytest

from retrieval.words import tokens, weigh_passage, weigh_question, weigh_shared


def score(question: str, text: str, *headings: str) -> float:
    passage = weigh_passage(text, headings)
    return sum(weight * passage.get(word, 0.0) for word, weight in weigh_question(question).items())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The firms\u2019 obligations, and Rule \u200e6.2.1", ["firm", "oblig", "rule", "6", "2", "1"]),
        ("a firm's ﬁne", ["firm", "fine"]),
        ("\u65e5\u672c", ["\u65e5", "\u672c"]),
        ("\u0939\u093f\u0928\u094d\u0926\u0940", ["\u0939\u093f\u0928\u094d\u0926\u0940"]),
        ("Gr\u00fc\u00dfe\x00\x07\ud800", ["gr\u00fc\u00dfe"]),
        ("", []),
        ("the of and", []),
    ],
)
def test_tokens(text: str, expected: list[str]) -> None:
    assert tokens(text) == expected


def test_long_texts_are_weighed() -> None:
    assert len(weigh_question("a" * 100_000)) == 2
    assert len(weigh_passage("loan " * 50_000)) == 2


def test_numbers_of_words_are_32_bits_and_the_same_in_every_process() -> None:
    weights = weigh_passage("loan limits", ["Loans"])
    assert all(0 <= number < 2**32 for number in weights)
    assert sorted(weights) == [97717507, 1066854496, 1833849459, 2245201155]


def test_words_beside_each_other_and_headings_count() -> None:
    assert score("loan limit", "the loan limit") > score("loan limit", "the limit of a house and the loan") > 0
    assert score("loan", "of houses", "Loans") > 0
    assert score("loan", "a loan") > score("loan", "of houses", "Loans")
    assert score("house", "a loan", "Limits") == 0


def test_what_a_question_shares_with_a_passage_weighs_as_in_the_passage() -> None:
    text, asked = "The loan limits of a loan are limits.", weigh_question("loan limits of banks")
    whole = weigh_passage(text)
    assert weigh_shared(text, asked) == {word: weight for word, weight in whole.items() if word in asked}
    assert len(weigh_shared(text, asked)) == 3  # loan, limit, and the pair of them
