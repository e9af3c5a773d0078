"""Turns the conclusions of one regime into the list of what a passenger is owed, each with its clauses and status."""

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Final

from pydantic import JsonValue

from decision.decision import ClauseRef
from decision.facts import Money
from decision.pack import Findings
from decision.packs.passenger_rights.abroad import american, canadian, montreal
from decision.packs.passenger_rights.findings import POLICY_2027, Reading, clause, clause_ids, stated
from decision.packs.passenger_rights.rights import Regime, Right
from decision.packs.passenger_rights.rows import (
    Row,
    amount_of,
    compensation_row,
    conditional,
    right_row,
    ticket_price_of,
    voucher_row,
)
from decision.schema import plain

_MONEY_OR_VOUCHER: Final = "cash, bank transfer or cheque; a voucher only with the passenger's signed agreement"
_ELSEWHERE: Final = frozenset({"baggage", "withdrawal"})
_LONGEST_WAIT: Final = timedelta(days=30)
_BESIDE: Final = ["refund", "reroute", "care_meal", "care_hotel", "care_comms"]


def entitlements(findings: Findings, regime: Regime, alternative_to: Regime | None) -> list[JsonValue]:
    """Everything that a regime that applies may give for this event; proven damage stands beside every fixed sum."""
    rows = _ROWS[regime](Reading(findings, regime))
    other = None if regime == "MC99" or alternative_to == "MC99" else alternative_to
    return [{**row, "regime": regime, "alternative_to": other} for row in rows]


def standing(row: Mapping[str, JsonValue]) -> str | None:
    """Say in a few words what an entitlement comes to; None when that is not known."""
    status, amount, reductions = str(row["status"]), row["amount"], row["reductions"]
    if status == "unknown":
        return None
    words = status.replace("_", " ")
    if isinstance(amount, dict):
        words = f"{words}, {amount['currency']} {amount['value']}"
    listed = reductions if isinstance(reductions, list) else []
    percents = [str(one["percent"]) for one in listed if isinstance(one, dict) and one["percent"] is not None]
    return f"{words}, which may be reduced by {' or '.join(percents)} percent" if percents else words


def _european(reading: Reading) -> list[Row]:
    findings = reading.findings
    if stated(findings, "event") in _ELSEWHERE:
        return []
    wish = "at the earliest opportunity, or later at the passenger's wish"
    rows = [
        _compensation(reading),
        _refund(reading),
        _row(reading, "reroute", "reroute", deadline=wish),
        _care(reading, "care_meal", None),
        _care(reading, "care_comms", "11.4"),
        _hotel(reading),
    ]
    if stated(findings, "event") == "downgrade" or stated(findings, "downgraded") is True:
        rows.append(_downgrade(reading))
    return [*rows, *_claimed_rights(reading)]


_ROWS: Final[Mapping[Regime, Callable[[Reading], list[Row]]]] = {
    "EU261": _european,
    "UK261": _european,
    "US": american,
    "APPR": canadian,
    "MC99": montreal,
}


def _claimed_rights(reading: Reading) -> list[Row]:
    """Give the rows that only matter where their facts are stated: a voucher, the tarmac, self-arranged re-routing."""
    findings = reading.findings
    rows: list[Row] = []
    if stated(findings, "voucher_agreed") is not None:
        governing = clause("17.15", POLICY_2027) if reading.amended() else clause("14.1")
        note = "in place of money, with the passenger's agreement in due form"
        if reading.amended():
            note = f"{note}; what is left of it when it expires is refunded within {reading.said('voucher_time')}"
        rows.append(voucher_row(reading, governing, note))
    if reading.amended() and stated(findings, "tarmac_delay") is not None:
        rows.append(right_row(reading, "disembark", "disembark", clause("17.13", POLICY_2027)))
    if reading.amended() and stated(findings, "self_rerouting_cost") is not None:
        rows.append(_self_rerouting(reading))
    return rows


def _self_rerouting(reading: Reading) -> Row:
    row = right_row(reading, "expenses", "expenses", clause("17.12", POLICY_2027))
    row["deadline"] = f"within {reading.said('self_time')}"
    cost = reading.money("expenses_sum")
    if row["status"] == "due":
        row["status"] = "unknown" if cost is None else "due"
        row["amount"] = None if cost is None else amount_of(reading, cost)
    return row


def _downgrade(reading: Reading) -> Row:
    percent, due = reading.number("downgrade_percent"), reading.money("downgrade_sum")
    price = stated(reading.findings, "flight_price")
    row = right_row(reading, "downgrade", "applies", clause("13.1"))
    row["status"] = "unknown" if percent is None else "due" if percent else "not_due"
    row["clause_ids"] = [*(clause_ids(reading.decided_by("downgrade_percent")) or [str(clause("13.1"))])]
    row["deadline"] = f"within {reading.said('downgrade_time')}"
    row["form_of_payment"], row["cumulative_with"] = _MONEY_OR_VOUCHER, ["compensation"]
    if percent:
        row["note"] = f"{plain(percent)} percent of the price of the flight flown in a lower class"
    if due is not None and isinstance(price, Money):
        row["amount"] = amount_of(reading, due, f"{plain(percent)} percent of {price.value:f}", {"price": str(price)})
    return row


def _compensation(reading: Reading) -> Row:
    row = compensation_row(reading)
    due, amount = reading.flag("compensation_due"), reading.money("amount")
    row["deadline"] = _compensation_deadline(reading)
    row["form_of_payment"] = _MONEY_OR_VOUCHER
    row["reductions"] = _reductions(reading, amount) if due else []
    row["cumulative_with"] = [*_BESIDE]
    return row


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
        told = reading.said("inform_time")
        return (
            f"within {answered} of the request, which is made within {asked} of departure; "
            f"information on it within {told} of the end of the journey"
        )
    return "without undue delay"


def _refund(reading: Reading) -> Row:
    row = _row(reading, "refund", "refund", deadline=f"within {reading.said('refund_time')} of the passenger's choice")
    row["form_of_payment"] = _MONEY_OR_VOUCHER
    row["note"] = "instead of re-routing or travelling on, at the passenger's choice; compensation is independent of it"
    row["amount"] = ticket_price_of(reading, row)
    return row


def _care(reading: Reading, kind: str, also: str | None) -> Row:
    row = _row(reading, kind, "care", deadline="for the time of the wait")
    notice, early = stated(reading.findings, "notice_days"), reading.findings.parameters.number("care_notice_days")
    if row["status"] == "due" and isinstance(notice, Decimal) and notice >= early:
        row["status"] = "conditional"
        row["note"] = "for any waiting at the airport that the cancellation causes"
    if also is None and (meals := meals_words(reading)):
        row["note"] = meals
    if row["status"] in {"due", "conditional"} and also is not None:
        row["clause_ids"] = [*clause_ids(reading.decided_by("care")), str(clause(also))]
    return row


def meals_words(reading: Reading) -> str | None:
    """Say how many meals a wait has come to under EU261 as amended; None where that law does not count them."""
    waited = stated(reading.findings, "waited")
    if not reading.amended() or not reading.flag("meal") or not isinstance(waited, timedelta):
        return None
    parameters = reading.findings.parameters
    first, every = parameters.duration("eu_meal_first"), parameters.duration("eu_meal_every")
    number = meals_due(waited, first, every, int(parameters.number("eu_meals_a_day")))
    pause = plain(parameters.duration("eu_refreshments_every"))
    return (
        f"refreshments every {pause}, and {number} {'meal' if number == 1 else 'meals'} for a wait of {plain(waited)}"
    )


def meals_due(waited: timedelta, first: timedelta, every: timedelta, most_a_day: int) -> int:
    """Count the meals of a wait: one at `first`, one more after each further `every`, and so many a day at most."""
    if waited < first:
        return 0
    times = [first + every * number for number in range((min(waited, _LONGEST_WAIT) - first) // every + 1)]
    a_day = Counter(one // timedelta(days=1) for one in times)
    return sum(min(number, most_a_day) for number in a_day.values())


def _hotel(reading: Reading) -> Row:
    row = _row(reading, "care_hotel", "hotel", deadline="for the night")
    if reading.flag("hotel") is None and stated(reading.findings, "new_departure_next_day") is None:
        row = conditional(row, "if the new departure is on the next day or later and a night's stay becomes necessary")
        row["clause_ids"] = [str(clause("11.3"))]
    if reading.flag("hotel_limited"):
        row["note"] = f"at the carrier's choice for no more than {reading.said('hotel_nights')}"
        row["clause_ids"] = [*clause_ids(reading.decided_by("hotel")), *clause_ids(reading.decided_by("hotel_limited"))]
    return row


def _row(reading: Reading, kind: str, fact: Right, *, deadline: str) -> Row:
    return right_row(reading, kind, fact, _governing(reading, fact), deadline=deadline)


def _governing(reading: Reading, fact: Right) -> ClauseRef:
    """Name the clause that would give a right, for one that no rule gave."""
    if stated(reading.findings, "event") == "denied_boarding":
        return clause("7.1" if stated(reading.findings, "involuntary") is False else "7.3")
    if fact == "care" and reading.amended():
        return clause("17.9", POLICY_2027)
    return clause({"care": "11.2", "hotel": "11.3"}.get(fact, "12.3"))
