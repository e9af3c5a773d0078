"""Turns a conclusion into a notice that a passenger can read."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Final

from pydantic import JsonValue

from decision.pack import Findings
from decision.packs.passenger_rights.claims import without_right
from decision.packs.passenger_rights.findings import Reading, Regime, passengers, presented, stated
from decision.schema import plain

_EVENTS: Final = {
    "delay": "was delayed",
    "cancellation": "was cancelled",
    "denied_boarding": "left without you, because boarding was denied",
}
_RIGHTS: Final = {
    "refund": "You may choose to get your money back for the part of the journey you did not make, within {refund}.",
    "reroute": "You may choose to be re-routed to your destination instead, at the earliest opportunity or later.",
    "care_meal": "While you wait you are offered meals and refreshments free of charge.",
    "care_comms": "You may make {messages} telephone calls or send {messages} messages free of charge.",
    "care_hotel": "If you must stay overnight, hotel and transfer are free of charge.",
}


def notice_to_passenger(findings: Findings, outcome: str, rows: Sequence[JsonValue]) -> str:
    """Write the notice: what happened, what is owed, what the passenger may choose, and what is still open."""
    regime = presented(findings)
    lines = [_opening(findings)]
    if findings.derivation.impossible:
        lines.append("We cannot yet say whether compensation is owed, because a statement must be corrected first.")
    elif outcome == "unknown":
        lines.append("We cannot yet say whether compensation is owed, because a fact is missing. We will ask for it.")
    elif regime == "none":
        lines.append("Neither the European nor the United Kingdom rules on air passenger rights apply to this journey.")
    mine = [row for row in rows if isinstance(row, dict) and row["regime"] == regime]
    lines += [words for row in mine if (words := _right(findings, row)) is not None]
    if any(isinstance(row, dict) and row["alternative_to"] is not None for row in rows):
        lines.append("Another set of rules applies as well. You may rely on either, but you are paid only once.")
    return " ".join(lines)


def _opening(findings: Findings) -> str:
    origin, destination = (_airport(findings, side) for side in ("origin", "destination"))
    way = f" from {origin} to {destination}" if origin and destination else ""
    event, delay = str(stated(findings, "event")), stated(findings, "delay_at_arrival")
    is_late = event == "delay" and isinstance(delay, timedelta) and delay > timedelta(0)
    late = f" and reached the destination {plain(delay)} late" if is_late else ""
    flown = stated(findings, "flight_date")
    day = f" on {flown.day} {flown:%B %Y}" if isinstance(flown, date) else ""
    return f"Your flight{way}{day} {_EVENTS.get(event, 'was disrupted')}{late}."


def _airport(findings: Findings, side: str) -> str | None:
    place = findings.derivation.working.get(side)
    if not isinstance(place, dict) or place["iata"] is None:
        code = stated(findings, side)
        return str(code) if code else None
    return f"{place['airport']} ({place['iata']})"


def _right(findings: Findings, row: Mapping[str, JsonValue]) -> str | None:
    kind, status = str(row["kind"]), row["status"]
    if kind == "compensation":
        return _compensation(findings, row)
    if status not in {"due", "conditional"}:
        return None
    regime: Regime = "UK261" if row["regime"] == "UK261" else "EU261"
    reading = Reading(findings, regime)
    return _RIGHTS[kind].format(refund=reading.said("refund_time"), messages=reading.said("messages"))


def _compensation(findings: Findings, row: Mapping[str, JsonValue]) -> str | None:
    amount = row["amount"]
    if row["status"] == "not_due":
        return _refused(findings)
    if not isinstance(amount, dict):
        return None
    persons = passengers(findings)
    each = f"{amount['currency']} {amount['per_passenger']} per passenger"
    whole = f", {amount['currency']} {amount['value']} in total" if persons > 1 else ""
    return f"Under {row['regime']} you are owed {each}{whole}, paid in money.{_reduced(row)}"


def _refused(findings: Findings) -> str | None:
    chosen = presented(findings)
    if chosen is None or chosen == "none":
        return None
    reading = Reading(findings, chosen)
    reasons = reading.decided_by("compensation_due")
    return " ".join(f"{outcome.title}." for outcome in reasons) or without_right(reading)


def _reduced(row: Mapping[str, JsonValue]) -> str:
    reductions = row["reductions"]
    first = reductions[0] if isinstance(reductions, list) and reductions else None
    if not isinstance(first, dict):
        return ""
    return f" The law allows us to reduce this by {first['percent']} percent, but does not oblige us to."
