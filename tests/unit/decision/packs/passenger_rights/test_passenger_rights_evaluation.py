"""Labelled cases are read in the pack's words, and its answers in those of the labels."""

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from decision.engine import decide
from decision.facts import InvalidCaseError
from decision.packs.passenger_rights import PACK
from decision.packs.passenger_rights.evaluation import UNDATED, read_case, verdict

DEV_CASES = Path(__file__).parents[6] / "shared" / "data" / "airline" / "passenger_rights_cases.dev.jsonl"
INTO_UNKNOWN: Mapping[str, Any] = {"origin_country": "NL", "destination_country": "TR", "distance": {"wgs84_km": 2000}}


def verdict_on(facts: Mapping[str, Any], as_of: str | None = None) -> Mapping[str, Any]:
    read = read_case(facts, as_of)
    day = date.fromisoformat(str(read["flight_date"]))
    return verdict(decide(PACK, PACK.schema.read(PACK.name, read, day), {}).answer)


@pytest.mark.skipif(not DEV_CASES.exists(), reason="no folder with the labelled airline cases beside the project")
def test_labelled_cases_come_to_their_labels() -> None:
    for line in DEV_CASES.read_text(encoding="utf-8").splitlines():
        labelled: Mapping[str, Any] = json.loads(line)
        found = verdict_on(labelled["facts"])
        expected = {"currency": None, **labelled["expected"], "amount": str(labelled["expected"]["amount"])}
        assert found == expected, labelled["case_id"]


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"event": "delay", "arrival_delay_min": 180}, ("EU261", True, "400", "EUR")),
        ({"event": "delay", "delay_hours": 2.5}, ("EU261", False, "0", None)),
        ({"event": "delayed", "final_arrival_delay_hours": 3}, ("EU261", True, "400", "EUR")),
        ({"event": "cancelled", "days_notice": 14}, ("EU261", False, "0", None)),
        ({"event": "cancellation", "notice_days": 13}, ("EU261", True, "400", "EUR")),
        ({"event": "cancellation"}, ("EU261", True, "400", "EUR")),
        (
            {
                "event": "cancellation",
                "notice_days": 7,
                "rerouting": {"departs_early_min": 120, "arrives_late_min": 239},
            },
            ("EU261", False, "0", None),
        ),
        (
            {
                "event": "cancellation",
                "notice_days": 6,
                "reroute_departs_early_min": 60,
                "reroute_arrival_delay_min": 120,
            },
            ("EU261", True, "400", "EUR"),
        ),
        ({"event": "denied_boarding", "volunteer": True}, ("EU261", False, "0", None)),
        ({"event": "denied_boarding", "involuntary": True, "extraordinary": True}, ("EU261", True, "400", "EUR")),
        ({"event": "downgrade", "flight_price_eur": 300}, ("EU261", True, "150", "EUR")),
        (
            {"event": "downgrade", "ticket_price": 333, "currency": "EUR", "marketing_carrier": "XX"},
            ("EU261", True, "166.5", "EUR"),
        ),
        ({"event": "delay"}, ("EU261", None, "0", None)),
    ],
)
def test_facts_in_the_words_of_labels(facts: Mapping[str, Any], expected: tuple[object, ...]) -> None:
    found = verdict_on({**INTO_UNKNOWN, "carrier_is_community": True, **facts})
    assert tuple(found[name] for name in ("regime", "eligible", "amount", "currency")) == expected


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (
            {
                "origin": "JFK",
                "destination": "LAX",
                "event": "denied_boarding",
                "involuntary": True,
                "fare_usd": 300,
                "alternate_arrival_delay_min": 119,
            },
            ("US", True, "600", "USD"),
        ),
        ({"origin": "JFK", "destination": "LAX", "event": "delay", "arrival_delay_min": 400}, ("US", False, "0", None)),
        (
            {
                "origin": "YYZ",
                "destination": "YVR",
                "event": "delay",
                "arrival_delay_min": 540,
                "control": "within_control",
                "large_carrier": False,
            },
            ("APPR", True, "500", "CAD"),
        ),
        (
            {
                "origin": "GRU",
                "destination": "CDG",
                "event": "delay",
                "arrival_delay_min": 500,
                "carrier_is_community": False,
                "damage_sdr": 8000,
            },
            ("MC99", True, "6303", "XDR"),
        ),
        (
            {"origin": "GRU", "destination": "CDG", "event": "delay", "arrival_delay_min": 500, "eu_carrier": False},
            ("none", False, "0", None),
        ),
    ],
)
def test_cases_of_the_other_regimes(facts: Mapping[str, Any], expected: tuple[object, ...]) -> None:
    found = verdict_on(facts)
    assert tuple(found[name] for name in ("regime", "eligible", "amount", "currency")) == expected


def test_a_case_is_dated_by_its_facts_then_by_its_date_then_by_default() -> None:
    assert read_case({"event": "delay", "flight_date": "2028-01-01"}, "2026-01-01")["flight_date"] == "2028-01-01"
    assert read_case({"event": "delay"}, "2026-01-01")["flight_date"] == "2026-01-01"
    assert read_case({"event": "delay"})["flight_date"] == UNDATED
    three_hours = {**INTO_UNKNOWN, "event": "delay", "arrival_delay_min": 180, "carrier_is_community": True}
    assert verdict_on(three_hours, "2027-10-22")["eligible"] is True
    assert verdict_on(three_hours, "2027-10-23")["eligible"] is False


def test_what_a_label_leaves_unsaid_gives_no_scope() -> None:
    assert "carrier_is_uk" not in read_case({"event": "delay"})
    found = verdict_on({"origin": "GRU", "destination": "CDG", "event": "delay", "arrival_delay_min": 500})
    assert (found["regime"], found["eligible"]) == (None, None)


def test_unknown_fact_is_refused_and_not_lost() -> None:
    with pytest.raises(InvalidCaseError, match="moon_phase"):
        verdict_on({**INTO_UNKNOWN, "event": "delay", "moon_phase": "full"})
