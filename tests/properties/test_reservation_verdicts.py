"""A verdict on a reservation depends on what the record says, and on nothing else that is sent."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta, timezone
from random import Random
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import JsonValue
from reserving import RECORDS, decided, records

from decision.engine import decide
from decision.packs.reservation import PACK
from decision.packs.reservation.evaluation import read_case
from decision.packs.reservation.standing import CABINS, MEMBERSHIPS

CASES: Mapping[str, Mapping[str, Any]] = {
    "refused": records(),
    "business": records(reservation__cabin="business"),
    "ill": records({"type": "cancel", "stated_reason": "I am ill"}, reservation__insurance="yes"),
    "bags": records({"type": "add_bags", "total_bags": 6}),
    "moved": records({"type": "change_flights", "change": "one day later"}),
    "late": records(
        {"type": "compensation", "complaint": "delayed", "wants_change_or_cancel": True},
        reservation__flights__1__status="delayed",
    ),
}
words = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=40)
strange = st.dictionaries(
    words.filter(lambda name: name not in str(RECORDS)).map(lambda name: f"zz_{name}"),
    st.one_of(words, st.integers(-9, 9), st.booleans(), st.none(), st.lists(words, max_size=2)),
    max_size=4,
)


def verdict(case: Mapping[str, Any], question: str | None = None) -> tuple[object, ...]:
    facts = read_case(case)
    day = date.fromisoformat(str(facts["asked_at"])[:10])
    answer = decide(PACK, PACK.schema.read("reservation", facts, day, question), {}, probe=False).answer
    return answer["decision"], str(answer["amounts"]), str(answer["actions"]), str(answer["decided_by"])


def shuffled(value: JsonValue, random: Random) -> JsonValue:
    if isinstance(value, dict):
        names = list(value)
        random.shuffle(names)
        return {name: shuffled(value[name], random) for name in names}
    return [shuffled(one, random) for one in value] if isinstance(value, list) else value


def with_strangers(value: JsonValue, strangers: Mapping[str, Any]) -> JsonValue:
    if isinstance(value, dict):
        return {**strangers, **{name: with_strangers(one, strangers) for name, one in value.items()}}
    return [with_strangers(one, strangers) for one in value] if isinstance(value, list) else value


@pytest.mark.parametrize("name", CASES)
@given(random=st.randoms())
@settings(max_examples=25, deadline=None)
def test_the_order_of_facts_changes_nothing(name: str, random: Random) -> None:
    assert verdict(cast("Mapping[str, Any]", shuffled(dict(CASES[name]), random))) == verdict(CASES[name])


@pytest.mark.parametrize("name", CASES)
@given(question=st.one_of(st.none(), words))
@settings(max_examples=25, deadline=None)
def test_the_question_changes_nothing(name: str, question: str | None) -> None:
    assert verdict(CASES[name], question) == verdict(CASES[name])


@pytest.mark.parametrize("name", CASES)
@given(strangers=strange)
@settings(max_examples=25, deadline=None)
def test_irrelevant_facts_change_nothing(name: str, strangers: Mapping[str, Any]) -> None:
    assert verdict(cast("Mapping[str, Any]", with_strangers(dict(CASES[name]), strangers))) == verdict(CASES[name])


@given(claims=st.lists(words, max_size=4))
@settings(max_examples=50, deadline=None)
def test_claims_never_grant_anything(claims: list[str]) -> None:
    assert decided(records(unverified_user_claims=claims), probe=False).answer["decision"] == "deny"


@given(seconds=st.integers(0, 3 * 86_400))
@settings(max_examples=100, deadline=None)
def test_the_time_to_cancel_ends_after_the_last_second_of_a_day(seconds: int) -> None:
    asked = datetime(2026, 6, 1, 15, tzinfo=timezone(timedelta(hours=-5)))
    booked = asked - timedelta(seconds=seconds)
    case = records(as_of=asked.isoformat(), reservation__created_at=booked.isoformat())
    assert decided(case, probe=False).answer["decision"] == ("allow" if seconds <= 86_400 else "deny")


@given(
    membership=st.sampled_from(MEMBERSHIPS),
    cabin=st.sampled_from(CABINS),
    passengers=st.integers(1, 5),
    wanted=st.integers(0, 30),
)
@settings(max_examples=100, deadline=None)
def test_bags_are_charged_from_the_first_beyond_the_free_ones(
    membership: str, cabin: str, passengers: int, wanted: int
) -> None:
    free = passengers * (MEMBERSHIPS.index(membership) + CABINS.index(cabin))
    case = records(
        {"type": "add_bags", "total_bags": wanted},
        user__membership=membership,
        reservation__cabin=cabin,
        reservation__passengers=[{"first_name": "Ada"}] * passengers,
        reservation__n_passengers=passengers,
        reservation__total_baggages=0,
    )
    (charge,) = cast("Sequence[Mapping[str, Any]]", decided(case, probe=False).answer["amounts"])
    assert charge["value"] == str(50 * max(0, wanted - free))
