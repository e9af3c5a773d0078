"""Turns findings about a request into the sums of the answer: what is paid, refunded or counted, and to whom."""

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Final

from pydantic import JsonValue

from decision.facts import Money
from decision.pack import Findings
from decision.packs.reservation.derivation import amounts_paid
from decision.packs.reservation.findings import flag, money, number, steps, value, verdict

Amount = dict[str, JsonValue]


def amounts(findings: Findings) -> list[Amount]:
    """Give every sum that was asked about; one that is not known has the value null."""
    decided = verdict(findings)
    if decided is None or decided == "transfer":
        return []
    asked = dict.fromkeys(steps(findings))
    if decided == "deny":
        return [amount for step in asked for amount in _refused(findings, step)]
    found: list[Amount] = []
    for step in asked:
        found += [amount for amount in _GRANTED.get(step, _nothing)(findings) if amount not in found]
    return found


def sum_of(kind: str, amount: Money | None, to: str | None = None) -> Amount:
    """Write one sum."""
    written: Amount = {"kind": kind, "value": None}
    if amount is not None:
        written = {"kind": kind, "value": _plain(amount.value), "currency": amount.currency}
    return {**written, "to": to} if to is not None else written


def over_budget(findings: Findings) -> bool:
    """Whether a change would cost more than the customer would pay."""
    budget, difference = money(findings, "budget"), money(findings, "difference")
    return budget is not None and difference is not None and difference.value > budget.value


def method_of_change(findings: Findings) -> str | None:
    """Give the method that a difference goes to: the one that is named, else the only one that was paid with."""
    named = value(findings, "payment_id")
    if named is not None:
        return str(named)
    paid = amounts_paid(findings.facts)
    return paid[0][0] if len(paid) == 1 else None


def _refused(findings: Findings, step: str) -> Iterator[Amount]:
    """State the sums that were asked for and are not paid."""
    currency = str(value(findings, "currency") or findings.parameters.money("bag_fee").currency)
    nothing = Money(value=Decimal(0), currency=currency)
    if step == "refund_insurance" or (step == "cancel" and flag(findings, "alternatives_asked")):
        yield sum_of("refund", nothing)
    if step == "compensation" or (step == "cancel" and flag(findings, "certificate_asked")):
        yield sum_of("certificate", nothing)


def _refunds(findings: Findings) -> Iterator[Amount]:
    yield from (sum_of("refund", amount, method) for method, amount in _paid_in_the_end(findings).items())


def _paid_in_the_end(findings: Findings) -> Mapping[str, Money | None]:
    """Give what each method has paid when the reservation is cancelled, a change made before included."""
    paid: dict[str, Money | None] = dict(amounts_paid(findings.facts))
    order = steps(findings)
    if "change_cabin" in order[: order.index("cancel")] or "change_flights" in order[: order.index("cancel")]:
        method, difference = method_of_change(findings), money(findings, "difference")
        if method is None or difference is None:
            return {}
        before = paid.get(method)
        paid[method] = Money(value=difference.value + (before.value if before else 0), currency=difference.currency)
    return paid


def _change(findings: Findings) -> Iterator[Amount]:
    difference, method = money(findings, "difference"), method_of_change(findings)
    then_cancelled = "cancel" in steps(findings)
    if difference is None:
        yield sum_of("upgrade_charge" if then_cancelled else "difference", None, method)
        return
    kind = "refund" if difference.value < 0 else "upgrade_charge" if then_cancelled else "charge"
    written = sum_of(kind, Money(value=abs(difference.value), currency=difference.currency), method)
    if over_budget(findings):
        written["note"] = f"above the customer's limit of {money(findings, 'budget')}, so not executed"
    yield written


def _bags(findings: Findings) -> Iterator[Amount]:
    charge = money(findings, "bag_charge")
    yield sum_of("charge", charge, method_of_change(findings) if charge is not None and charge.value else None)


def _free_bags(findings: Findings) -> Iterator[Amount]:
    free = number(findings, "bags_free")
    yield {"kind": "free_bags", "value": None if free is None else _plain(free), "unit": "bags"}


def _no_charge(findings: Findings) -> Iterator[Amount]:
    currency = str(value(findings, "currency") or findings.parameters.money("bag_fee").currency)
    yield sum_of("charge", Money(value=Decimal(0), currency=currency))


def _premium(findings: Findings) -> Iterator[Amount]:
    yield sum_of("insurance", money(findings, "premium"))


def _certificate(findings: Findings) -> Iterator[Amount]:
    yield sum_of("certificate", money(findings, "certificate"))


def _split(findings: Findings) -> Iterator[Amount]:
    parts = findings.derivation.working.get("payments")
    for part in parts if isinstance(parts, list) else []:
        if isinstance(part, dict) and isinstance(amount := part["amount"], dict):
            paid = Money(value=Decimal(str(amount["value"])), currency=str(amount["currency"]))
            yield sum_of(str(part["kind"]), paid, str(part["to"]))


def _nothing(findings: Findings) -> Iterator[Amount]:
    del findings
    yield from ()


def _plain(amount: Decimal) -> str:
    return f"{amount.normalize():f}" if amount else "0"


_GRANTED: Final[Mapping[str, Callable[[Findings], Iterator[Amount]]]] = {
    "cancel": _refunds,
    "change_flights": _change,
    "change_cabin": _change,
    "add_bags": _bags,
    "quote_bags": _free_bags,
    "change_passengers": _no_charge,
    "quote_insurance": _premium,
    "compensation": _certificate,
    "book": _split,
}
