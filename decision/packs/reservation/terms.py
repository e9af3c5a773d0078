"""Turns a decided request into what is to be done, under which conditions, and the sentence that heads the answer."""

from collections.abc import Iterator, Sequence

from decision.pack import Findings
from decision.packs.reservation.amounts import Amount, over_budget
from decision.packs.reservation.findings import GRANTED, flag, number, steps, value, verdict

_SAID = {
    "cancel": "cancel the reservation",
    "change_flights": "change the flights",
    "change_cabin": "change the cabin",
    "add_bags": "change the bags",
    "quote_bags": "say how many bags are free",
    "change_passengers": "change the passengers",
    "add_insurance": "add insurance",
    "refund_insurance": "refund the insurance alone",
    "quote_insurance": "say what insurance costs",
    "book": "book",
    "compensation": "give compensation",
    "other": "do what the policy does not provide for",
}
_ACTIONS = {
    "cancel": "cancel",
    "change_flights": "update_flights",
    "change_cabin": "update_cabin",
    "change_passengers": "update_passengers",
    "compensation": "send_certificate",
}
_VERDICTS = {
    "allow": "Allowed",
    "allow_partial": "Allowed in part",
    "answer": "Answered",
    "deny": "Refused",
    "transfer": "For a person",
}


def actions(findings: Findings) -> Sequence[str]:
    """List what is to be done once the customer has confirmed it."""
    decided = verdict(findings)
    if decided == "transfer":
        return ["transfer_to_human"]
    if decided not in GRANTED:
        return []
    if _only_quoted(findings):
        return ["quote_only"]
    if over_budget(findings):
        return []
    return [action for step in steps(findings) if (action := _action(findings, step)) is not None]


def conditions(findings: Findings) -> Iterator[str]:
    """List what has to hold or be done for the decision to stand."""
    decided, asked = verdict(findings), steps(findings)
    if decided in GRANTED and actions(findings) and not _only_quoted(findings):
        yield "The customer is told what will be done and what it costs, and says yes (clause 1.5)."
    if decided in GRANTED and "cancel" in asked:
        least, most = (findings.parameters.number(name) for name in ("refund_days_least", "refund_days_most"))
        yield f"The refund arrives within {least} to {most} business days (clause 7.7)."
    if decided in GRANTED and value(findings, "complaint") == "delayed" and "compensation" in asked:
        yield "The certificate is issued once the reservation is changed or cancelled (clause 8.5)."
    upgraded = value(findings, "cabin_upgraded_to")
    if decided in GRANTED and upgraded is not None and upgraded != value(findings, "cabin"):
        yield f"The change to {_words(upgraded)} is made first (clause 1.3)."
    if decided in GRANTED and value(findings, "payment_id") is not None and _is_assumed(findings, "payment_known"):
        yield "The method of payment stands in the customer's profile (clause 3.5)."
    if over_budget(findings):
        yield f"It costs more than the customer's limit of {value(findings, 'budget')}, so it is not carried out."
    if decided == "deny" and "cancel" in asked and flag(findings, "insured") and not flag(findings, "handoff"):
        yield "It could be cancelled if the reason were one of health or weather (clause 7.5)."


def headline(findings: Findings, sums: Sequence[Amount]) -> str:
    """Say the decision with its sums."""
    if findings.derivation.impossible:
        return f"Cannot be decided: {'; '.join(findings.derivation.impossible)}"
    wish = ", then ".join(dict.fromkeys(_SAID[step] for step in steps(findings)))
    decided = verdict(findings)
    if decided is None:
        return f"Cannot be decided yet whether to {wish}: a fact that decides is missing"
    told = [words for amount in sums if (words := _sum(amount)) is not None]
    return f"{_VERDICTS[decided]}: {wish}{'; ' if told else ''}{', '.join(told)}"


def _action(findings: Findings, step: str) -> str | None:
    if step == "change_cabin" and len(steps(findings)) > 1:
        return f"update_cabin:{value(findings, 'new_cabin')}"
    if step == "add_bags":
        total, paid = number(findings, "bags_wanted"), number(findings, "bags_to_pay")
        return f"update_bags:total={total},nonfree={paid}"
    return _ACTIONS.get(step)


def _sum(amount: Amount) -> str | None:
    if amount["value"] is None:
        return f"{str(amount['kind']).replace('_', ' ')} not known"
    unit = amount.get("currency")
    kind = str(amount["kind"]).replace("_", " ")
    return f"{kind} {unit} {amount['value']}" if unit else f"{kind} {amount['value']}"


def _only_quoted(findings: Findings) -> bool:
    return bool({"change_flights", "change_cabin"} & {*steps(findings)}) and flag(findings, "quote_only")


def _is_assumed(findings: Findings, name: str) -> bool:
    return findings.facts[name].provenance == "assumed"


def _words(found: object) -> str:
    return str(found).replace("_", " ")
