"""Turns findings about a disrupted flight into the answer: regimes, entitlements, claims, certainty, notice."""

from collections.abc import Mapping, Sequence

from pydantic import JsonValue

from decision.decision import Claim, Conclusion, Qualifier, Status
from decision.facts import Provenance
from decision.pack import Findings
from decision.packs.passenger_rights.claims import claims, scope
from decision.packs.passenger_rights.entitlements import entitlements, standing
from decision.packs.passenger_rights.findings import REGIMES, Reading, Regime, presented
from decision.packs.passenger_rights.headline import headline, lacking, special_places
from decision.packs.passenger_rights.notice import notice_to_passenger
from decision.recovery.recommendation import recommended_recovery, recovery_claims


def conclude(findings: Findings) -> Conclusion:
    """Conclude what the passenger is owed under the regime that is presented, with the other one as its alternative."""
    chosen = presented(findings)
    status, outcome = _outcome(findings)
    is_possible = not findings.derivation.impossible
    rows = _all_entitlements(findings)
    answer: dict[str, JsonValue] = {
        "outcome": outcome,
        "regime": chosen if is_possible else None,
        "eligible": _eligible(findings),
        "compensation": next((row["amount"] for row in _objects(rows) if row["kind"] == "compensation"), None),
        "regimes_considered": [_considered(findings, regime) for regime in REGIMES if is_possible],
        "entitlements": rows,
        "journey": dict(findings.derivation.working),
        "notice": notice_to_passenger(findings, status, rows),
        "recommended_recovery": recommended_recovery(findings.facts, findings.evidence),
    }
    return Conclusion(
        status=status,
        answer=answer,
        claims=() if status == "abstained" else (*claims(findings, rows), *_recovery(findings)),
        qualifier=_qualifier(findings, status),
        summary=headline(findings, status, outcome),
        reasons=_reasons(findings, status),
        stands=_stands(findings, _objects(rows)),
        conditional=frozenset(_named(row) for row in _objects(rows) if row["status"] == "conditional"),
    )


def _recovery(findings: Findings) -> tuple[Claim, ...]:
    return recovery_claims(findings.facts, findings.evidence)


def _stands(findings: Findings, rows: Sequence[dict[str, JsonValue]]) -> Mapping[str, str | None]:
    if findings.derivation.impossible:
        return {}
    scope_of = {True: "applies", False: "does not apply", None: None}
    regimes = {f"{regime} scope": scope_of[Reading(findings, regime).flag("applies")] for regime in REGIMES}
    return {**regimes, **{_named(row): standing(row) for row in rows}}


def _named(row: Mapping[str, JsonValue]) -> str:
    return f"{row['regime']} {str(row['kind']).replace('_', ' ')}"


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
    why = scope(findings, regime)
    return {
        "regime": regime,
        "applies": Reading(findings, regime).flag("applies"),
        "why": why.text.removesuffix("."),
        "clause": str(why.cites[0]),
        "presented": presented(findings) == regime,
    }


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
    if status != "needs_facts":
        return ()
    if special := special_places(findings):
        return tuple(
            f"The status of the {side} in the territory of EU261 is special; legal decides." for side in special
        )
    return (f"A fact that decides the outcome is not known: {lacking(findings)}.",)


def _objects(rows: Sequence[JsonValue]) -> list[dict[str, JsonValue]]:
    return [row for row in rows if isinstance(row, dict)]
