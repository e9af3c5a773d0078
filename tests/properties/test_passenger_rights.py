"""Both sides of every published threshold, for whatever journey, delay and notice there is, against the plain table."""

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from decision.decision import Decision
from decision.engine import decide
from decision.packs.passenger_rights import PACK

NOW, LATER = date(2026, 6, 1), date(2027, 11, 1)
MINUTES = st.integers(-60, 12 * 60)
KILOMETRES = st.one_of(st.integers(0, 9000), st.sampled_from([1499, 1500, 1501, 3499, 3500, 3501]))
LICENCE: Mapping[str, Any] = {"carrier_is_community": True, "carrier_is_uk": False, "extraordinary": False}
some = settings(max_examples=80, deadline=None)


def decided(facts: Mapping[str, Any], day: date) -> Decision:
    return decide(PACK, PACK.schema.read(PACK.name, {**facts, "flight_date": str(day)}, day), {}, probe=False)


def owed(decision: Decision) -> Decimal:
    amount = decision.answer["compensation"]
    return Decimal(str(amount["per_passenger"])) if isinstance(amount, dict) else Decimal(0)


def band(kilometres: int, *, inside: bool) -> int:
    if kilometres <= 1500:
        return 0
    return 1 if inside or kilometres <= 3500 else 2


@some
@given(minutes=MINUTES, kilometres=KILOMETRES, inside=st.booleans(), day=st.sampled_from([NOW, LATER]))
def test_delay_under_eu261(minutes: int, kilometres: int, *, inside: bool, day: date) -> None:
    country = "PT" if inside else "TR"
    facts = {"origin_country": "NL", "destination_country": country, "distance_km": kilometres}
    decision = decided({**LICENCE, **facts, "event": "delay", "arrival_delay": f"{minutes * 60} s"}, day)
    late_enough = minutes > 180 if day == LATER else minutes >= 180
    assert decision.answer["eligible"] is late_enough
    assert owed(decision) == ((250, 400, 600)[band(kilometres, inside=inside)] if late_enough else 0)


@some
@given(minutes=MINUTES, kilometres=KILOMETRES, day=st.sampled_from([NOW, LATER]))
def test_delay_under_uk261(minutes: int, kilometres: int, day: date) -> None:
    facts = {"origin_country": "GB", "destination_country": "TR", "distance_km": kilometres}
    decision = decided({**LICENCE, **facts, "event": "delay", "arrival_delay": f"{minutes * 60} s"}, day)
    assert owed(decision) == ((220, 350, 520)[band(kilometres, inside=False)] if minutes >= 180 else 0)


@some
@given(
    days=st.integers(0, 30), early=st.integers(-60, 200), late=st.integers(-60, 300), day=st.sampled_from([NOW, LATER])
)
def test_notice_of_a_cancellation_under_eu261(days: int, early: int, late: int, day: date) -> None:
    facts = {
        "event": "cancellation",
        "origin_country": "NL",
        "destination_country": "TR",
        "distance_km": 1000,
        "notice_days": days,
        "rerouting_offered": True,
        "rerouting_departs_early": f"{early * 60} s",
        "rerouting_arrives_late": f"{late * 60} s",
    }
    close = (early <= 60 and late < 120) if day == LATER or days < 7 else (early <= 120 and late < 240)
    assert decided({**LICENCE, **facts}, day).answer["eligible"] is not (days >= 14 or close)


@some
@given(minutes=st.integers(0, 400), cents=st.integers(0, 200_000), abroad=st.booleans())
def test_denied_boarding_in_the_united_states(minutes: int, cents: int, *, abroad: bool) -> None:
    fare = Decimal(cents) / 100
    facts = {
        "event": "denied_boarding",
        "involuntary": True,
        "origin_country": "US",
        "destination_country": "BR" if abroad else "US",
        "distance_km": 3000,
        "rerouting_offered": True,
        "rerouting_arrives_late": f"{minutes * 60} s",
        "one_way_fare": {"value": str(fare), "currency": "USD"},
    }
    higher = minutes >= (240 if abroad else 120)
    expected = min(4 * fare, Decimal(2150)) if higher else min(2 * fare, Decimal(1075))
    assert owed(decided({**LICENCE, **facts}, NOW)) == (0 if minutes <= 60 else expected)


@some
@given(
    minutes=MINUTES,
    days=st.integers(0, 30),
    size=st.sampled_from(["large", "small"]),
    control=st.sampled_from(["outside", "safety", "within"]),
)
def test_delay_under_the_canadian_regulations(minutes: int, days: int, size: str, control: str) -> None:
    facts = {
        "event": "delay",
        "origin_country": "CA",
        "destination_country": "CA",
        "distance_km": 3000,
        "arrival_delay": f"{minutes * 60} s",
        "notice_days": days,
        "carrier_size": size,
        "control": control,
    }
    sums = {"large": (400, 700, 1000), "small": (125, 250, 500)}[size]
    is_due = control == "within" and days <= 14 and minutes >= 180
    step = sum(minutes >= limit for limit in (360, 540))
    assert owed(decided({**LICENCE, **facts}, NOW)) == (sums[step] if is_due else 0)


@some
@given(hundredths=st.integers(0, 1_000_000), day=st.dates(date(2010, 1, 1), date(2027, 1, 1)))
def test_proven_damage_under_the_montreal_convention(hundredths: int, day: date) -> None:
    damage = Decimal(hundredths) / 100
    facts = {
        "event": "delay",
        "origin_country": "BR",
        "destination_country": "AR",
        "distance_km": 1700,
        "arrival_delay": "5 h",
        "proven_damage_sdr": {"value": str(damage), "currency": "XDR"},
    }
    limit = 4694 if day < date(2019, 12, 28) else 5346 if day < date(2024, 12, 28) else 6303
    assert owed(decided({**LICENCE, **facts}, day)) == min(damage, Decimal(limit))


@some
@given(
    minutes=MINUTES,
    unrelated=st.sampled_from([{}, {"bag_fee": {"value": "30", "currency": "EUR"}}, {"paid_by": "other"}]),
)
def test_irrelevant_facts_and_their_order_change_nothing(minutes: int, unrelated: Mapping[str, Any]) -> None:
    facts: Mapping[str, Any] = {
        **LICENCE,
        "event": "delay",
        "origin_country": "NL",
        "destination_country": "TR",
        "distance_km": 2000,
        "arrival_delay": f"{minutes * 60} s",
    }
    turned = dict(reversed(list({**facts, **unrelated}.items())))
    assert decided(turned, NOW).outcome == decided(facts, NOW).outcome


def test_unknown_scope_never_becomes_an_entitlement() -> None:
    facts = {"event": "delay", "origin": "JFK", "destination": "AMS", "arrival_delay": timedelta(hours=5)}
    decision = decided({**facts, "arrival_delay": "5 h"}, NOW)
    assert decision.status == "needs_facts"
    assert decision.answer["eligible"] is None
    assert decision.answer["compensation"] is None
