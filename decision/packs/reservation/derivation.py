"""Turns the facts of a request into those that depend on the order of its steps, and into the split of a price."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final

from pydantic import JsonValue

from decision.decision import Derivation
from decision.facts import Case, Fact, FactValue, Money
from decision.packs.reservation.purse import Payment, limits_of, pay
from decision.packs.reservation.standing import sent_money
from decision.rules import Parameters

_AT: Final = {"cabin_at_cancellation": "cancel", "cabin_at_change": "change_flights", "cabin_for_bags": "add_bags"}
_OF_PAYMENT: Final = (
    "certificates_wanted",
    "credit_cards_wanted",
    "gift_cards_wanted",
    "methods_unknown",
    "price_covered",
)
_COUNTS: Final = ("passengers", "bags", "paid_bags", "bags_wanted", "passengers_after")
_LIMITS: Final = ("most_certificates", "most_credit_cards", "most_gift_cards")
_WAITS: Final = {
    **dict.fromkeys(_AT, ("cabin", "new_cabin")),
    **dict.fromkeys(_OF_PAYMENT, ("price", "methods")),
    "sum_moved": (),
}


def derive(case: Case, facts: Mapping[str, Fact], parameters: Parameters) -> Derivation:
    """Find the cabin at each step, who pays a booking, and the largest sum that is moved.

    What contradicts itself is looked for in the facts of the case alone, for what is assumed cannot.
    """
    payment = _payment(facts, parameters)
    values: dict[str, FactValue | None] = {
        **{name: _cabin_at(facts, step) for name, step in _AT.items()},
        **_of(payment),
        "sum_moved": _largest(facts),
    }
    return Derivation(
        facts=tuple(Fact(name, value, "derived") for name, value in values.items()),
        working={"payments": [_part(method.kind, method.id, amount) for method, amount in payment.parts]}
        if payment
        else {},
        impossible=tuple(_impossible(case.facts, parameters)),
        missing=tuple(_missing(facts)),
        waits=_WAITS,
    )


def steps_of(facts: Mapping[str, Fact]) -> tuple[str, ...]:
    """Give the steps that are asked for, in order."""
    value = facts["steps"].value
    return value if isinstance(value, tuple) else ()


def amounts_paid(facts: Mapping[str, Fact]) -> Sequence[tuple[str, Money]]:
    """Give what was paid with each method; a line that cannot be read is left out (and makes the case impossible)."""
    currency, lines = facts["currency"].value, facts["payments"].value
    return _read_payments(lines, currency) if isinstance(lines, tuple) and isinstance(currency, str) else []


def _read_payments(lines: Sequence[str], currency: str) -> Sequence[tuple[str, Money]]:
    found: list[tuple[str, Money]] = []
    for line in lines:
        method, _, amount = line.rpartition(" ")
        if method and (value := _amount(amount)) is not None:
            found.append((method, Money(value=value, currency=currency)))
    return found


def _cabin_at(facts: Mapping[str, Fact], step: str) -> str | None:
    """Give the cabin when a step's turn comes: that of a change made before it, else that on record."""
    steps = steps_of(facts)
    place = steps.index(step) if step in steps else len(steps)
    if step == "add_bags" and (upgraded := facts["cabin_upgraded_to"].value) is not None:
        return str(upgraded)
    cabin = facts["new_cabin" if "change_cabin" in steps[:place] else "cabin"].value
    return None if cabin is None else str(cabin)


def _payment(facts: Mapping[str, Fact], parameters: Parameters) -> Payment | None:
    price = facts["price"].value
    if "book" not in steps_of(facts) or not isinstance(price, Money) or facts["methods"].value is None:
        return None
    return pay(price, facts, limits_of({name: parameters.number(name) for name in _LIMITS}))


def _of(payment: Payment | None) -> Mapping[str, FactValue | None]:
    if payment is None:
        return dict.fromkeys(_OF_PAYMENT)
    return {
        **{f"{kind}s_wanted": Decimal(number) for kind, number in payment.wanted.items()},
        "methods_unknown": Decimal(payment.unknown),
        "price_covered": payment.left == 0,
    }


def _largest(facts: Mapping[str, Fact]) -> Money | None:
    """Give the largest sum that a person may have to look at: a refund, a price, a difference in fare."""
    sums: list[Money] = []
    paid, steps = amounts_paid(facts), steps_of(facts)
    if "cancel" in steps and paid:
        sums.append(Money(value=sum((one.value for _, one in paid), Decimal(0)), currency=paid[0][1].currency))
    if "book" in steps and isinstance(price := facts["price"].value, Money):
        sums.append(price)
    if {"change_flights", "change_cabin"} & {*steps} and (change := _difference(facts)) is not None:
        sums.append(change)
    return max(sums, key=lambda one: one.value, default=None)


def _difference(facts: Mapping[str, Fact]) -> Money | None:
    fare, new, persons = (facts[name].value for name in ("fare", "new_fare", "passengers"))
    if not isinstance(fare, Money) or not isinstance(new, Money) or not isinstance(persons, Decimal):
        return None
    return Money(value=abs(new.value - fare.value) * persons, currency=fare.currency)


def _impossible(given: Mapping[str, Fact], parameters: Parameters) -> Iterator[str]:
    values = {name: fact.value for name, fact in given.items()}
    ours, theirs = parameters.money("bag_fee").currency, values.get("currency")
    if isinstance(theirs, str) and theirs != ours:
        yield f"currency: the reservation is in {theirs}, the policy in {ours}; use the policy for {theirs}"
    others = {one.currency for one in values.values() if isinstance(one, Money)} - {str(theirs or ours)}
    if others:
        yield f"currency: the reservation is in {theirs or ours}, but there are amounts in {', '.join(sorted(others))}"
    asked, booked = values.get("asked_at"), values.get("booked_at")
    if isinstance(asked, datetime) and isinstance(booked, datetime) and booked > asked:
        yield "booked_at: the booking lies after the request; correct one of them"
    lines = values.get("payments")
    if isinstance(lines, tuple) and (theirs is None or len(_read_payments(lines, str(theirs))) < len(lines)):
        yield "payments: write each as 'method amount', such as 'credit_card_1 620', and state the currency"
    for name in _COUNTS:
        number = values.get(name)
        if isinstance(number, Decimal) and number != number.to_integral_value():
            yield f"{name}: {number} is no whole number; correct it"


def _missing(facts: Mapping[str, Fact]) -> Iterator[str]:
    steps = steps_of(facts)
    wanted = {"price": "book" in steps, "methods": "book" in steps, "new_cabin": "change_cabin" in steps}
    yield from (name for name, asked in wanted.items() if asked and facts[name].value is None)


def _amount(text: str) -> Decimal | None:
    try:
        value = Decimal(text)
    except ArithmeticError:
        return None
    return value if value.is_finite() and value >= 0 else None


def _part(kind: str, method: str, amount: Money) -> JsonValue:
    return {"kind": kind, "amount": sent_money(amount), "to": method}
