"""What is stated of a house and cannot be true, or not together, or is not named as in its market; who saw it."""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, cast

import pytest
from pydantic import JsonValue
from towns import CaseOf, Town

from decision.decision import Decision

AS_OF = date(2020, 11, 15)


Object = Mapping[str, Any]


def codes(decision: Decision) -> set[str]:
    return {reason.code for reason in decision.escalations}


def gaps(decision: Decision) -> Mapping[str, Object]:
    return {row["field"]: row for row in cast("Sequence[Object]", decision.answer["data_gaps"])}


def value_of(decision: Decision) -> Object:
    return cast("Object", decision.answer["value"])


def styled(town: Town) -> Town:
    """Give the town with types and styles, which say nothing about the price."""
    return town.with_sales(
        [
            sale.model_copy(
                update={"values": {**sale.values, "building_type": f"type_{at % 2}", "house_style": f"style_{at % 3}"}}
            )
            for at, sale in enumerate(town.sales)
        ]
    )


def test_a_neighbourhood_that_the_market_does_not_know_is_unknown(town: Town, case_of: CaseOf) -> None:
    known, named = town.decide(case_of()), town.decide(case_of({"neighborhood": "Atlantis"}))
    silent = town.decide(case_of(without=["neighborhood"]))
    assert value_of(named) == value_of(silent)
    assert value_of(named)["fsd"] > value_of(known)["fsd"]
    assert value_of(named)["intervals"][0]["widened"] is True
    assert "Atlantis" in gaps(named)["neighborhood"]["imputed"]
    assert gaps(named)["neighborhood"]["widening_applied"] > 0
    assert codes(named) - codes(silent) == {"name_not_in_market", "critical_field_assumed"}
    assert named.facts["critical_fields_open"].value == Decimal(1)
    assert "name_not_in_market" not in codes(known)
    assert "Atlantis" not in json.dumps(named.answer["comparables"])


@pytest.mark.parametrize("field", ["building_type", "house_style"])
def test_a_type_or_style_that_the_market_does_not_know_is_unknown(town: Town, case_of: CaseOf, field: str) -> None:
    names: dict[str, JsonValue] = {"building_type": "type_1", "house_style": "style_1"}
    known = styled(town).decide(case_of(names))
    odd = styled(town).decide(case_of({**names, field: "pyramid"}))
    silent = styled(town).decide(case_of({name: word for name, word in names.items() if name != field}))
    assert "name_not_in_market" not in codes(known)
    assert "name_not_in_market" in codes(odd)
    assert value_of(odd) == value_of(silent)
    assert "pyramid" in gaps(odd)[field]["imputed"]
    assert "critical_field_assumed" not in codes(odd)


def test_a_type_in_a_market_that_tells_no_types_is_no_contradiction(town: Town, case_of: CaseOf) -> None:
    assert "name_not_in_market" not in codes(town.decide(case_of({"building_type": "pyramid"})))


def test_an_unknown_neighbourhood_without_coordinates_has_no_market(town: Town, case_of: CaseOf) -> None:
    decision = town.decide(case_of({"neighborhood": "Atlantis"}, without=["latitude", "longitude"]))
    assert decision.status == "abstained"
    assert "neighbourhood named Atlantis" in decision.reasons[0]
    assert "latitude and longitude" in decision.reasons[0]


@pytest.mark.parametrize(
    ("field", "stated", "words"),
    [
        ("year_built", 2021, "year_built is 2021, after the effective date 2020-11-15"),
        ("year_remodelled", 2050, "year_remodelled is 2050, after the effective date 2020-11-15"),
        ("year_built", 1984.5, "year_built is 1984.5; it counts in whole numbers"),
        ("bedrooms", 2.7, "bedrooms is 2.7; it counts in whole numbers"),
        ("garage_cars", 0.5, "garage_cars is 0.5; it counts in whole numbers"),
        ("fireplaces", 1.1, "fireplaces is 1.1; it counts in whole numbers"),
        ("bathrooms", 2.7, "bathrooms is 2.7; it counts in quarters"),
    ],
)
def test_what_cannot_be_true_is_refused_with_its_field(
    town: Town, case_of: CaseOf, field: str, stated: float, words: str
) -> None:
    decision = town.decide(case_of({field: stated}))
    assert decision.status == "abstained"
    assert decision.answer["outcome"] is None
    assert words in decision.reasons[0]


def test_every_impossible_entry_is_named_at_once(town: Town, case_of: CaseOf) -> None:
    decision = town.decide(case_of({"bedrooms": 2.7, "year_built": 2030}))
    assert [reason.split()[0] for reason in decision.reasons] == ["year_built", "bedrooms"]


@pytest.mark.parametrize(
    "changes", [{"year_built": 2020}, {"bathrooms": 2.25}, {"bedrooms": 3}, {"year_remodelled": 1985}]
)
def test_what_may_be_true_is_valued(town: Town, case_of: CaseOf, changes: dict[str, JsonValue]) -> None:
    decision = town.decide(case_of(changes))
    assert decision.status == "decided"
    assert "facts_contradict" not in codes(decision)


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"year_remodelled": 1950}, "year_remodelled", "remodelled in 1950, before it was built in 1985"),
        ({"basement_area": 500, "basement_finished_area": 501}, "basement_finished_area", "501 square feet"),
    ],
)
def test_facts_that_contradict_each_other_are_named_and_reviewed(
    town: Town, case_of: CaseOf, changes: dict[str, JsonValue], field: str, words: str
) -> None:
    decision = town.decide(case_of(changes))
    assert "facts_contradict" in codes(decision)
    assert words in gaps(decision)[field]["imputed"]


@pytest.mark.parametrize(
    ("basis", "seen_by"), [("inspection", "an inspection on file"), ("third_party_report", "a third party's report")]
)
def test_a_property_that_somebody_saw_is_not_said_to_be_unseen(
    town: Town, case_of: CaseOf, basis: str, seen_by: str
) -> None:
    decision = town.decide(case_of({"condition_basis": basis}))
    words = json.dumps([decision.summary, decision.answer, decision.qualifier.notes]).lower()
    assert "without inspection" not in words
    assert "nobody" not in words
    limits = cast("Sequence[str]", decision.answer["limiting_conditions"])
    assert limits[0].startswith(f"The program did not visit the property; its condition is as stated by {seen_by}")
    assert f"its condition as stated by {seen_by}" in decision.summary


def test_a_report_whose_condition_is_not_on_file_states_none(town: Town, case_of: CaseOf) -> None:
    decision = town.decide(case_of({"condition_basis": "inspection"}, without=["condition"]))
    limits = cast("Sequence[str]", decision.answer["limiting_conditions"])
    assert "its condition is assumed" in limits[0]
    assert "as stated by" not in decision.summary


@pytest.mark.parametrize("changes", [{}, {"condition_basis": "owner_statement"}])
def test_a_property_that_nobody_saw_is_said_to_be_unseen(
    town: Town, case_of: CaseOf, changes: dict[str, JsonValue]
) -> None:
    decision = town.decide(case_of(changes))
    assert "without inspection" in decision.summary
    assert "names nobody who saw the property" in cast("Sequence[str]", decision.answer["limiting_conditions"])[0]


def test_a_remodelling_before_the_building_is_set_aside_and_widens_the_intervals(town: Town, case_of: CaseOf) -> None:
    remodelled = town.with_sales(
        [
            sale.model_copy(
                update={"values": {**sale.values, "year_remodelled": cast("float", sale.values["year_built"]) + at % 9}}
            )
            for at, sale in enumerate(town.sales)
        ]
    )
    plain, odd = (remodelled.decide(case_of({"year_remodelled": year})) for year in (1985, 1950))
    assert odd.answer["outcome"] == plain.answer["outcome"]
    assert value_of(odd)["fsd"] > value_of(plain)["fsd"]
    assert gaps(odd)["year_remodelled"]["widening_applied"] > 0
    assert gaps(odd)["year_remodelled"]["imputed"].startswith("the year of building, 1985")
