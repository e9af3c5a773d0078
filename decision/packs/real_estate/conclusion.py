"""Turns findings about a property into the answer: assignment, subject, value with its grid, claims, certainty."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Final, Literal, cast

from pydantic import JsonValue

from decision.decision import Claim, ClauseRef, Conclusion, PassageRef, Qualifier
from decision.facts import Fact, Money
from decision.pack import Findings
from decision.packs.real_estate.extent import records
from decision.packs.real_estate.features import LABELS, NUMBERS
from decision.packs.real_estate.sections import CURRENCY
from decision.packs.real_estate.subject import text
from decision.packs.real_estate.wording import (
    MARKET_VALUE,
    Basis,
    Sight,
    coverage_words,
    limiting_conditions,
    percent,
    product,
    quality_control,
    range_words,
    reconciliation_words,
    sight,
    sight_words,
)
from decision.schema import plain
from retrieval.corpus import Record

POLICY: Final = "residential-valuation-policy"

_QUERIES: Final = ("market", "comparables", "proposed_candidates")

Object = Mapping[str, JsonValue]


def conclude(findings: Findings) -> Conclusion:
    """Give the answer with its claims, or an abstention with the reasons for it."""
    if findings.derivation.impossible:
        return _abstention(findings)
    working = findings.derivation.working
    value, grid = _object(working["value"]), _objects(working["comparables"])
    cited = {record.id: record for name in _QUERIES for record in records(findings.evidence, name)}
    basis = _basis(findings, len(grid))
    kind = "AVM supporting an evaluation" if _evidenced(findings.facts) else "AVM estimate"
    answer: dict[str, JsonValue] = {
        "outcome": str(value["point"]),
        "statement": f"{product(findings.case.as_of, _sight(findings.facts))}: {_money(value['point'])}",
        "assignment": _assignment(findings, kind),
        "subject": {**_subject(findings), "further_features": working["further_features"]},
        "value": dict(value),
        "comparables": [dict(comparable) for comparable in grid],
        "rejected": working["rejected"],
        **({"proposed_comparables": proposed} if (proposed := working["proposed_comparables"]) else {}),
        "market_conditions": working["market_conditions"],
        "market_prices": working["market_prices"],
        "reconciliation": reconciliation_words(value, basis),
        "drivers": working["drivers"],
        "limiting_conditions": limiting_conditions(_sight(findings.facts)),
        "data_gaps": working["data_gaps"],
        "quality_control": quality_control(basis),
        "consumer_summary": _consumer_summary(findings, value, basis),
    }
    return Conclusion(
        status="decided",
        answer=answer,
        claims=tuple(_claims(findings, value, grid, cited)),
        qualifier=_qualifier(findings, value),
        summary=_summary(findings, value),
        counter_evidence=tuple(_counter_evidence(value, grid, cited)),
    )


def _abstention(findings: Findings) -> Conclusion:
    reasons = findings.derivation.impossible
    return Conclusion(
        status="abstained",
        answer={
            "outcome": None,
            "assignment": _assignment(findings, "none"),
            "subject": _subject(findings),
            "limiting_conditions": limiting_conditions(_sight(findings.facts)),
        },
        claims=(),
        qualifier=Qualifier(method="conformal_interval", band="low", notes=reasons),
        summary=f"No value is stated as of {findings.case.as_of}: {reasons[0]}",
        reasons=reasons,
    )


def _assignment(findings: Findings, kind: str) -> dict[str, JsonValue]:
    return {
        "intended_use": text(findings.facts, "intended_use"),
        "intended_users": text(findings.facts, "intended_users"),
        "type_of_value": "market value",
        "definition": MARKET_VALUE,
        "definition_source": "residential-valuation-policy#2.1 (12 CFR 34.42)",
        "effective_date": findings.case.as_of.isoformat(),
        "property_interest": "fee simple",
        "valuation_kind": kind,
    }


def _subject(findings: Findings) -> dict[str, JsonValue]:
    facts = findings.facts
    names = ("address", "latitude", "longitude", *NUMBERS, *LABELS)
    fields: list[JsonValue] = [_field(findings, facts[name]) for name in names]
    return {
        "fields": fields,
        "condition_basis": text(facts, "condition_basis") or "not known; the file names nobody who saw the property",
        "prior_transfers": _prior_transfers(findings),
        "excluded_record": text(facts, "exclude_record_id") if _own_on_file(facts) else None,
    }


def _field(findings: Findings, fact: Fact) -> dict[str, JsonValue]:
    source = "not known" if fact.value is None else fact.provenance
    return {
        "field": fact.name,
        "value": None if fact.value is None else plain(fact.value),
        "source": source,
        "as_of": findings.case.as_of.isoformat(),
        "verified": False,
        "basis": fact.basis,
    }


def _prior_transfers(findings: Findings) -> list[JsonValue]:
    months = int(findings.parameters.number("prior_transfers_months"))
    sold_on, price = findings.facts["last_sale_date"].value, text(findings.facts, "last_sale_price")
    if sold_on is None:
        return []
    since = findings.case.as_of - timedelta(days=months * 30.4375)
    shown = str(sold_on) >= since.isoformat()
    return (
        [{"date": str(sold_on), "price": price, "use": "compared with the estimate, not part of it"}] if shown else []
    )


def _claims(findings: Findings, value: Object, grid: Sequence[Object], cited: Mapping[str, Record]) -> list[Claim]:
    rows = tuple(PassageRef.to_row(cited[str(comparable["id"])]) for comparable in grid)
    measured = _measured(findings.derivation.working)
    tested = "their coverage was not measured" if measured is None else coverage_words(measured)
    claims = [
        Claim(text=_summary(findings, value), cites=(ClauseRef(document_id=POLICY, key="2.1"), *rows)),
        Claim(
            text=f"The forecast standard deviation is {percent(value['fsd'])} of the value; intervals are calibrated "
            f"on past sales, and {tested}.",
            cites=(ClauseRef(document_id=POLICY, key="7.1"),),
        ),
    ]
    for comparable, row in zip(grid, rows, strict=True):
        claims.append(
            Claim(
                text=f"Comparable {comparable['id']} sold for {_money(comparable['price'])} by "
                f"{comparable['sale_date']}; adjusted to the subject and the effective date that is "
                f"{_money(comparable['adjusted_price'])}.",
                cites=(row, ClauseRef(document_id=POLICY, key="5.1")),
            )
        )
    return claims


def _counter_evidence(value: Object, grid: Sequence[Object], cited: Mapping[str, Record]) -> list[Claim]:
    """Give comparables that, once adjusted, still speak for a value outside the 80 % interval."""
    interval = _objects(value["intervals"])[0]
    low, high = Decimal(str(interval["low"])), Decimal(str(interval["high"]))
    return [
        Claim(
            text=f"Comparable {comparable['id']}, adjusted, speaks for {_money(comparable['adjusted_price'])}, "
            "which lies outside the 80 % interval.",
            cites=(PassageRef.to_row(cited[str(comparable["id"])]),),
        )
        for comparable in grid
        if not low <= Decimal(str(comparable["adjusted_price"])) <= high
    ]


def _qualifier(findings: Findings, value: Object) -> Qualifier:
    measured = _measured(findings.derivation.working)
    notes = [sight_words(_sight(findings.facts))]
    if _is_widened(value):
        notes.append("Some characteristics are not known; the intervals were widened for them.")
    if measured is None:
        notes.append("Too few months to measure the coverage of the intervals.")
        return Qualifier(method="conformal_interval", band="low", notes=tuple(notes))
    notes.append(
        "The value of this confidence is the share of past sales that fell inside their 80 % interval; it is not the "
        "chance that this estimate is right."
    )
    numbers = {name: float(str(number)) for name, number in measured.items() if name != "window"}
    return Qualifier(
        method="conformal_interval",
        value=numbers["coverage_80"],
        band=_band(findings, float(str(value["fsd"]))),
        calibrated_on=f"arm's-length sales {measured['window']}, each month from earlier sales only",
        n=int(numbers["n"]),
        reliability={name: number for name, number in numbers.items() if name != "n"},
        notes=tuple(notes),
    )


def _band(findings: Findings, fsd: float) -> Literal["low", "medium", "high"]:
    if fsd > float(findings.parameters.number("fsd_most")):
        return "low"
    return "medium" if fsd > float(findings.parameters.number("fsd_precise")) else "high"


def _summary(findings: Findings, value: Object) -> str:
    interval = _objects(value["intervals"])[0]
    return (
        f"{product(findings.case.as_of, _sight(findings.facts))}: {_money(value['point'])} "
        f"(80 % interval {_money(interval['low'])} to {_money(interval['high'])})."
    )


def _consumer_summary(findings: Findings, value: Object, basis: Basis) -> str:
    interval = _objects(value["intervals"])[0]
    spread = range_words(basis, _money(interval["low"]), _money(interval["high"]), widened=_is_widened(value))
    near = "nearby sales" if basis.is_placed else "sales of similar homes"
    return (
        f"A computer program estimated what this home would have sold for on {findings.case.as_of}: about "
        f"{_money(value['point'])}. The program did not visit the home. {spread} The program compared the home with "
        f"{basis.comparables} {near} and with the rest of the market. If something about the home is wrong or missing "
        "here, or you know of better sales to compare with, you may ask for the value to be reconsidered by a person."
    )


def _basis(findings: Findings, comparables: int) -> Basis:
    working, facts = findings.derivation.working, findings.facts
    return Basis(
        market_sales=int(str(working["market_sales"])),
        comparables=comparables,
        hidden_from=str(working["first_hidden_day"]),
        own_sale=text(facts, "exclude_record_id"),
        own_sale_on_file=_own_on_file(facts),
        is_placed=working["is_placed"] is True,
        neighbourhood=text(facts, "neighborhood"),
        measured=_measured(working),
    )


def _own_on_file(facts: Mapping[str, Fact]) -> bool:
    return facts["subject_record_found"].value is True


def _is_widened(value: Object) -> bool:
    return _objects(value["intervals"])[0]["widened"] is True


def _sight(facts: Mapping[str, Fact]) -> Sight:
    condition = facts["condition"]
    is_stated = condition.value is not None and condition.provenance != "assumed"
    return sight(text(facts, "condition_basis"), is_stated=is_stated)


def _evidenced(facts: Mapping[str, Fact]) -> bool:
    return facts["condition_basis"].value in ("inspection", "third_party_report")


def _money(amount: JsonValue) -> str:
    return str(Money(value=Decimal(str(amount)), currency=CURRENCY))


def _measured(working: Object) -> Object | None:
    measured = working["measured"]
    return None if measured is None else _object(measured)


def _object(value: JsonValue) -> Object:
    return cast("Object", value)


def _objects(value: JsonValue) -> Sequence[Object]:
    return cast("Sequence[Object]", value)
