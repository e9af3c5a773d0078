"""Turns findings about a disrupted flight into the answer: regimes, entitlements, claims, certainty, notice."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Final

from pydantic import JsonValue

from decision.certainty import certainty_of_facts
from decision.decision import Claim, Conclusion, Qualifier, Status
from decision.facts import Money
from decision.pack import Findings
from decision.packs.passenger_rights.claims import claims, scope
from decision.packs.passenger_rights.entitlements import entitlements, standing
from decision.packs.passenger_rights.findings import POLICY_MONTREAL, Reading, clause, in_doubt, presented
from decision.packs.passenger_rights.headline import headline, lacking, main_kind, rests_on_earlier_law, special_places
from decision.packs.passenger_rights.notice import notice_to_passenger
from decision.packs.passenger_rights.rights import REGIMES, Regime
from decision.recovery.recommendation import recommended_recovery, recovery_claims

_KINDS: Final = {
    "compensation": "compensation",
    "downgrade": "reimbursement for a lower class",
    "refund": "refund",
    "expenses": "damages",
}
_UNMEASURED: Final = "Amounts and rights are computed by rules; how often the facts are right was not measured."
_UNWEIGHED: Final = Qualifier(method="fact_certainty", band="low", notes=("Only what holds was asked for.",))


def conclude(findings: Findings) -> Conclusion:
    """Conclude what the passenger is owed under the regime that is presented, with the other one as its alternative."""
    chosen = presented(findings)
    is_possible = not findings.derivation.impossible
    rows = _all_entitlements(findings)
    main = _main(findings, _objects(rows))
    status, outcome = _outcome(findings, main)
    answer: dict[str, JsonValue] = {
        "outcome": outcome,
        "regime": chosen if is_possible else None,
        "eligible": _eligible(findings, main),
        "compensation": None if main is None else main["amount"],
        "regimes_considered": [_considered(findings, regime) for regime in REGIMES if is_possible],
        "entitlements": rows,
        "conflicts": _conflicts(findings, _objects(rows)),
        "journey": dict(findings.derivation.working),
        "notice": notice_to_passenger(findings, status, rows),
        "recommended_recovery": recommended_recovery(findings.facts, findings.evidence),
    }
    return replace(
        _outline(findings, rows, status, answer),
        claims=() if status == "abstained" else (*claims(findings, rows), *_recovery(findings)),
        qualifier=certainty_of_facts(findings.outcomes, findings.facts, status, _UNMEASURED),
        summary=headline(findings, status, outcome),
        reasons=_reasons(findings, status),
    )


def outline(findings: Findings) -> Conclusion:
    """Conclude the same in the few words that decisions are compared by, without claims, summary and certainty."""
    rows = _all_entitlements(findings)
    status, outcome = _outcome(findings, _main(findings, _objects(rows)))
    return _outline(findings, rows, status, {"outcome": outcome})


def _outline(
    findings: Findings, rows: Sequence[JsonValue], status: Status, answer: Mapping[str, JsonValue]
) -> Conclusion:
    return Conclusion(
        status=status,
        answer=answer,
        claims=(),
        qualifier=_UNWEIGHED,
        summary="",
        stands=_stands(findings, _objects(rows)),
        conditional=frozenset(_named(row) for row in _objects(rows) if row["status"] == "conditional"),
    )


def _recovery(findings: Findings) -> tuple[Claim, ...]:
    return recovery_claims(findings.facts, findings.evidence)


def _stands(findings: Findings, rows: Sequence[dict[str, JsonValue]]) -> Mapping[str, str | None]:
    if findings.derivation.impossible:
        return {}
    regimes = {f"{regime} scope": _scope_of(findings, regime) for regime in REGIMES}
    return {**regimes, **{_named(row): standing(row) for row in rows}}


def _scope_of(findings: Findings, regime: Regime) -> str | None:
    applies = Reading(findings, regime).flag("applies")
    if applies is None and in_doubt(findings, regime):
        return "applies if both States are party to it"
    return {True: "applies", False: "does not apply", None: None}[applies]


def _named(row: Mapping[str, JsonValue]) -> str:
    return f"{row['regime']} {str(row['kind']).replace('_', ' ')}"


def _main(findings: Findings, rows: Sequence[dict[str, JsonValue]]) -> dict[str, JsonValue] | None:
    """Find the entitlement that the event is about: of the regime presented, else the first that is a fixed sum."""
    chosen = presented(findings)
    if chosen is None or chosen == "none":
        return next((row for row in rows if row["kind"] == "compensation"), None)
    wanted = main_kind(findings, chosen)
    return next((row for row in rows if row["regime"] == chosen and row["kind"] == wanted), None)


def _outcome(findings: Findings, main: dict[str, JsonValue] | None) -> tuple[Status, str]:
    if findings.derivation.impossible:
        return "abstained", "unknown"
    chosen = presented(findings)
    if chosen is None:
        return "needs_facts", "unknown"
    if chosen == "none":
        return "decided", "no compensation due: no regime that gives fixed sums applies"
    kind = main_kind(findings, chosen)
    words = {
        "not_due": f"no {_KINDS[kind]} due under {chosen}",
        "conditional": f"{chosen} {_KINDS[kind]} under a condition",
        "due": f"{chosen} {_KINDS[kind]}{_each(main or {})}",
    }
    said = words.get("not_due" if main is None else str(main["status"]))
    return ("needs_facts", "unknown") if said is None else ("decided", said)


def _each(row: Mapping[str, JsonValue]) -> str:
    amount = row.get("amount")
    if isinstance(amount, dict):
        each = Money(value=Decimal(str(amount["per_passenger"])), currency=str(amount["currency"]))
        return f" {each} per passenger"
    return f": {row['note']}" if row.get("note") else ""


def _eligible(findings: Findings, main: dict[str, JsonValue] | None) -> bool | None:
    chosen = presented(findings)
    if chosen is None or findings.derivation.impossible:
        return None
    if chosen == "none" or main is None:
        return False
    return {"due": True, "not_due": False}.get(str(main["status"]))


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


def _conflicts(findings: Findings, rows: Sequence[dict[str, JsonValue]]) -> list[JsonValue]:
    """Say how regimes that give something for one event stand to each other: no loss is paid for twice."""
    found: list[JsonValue] = []
    chosen = presented(findings)
    sums = [row for row in rows if row["kind"] == "compensation" and row["status"] == "due"]
    if any(row["regime"] == chosen for row in sums):
        other = [str(row["regime"]) for row in sums if row["regime"] != chosen]
        words = f"alternatives: {chosen} is presented, the passenger may choose another, and one of them is paid"
        found += [_conflict((str(chosen), one), words, str(clause("3.10"))) for one in other]
    damages = [row for row in rows if row["regime"] == "MC99" and row["status"] in {"due", "conditional"}]
    if sums and damages:
        words = "proven damage stands beside the fixed sum, which may be set off against it"
        found.append(_conflict((str(sums[0]["regime"]), "MC99"), words, str(clause("40.8", POLICY_MONTREAL))))
    return found


def _conflict(between: tuple[str, str], resolution: str, cited: str) -> JsonValue:
    return {"between": [*between], "resolution": resolution, "clause": cited}


def _considered(findings: Findings, regime: Regime) -> JsonValue:
    why = scope(findings, regime)
    return {
        "regime": regime,
        "applies": Reading(findings, regime).flag("applies"),
        "why": why.text.removesuffix("."),
        "clause": str(why.cites[0]),
        "presented": presented(findings) == regime,
    }


def _reasons(findings: Findings, status: Status) -> tuple[str, ...]:
    if findings.derivation.impossible:
        return findings.derivation.impossible
    if status != "needs_facts":
        return ()
    if special := special_places(findings):
        return tuple(
            f"The status of the {side} in the territory of EU261 is special; legal decides." for side in special
        )
    if rests_on_earlier_law(findings):
        return ("The law of the day of the flight is not encoded; legal decides what is owed.",)
    return (f"A fact that decides the outcome is not known: {lacking(findings)}.",)


def _objects(rows: Sequence[JsonValue]) -> list[dict[str, JsonValue]]:
    return [row for row in rows if isinstance(row, dict)]
