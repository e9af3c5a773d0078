"""Turns findings about a disrupted flight into claims: which regime, what is owed and what is not, with clauses."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from pydantic import JsonValue

from decision.decision import Claim, ClauseRef, RuleOutcome
from decision.pack import Findings
from decision.packs.passenger_rights.entitlements import total
from decision.packs.passenger_rights.findings import (
    REGIMES,
    Reading,
    Regime,
    Right,
    clause,
    passengers,
    presented,
    stated,
)
from decision.packs.passenger_rights.territory import BREXIT

_SCOPE: Final = {"EU261": ("3.1", "3.2"), "UK261": ("3.3", "3.4", "3.5")}
_OUTSIDE: Final = {
    "EU261": "the journey neither starts in its territory nor is an arrival there that it covers",
    "UK261": "the journey neither starts in the United Kingdom nor is an arrival that it covers",
}
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
        readings = [Reading(findings, regime) for regime in REGIMES]
        sums = [claim for reading in readings if reading.flag("applies") for claim in _compensation(reading)]
        return [unknown, *(scope(findings, regime) for regime in REGIMES), *sums]
    if chosen == "none":
        neither = Claim(text="Neither EU261 nor UK261 applies to this journey.", cites=(clause("3.1"), clause("3.3")))
        return [neither, *(scope(findings, regime) for regime in REGIMES)]
    reading = Reading(findings, chosen)
    found = [scope(findings, chosen), *_compensation(reading)]
    for right in _BY_RULE:
        found += [_said(outcome) for outcome in reading.decided_by(right)]
    mine = [row for row in rows if isinstance(row, dict) and row["regime"] == chosen]
    found += _beside_the_rules(chosen, mine)
    found += [claim for regime in REGIMES if regime != chosen for claim in _other(findings, regime)]
    return list(dict.fromkeys(found))


def scope(findings: Findings, regime: Regime) -> Claim:
    """Say whether a regime applies, and why."""
    reading = Reading(findings, regime)
    reasons = reading.decided_by("applies")
    if reasons:
        text = "; ".join(outcome.title for outcome in reasons)
        return Claim(text=f"{text}.", cites=_clauses(reasons))
    cites = tuple(clause(key) for key in _SCOPE[regime])
    if reading.flag("applies") is None:
        return Claim(text=f"It is not known whether {regime} applies: a fact that decides it is missing.", cites=cites)
    if regime == "UK261" and findings.case.as_of < BREXIT:
        return Claim(text=f"UK261 does not apply: its first day is {BREXIT}.", cites=(clause("3.7"),))
    if _benefits_ended(findings, regime):
        text = f"{regime} does not apply: benefits were already received in the country of departure."
        return Claim(text=text, cites=(clause("3.9"),))
    return Claim(text=f"{regime} does not apply: {_OUTSIDE[regime]}.", cites=cites)


def without_right(reading: Reading) -> str:
    """Say why no right to compensation arises, where no exclusion had to take it away."""
    words = f"No right to compensation arises under {reading.regime}"
    match stated(reading.findings, "event"):
        case "delay":
            return f"{words}: the arrival was not late enough."
        case "denied_boarding":
            return f"{words}: the passenger gave up the seat voluntarily."
        case _:
            return f"{words}."


def _compensation(reading: Reading) -> list[Claim]:
    due, amount = reading.flag("compensation_due"), reading.money("amount")
    reasons = reading.decided_by("compensation_due")
    found = [_said(outcome) for outcome in reasons]
    if due is False and not reasons:
        found.append(Claim(text=without_right(reading), cites=_clauses(reading.triggers())))
    if due and amount is not None:
        persons = passengers(reading.findings)
        distance = stated(reading.findings, "route_km")
        way = f" for a distance of {distance:,.1f} km" if isinstance(distance, Decimal) else ""
        whole = f", {total(amount, persons)} for {persons} passengers" if persons > 1 else ""
        text = f"Compensation under {reading.regime} is {amount} per passenger{way}{whole}."
        found.append(Claim(text=text, cites=_clauses(reading.decided_by("amount"))))
    return found


def _beside_the_rules(regime: Regime, rows: Sequence[dict[str, JsonValue]]) -> list[Claim]:
    found = _further(regime, rows)
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


def _other(findings: Findings, regime: Regime) -> list[Claim]:
    reading = Reading(findings, regime)
    if not reading.flag("applies"):
        return [scope(findings, regime)]
    text = f"{regime} applies too, as an alternative and never in addition."
    found = [Claim(text=text, cites=(clause("3.10"), *_clauses(reading.decided_by("applies"))))]
    return [*found, *_compensation(reading)]


def _benefits_ended(findings: Findings, regime: Regime) -> bool:
    """Tell whether benefits decided: a rule reads them last, when everything else speaks for its scope."""
    scopes = [outcome for outcome in findings.outcomes if outcome.rule_id.startswith(f"{regime[:2]}-SCOPE-")]
    return any(outcome.facts_read.get("benefits_received_abroad") == "true" for outcome in scopes)


def _said(outcome: RuleOutcome) -> Claim:
    return Claim(text=f"{outcome.title}.", cites=(outcome.clause,))


def _clauses(outcomes: Sequence[RuleOutcome]) -> tuple[ClauseRef, ...]:
    return tuple(dict.fromkeys(outcome.clause for outcome in outcomes))


def _cited(row: dict[str, JsonValue]) -> tuple[ClauseRef, ...]:
    keys = row["clause_ids"]
    return tuple(ClauseRef.parse(str(key)) for key in keys) if isinstance(keys, list) else ()
