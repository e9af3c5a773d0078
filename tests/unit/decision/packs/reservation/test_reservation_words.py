"""What customers say, and what requests are called, is read as the few kinds that the policy tells apart."""

from datetime import UTC, datetime, timedelta

import pytest

from decision.packs.reservation.claims_made import OnRecord, compare
from decision.packs.reservation.phrases import complaints_of, flights_named, is_doubtful, keeps_journey, reason_of
from decision.packs.reservation.wishes import wishes_of

NOW = datetime(2026, 6, 1, 15, tzinfo=UTC)
RECORD = OnRecord("silver", 2, insured=False, asked_at=NOW, booked_at=NOW - timedelta(hours=30), troubles=frozenset())


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("traveller is sick (health)", "health"),
        ("I came down with the flu", "health"),
        ("not feeling well", "health"),
        ("the doctor says I must not fly", "health"),
        ("it is not because of the weather but because I am ill", "health"),
        ("a hurricane is forecast", "weather"),
        ("double booking; traveller is healthy", "change_of_plan"),
        ("my health is fine, the plans changed", "change_of_plan"),
        ("lovely weather here, so I stay", "other"),
        ("not sick, just bored", "other"),
        ("without any illness", "other"),
        ("no one is ill", "other"),
        ("my dog is sick", "other"),
        ("a medical conference was moved", "other"),
        ("I'll be away", "other"),
        ("a friend's birthday", "other"),
        ("not stated", "not_stated"),
        ("", "not_stated"),
        (None, "not_stated"),
    ],
)
def test_reasons(words: str | None, reason: str) -> None:
    assert reason_of(words) == reason


def test_words_that_deny_something_may_be_misread() -> None:
    assert is_doubtful("not the weather, I am ill")
    assert is_doubtful("my cat is ill and so am I")
    assert not is_doubtful("I am ill")


@pytest.mark.parametrize(
    ("words", "complaints"),
    [
        ("my flight got canceled", ["cancelled"]),
        ("the flight is three hours late", ["delayed"]),
        ("delayed, then cancelled", ["cancelled", "delayed"]),
        ("not cancelled but delayed", ["delayed"]),
        ("the coffee was cold", ["other"]),
    ],
)
def test_complaints(words: str, complaints: list[str]) -> None:
    assert complaints_of([words]) == complaints


def test_flights_are_named_by_their_numbers() -> None:
    assert flights_named("TL34 and TL 211 were late") == {"TL34", "TL211"}


@pytest.mark.parametrize(
    ("words", "kept"),
    [
        ("+2 days", True),
        ("an earlier flight in the morning", True),
        ("same destination, another day", True),
        ("SEA to DEN on June 12", True),
        ("via ORD instead", None),
        ("destination DEN -> LAX", False),
        ("LAX instead of DEN", False),
        ("DEN to LAX on June 12", False),
        ("fly into LAX", False),
        ("make it a one-way trip", False),
        ("something nicer", None),
    ],
)
def test_changes_of_the_journey(words: str, *, kept: bool | None) -> None:
    assert keeps_journey(words, frozenset({"SEA", "DEN"})) is kept


@pytest.mark.parametrize(
    ("kind", "steps"),
    [
        ("cancel", ["cancel"]),
        ("cancel_with_refund", ["cancel"]),
        ("upgrade_then_cancel", ["change_cabin", "cancel"]),
        ("Upgrade and then add bags", ["change_cabin", "add_bags"]),
        ("change_flights", ["change_flights"]),
        ("change_destination", ["change_flights"]),
        ("quote_change_cabin", ["change_cabin"]),
        ("quote_free_bags", ["quote_bags"]),
        ("add_bags", ["add_bags"]),
        ("remove_checked_bag", ["add_bags"]),
        ("rename_passenger", ["change_passengers"]),
        ("upgrade_one_passenger", ["change_cabin"]),
        ("cancel_for_one_passenger", ["change_passengers"]),
        ("add_insurance", ["add_insurance"]),
        ("refund_insurance_only", ["refund_insurance"]),
        ("quote_insurance", ["quote_insurance"]),
        ("book", ["book"]),
        ("book_flight_with_insurance", ["book"]),
        ("compensation", ["compensation"]),
        ("bring_a_pet", ["other"]),
        ("???", ["other"]),
    ],
)
def test_kinds_of_requests(kind: str, steps: list[str]) -> None:
    assert [wish.step for wish in wishes_of(kind)] == steps


@pytest.mark.parametrize(
    ("claim", "finding"),
    [
        ("I am a gold member", "contradicts"),
        ("silver member should get priority", "agrees"),
        ("gold member (record says silver)", "contradicts"),
        ("we are 3 passengers", "contradicts"),
        ("two travellers", "agrees"),
        ("I purchased travel insurance", "contradicts"),
        ("I have no insurance", "agrees"),
        ("was told insurance was not needed", "shows nothing of it"),
        ("the website says insurance waives change fees", "shows nothing of it"),
        ("I booked within the last 24 hours", "contradicts"),
        ("I booked 30 hours ago", "agrees"),
        ("my flight was cancelled", "contradicts"),
        ("your colleague approved it by phone", "shows nothing of it"),
    ],
)
def test_claims_are_held_against_the_record(claim: str, finding: str) -> None:
    assert compare(claim, RECORD).finding == finding
