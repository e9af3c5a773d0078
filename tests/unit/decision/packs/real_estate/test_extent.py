"""Which sales make a subject's market: those around it, whatever other tables hold, and never cut in silence."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, cast

from towns import CaseOf, Town

from decision.decision import Decision
from decision.engine import decide
from decision.packs.real_estate import PACK
from decision.packs.real_estate.extent import Extent, extent_of
from decision.packs.real_estate.subject import settings_of
from retrieval.corpus import Record
from retrieval.query import Evidence, RecordQuery

AS_OF = date(2020, 11, 15)


Object = Mapping[str, Any]


def county_far_away(town: Town) -> Town:
    """Give the town with a second table: the same houses 30 degrees away at four times the price."""
    there = [
        sale.model_copy(
            update={
                "id": sale.id.replace("town:", "far:"),
                "document_id": "far",
                "revision_id": "far-1",
                "latitude": None if sale.latitude is None else sale.latitude - 30,
                "values": {**sale.values, "price": 4 * cast("float", sale.values["price"])},
            }
        )
        for sale in town.sales
    ]
    return town.with_sales([*town.sales, *there])


def without_places(town: Town) -> Town:
    return town.with_sales([sale.model_copy(update={"latitude": None, "longitude": None}) for sale in town.sales])


def codes(decision: Decision) -> set[str]:
    return {reason.code for reason in decision.escalations}


def test_sales_of_another_county_do_not_move_a_cent(town: Town, case_of: CaseOf) -> None:
    alone, both = town.decide(case_of()), county_far_away(town).decide(case_of())
    assert both.answer == alone.answer
    assert codes(both) == codes(alone)


def test_without_coordinates_the_market_is_where_the_comparables_are(town: Town, case_of: CaseOf) -> None:
    unplaced = case_of({"neighborhood": "east"}, without=["latitude", "longitude"])
    renamed = [
        sale.model_copy(update={"values": {**sale.values, "neighborhood": "elsewhere"}})
        if sale.document_id == "far"
        else sale
        for sale in county_far_away(town).sales
    ]
    alone, both = town.decide(unplaced), town.with_sales(renamed).decide(unplaced)
    assert alone.status == "decided"
    assert both.answer["value"] == alone.answer["value"]
    assert "place_of_the_market" in {row["field"] for row in cast("Sequence[Object]", both.answer["data_gaps"])}
    assert "comparables_far_undetermined" in codes(both)


def test_a_neighbourhood_of_one_name_in_two_counties_is_no_market(town: Town, case_of: CaseOf) -> None:
    decision = county_far_away(town).decide(case_of({"neighborhood": "east"}, without=["latitude", "longitude"]))
    assert decision.status == "abstained"
    assert "Send latitude and longitude" in decision.reasons[0]


def test_a_house_at_no_place_has_no_market_among_several_tables(town: Town, case_of: CaseOf) -> None:
    nowhere = case_of(without=["latitude", "longitude", "neighborhood"])
    decision = without_places(county_far_away(town)).decide(nowhere)
    assert decision.status == "abstained"
    assert "Nothing tells where the property stands" in decision.reasons[0]
    assert without_places(town).decide(nowhere).status == "decided"


def test_a_market_above_the_limit_is_told_and_reviewed_and_keeps_its_comparables(town: Town, case_of: CaseOf) -> None:
    case = case_of()
    settings = replace(settings_of(PACK.rulebook.on(AS_OF).parameters), most_sales=300)
    evidence = town.evidence(case)
    extent = extent_of(case.facts, {**evidence, "market": evidence["market"][:301]}, settings)
    assert isinstance(extent, Extent)
    assert (extent.is_cut, extent.found) == (True, 301)
    assert {cast("Record", hit.item).id for hit in evidence["comparables"]} <= {sale.id for sale in extent.sales}
    whole = extent_of(case.facts, {**evidence, "market": evidence["market"][:300]}, settings)
    assert isinstance(whole, Extent)
    assert (whole.is_cut, whole.found) == (False, 300)


def test_a_cut_market_reaches_the_answer_and_a_person(town: Town, case_of: CaseOf) -> None:
    case = case_of()
    query = PACK.queries(case, PACK.rulebook.on(AS_OF).parameters)["market"]
    assert isinstance(query, RecordQuery)
    evidence = town.evidence(case)
    copies = [
        Evidence(item=hit.item.model_copy(update={"id": f"{hit.item.id}/{turn}"}), score=0.0)
        for turn in range(query.limit // len(evidence["market"]) + 1)
        for hit in evidence["market"]
    ][: query.limit]
    unpriced = [
        Evidence(item=cast("Record", hit.item).model_copy(update={"values": {"arms_length": True}}), score=0.0)
        for hit in copies[len(evidence["market"]) :]
    ]
    full = {**evidence, "market": [*evidence["market"], *unpriced]}
    decision = decide(PACK, case, full, probe=False)
    assert len(full["market"]) == query.limit
    assert "market_cut" in codes(decision)
    assert "market_cut" not in codes(town.decide(case))
    gaps = cast("Sequence[Object]", decision.answer["data_gaps"])
    assert [(row["field"], row["imputed"].partition(" sales")[0]) for row in gaps] == [
        ("sales_beyond_the_limit", f"the {query.limit - 1}")
    ]


def test_an_own_sale_that_is_not_on_file_is_reviewed(town: Town, case_of: CaseOf) -> None:
    own = next(sale for sale in town.sales if sale.observed_on > date(2020, 6, 1))
    later = next(sale for sale in town.sales if sale.observed_on > AS_OF)
    for unknown in ("town:nothing", later.id):
        assert "subject_record_unknown" in codes(town.decide(case_of({"exclude_record_id": unknown})))
    assert "subject_record_unknown" not in codes(town.decide(case_of({"exclude_record_id": own.id})))
    assert "subject_record_unknown" not in codes(town.decide(case_of()))
