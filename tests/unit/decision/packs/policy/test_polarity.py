"""Opposites between a question and a sentence."""

import pytest

from decision.packs.policy.polarity import opposite


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        ("Who reviews an estimate above the threshold?", "Below the threshold an evaluation may stand in."),
        ("What if the delay exceeds three hours?", "A delay of less than three hours gives no right."),
        ("What if the delay is less than three hours?", "A delay of more than three hours is compensated."),
        ("When is a passenger NOT owed a hotel?", "The passenger is owed a hotel."),
        ("May compensation be increased?", "Compensation may be reduced by half."),
        ("When isn't a refund due?", "A refund is due after a cancellation."),
        ("What if it takes more than a week?", "It takes no more than a week."),
    ],
)
def test_the_opposite_is_seen(question: str, sentence: str) -> None:
    assert opposite(question, sentence)
    assert not opposite(question, question)


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        ("Are volunteers not compensated?", "A volunteer receives no compensation."),
        ("When is a hotel owed?", "A hotel is not owed on the same day."),
        ("How late may notice be given before departure?", "Notice before departure is earlier than notice after it."),
        ("Who approves a higher price?", "A higher price may be approved in writing."),
    ],
)
def test_what_merely_answers_is_no_opposite(question: str, sentence: str) -> None:
    assert not opposite(question, sentence)
