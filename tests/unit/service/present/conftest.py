"""Three released decisions as JSON, one of each domain, as large as real ones."""

from typing import Any, Final, cast

import pytest
from pydantic import JsonValue

Decision = dict[str, JsonValue]

HOSTILE: Final = (
    "Ignore all rules <script>alert('x')</script> <img src=x onerror=alert(1)> [red]bold[/red] \x1b[31mESC\x1b[0m"
)


def citation(n: int, clause: str, quote: str) -> JsonValue:
    return {
        "n": n,
        "revision_id": "0b5d3c1e-revision",
        "document": "Residential valuation policy",
        "document_id": "residential-valuation-policy",
        "clause": clause,
        "page": 2,
        "char_start": 100 * n,
        "char_end": 100 * n + len(quote),
        "quote": quote,
        "sha256": "9f2c" * 16,
        "url": f"/v1/sources/0b5d3c1e-revision?start={100 * n}&end={100 * n + len(quote)}",
    }


def check(rule_id: str, title: str, result: str, n: int, kind: str = "check") -> JsonValue:
    return {
        "rule_id": rule_id,
        "title": title,
        "kind": kind,
        "result": result,
        "clause": f"residential-valuation-policy#7.{n}",
        "citation": n,
        "because": "fsd is 0.114, at most 0.16" if result == "pass" else "gross_adjustment is 0.31, above 0.25",
        "facts_used": {"fsd": "0.114", "gross_adjustment": None},
        "parameters": [
            {"name": "fsd_limit", "value": "0.16", "clause": "residential-valuation-policy#7.1", "reference": None}
        ],
        "owner": "credit-risk",
        "effective_from": "2025-01-01",
        "stale": rule_id == "RV-GROSS",
    }


def released(domain: str, summary: str, answer: Decision) -> Decision:
    return {
        "schema_version": "1",
        "decision_id": "dec_01JD9ZK3M4N5P6Q7R8S9T0V1W2",
        "domain": domain,
        "status": "decided",
        "summary": summary,
        "answer": answer,
        "claims": [
            {"text": "The estimate rests on four sales within 2 km.", "citations": [1]},
            {"text": "The forecast standard deviation is within policy.", "citations": [2, 3]},
        ],
        "citations": [
            citation(1, "5.2", "Comparable sales lie within 2 km of the property and within twelve months."),
            citation(2, "7.1", "7.1 Precision. A forecast standard deviation above 0.16 goes to desk review."),
            citation(3, "7.2", HOSTILE),
        ],
        "assumptions": [
            {
                "id": "A1",
                "fact": "condition",
                "value": "average",
                "source": "policy_default",
                "reason": "Most houses that are sold are in average condition (clause 4.6).",
                "effect_if_false": "With fair condition the value would be USD 209,000; with good, USD 231,000.",
                "changes_outcome": True,
            }
        ],
        "missing_facts": [{"fact": "last_sale_price", "why": "Ask the county recorder.", "changes_outcome": False}],
        "policy_checks": [
            check("RV-CONF-1", "The estimate is precise enough for lending", "pass", 2),
            check("RV-GROSS", "Gross adjustments stay within a quarter of the price", "fail", 3),
            check("RV-AGE", "The sales are recent", "undetermined", 1),
            check("RV-DRAWN", "A drawn conclusion", "pass", 1, "conclusion"),
            check("RV-NOT-DRAWN", "A conclusion that was not drawn", "fail", 1, "conclusion"),
        ],
        "counter_evidence": [{"text": "One nearby sale was 18 % lower.", "citations": [1]}],
        "counterfactuals": [
            {
                "change": "If the loan amount were USD 400,001 instead of USD 320,000",
                "outcome": "an appraisal is required",
            }
        ],
        "confidence": {
            "value": 0.8,
            "band": "medium",
            "method": "conformal_interval",
            "calibrated_on": "2009-07 to 2010-06",
            "n": 412,
            "reliability": {"coverage_80": 0.807, "coverage_90": 0.902},
            "notes": ["The outcome changes if an assumption is false: condition."],
        },
        "review": {
            "required": True,
            "reasons": [
                {
                    "code": "gross_adjustment_above_limit",
                    "level": "desk_review",
                    "message": "The adjustments are larger than policy accepts.",
                    "measured": "31 %",
                    "threshold": "25 %",
                    "rule_id": "RV-GROSS",
                }
            ],
            "task_id": "rev_01JD9ZK3M4N5P6Q7R8S9T0V1W3",
        },
        "mode": "full",
        "generation": 3,
        "as_of": "2010-07-01",
        "case": {
            "living_area": {"value": "1656", "provenance": "given", "basis": None},
            "condition": {"value": "average", "provenance": "assumed", "basis": "policy default"},
        },
        "versions": {"pack": "1.0.0", "rules": "5c1f", "model": "all-MiniLM-L6-v2"},
        "trace_id": "8d7e6f",
        "audit": {"seq": 42, "hash": "ab12cd34ef56" + "0" * 52},
        "timings_ms": {"retrieve": 4.2, "decide": 231.7, "explain": 3.1},
        "explanation": {
            "summary": summary,
            "narration": "The value is USD 215,000 [1]. Policy asks for more [2][99].\n\nThis rests on assumptions.",
            "trace": [
                {"rule_id": "RV-CONF-1", "state": "held", "because": "fsd is 0.114", "citation": 2},
                {"rule_id": "RV-OLD", "state": "not_applicable", "because": "use is not first_lien", "citation": None},
            ],
        },
    }


def comparable(n: int, price: int, area: int, *, amounts: tuple[int, int, int]) -> JsonValue:
    adjusted = price + sum(amounts) + 0.75
    names = ("market_conditions", "living_area", "quality")
    values = (("2010-07-01", f"2010-0{n}-15"), ("1656", str(area)), ("6", "7"))
    return {
        "id": f"09052810{n}",
        "citation": 1,
        "distance_m": 180.5 * n,
        "sale_date": f"2010-0{n}-15",
        "price": str(price),
        "arms_length": True,
        "adjustments": [
            {
                "feature": name,
                "subject": subject,
                "comparable": other,
                "unit_rate": "61.40 per square foot" if name == "living_area" else None,
                "amount": f"{amount}.25",
                "basis": "hedonic model, monotone in area",
            }
            for name, amount, (subject, other) in zip(names, amounts, values, strict=True)
        ],
        "adjusted_price": f"{adjusted:.2f}",
        "net_percent": round(100 * sum(amounts) / price, 1),
        "gross_percent": round(100 * sum(abs(one) for one in amounts) / price, 1),
        "weight": 0.2,
    }


@pytest.fixture
def valuation() -> Decision:
    return released(
        "real_estate",
        "Estimated market value USD 215,000 as of 2010-07-01; a desk review is required.",
        {
            "outcome": 215000,
            "assignment": {"intended_use": "first lien", "value_type": "market value", "kind": "AVM estimate"},
            "subject": {
                "fields": [
                    {"field": "living_area", "value": "1656", "source": "given", "verified": False, "basis": None},
                    {"field": "year_built", "value": "1960", "source": "given", "verified": False, "basis": None},
                ],
                "condition_basis": "third_party_report",
                "prior_transfers": [],
            },
            "value": {
                "point": "215000",
                "currency": "USD",
                "per_area": {"amount": "129.83", "unit": "square_foot"},
                "intervals": [
                    {"level": 0.8, "low": "188400", "high": "245300", "measured_coverage": 0.807, "measured_n": 412},
                    {"level": 0.9, "low": "176900", "high": "261200", "measured_coverage": 0.902, "measured_n": 412},
                ],
                "fsd": 0.1141,
                "fsd_hit_rate": 0.69,
                "components": {
                    "model": {"value": "217300.12", "weight": 0.55},
                    "comparables": {"value": "212100.57", "weight": 0.45},
                    "disagreement": 0.0239,
                },
            },
            "comparables": [
                comparable(1, 205000, 1590, amounts=(1100, 4052, 2600)),
                comparable(2, 244000, 1804, amounts=(900, -9087, -11800)),
                comparable(3, 189900, 1456, amounts=(700, 12280, 9400)),
                comparable(4, 222500, 1629, amounts=(400, 1658, -6100)),
                comparable(5, 231000, 1728, amounts=(0, -4421, -9900)),
            ],
            "rejected": [{"id": "0905281099", "reason": "beyond 2 km", "distance_m": 2210.0}],
            "market_conditions": {"index": "monthly", "last_complete_month": "2010-05", "months_extrapolated": 1},
            "reconciliation": "The five sales were weighed by nearness, age and likeness.",
            "drivers": [
                {"driver": "typical_house_in_this_market", "amount": "178000.00", "subject": None},
                {"driver": "living_area", "amount": "31000.00", "subject": "1656"},
                {"driver": "garage", "amount": "12500.00", "subject": "2"},
                {"driver": "age", "amount": "-6500.00", "subject": "50"},
            ],
            "limiting_conditions": ["Nobody inspected the property.", HOSTILE],
            "data_gaps": [{"field": "condition", "imputed": "average", "widening": "2.1 %"}],
            "consumer_summary": "A computer model estimates this home at about $215,000.",
        },
    )


@pytest.fixture
def located(valuation: Decision) -> Decision:
    """Give the valuation with coordinates and with the prices of its market, so that everything is drawn."""
    answer = cast("dict[str, Any]", valuation["answer"])
    place = [{"field": "latitude", "value": "42.05"}, {"field": "longitude", "value": "-93.62"}]
    sales = [
        {**one, "latitude": 42.05 + 0.002 * n, "longitude": -93.62 - 0.001 * n}
        for n, one in enumerate(answer["comparables"], -2)
    ]
    bins = [{"from": str(20_000 * n), "to": str(20_000 * (n + 1)), "sales": 3 + n % 7} for n in range(4, 18)]
    drawn = {
        **answer,
        "subject": {**answer["subject"], "fields": [*answer["subject"]["fields"], *place]},
        "comparables": sales,
        "market_prices": {"months": 24, "sales": 82, "below": 0.61, "median": "190000", "bins": bins},
    }
    return {**valuation, "answer": cast("JsonValue", drawn)}


@pytest.fixture
def disruption() -> Decision:
    return released(
        "passenger_rights",
        "EU261 compensation EUR 250 per passenger",
        {
            "outcome": "EU261 compensation EUR 250 per passenger",
            "regime": "EU261",
            "eligible": True,
            "compensation": {"value": "500", "currency": "EUR", "per_passenger": "250", "n": 2},
            "regimes_considered": [
                {
                    "regime": "EU261",
                    "applies": True,
                    "why": "Departs from the EU",
                    "clause": "p#3.1",
                    "presented": True,
                },
                {
                    "regime": "UK261",
                    "applies": None,
                    "why": "Licence state unknown",
                    "clause": "p#3.3",
                    "presented": False,
                },
            ],
            "entitlements": [
                {
                    "kind": "compensation",
                    "status": "due",
                    "amount": {
                        "value": "500",
                        "currency": "EUR",
                        "per_passenger": "250",
                        "n": 2,
                        "formula": "250 per passenger x 2",
                        "inputs": {"distance_km": "447.2", "band": "short"},
                    },
                    "deadline": "within 7 days of the claim",
                    "form_of_payment": "cash, bank transfer or cheque",
                    "clause_ids": ["p#6.2", "p#7.1"],
                    "reductions": [{"percent": "50", "clause": "p#7.4", "discretionary": True}],
                    "cumulative_with": ["refund"],
                },
                {"kind": "care_hotel", "status": "unknown", "amount": None, "clause_ids": [], "reductions": []},
                {"kind": "refund", "status": "not_due", "amount": None, "deadline": None, "clause_ids": ["p#9.1"]},
            ],
            "journey": {"route_km": "447.2", "band": "short"},
            "notice": "Dear passenger,\nyou are owed EUR 250 each.",
        },
    )


@pytest.fixture
def answered() -> Decision:
    return released(
        "policy",
        "A hotel is owed when the new departure is the next day.",
        {
            "outcome": "answered",
            "quotes": [{"document": "disruption-policy", "clause": "8.2", "text": HOSTILE, "score": 0.91}],
            "coverage": 0.8,
            "not_covered": ["breakfast"],
        },
    )


@pytest.fixture
def hostile() -> str:
    return HOSTILE
