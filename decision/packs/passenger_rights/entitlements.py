"""Turns the conclusions of one regime into the list of what a passenger is owed, each with its clauses and status."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final, Literal

from pydantic import JsonValue

from decision.decision import ClauseRef, RuleOutcome
from decision.facts import Money
from decision.pack import Findings
from decision.packs.passenger_rights.findings import (
    POLICY_2027,
    Reading,
    Regime,
    Right,
    clause,
    clause_ids,
    facts_used,
    passengers,
    stated,
)
from decision.schema import plain

EntitlementStatus = Literal["due", "not_due", "conditional", "carrier_option", "unknown"]

_MONEY_OR_VOUCHER: Final = "cash, bank transfer or cheque; a voucher only with the passenger's signed agreement"


def entitlements(findings: Findings, regime: Regime, alternative_to: Regime | None) -> list[JsonValue]:
    """Everything that a regime that applies may give for this event."""
    reading = Reading(findings, regime)
    rows = [
        _compensation(reading),
        _refund(reading),
        _row(reading, "reroute", "reroute", deadline="at the earliest opportunity, or later at the passenger's wish"),
        _care(reading, "care_meal", None),
        _care(reading, "care_comms", "11.4"),
        _hotel(reading),
    ]
    return [{**row, "regime": regime, "alternative_to": alternative_to} for row in rows]


def standing(row: Mapping[str, JsonValue]) -> str | None:
    """Say in a few words what an entitlement comes to; None when that is not known."""
    status, amount, reductions = str(row["status"]), row["amount"], row["reductions"]
    if status == "unknown":
        return None
    words = status.replace("_", " ")
    if isinstance(amount, dict):
        words = f"{words}, {amount['currency']} {amount['value']}"
    percents = (
        [str(one["percent"]) for one in reductions if isinstance(one, dict)] if isinstance(reductions, list) else []
    )
    return f"{words}, which may be reduced by {' or '.join(percents)} percent" if percents else words


def total(per_passenger: Money, persons: int) -> Money:
    """Give the amount for all passengers of the claim."""
    return Money(value=per_passenger.value * persons, currency=per_passenger.currency)


def _compensation(reading: Reading) -> dict[str, JsonValue]:
    due, amount = reading.flag("compensation_due"), reading.money("amount")
    reasons = [*(reading.decided_by("compensation_due") or reading.triggers())]
    known = _status(reading, "compensation_due")
    if due and amount is None:
        known = "unknown"
    sized: Sequence[RuleOutcome] = reading.decided_by("amount") if due else ()
    row = _entitlement("compensation", known, [*reasons, *sized])
    row["amount"] = _sum(reading, amount) if due and amount is not None else None
    row["deadline"] = _compensation_deadline(reading)
    row["form_of_payment"] = _MONEY_OR_VOUCHER
    row["reductions"] = _reductions(reading, amount) if due else []
    row["cumulative_with"] = ["refund", "reroute", "care_meal", "care_hotel", "care_comms"]
    return row


def _sum(reading: Reading, amount: Money) -> JsonValue:
    persons = passengers(reading.findings)
    distance = stated(reading.findings, "route_km")
    return {
        "value": f"{total(amount, persons).value:f}",
        "currency": amount.currency,
        "per_passenger": f"{amount.value:f}",
        "n": persons,
        "formula": f"{amount.value:f} per passenger x {persons}",
        "inputs": {"distance_km": plain(distance), "band": reading.word("band")},
    }


def _reductions(reading: Reading, amount: Money | None) -> JsonValue:
    percent = reading.number("reduction_percent")
    if percent is None or not percent or amount is None:
        return []
    reduced = amount.value * (100 - percent) / 100
    return [
        {
            "percent": plain(percent),
            "per_passenger_if_reduced": plain(reduced.normalize()),
            "clause": cited,
            "discretionary": True,
        }
        for cited in clause_ids(reading.decided_by("reduction_percent"))
    ]


def _compensation_deadline(reading: Reading) -> str:
    if stated(reading.findings, "event") == "denied_boarding":
        return "immediately"
    if reading.amended():
        answered, asked = reading.said("answer_time"), reading.said("request_time")
        return f"within {answered} of the request, which is made within {asked} of departure"
    return "without undue delay"


def _refund(reading: Reading) -> dict[str, JsonValue]:
    row = _row(reading, "refund", "refund", deadline=f"within {reading.said('refund_time')} of the passenger's choice")
    row["form_of_payment"] = _MONEY_OR_VOUCHER
    row["note"] = "instead of re-routing or travelling on, at the passenger's choice; compensation is independent of it"
    price, persons = stated(reading.findings, "ticket_price"), passengers(reading.findings)
    if row["status"] == "due" and isinstance(price, Money):
        row["amount"] = {
            "value": f"{total(price, persons).value:f}",
            "currency": price.currency,
            "per_passenger": f"{price.value:f}",
            "n": persons,
            "formula": f"price paid for the parts not made, {price.value:f} x {persons}",
            "inputs": {"ticket_price": str(price)},
        }
    return row


def _care(reading: Reading, kind: str, also: str | None) -> dict[str, JsonValue]:
    row = _row(reading, kind, "care", deadline="for the time of the wait")
    notice, early = stated(reading.findings, "notice_days"), reading.findings.parameters.number("care_notice_days")
    if row["status"] == "due" and isinstance(notice, Decimal) and notice >= early:
        row["status"] = "conditional"
        row["note"] = "for any waiting at the airport that the cancellation causes"
    if row["status"] in {"due", "conditional"} and also is not None:
        row["clause_ids"] = [*clause_ids(reading.decided_by("care")), str(clause(also))]
    return row


def _hotel(reading: Reading) -> dict[str, JsonValue]:
    row = _row(reading, "care_hotel", "hotel", deadline="for the night")
    open_question = reading.flag("hotel") is None and stated(reading.findings, "new_departure_next_day") is None
    if open_question:
        row["status"] = "conditional"
        row["note"] = "if the new departure is on the next day or later and a night's stay becomes necessary"
        row["clause_ids"] = [str(clause("11.3"))]
    return row


def _row(reading: Reading, kind: str, fact: Right, *, deadline: str) -> dict[str, JsonValue]:
    row = _entitlement(kind, _status(reading, fact), reading.decided_by(fact))
    row["deadline"] = deadline
    if not row["clause_ids"]:
        row["clause_ids"] = [str(_governing(reading, fact))]
    return row


def _governing(reading: Reading, fact: Right) -> ClauseRef:
    """Name the clause that would give a right, for one that no rule gave."""
    if stated(reading.findings, "event") == "denied_boarding":
        return clause("7.1" if stated(reading.findings, "involuntary") is False else "7.3")
    if fact == "care" and reading.amended():
        return clause("17.9", POLICY_2027)
    return clause({"care": "11.2", "hotel": "11.3"}.get(fact, "12.3"))


def _entitlement(kind: str, known: EntitlementStatus, reasons: Sequence[RuleOutcome]) -> dict[str, JsonValue]:
    read: Mapping[str, str | None] = facts_used(reasons)
    return {
        "kind": kind,
        "status": known,
        "amount": None,
        "deadline": None,
        "form_of_payment": None,
        "clause_ids": [*clause_ids(reasons)],
        "facts_used": dict(read),
        "reductions": [],
        "note": None,
    }


def _status(reading: Reading, fact: Right) -> EntitlementStatus:
    value = reading.flag(fact)
    if value is None:
        return "unknown"
    return "due" if value else "not_due"
