"""Turns the conclusions of United States, Canadian and Montreal law into the list of what a passenger is owed."""

from datetime import date, timedelta
from typing import Final

from pydantic import JsonValue

from decision.decision import ClauseRef
from decision.facts import Money
from decision.packs.passenger_rights.business_days import after_business_days
from decision.packs.passenger_rights.derivation import SDR
from decision.packs.passenger_rights.findings import (
    POLICY_CANADA,
    POLICY_MONTREAL,
    POLICY_US,
    Reading,
    clause,
    clause_ids,
    stated,
)
from decision.packs.passenger_rights.rows import (
    Row,
    amount_of,
    clauses_of,
    compensation_row,
    conditional,
    right_row,
    ticket_price_of,
    voucher_row,
)

_DISRUPTIONS: Final = frozenset({"delay", "missed_connection", "cancellation", "denied_boarding"})
_DAMAGING: Final = frozenset({"delay", "missed_connection", "cancellation", "baggage"})
_CONTROLLED: Final = frozenset({"safety", "within"})
_NOT_ON_BOARD: Final = "on condition that no flight is taken and no other flight, voucher or compensation accepted"
_ORIGINAL: Final = "original form of payment, without a fee"
_OFFERED: Final = {
    "own_or_partner": "on the next flight of the carrier or a partner",
    "any_carrier": "on the next flight of any carrier",
    "other_airport": "on a flight of any carrier from another airport, with the transfer",
}


def american(reading: Reading) -> list[Row]:
    """Give what United States law gives for this event: a refund, money for denied boarding only, baggage fees."""
    findings = reading.findings
    event = stated(findings, "event")
    if event == "baggage":
        return [_bag_fee(reading), *_domestic_damage(reading)]
    rows = [] if event == "withdrawal" else [_american_compensation(reading)]
    rows.append(_american_refund(reading))
    if stated(findings, "voucher_agreed") is not None:
        rows.append(voucher_row(reading, _us("21.8"), "in place of the refund, if it is valid for five years or more"))
    if stated(findings, "tarmac_delay") is not None:
        rows.append(right_row(reading, "disembark", "disembark", _us("23.1")))
        rows.append(right_row(reading, "care_meal", "tarmac_food", _us("23.2")))
    return rows


def canadian(reading: Reading) -> list[Row]:
    """Give what the Canadian regulations give for this event, by the category of its cause."""
    findings = reading.findings
    if stated(findings, "event") not in _DISRUPTIONS:
        return []
    rows = [_canadian_compensation(reading), _canadian_refund(reading), _canadian_rerouting(reading)]
    rows += _canadian_care(reading)
    if stated(findings, "tarmac_delay") is not None:
        rows.append(right_row(reading, "disembark", "disembark", _ca("35.1")))
    return rows


def montreal(reading: Reading) -> list[Row]:
    """Give the damages of the Montreal Convention: proven, up to the limit, and less fixed sums that were paid."""
    limit, damage = reading.money("limit"), reading.money("expenses_sum")
    if limit is None or stated(reading.findings, "event") not in _DAMAGING:
        return []
    row = right_row(reading, "expenses", "expenses", _mc("40.2"), deadline="on proof of the damage")
    cap = f"up to SDR {limit.value:,.0f} per passenger"
    row["form_of_payment"] = "money, in the currency of the claim at the rate of the day"
    row["cumulative_with"] = ["refund", "reroute", "care_meal", "care_hotel", "care_comms"]
    row["clause_ids"] = [*clause_ids(reading.decided_by("expenses")), *clause_ids(reading.decided_by("limit"))]
    if row["status"] == "due" and damage is not None:
        row["amount"] = amount_of(reading, damage, f"proven damage {cap}, {damage.value:f}", {"limit": str(limit)})
    elif row["status"] == "due":
        row = conditional(row, f"{cap}, once a person has converted the damage into Special Drawing Rights ({SDR})")
    elif stated(reading.findings, "damage_proven") is None and row["status"] != "unknown":
        row = conditional(row, f"{cap}, on proof of damage, unless the carrier proves its defence")
    row["reductions"] = _set_off() if row["status"] in {"due", "conditional"} else []
    return [row]


def _american_compensation(reading: Reading) -> Row:
    row = compensation_row(reading)
    if stated(reading.findings, "event") != "denied_boarding":
        row["clause_ids"] = [str(_us("20.3"))]
        row["note"] = "federal law gives no money for the inconvenience of a delay or a cancellation"
        return row
    row["deadline"] = (
        f"on the day and at the place; within {reading.said('denied_time')} where the journey goes on before"
    )
    row["form_of_payment"] = "cash or cheque"
    row["cumulative_with"] = ["refund", "reroute"]
    return row


def _american_refund(reading: Reading) -> Row:
    findings = reading.findings
    row = right_row(reading, "refund", "refund", _us("21.2"))
    if stated(findings, "event") == "cancellation":
        row = right_row(reading, "refund", "refund", _us("21.1"))
    significant = reading.flag("significant")
    if row["status"] == "not_due" and significant and stated(findings, "passenger_travels") is None:
        row = conditional(row, _NOT_ON_BOARD)
        row["clause_ids"] = [*clause_ids(reading.decided_by("significant")), str(_us("21.5"))]
    elif row["status"] == "not_due" and significant is None and stated(findings, "passenger_travels") is not True:
        row["status"] = "unknown"
    row["deadline"] = _refund_deadline(reading)
    row["clause_ids"] = [*clauses_of(row), *clause_ids(reading.decided_by("refund_days"))]
    row["form_of_payment"] = _ORIGINAL
    if stated(findings, "merchant_of_record") == "agent":
        row["note"] = f"{row['note']}; " if row["note"] else ""
        row["note"] = f"{row['note']}paid by the agent, who is the merchant of record"
    row["amount"] = ticket_price_of(reading, row)
    return row


def _refund_deadline(reading: Reading) -> str | None:
    """Say within which time a refund is made, and on which day that ends where the day of the request is stated."""
    parameters, asked = reading.findings.parameters, stated(reading.findings, "requested_on")
    if "us_refund_card_days" not in parameters.entries:
        return None
    card, other = parameters.entry("us_refund_card_days"), parameters.entry("us_refund_other_days")
    paid_by = stated(reading.findings, "paid_by")
    if paid_by is None:
        return f"within {card.words()} for a credit card, {other.words()} for any other form of payment"
    entry = card if paid_by == "credit_card" else other
    within = int(parameters.number(entry.name))
    if not isinstance(asked, date):
        return f"within {entry.words()} of the request"
    last = after_business_days(asked, within) if entry is card else asked + timedelta(days=within)
    return f"within {entry.words()} of the request, by {last}"


def _bag_fee(reading: Reading) -> Row:
    row = right_row(reading, "refund", "bag_fee", _us("24.1"))
    fee = stated(reading.findings, "bag_fee")
    row["form_of_payment"], row["note"] = _ORIGINAL, "the fee paid for the bag"
    if row["status"] == "due" and isinstance(fee, Money):
        row["amount"] = amount_of(reading, fee, f"fee paid for the bag, {fee.value:f}")
    return row


def _domestic_damage(reading: Reading) -> list[Row]:
    if stated(reading.findings, "international") is not False:
        return []
    row = right_row(reading, "expenses", "expenses", _us("24.2"))
    damage = reading.money("expenses_sum")
    if row["status"] == "due" and damage is not None:
        row["amount"] = amount_of(reading, damage)
    elif row["status"] == "due":
        row["status"] = "unknown"
    elif stated(reading.findings, "damage_proven") is None:
        row = conditional(row, "on proof of damage")
    return [row]


def _canadian_compensation(reading: Reading) -> Row:
    row = compensation_row(reading)
    if stated(reading.findings, "event") == "denied_boarding":
        row["deadline"] = (
            f"as soon as operations allow, at the latest {reading.said('denied_time')} after boarding was denied"
        )
    else:
        asked, answered = reading.said("request_time"), reading.said("answer_time")
        row["deadline"] = f"within {answered} of the request, which is made within {asked} of the flight"
    row["form_of_payment"] = "money; another form only if it is worth more, does not expire and was chosen in writing"
    row["cumulative_with"] = ["refund", "reroute", "care_meal", "care_hotel", "care_comms"]
    return row


def _canadian_refund(reading: Reading) -> Row:
    row = right_row(reading, "refund", "refund", _ca("34.4"), deadline=f"within {reading.said('refund_time')}")
    row["form_of_payment"] = "original form of payment, unless another that does not expire was chosen in writing"
    if row["status"] == "not_due" and reading.flag("reroute"):
        row = _open_refund(reading, row)
    row["amount"] = ticket_price_of(reading, row)
    return row


def _open_refund(reading: Reading, row: Row) -> Row:
    """State the condition of a refund that follows from arrangements that do not suit or are not to be had."""
    findings, control = reading.findings, reading.word("control")
    if control in _CONTROLLED and stated(findings, "refund_taken") is None:
        return conditional(row, "if the arrangements offered do not suit")
    if control == "outside" and stated(findings, "next_own_departure") is None:
        found = conditional(row, "if no flight of the carrier or a partner departs within 48 hours")
        return {**found, "clause_ids": [str(_ca("34.3"))]}
    return {**row, "status": "unknown"} if control is None else row


def _canadian_rerouting(reading: Reading) -> Row:
    offered = reading.word("rerouting")
    row = right_row(reading, "reroute", "reroute", _ca("34.1"), deadline="as soon as feasible")
    if offered is not None:
        row["note"] = _OFFERED[offered]
        row["clause_ids"] = [*clause_ids(reading.decided_by("rerouting"))]
    return row


def _canadian_care(reading: Reading) -> list[Row]:
    findings = reading.findings
    is_controlled = reading.word("control") in _CONTROLLED
    meals = right_row(reading, "care_meal", "care", _ca("33.1"), deadline="for the time of the wait")
    if meals["status"] == "unknown" and is_controlled and stated(findings, "waited") is None:
        meals = conditional(meals, "once two hours have passed since the booked departure")
    hotel = right_row(reading, "care_hotel", "hotel", _ca("33.2"), deadline="for the night")
    if hotel["status"] == "unknown" and stated(findings, "new_departure_next_day") is None and is_controlled:
        hotel = conditional(hotel, "if the wait lasts overnight")
    return [meals, {**meals, "kind": "care_comms"}, hotel]


def _set_off() -> list[JsonValue]:
    why = "fixed sums paid for the same event may be set off"
    return [{"percent": None, "set_off": why, "clause": str(_mc("40.8")), "discretionary": True}]


def _us(key: str) -> ClauseRef:
    return clause(key, POLICY_US)


def _ca(key: str) -> ClauseRef:
    return clause(key, POLICY_CANADA)


def _mc(key: str) -> ClauseRef:
    return clause(key, POLICY_MONTREAL)
