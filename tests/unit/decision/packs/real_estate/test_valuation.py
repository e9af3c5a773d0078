"""A valuation decided on the sales of a small town: its arithmetic, what it may not see, and where it abstains."""

import json
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, cast

import pytest
from pydantic import JsonValue
from towns import CaseOf, Town

from decision.decision import ClauseRef, Decision, PassageRef
from decision.engine import decide
from decision.facts import Money
from decision.packs.real_estate import PACK
from decision.packs.real_estate.wording import Basis, quality_control, range_words, reconciliation_words
from retrieval.corpus import Record
from retrieval.filters import distance_m
from retrieval.query import Evidence

AS_OF = date(2020, 11, 15)
LAG = timedelta(days=30)


Object = Mapping[str, Any]


def rows(decision: Decision, section: str) -> Sequence[Object]:
    return cast("Sequence[Object]", decision.answer[section])


def value_of(decision: Decision) -> Object:
    return cast("Object", decision.answer["value"])


def point(decision: Decision) -> Decimal:
    return Decimal(str(decision.answer["outcome"]))


def width(decision: Decision) -> Decimal:
    interval = value_of(decision)["intervals"][0]
    return (Decimal(interval["high"]) - Decimal(interval["low"])) / point(decision)


def test_the_value_is_near_what_the_law_of_the_town_says(town: Town, case_of: CaseOf) -> None:
    # exp(11.5 + 0.8 ln(1600/1500) + 0.003 * 5 + 0.04 + 0.15)
    assert point(town.decide(case_of())) == pytest.approx(Decimal(127_500), rel=Decimal("0.05"))


def test_price_and_lines_sum_to_the_adjusted_price_to_the_cent(town: Town, case_of: CaseOf) -> None:
    comparables = rows(town.decide(case_of()), "comparables")
    assert 3 <= len(comparables) <= 8
    for comparable in comparables:
        amounts = [Decimal(line["amount"]) for line in comparable["adjustments"]]
        price = Decimal(comparable["price"])
        assert price + sum(amounts) == Decimal(comparable["adjusted_price"])
        assert comparable["net_adjustment"] == pytest.approx(float(sum(amounts) / price), abs=1e-4)
        assert comparable["gross_adjustment"] == pytest.approx(float(sum(map(abs, amounts)) / price), abs=1e-4)
        assert [line["feature"] for line in comparable["adjustments"]].index("market_conditions") == 0
        assert all(amount == amount.quantize(Decimal("0.01")) for amount in amounts)


def test_distances_that_are_shown_or_decided_on_are_geodesic(town: Town, case_of: CaseOf) -> None:
    decision = town.decide(case_of())
    placed = {sale.id: (sale.latitude, sale.longitude) for sale in town.sales}
    exact: list[float] = []
    for comparable in rows(decision, "comparables"):
        latitude, longitude = placed[comparable["id"]]
        assert latitude is not None
        assert longitude is not None
        exact.append(distance_m(42.0, -93.58, latitude, longitude) / 1000)
        assert comparable["distance_km"] == round(exact[-1], 3)
    assert decision.facts["nearest_comparable_km"].value == Decimal(f"{min(exact):.4f}")


def test_unit_rates_explain_their_amounts(town: Town, case_of: CaseOf) -> None:
    lines = [line for row in rows(town.decide(case_of()), "comparables") for line in row["adjustments"]]
    rated = [line for line in lines if line["unit_rate"] is not None and line["feature"] != "market_conditions"]
    assert rated
    for line in rated:
        apart = Decimal(line["subject"]) - Decimal(line["comparable"])
        assert abs(apart * Decimal(line["unit_rate"]) - Decimal(line["amount"])) <= abs(apart) * Decimal("0.005")


def test_weighted_adjusted_prices_are_the_comparables_value(town: Town, case_of: CaseOf) -> None:
    decision = town.decide(case_of())
    comparables = rows(decision, "comparables")
    assert sum(row["weight"] for row in comparables) == pytest.approx(1, abs=1e-3)
    mean = sum(row["weight"] * float(row["adjusted_price"]) for row in comparables)
    parts = value_of(decision)["components"]
    assert mean == pytest.approx(float(parts["comparables"]["value"]), rel=1e-3)
    both = sum(parts[name]["weight"] * float(parts[name]["value"]) for name in ("model", "comparables"))
    assert both == pytest.approx(float(point(decision)), abs=60)


def test_drivers_sum_to_the_value_exactly(town: Town, case_of: CaseOf) -> None:
    decision = town.decide(case_of())
    assert sum(Decimal(row["amount"]) for row in rows(decision, "drivers")) == point(decision)


def test_intervals_lie_around_the_value_and_inside_each_other(town: Town, case_of: CaseOf) -> None:
    decision = town.decide(case_of())
    narrow, wide = value_of(decision)["intervals"]
    bounds = [Decimal(text) for text in (wide["low"], narrow["low"], narrow["high"], wide["high"])]
    assert bounds == sorted(bounds)
    assert bounds[1] < point(decision) < bounds[2]
    assert decision.qualifier.method == "conformal_interval"
    assert decision.qualifier.value == narrow["measured_coverage"]
    assert decision.qualifier.n == narrow["measured_n"]


def test_own_and_later_sales_are_never_found(town: Town, case_of: CaseOf) -> None:
    own = next(sale for sale in town.sales if sale.observed_on > date(2020, 6, 1))
    evidence = town.evidence(case_of({"exclude_record_id": own.id}))
    for name in ("comparables", "set_aside", "market"):
        for hit in evidence[name]:
            assert isinstance(hit.item, Record)
            assert hit.item.id != own.id
            assert hit.item.observed_on < AS_OF - LAG


def test_own_and_later_sales_have_no_influence_even_if_they_were_handed_over(town: Town, case_of: CaseOf) -> None:
    own = next(sale for sale in town.sales if sale.observed_on > date(2020, 6, 1))
    case = case_of({"exclude_record_id": own.id})
    honest = town.evidence(case)
    later = own.model_copy(update={"id": "town:later", "observed_on": AS_OF})
    leaked = {
        name: [*hits, Evidence(item=own, score=9), Evidence(item=later, score=9)] for name, hits in honest.items()
    }
    assert decide(PACK, case, leaked, probe=False).answer == decide(PACK, case, honest, probe=False).answer


def test_a_sale_not_at_arms_length_is_set_aside_with_its_reason(town: Town, case_of: CaseOf) -> None:
    case = case_of()
    likest = cast("Record", town.evidence(case)["comparables"][0].item)
    reason = {"arms_length": False, "arms_length_reason": "sale_condition is Family"}
    odd = likest.model_copy(update={"values": {**likest.values, **reason}})
    tainted = town.with_sales([odd if sale.id == odd.id else sale for sale in town.sales])
    decision = tainted.decide(case)
    assert odd.id not in {row["id"] for row in rows(decision, "comparables")}
    assert [row["reason"] for row in rows(decision, "rejected") if row["id"] == odd.id] == [
        "not at arm's length: sale_condition is Family"
    ]
    assert len(rows(decision, "rejected")) == 5


@pytest.mark.parametrize(
    ("field", "steps"),
    [("living_area", [900, 1200, 1600, 2200, 2900]), ("condition", [3, 5, 6, 8, 10]), ("bathrooms", [1, 2, 3])],
)
def test_more_is_never_worth_less(town: Town, case_of: CaseOf, field: str, steps: list[int]) -> None:
    models = [float(value_of(town.decide(case_of({field: step})))["components"]["model"]["value"]) for step in steps]
    assert models == sorted(models)


def test_contract_price_and_loan_amount_do_not_move_the_estimate(town: Town, case_of: CaseOf) -> None:
    plain = town.decide(case_of())
    told = town.decide(case_of({"contract_price": 300_000, "transaction_amount": 250_000}))
    assert told.answer["value"] == plain.answer["value"]
    assert "contract_outside_interval" in {reason.code for reason in told.escalations}


def test_what_is_not_known_is_listed_and_widens_the_intervals(town: Town, case_of: CaseOf) -> None:
    known, unsure = town.decide(case_of()), town.decide(case_of(without=["year_built", "neighborhood"]))
    assert rows(known, "data_gaps") == []
    gaps = {row["field"]: row for row in rows(unsure, "data_gaps")}
    assert {"year_built", "neighborhood"} <= set(gaps)
    assert gaps["year_built"]["widening_applied"] > 0
    assert width(unsure) > width(known)
    assert "critical_field_assumed" in {reason.code for reason in unsure.escalations}


def test_an_assumed_condition_is_stated_with_its_worth(town: Town, case_of: CaseOf) -> None:
    case = case_of(without=["condition"])
    decision = decide(PACK, case, town.evidence(case))
    assumed = next(row for row in decision.assumptions if row.fact == "condition")
    assert assumed.changes_outcome
    assert "critical_field_assumed" in {reason.code for reason in decision.escalations}


def test_claims_cite_the_rows_they_speak_of(town: Town, case_of: CaseOf) -> None:
    decision = town.decide(case_of())
    spans = {sale.id: sale.span for sale in town.sales}
    comparables = rows(decision, "comparables")
    for comparable, claim in zip(comparables, decision.claims[2:], strict=True):
        row = claim.cites[0]
        assert isinstance(row, PassageRef)
        assert row.span == spans[comparable["id"]]
        assert f"{row.document_id}:{row.key}" == comparable["id"]
        assert comparable["id"] in claim.text
    assert all(isinstance(cite, ClauseRef | PassageRef) for claim in decision.claims for cite in claim.cites)


def test_the_words_claim_no_more_than_an_automated_estimate(town: Town, case_of: CaseOf) -> None:
    decision = town.decide(case_of())
    assert decision.summary.startswith(
        f"Estimate of market value as of {AS_OF}, produced by an automated valuation model without inspection"
    )
    words = json.dumps([decision.summary, decision.answer, [claim.text for claim in decision.claims]]).lower()
    for word in ("guaranteed", "certified", "accurate to"):
        assert word not in words
    assert words.count("apprais") == words.count("not an appraisal")


def control(decision: Decision, factor: str) -> str:
    return next(str(row["control"]) for row in rows(decision, "quality_control") if row["factor"] == factor)


def test_the_controls_are_those_that_took_place(town: Town, case_of: CaseOf) -> None:
    own = next(sale for sale in town.sales if sale.observed_on > date(2020, 6, 1))
    plain, kept_out = town.decide(case_of()), town.decide(case_of({"exclude_record_id": own.id}))
    unknown = town.decide(case_of({"exclude_record_id": "town:nothing"}))
    assert "none was kept out" in control(plain, "data_manipulation")
    assert f"{own.id}, the subject's own sale, was kept out" in control(kept_out, "data_manipulation")
    assert "town:nothing" in control(unknown, "data_manipulation")
    assert "not on file at the effective date, so nothing was kept out" in control(unknown, "data_manipulation")
    excluded = [cast("Object", one.answer["subject"])["excluded_record"] for one in (plain, kept_out, unknown)]
    assert excluded == [None, own.id, None]
    comparables, sales = len(rows(plain, "comparables")), cast("Object", plain.answer["market_conditions"])["sales"]
    assert f"the {comparables} comparables are cited" in control(plain, "data_manipulation")
    assert f"the other {sales - comparables} sales of the market are counted" in control(plain, "data_manipulation")
    assert "nothing here draws a random sample" in control(plain, "random_sample_testing")


def test_the_consumer_reads_what_was_measured(town: Town, case_of: CaseOf) -> None:
    decision, unsure = town.decide(case_of()), town.decide(case_of(without=["year_built"]))
    interval = value_of(decision)["intervals"][0]
    measured = f"{interval['measured_coverage']:.1%}".replace("%", " %")
    for place in (decision.answer["consumer_summary"], control(decision, "confidence"), decision.claims[1].text):
        assert measured in str(place)
        assert str(interval["measured_n"]) in str(place)
    assert "made wider" not in str(decision.answer["consumer_summary"])
    assert "made wider" in str(unsure.answer["consumer_summary"])
    assert "share of past sales that fell inside their 80 % interval" in " ".join(decision.qualifier.notes)


def test_what_was_not_measured_is_said_not_to_be() -> None:
    basis = Basis(
        200, 8, "2020-10-16", None, own_sale_on_file=False, is_placed=False, neighbourhood=None, measured=None
    )
    assert "has not been measured" in range_words(basis, "USD 1", "USD 2", widened=False)
    assert "not measured" in str(quality_control(basis)[0])
    assert "wherever they lie" in str(reconciliation_words({"components": {}}, basis)["comparables"])


def test_the_first_claim_is_the_summary(town: Town, case_of: CaseOf) -> None:
    decision = town.decide(case_of())
    assert decision.claims[0].text == decision.summary
    assert len({claim.text for claim in decision.claims}) == len(decision.claims)


def test_drivers_are_told_in_whole_dollars_and_plain_words(town: Town, case_of: CaseOf) -> None:
    drivers = rows(town.decide(case_of()), "drivers")
    assert all(Decimal(row["amount"]) == int(row["amount"]) for row in drivers)
    assert "built in 1985" in {row["subject"] for row in drivers}
    assert {row["driver"] for row in drivers} >= {"typical_house_in_this_market", "rounding_to_the_hundred"}


def test_equal_cases_give_equal_decisions_in_any_order_of_evidence(town: Town, case_of: CaseOf) -> None:
    case = case_of()
    evidence = town.evidence(case)
    backwards = {name: list(reversed(hits)) for name, hits in evidence.items()}
    backwards["set_aside"] = evidence["set_aside"]
    assert decide(PACK, case, backwards, probe=False).answer == decide(PACK, case, evidence, probe=False).answer


def test_one_month_without_sales_is_the_lag_and_more_are_reviewed(town: Town, case_of: CaseOf) -> None:
    last = max(sale.observed_on for sale in town.sales)
    near = town.decide(case_of(as_of=last + timedelta(days=32)))
    far = town.decide(case_of(as_of=last + timedelta(days=150)))
    assert near.facts["months_extrapolated"].value in (Decimal(0), Decimal(1))
    assert "market_extrapolated" not in {reason.code for reason in near.escalations}
    assert far.facts["months_extrapolated"].value == Decimal(4)
    assert "market_extrapolated" in {reason.code for reason in far.escalations}


@pytest.mark.parametrize(
    ("as_of", "changes", "words"),
    [
        (date(2017, 6, 1), {}, "Only 0 arm's-length sales"),
        (date(2018, 2, 1), {}, "Only"),
        (date(2024, 6, 1), {}, "whole months before the effective date"),
        (AS_OF, {"latitude": 45.0}, "Only 0 arm's-length sales"),
        (AS_OF, {"latitude": 42.3}, "outside this market"),
    ],
)
def test_where_the_evidence_supports_no_value_none_is_stated(
    town: Town, case_of: CaseOf, as_of: date, changes: dict[str, JsonValue], words: str
) -> None:
    decision = town.decide(case_of(changes, as_of=as_of))
    assert decision.status == "abstained"
    assert decision.answer["outcome"] is None
    assert "value" not in decision.answer
    assert words in " ".join(decision.reasons)
    assert not decision.claims


def test_a_table_without_places_is_valued_by_neighbourhood_and_reviewed(town: Town, case_of: CaseOf) -> None:
    nowhere = {"latitude": None, "longitude": None}
    bare = town.with_sales([sale.model_copy(update=nowhere) for sale in town.sales])
    decision = bare.decide(case_of(without=["latitude", "longitude"]))
    assert decision.status == "decided"
    assert {row["distance_km"] for row in rows(decision, "comparables")} == {None}
    assert "comparables_far_undetermined" in {reason.code for reason in decision.escalations}


def test_the_estimate_is_a_fact_for_the_rules(town: Town, case_of: CaseOf) -> None:
    decision = town.decide(case_of())
    assert decision.facts["value_estimate"].value == Money(value=point(decision), currency="USD")
    assert decision.facts["value_estimate"].provenance == "derived"
