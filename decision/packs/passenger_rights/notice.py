"""Turns a conclusion into a notice that a passenger can read."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from pydantic import JsonValue

from decision.decision import Status
from decision.facts import Money
from decision.pack import Findings
from decision.packs.passenger_rights.claims import KINDS, without_right
from decision.packs.passenger_rights.findings import Reading, passengers, presented, stated
from decision.packs.passenger_rights.headline import certain, lacking, rests_on_earlier_law
from decision.packs.passenger_rights.rights import BY_NAME, EUROPEAN, TITLES, Regime
from decision.schema import plain

_EVENTS: Final = {
    "delay": "was delayed",
    "cancellation": "was cancelled",
    "denied_boarding": "left without you, because boarding was denied",
    "advance": "was brought forward",
    "missed_connection": "was disrupted, so that you missed a connection",
    "downgrade": "carried you in a lower class than you paid for",
    "change": "was changed",
    "withdrawal": "was given up by you soon after booking",
    "baggage": "arrived without your baggage in order",
}
_VOLUNTEERED: Final = "left without you, because you gave up your seat"
_WRONG_LAW: Final = "We cannot yet say whether compensation is owed; the rules of the day of your flight decide that."
_RIGHTS: Final = {
    "refund": "You may choose to get your money back for the part of the journey you did not make, within {refund}.",
    "reroute": "You may choose to be re-routed to your destination instead, at the earliest opportunity or later.",
    "care_meal": "For the time of your wait you are owed meals and refreshments free of charge; if they were not "
    "offered and you paid for them yourself, we reimburse reasonable cost.",
    "care_comms": "Free of charge are {messages} telephone calls or messages too.",
    "care_hotel": "For a night that the new departure makes necessary, hotel and transfer are free of charge or "
    "reimbursed at reasonable cost.",
}


def notice_to_passenger(findings: Findings, status: Status, rows: Sequence[JsonValue]) -> str:
    """Write the notice: what happened, what is owed, what the passenger may choose, and what is still open."""
    regime = presented(findings)
    lines = [_opening(findings)]
    if findings.derivation.impossible:
        is_dated = any(problem.startswith("flight_date") for problem in findings.derivation.impossible)
        wrong = "We cannot yet say whether compensation is owed, because a statement must be corrected first."
        lines.append(_WRONG_LAW if is_dated else wrong)
    elif status == "needs_facts":
        lines.append(_unsaid(findings))
    elif regime == "none":
        lines.append("No rules that give a fixed sum of compensation apply to this journey.")
    mine = [row for row in rows if isinstance(row, dict) and _is_told(row, regime)]
    lines += [words for row in mine if (words := _right(findings, row)) is not None]
    lines += [
        _alternative(row)
        for row in rows
        if isinstance(row, dict) and row["kind"] == "compensation" and row["alternative_to"] is not None
    ]
    return " ".join(lines)


def _unsaid(findings: Findings) -> str:
    if rests_on_earlier_law(findings):
        return f"We cannot yet say what is owed: {lacking(findings)}. A person decides that."
    whether = "whether another law applies as well" if certain(findings) else "whether compensation is owed"
    return f"We cannot yet say {whether}: {lacking(findings)}. We will ask for it."


def _opening(findings: Findings) -> str:
    origin, destination = (_airport(findings, side) for side in ("origin", "destination"))
    way = f" from {origin} to {destination}" if origin and destination else ""
    words = _VOLUNTEERED if _volunteered(findings) else _EVENTS.get(str(stated(findings, "event")), "was disrupted")
    event, delay = str(stated(findings, "event")), stated(findings, "delay_at_arrival")
    is_late = event == "delay" and isinstance(delay, timedelta) and delay > timedelta(0)
    late = f" and reached the destination {plain(delay)} late" if is_late else ""
    flown = stated(findings, "flight_date")
    day = f" on {flown.day} {flown:%B %Y}" if isinstance(flown, date) else ""
    return f"Your flight{way}{day} {words}{late}."


def _airport(findings: Findings, side: str) -> str | None:
    place = findings.derivation.working.get(side)
    if not isinstance(place, dict) or place["iata"] is None:
        code = stated(findings, side)
        return str(code) if code else None
    return f"{place['airport']} ({place['iata']})"


def _right(findings: Findings, row: Mapping[str, JsonValue]) -> str | None:
    kind, status = str(row["kind"]), row["status"]
    regime = BY_NAME[str(row["regime"])]
    if kind == "compensation" and not (regime == "US" and row["note"] and status == "not_due"):
        return _compensation(findings, row)
    if kind != "compensation" and status not in {"due", "conditional", "carrier_option"}:
        return None
    if regime not in EUROPEAN or kind not in _RIGHTS:
        return _beyond(regime, row)
    reading = Reading(findings, regime)
    return _RIGHTS[kind].format(refund=reading.said("refund_time"), messages=reading.said("messages"))


def _is_told(row: Mapping[str, JsonValue], regime: str | None) -> bool:
    """Tell whether a row is for the notice: of the regime presented, or beside every regime, as proven damage is."""
    return regime is None or row["regime"] == regime or (row["alternative_to"] is None and row["status"] != "not_due")


def _beyond(regime: Regime, row: Mapping[str, JsonValue]) -> str:
    """Say in one sentence what a regime gives that has no wording of its own."""
    law, amount, kind = TITLES[regime], row["amount"], str(row["kind"])
    note = f": {row['note']}" if row["note"] else ""
    if kind == "compensation":
        return f"{law[:1].upper()}{law[1:]} gives no compensation for this{note}."
    money = f", {_money(amount, 'per_passenger')} per passenger" if isinstance(amount, dict) else ""
    when = f", {row['deadline']}" if row["deadline"] else ""
    owed = {"due": "you are owed", "conditional": "you may be owed", "carrier_option": "we may give you"}
    return f"Under {law} {owed[str(row['status'])]} {KINDS[kind]}{money}{when}{note}."


def _compensation(findings: Findings, row: Mapping[str, JsonValue]) -> str | None:
    amount = row["amount"]
    if row["status"] == "not_due":
        return _refused(findings)
    if not isinstance(amount, dict):
        return None
    persons = passengers(findings)
    each = f"{_money(amount, 'per_passenger')} per passenger"
    whole = f", {_money(amount, 'value')} in total" if persons > 1 else ""
    return (
        f"Under {TITLES[BY_NAME[str(row['regime'])]]} you are owed {each}{whole}, paid in money.{_reduced(row, amount)}"
    )


def _refused(findings: Findings) -> str | None:
    chosen = presented(findings)
    if chosen is None or chosen == "none":
        return None
    if _volunteered(findings):
        benefits = "You keep the benefits that you agreed with us for giving up your seat"
        return f"{benefits}; no compensation is due under {chosen} beside them."
    reading = Reading(findings, chosen)
    reasons = reading.decided_by("compensation_due")
    return " ".join(f"{outcome.title}." for outcome in reasons) or without_right(reading)


def _reduced(row: Mapping[str, JsonValue], amount: Mapping[str, JsonValue]) -> str:
    reductions = row["reductions"]
    first = reductions[0] if isinstance(reductions, list) and reductions else None
    if not isinstance(first, dict):
        return ""
    each = Money(value=Decimal(str(first["per_passenger_if_reduced"])), currency=str(amount["currency"]))
    return (
        f" The law allows us to reduce this by {first['percent']} percent, to {each} per passenger, "
        "but does not oblige us to."
    )


def _alternative(row: Mapping[str, JsonValue]) -> str:
    regime, amount = row["regime"], row["amount"]
    sum_words = f" and gives {_money(amount, 'per_passenger')} per passenger" if isinstance(amount, dict) else ""
    return (
        f"{regime} applies as well{sum_words}, as an alternative to {row['alternative_to']} and not in addition. "
        "You may rely on either, but you are paid only once."
    )


def _money(amount: Mapping[str, JsonValue], name: str) -> str:
    return str(Money(value=Decimal(str(amount[name])), currency=str(amount["currency"])))


def _volunteered(findings: Findings) -> bool:
    return stated(findings, "event") == "denied_boarding" and stated(findings, "involuntary") is False
