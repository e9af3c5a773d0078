"""Turns a conclusion into a notice that a passenger can read."""

from collections.abc import Mapping, Sequence
from typing import Final

from pydantic import JsonValue

from decision.pack import Findings
from decision.packs.passenger_rights.findings import passengers, presented, stated
from decision.schema import plain

_EVENTS: Final = {
    "delay": "was delayed",
    "cancellation": "was cancelled",
    "denied_boarding": "left without you, because boarding was denied",
}
_RIGHTS: Final = {
    "refund": "You may choose to get your money back for the part of the journey you did not make, within 7 days.",
    "reroute": "You may choose to be re-routed to your destination instead, at the earliest opportunity or later.",
    "care_meal": "While you wait you are offered meals and refreshments free of charge.",
    "care_comms": "You may make two telephone calls or send two messages free of charge.",
    "care_hotel": "If you must stay overnight, hotel and transfer are free of charge.",
}


def notice_to_passenger(findings: Findings, outcome: str, rows: Sequence[JsonValue]) -> str:
    """Write the notice: what happened, what is owed, what the passenger may choose, and what is still open."""
    regime = presented(findings)
    lines = [_opening(findings)]
    if outcome == "unknown":
        lines.append("We cannot yet say whether compensation is owed, because a fact is missing. We will ask for it.")
    elif regime == "none":
        lines.append("Neither the European nor the United Kingdom rules on air passenger rights apply to this journey.")
    mine = [row for row in rows if isinstance(row, dict) and row["regime"] == regime]
    lines += [words for row in mine if (words := _right(findings, row)) is not None]
    if any(isinstance(row, dict) and row["alternative_to"] is not None for row in rows):
        lines.append("Another set of rules applies as well. You may rely on either, but you are paid only once.")
    return " ".join(lines)


def _opening(findings: Findings) -> str:
    origin, destination = stated(findings, "origin"), stated(findings, "destination")
    way = f" from {origin} to {destination}" if origin and destination else ""
    event = str(stated(findings, "event"))
    delay = plain(stated(findings, "delay_at_arrival"))
    late = f" and reached the destination {delay} late" if event == "delay" and delay else ""
    return f"Your flight{way} on {findings.case.as_of:%d %B %Y} {_EVENTS.get(event, 'was disrupted')}{late}."


def _right(findings: Findings, row: Mapping[str, JsonValue]) -> str | None:
    kind, status = str(row["kind"]), row["status"]
    if kind == "compensation":
        return _compensation(findings, row)
    return _RIGHTS[kind] if status in {"due", "conditional"} else None


def _compensation(findings: Findings, row: Mapping[str, JsonValue]) -> str | None:
    amount = row["amount"]
    if row["status"] == "not_due":
        return f"Under {row['regime']} no compensation is owed for it."
    if not isinstance(amount, dict):
        return None
    persons = passengers(findings)
    each = f"{amount['currency']} {amount['per_passenger']} per passenger"
    whole = f", {amount['currency']} {amount['value']} in total" if persons > 1 else ""
    reduced = " The law allows the airline to reduce this because of the arrival offered." if row["reductions"] else ""
    return f"Under {row['regime']} you are owed {each}{whole}, paid in money.{reduced}"
