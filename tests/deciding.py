"""Passenger-rights cases decided by the engine, without an index."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, cast

from decision.decision import Decision
from decision.engine import decide
from decision.packs.passenger_rights import PACK

TODAY = date(2026, 6, 1)
DELAY: Mapping[str, Any] = {
    "event": "delay",
    "origin": "AMS",
    "destination": "LIS",
    "arrival_delay": "4 h",
    "carrier_is_community": True,
    "carrier_is_uk": False,
    "extraordinary": False,
}


def decided(facts: Mapping[str, Any], as_of: date = TODAY) -> Decision:
    dated = {"flight_date": str(as_of), **facts}
    return decide(PACK, PACK.schema.read(PACK.name, dated, as_of), {})


def entitlement(decision: Decision, kind: str) -> Mapping[str, Any]:
    rows = cast("Sequence[Mapping[str, Any]]", decision.answer["entitlements"])
    return next(row for row in rows if row["kind"] == kind)


def escalation_codes(decision: Decision) -> set[str]:
    return {reason.code for reason in decision.escalations}
