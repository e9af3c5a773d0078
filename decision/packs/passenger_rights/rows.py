"""Builds rows of the answer's entitlements: what a regime gives, in which state, with its clauses and its amount."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Literal

from pydantic import JsonValue

from decision.decision import ClauseRef, RuleOutcome
from decision.facts import Money
from decision.packs.passenger_rights.findings import (
    EARLIER_LAW,
    POLICY_CANADA,
    POLICY_US,
    Reading,
    clause,
    clause_ids,
    facts_used,
    passengers,
    stated,
)
from decision.packs.passenger_rights.rights import Right
from decision.schema import plain

EntitlementStatus = Literal["due", "not_due", "conditional", "carrier_option", "unknown"]
Row = dict[str, JsonValue]


def entitlement(kind: str, known: EntitlementStatus, reasons: Sequence[RuleOutcome]) -> Row:
    """Start a row with its status and the rules behind it."""
    read: Mapping[str, str | None] = facts_used(reasons)
    is_earlier = known == "unknown" and any(one.rule_id.endswith(EARLIER_LAW) for one in reasons)
    return {
        "kind": kind,
        "status": known,
        "amount": None,
        "deadline": None,
        "form_of_payment": None,
        "clause_ids": [*clause_ids(reasons)],
        "facts_used": dict(read),
        "reductions": [],
        "cumulative_with": [],
        "note": "the law of the day of the flight is not encoded; legal decides" if is_earlier else None,
    }


def clauses_of(row: Row) -> list[str]:
    """List the clauses of a row as text."""
    cited = row["clause_ids"]
    return [str(one) for one in cited] if isinstance(cited, list) else []


def right_row(reading: Reading, kind: str, right: Right, governing: ClauseRef, *, deadline: str | None = None) -> Row:
    """Give the row of a right that rules conclude; where none gave it, the clause that would is cited."""
    row = entitlement(kind, status(reading, right), reading.decided_by(right))
    row["deadline"] = deadline
    if not row["clause_ids"]:
        row["clause_ids"] = [str(governing)]
    return row


def conditional(row: Row, note: str) -> Row:
    """Make a row that nobody can settle yet one that states its condition."""
    return {**row, "status": "conditional", "note": note}


def status(reading: Reading, right: Right) -> EntitlementStatus:
    """Say whether a right is due; what is not known is never called not due."""
    value = reading.flag(right)
    if value is None:
        return "unknown"
    return "due" if value else "not_due"


def total(per_passenger: Money, persons: int) -> Money:
    """Give the amount for all passengers of the claim."""
    return Money(value=per_passenger.value * persons, currency=per_passenger.currency)


def amount_of(
    reading: Reading, each: Money, formula: str | None = None, inputs: Mapping[str, JsonValue] | None = None
) -> JsonValue:
    """Write an amount out: for one passenger and for all, how it was computed and from what."""
    persons = passengers(reading.findings)
    said = f"{each.value:f} per passenger" if formula is None else formula
    return {
        "value": f"{total(each, persons).value:f}",
        "currency": each.currency,
        "per_passenger": f"{each.value:f}",
        "n": persons,
        "formula": f"{said} x {persons}",
        "inputs": dict(inputs or {}),
    }


def ticket_price_of(reading: Reading, row: Row) -> JsonValue:
    """Give the amount of a refund that is due: the price paid for the parts not flown, where it is stated."""
    price = stated(reading.findings, "ticket_price")
    if row["status"] != "due" or not isinstance(price, Money):
        return None
    formula = f"price paid for the parts not made, {price.value:f}"
    return amount_of(reading, price, formula, {"ticket_price": str(price)})


def governing_compensation(reading: Reading) -> ClauseRef:
    """Name the clause that decides on compensation where no rule in force could give it for this kind of event."""
    match reading.regime:
        case "US":
            return clause("20.3", POLICY_US)
        case "APPR":
            return clause("31.1", POLICY_CANADA)
        case _:
            event = str(stated(reading.findings, "event"))
            return clause({"downgrade": "13.1", "advance": "2.3"}.get(event, "1.2"))


def compensation_row(reading: Reading) -> Row:
    """Give the row of a fixed sum: due with its amount, not due with its reason, or unknown."""
    due, amount = reading.flag("compensation_due"), reading.money("amount")
    reasons = [*(reading.decided_by("compensation_due") or reading.triggers())]
    known = status(reading, "compensation_due")
    if due and amount is None:
        known = "unknown"
    sized: Sequence[RuleOutcome] = reading.decided_by("amount") if due else ()
    row = entitlement("compensation", known, [*reasons, *sized])
    if due and amount is not None:
        row["amount"] = amount_of(reading, amount, None, _inputs(reading))
    if not row["clause_ids"]:
        row["clause_ids"] = [str(governing_compensation(reading))]
    return row


def _inputs(reading: Reading) -> Mapping[str, JsonValue]:
    findings = reading.findings
    match reading.regime:
        case "US":
            names = ("one_way_fare", "late_at_destination")
        case "APPR":
            names = ("late_at_destination", "ca_large", "ca_control")
        case _:
            distance = stated(findings, "route_km")
            return {
                "distance_km": plain(distance) if isinstance(distance, Decimal) else None,
                "band": reading.word("band"),
            }
    return {name: plain(stated(findings, name)) for name in names}


def voucher_row(reading: Reading, governing: ClauseRef, note: str) -> Row:
    """Give the row of a voucher in place of money: the carrier's option where the law's form is met, else not due."""
    known = reading.flag("voucher")
    row = entitlement("voucher", "carrier_option" if known else "not_due", reading.decided_by("voucher"))
    if known is None:
        row["status"] = "unknown"
    row["note"], row["clause_ids"] = note, row["clause_ids"] or [str(governing)]
    return row
