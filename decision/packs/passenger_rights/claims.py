"""Turns findings about a disrupted flight into claims: which regime, what is owed and what is not, with clauses."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from pydantic import JsonValue

from decision.decision import Claim, ClauseRef, RuleOutcome
from decision.facts import Money
from decision.pack import Findings
from decision.packs.passenger_rights.findings import (
    POLICY_CANADA,
    POLICY_MONTREAL,
    POLICY_US,
    Reading,
    clause,
    in_doubt,
    passengers,
    presented,
    stated,
)
from decision.packs.passenger_rights.rights import EUROPEAN, PREFIXES, REGIMES, TITLES, Regime, Right
from decision.packs.passenger_rights.rows import governing_compensation, total
from decision.packs.passenger_rights.territory import BREXIT

_SCOPE: Final = {
    "EU261": (clause("3.1"), clause("3.2")),
    "UK261": (clause("3.3"), clause("3.4"), clause("3.5")),
    "APPR": (clause("30.1", POLICY_CANADA),),
    "US": (clause("20.1", POLICY_US),),
    "MC99": (clause("40.1", POLICY_MONTREAL),),
}
_OUTSIDE: Final = {
    "EU261": "the journey neither starts in its territory nor is an arrival there that it covers",
    "UK261": "the journey neither starts in the United Kingdom nor is an arrival that it covers",
    "APPR": "the journey neither starts nor ends in Canada",
    "US": "the journey neither starts nor ends in the United States",
    "MC99": "the journey does not lead from one State to another",
}
KINDS: Final = {
    "compensation": "compensation",
    "refund": "a refund",
    "reroute": "re-routing",
    "care_meal": "food and drink",
    "care_comms": "a means of communication",
    "care_hotel": "hotel and transfer",
    "downgrade": "a reimbursement for the lower class",
    "voucher": "a voucher",
    "expenses": "proven damage or expenses",
    "disembark": "leave to go off the aircraft",
}
"""How each kind of entitlement is named in a sentence."""
_OWN_WORDS: Final = frozenset({"compensation", "refund", "reroute", "care_meal", "care_comms", "care_hotel"})
_BY_RULE: Final[tuple[Right, ...]] = ("reduction_percent", "care", "hotel", "refund", "reroute")
_NAMES: Final = {
    "refund": "reimbursement",
    "reroute": "re-routing",
    "care_meal": "meals and refreshments",
    "care_comms": "calls and messages",
    "care_hotel": "hotel and transfer",
}


def claims(findings: Findings, rows: Sequence[JsonValue]) -> Sequence[Claim]:
    """Assert what was decided; `rows` are the entitlements of the answer."""
    chosen = presented(findings)
    if chosen is None:
        unknown = Claim(text="It is not known which regime applies.", cites=(clause("18.2"),))
        return _without_regime(findings, unknown, rows)
    if chosen == "none":
        none = Claim(text="No regime that gives fixed sums applies to this journey.", cites=(clause("3.10"),))
        return _without_regime(findings, none, rows)
    reading = Reading(findings, chosen)
    if chosen not in EUROPEAN:
        return _abroad(findings, chosen, rows)
    found = [scope(findings, chosen), *_compensation(reading)]
    for right in _BY_RULE:
        found += [_said(outcome) for outcome in reading.decided_by(right)]
    mine = [row for row in rows if isinstance(row, dict) and row["regime"] == chosen]
    found += _beside_the_rules(chosen, mine)
    found += [claim for regime in REGIMES if regime != chosen for claim in _other(findings, regime, rows)]
    return list(dict.fromkeys(found))


def _without_regime(findings: Findings, first: Claim, rows: Sequence[JsonValue]) -> list[Claim]:
    """Assert what holds where no regime is presented: every scope, and what those that apply give."""
    found = [first, *(scope(findings, regime) for regime in REGIMES)]
    for regime in REGIMES:
        if Reading(findings, regime).flag("applies"):
            found += _compensation(Reading(findings, regime)) if regime in EUROPEAN else []
            found += _row_claims(regime, rows)
    return list(dict.fromkeys(found))


def _abroad(findings: Findings, chosen: Regime, rows: Sequence[JsonValue]) -> list[Claim]:
    """Assert what United States, Canadian or Montreal law gives, and what the others make of it."""
    found = [scope(findings, chosen), *_compensation(Reading(findings, chosen)), *_row_claims(chosen, rows)]
    found += [claim for regime in REGIMES if regime != chosen for claim in _other(findings, regime, rows)]
    return list(dict.fromkeys(found))


def _row_claims(regime: Regime, rows: Sequence[JsonValue]) -> list[Claim]:
    """Assert each entitlement of a regime in one sentence; those that have a wording of their own are left to it."""
    found: list[Claim] = []
    for row in rows:
        if not isinstance(row, dict) or row["regime"] != regime or row["status"] == "unknown":
            continue
        kind, law = str(row["kind"]), TITLES[regime]
        if regime in EUROPEAN and kind in _OWN_WORDS:
            continue
        note = f": {row['note']}" if row["note"] else ""
        state = _STATES[str(row["status"])]
        found.append(Claim(text=f"Under {law} {KINDS[kind]} {state}{_sum_of(row)}{note}.", cites=_cited(row)))
    return found


_STATES: Final = {
    "due": "is due",
    "not_due": "is not due",
    "conditional": "is due under a condition",
    "carrier_option": "is at the carrier's option",
}


def _sum_of(row: dict[str, JsonValue]) -> str:
    amount = row["amount"]
    if not isinstance(amount, dict):
        return ""
    return f", {Money(value=Decimal(str(amount['value'])), currency=str(amount['currency']))}"


def scope(findings: Findings, regime: Regime) -> Claim:
    """Say whether a regime applies, and why."""
    reading = Reading(findings, regime)
    reasons = reading.decided_by("applies")
    if reasons:
        text = "; ".join(outcome.title for outcome in reasons)
        return Claim(text=f"{text}.", cites=_clauses(reasons))
    cites = _SCOPE[regime]
    if in_doubt(findings, regime):
        text = (
            f"Whether {TITLES[regime]} applies depends on whether both States are party to it, which is not on record."
        )
        return Claim(text=text, cites=cites)
    if reading.flag("applies") is None:
        text = f"It is not known whether {TITLES[regime]} applies: a fact that decides it is missing."
        return Claim(text=text, cites=cites)
    if regime == "UK261" and findings.case.as_of < BREXIT:
        return Claim(text=f"UK261 does not apply: its first day is {BREXIT}.", cites=(clause("3.7"),))
    if _benefits_ended(findings, regime):
        text = f"{regime} does not apply: benefits were already received in the country of departure."
        return Claim(text=text, cites=(clause("3.9"),))
    law = TITLES[regime]
    return Claim(text=f"{law[:1].upper()}{law[1:]} does not apply: {_OUTSIDE[regime]}.", cites=cites)


def without_right(reading: Reading) -> str:
    """Say why no right to compensation arises, where no exclusion had to take it away."""
    words = f"No right to compensation arises under {TITLES[reading.regime]}"
    if reading.regime == "US" and stated(reading.findings, "event") != "denied_boarding":
        return f"{words}: it gives no money for a delay, a cancellation or a change."
    if reading.regime == "APPR" and (said := _without_right_in_canada(reading)):
        return f"{words}: {said}."
    match stated(reading.findings, "event"):
        case "delay" | "missed_connection":
            return f"{words}: the arrival was not late enough."
        case "advance":
            return f"{words}: the departure was not brought forward far enough."
        case "denied_boarding" if stated(reading.findings, "involuntary") is False:
            return f"{words}: the passenger gave up the seat voluntarily."
        case _:
            return f"{words}."


def _without_right_in_canada(reading: Reading) -> str | None:
    if not reading.triggers():
        return "on the day of the flight they gave none for such an event"
    is_controlled = reading.word("control") not in {"outside", "safety"}
    return None if is_controlled else "the cause was outside the carrier's control or required for safety"


def _compensation(reading: Reading) -> list[Claim]:
    due, amount = reading.flag("compensation_due"), reading.money("amount")
    reasons = reading.decided_by("compensation_due")
    found = [_said(outcome) for outcome in reasons]
    if due is False and not reasons:
        triggers = _clauses(reading.triggers()) or (governing_compensation(reading),)
        found.append(Claim(text=without_right(reading), cites=triggers))
    if due and amount is not None:
        persons = passengers(reading.findings)
        distance = stated(reading.findings, "route_km")
        measured = reading.regime in EUROPEAN and isinstance(distance, Decimal)
        way = f" for a distance of {distance:,.1f} km" if measured else ""
        whole = f", {total(amount, persons)} for {persons} passengers" if persons > 1 else ""
        text = f"Compensation under {reading.regime} is {amount} per passenger{way}{whole}."
        found.append(Claim(text=text, cites=_clauses(reading.decided_by("amount"))))
    return found


def _beside_the_rules(regime: Regime, rows: Sequence[dict[str, JsonValue]]) -> list[Claim]:
    found = [*_further(regime, rows), *_row_claims(regime, [*rows])]
    not_due: dict[tuple[ClauseRef, ...], list[str]] = {}
    for row in rows:
        kind, status, cites = str(row["kind"]), row["status"], _cited(row)
        if kind == "care_comms" and status in {"due", "conditional"}:
            found.append(Claim(text="With meals go calls or messages free of charge.", cites=cites[-1:]))
        elif kind == "care_hotel" and status == "conditional":
            found.append(Claim(text=f"Hotel and transfer are due under {regime} {row['note']}.", cites=cites))
        elif kind in _NAMES and status == "not_due":
            not_due.setdefault(cites, []).append(_NAMES[kind])
    found += [
        Claim(text=f"Not due under {regime}: {', '.join(names)}.", cites=cites) for cites, names in not_due.items()
    ]
    return found


def _further(regime: Regime, rows: Sequence[dict[str, JsonValue]]) -> list[Claim]:
    """State what else the policy gives: agreed benefits to a volunteer, and the cost of care that was not given."""
    found: list[Claim] = []
    compensation = next((row for row in rows if row["kind"] == "compensation"), None)
    used = compensation["facts_used"] if compensation else None
    if isinstance(used, dict) and used.get("event") == "denied_boarding" and used.get("involuntary") == "false":
        found.append(Claim(text="A volunteer receives the benefits that were agreed.", cites=(clause("7.1"),)))
    if any(row["kind"] == "care_meal" and row["status"] in {"due", "conditional"} for row in rows):
        text = f"Care that is owed under {regime} and was not given is reimbursed at reasonable cost."
        found.append(Claim(text=text, cites=(clause("11.6"),)))
    return found


def _other(findings: Findings, regime: Regime, rows: Sequence[JsonValue]) -> list[Claim]:
    reading = Reading(findings, regime)
    if not reading.flag("applies"):
        return [scope(findings, regime)]
    if regime not in EUROPEAN:
        return [scope(findings, regime), *_compensation(reading), *_row_claims(regime, rows)]
    if stated(findings, "event") == "baggage":
        return [scope(findings, regime)]
    text = f"{regime} applies too, as an alternative and never in addition."
    found = [Claim(text=text, cites=(clause("3.10"), *_clauses(reading.decided_by("applies"))))]
    return [*found, *_compensation(reading)]


def _benefits_ended(findings: Findings, regime: Regime) -> bool:
    """Tell whether benefits decided: a rule reads them last, when everything else speaks for its scope."""
    scopes = [outcome for outcome in findings.outcomes if outcome.rule_id.startswith(f"{PREFIXES[regime]}-SCOPE")]
    return any(outcome.facts_read.get("benefits_received_abroad") == "true" for outcome in scopes)


def _said(outcome: RuleOutcome) -> Claim:
    return Claim(text=f"{outcome.title}.", cites=(outcome.clause,))


def _clauses(outcomes: Sequence[RuleOutcome]) -> tuple[ClauseRef, ...]:
    return tuple(dict.fromkeys(outcome.clause for outcome in outcomes))


def _cited(row: dict[str, JsonValue]) -> tuple[ClauseRef, ...]:
    keys = row["clause_ids"]
    return tuple(ClauseRef.parse(str(key)) for key in keys) if isinstance(keys, list) else ()
