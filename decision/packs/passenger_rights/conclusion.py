"""Turns findings about a disrupted flight into the answer: regimes, entitlements, claims, certainty, notice."""

from collections.abc import Sequence
from decimal import Decimal

from pydantic import JsonValue

from decision.decision import Claim, Conclusion, Qualifier, RuleOutcome, Status
from decision.facts import Provenance
from decision.pack import Findings
from decision.packs.passenger_rights.entitlements import entitlements, total
from decision.packs.passenger_rights.findings import (
    REGIMES,
    Reading,
    Regime,
    clause,
    clause_ids,
    passengers,
    presented,
    stated,
)
from decision.packs.passenger_rights.notice import notice_to_passenger


def conclude(findings: Findings) -> Conclusion:
    """Conclude what the passenger is owed under the regime that is presented, with the other one as its alternative."""
    chosen = presented(findings)
    status, outcome = _outcome(findings)
    rows = _all_entitlements(findings)
    answer: dict[str, JsonValue] = {
        "outcome": outcome,
        "regime": chosen,
        "eligible": _eligible(findings),
        "compensation": next((row["amount"] for row in _objects(rows) if row["kind"] == "compensation"), None),
        "regimes_considered": [_considered(findings, regime) for regime in REGIMES],
        "entitlements": rows,
        "journey": dict(findings.derivation.working),
        "notice": notice_to_passenger(findings, outcome, rows),
    }
    return Conclusion(
        status=status,
        answer=answer,
        claims=() if status == "abstained" else tuple(_claims(findings)),
        qualifier=_qualifier(findings, status),
        summary=outcome,
        reasons=_reasons(findings, status),
    )


def _outcome(findings: Findings) -> tuple[Status, str]:
    if findings.derivation.impossible:
        return "abstained", "unknown"
    chosen = presented(findings)
    if chosen is None:
        return "needs_facts", "unknown"
    if chosen == "none":
        return "decided", "no compensation due: neither EU261 nor UK261 applies"
    reading = Reading(findings, chosen)
    due, amount = reading.flag("compensation_due"), reading.money("amount")
    if due is False:
        return "decided", f"no compensation due under {chosen}"
    if due is None or amount is None:
        return "needs_facts", "unknown"
    return "decided", f"{chosen} compensation {amount} per passenger"


def _eligible(findings: Findings) -> bool | None:
    chosen = presented(findings)
    if chosen is None or findings.derivation.impossible:
        return None
    return False if chosen == "none" else Reading(findings, chosen).flag("compensation_due")


def _all_entitlements(findings: Findings) -> list[JsonValue]:
    if findings.derivation.impossible:
        return []
    chosen = presented(findings)
    first: list[Regime] = [regime for regime in REGIMES if regime == chosen]
    others: list[Regime] = [
        regime for regime in REGIMES if regime != chosen and Reading(findings, regime).flag("applies")
    ]
    rows = [row for regime in first for row in entitlements(findings, regime, None)]
    main = first[0] if first else None
    return rows + [row for regime in others for row in entitlements(findings, regime, main)]


def _considered(findings: Findings, regime: Regime) -> JsonValue:
    reading = Reading(findings, regime)
    applies, reasons = reading.flag("applies"), reading.decided_by("applies")
    if reasons:
        why = "; ".join(outcome.title for outcome in reasons)
    elif applies is None:
        why = f"Not known whether {regime} applies: a fact that decides it is missing"
    else:
        why = f"The journey neither departs from the territory of {regime} nor arrives on a flight within its scope"
    scope = "3.1" if regime == "EU261" else "3.3"
    cited = clause_ids(reasons) or [str(clause(scope))]
    return {
        "regime": regime,
        "applies": applies,
        "why": why,
        "clause": cited[0],
        "presented": presented(findings) == regime,
    }


def _claims(findings: Findings) -> Sequence[Claim]:
    chosen = presented(findings)
    if chosen is None:
        return [Claim(text="It is not known which regime applies.", cites=(clause("18.2"),))]
    if chosen == "none":
        held = [outcome for regime in REGIMES for outcome in Reading(findings, regime).decided_by("applies")]
        none = Claim(text="Neither EU261 nor UK261 applies to this journey.", cites=(clause("3.1"), clause("3.3")))
        return [none, *(_claim(outcome) for outcome in held)]
    reading = Reading(findings, chosen)
    claims = [_claim(outcome) for outcome in reading.decided_by("applies")]
    claims += _compensation_claims(reading)
    for fact in ("reduction_percent", "care", "hotel", "refund"):
        claims += [_claim(outcome) for outcome in reading.decided_by(fact)]
    alternative = [regime for regime in REGIMES if regime != chosen and Reading(findings, regime).flag("applies")]
    if alternative:
        text = f"{alternative[0]} applies too, as an alternative and never in addition."
        claims.append(Claim(text=text, cites=(clause("3.10"),)))
    return claims


def _compensation_claims(reading: Reading) -> list[Claim]:
    due, amount = reading.flag("compensation_due"), reading.money("amount")
    reasons = reading.decided_by("compensation_due")
    claims = [_claim(outcome) for outcome in reasons]
    if due is False and not reasons:
        cites = tuple(outcome.clause for outcome in reading.triggers())
        claims.append(Claim(text=f"No right to compensation arises under {reading.regime}.", cites=cites))
    if due and amount is not None:
        persons = passengers(reading.findings)
        distance = stated(reading.findings, "route_km")
        way = f" for a distance of {distance:,.1f} km" if isinstance(distance, Decimal) else ""
        text = (
            f"Compensation is {amount} per passenger{way}, {total(amount, persons)} for {persons} "
            f"passenger{'s' if persons > 1 else ''}."
        )
        claims.append(Claim(text=text, cites=tuple(outcome.clause for outcome in reading.decided_by("amount"))))
    return claims


def _claim(outcome: RuleOutcome) -> Claim:
    return Claim(text=f"{outcome.title}.", cites=(outcome.clause,))


def _qualifier(findings: Findings, status: Status) -> Qualifier:
    """Band by where the facts that were read come from; a frequency of being right is not measured yet."""
    settled = [outcome for outcome in findings.outcomes if outcome.state in {"held", "not_held"}]
    read = sorted({name for outcome in settled for name in outcome.facts_read})
    assumed = [name for name in read if _provenance(findings, name) == "assumed"]
    unmeasured = "Amounts and rights are computed by rules; how often the facts are right was not measured."
    if status != "decided":
        note = "A fact that decides the outcome is not known."
        return Qualifier(method="fact_certainty", band="low", notes=(unmeasured, note))
    if assumed:
        note = f"Assumed: {', '.join(assumed)}."
        return Qualifier(method="fact_certainty", band="medium", notes=(unmeasured, note))
    note = "Every fact that was read was given or follows from what was given."
    return Qualifier(method="fact_certainty", band="high", notes=(unmeasured, note))


def _provenance(findings: Findings, name: str) -> Provenance | None:
    fact = findings.facts.get(name)
    return None if fact is None else fact.provenance


def _reasons(findings: Findings, status: Status) -> tuple[str, ...]:
    if findings.derivation.impossible:
        return findings.derivation.impossible
    if status == "needs_facts":
        return ("A fact that decides the outcome is not known; it is asked for.",)
    return ()


def _objects(rows: Sequence[JsonValue]) -> list[dict[str, JsonValue]]:
    return [row for row in rows if isinstance(row, dict)]
