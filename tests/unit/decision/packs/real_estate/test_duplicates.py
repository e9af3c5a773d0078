"""A sale that two tables have counts once, and the subject's own sale stays out whatever table it comes from."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, cast

import pytest
from towns import CaseOf, Town

from decision.decision import Decision
from decision.packs.real_estate.duplicates import copied, is_same
from retrieval.corpus import Record

AS_OF = date(2020, 11, 15)


def elsewhere(sale: Record, name: str = "county", /, **changes: object) -> Record:
    """Give the same sale as another table has it."""
    own = sale.id.removeprefix(f"{sale.document_id}:")
    update = {"id": f"{name}:{own}", "document_id": name, "revision_id": f"{name}-1", **changes}
    return sale.model_copy(update=update)


def gaps(decision: Decision) -> list[str]:
    return [row["field"] for row in cast("Sequence[Mapping[str, Any]]", decision.answer["data_gaps"])]


def test_a_table_ingested_twice_moves_nothing_but_is_told(town: Town, case_of: CaseOf) -> None:
    alone = town.decide(case_of())
    twice = town.with_sales([*town.sales, *(elsewhere(sale, "zz") for sale in town.sales)]).decide(case_of())
    assert twice.answer["value"] == alone.answer["value"]
    assert twice.answer["comparables"] == alone.answer["comparables"]
    assert twice.facts["market_sales"].value == alone.facts["market_sales"].value
    assert set(gaps(twice)) - set(gaps(alone)) == {"sales_in_several_tables"}


def test_without_coordinates_a_second_copy_of_the_table_is_no_second_place(town: Town, case_of: CaseOf) -> None:
    case = case_of(without=["latitude", "longitude", "neighborhood"])
    unplaced = [sale.model_copy(update={"latitude": None, "longitude": None}) for sale in town.sales]
    twice = town.with_sales([*unplaced, *(elsewhere(sale, "zz") for sale in unplaced)])
    assert twice.decide(case).answer["value"] == town.with_sales(unplaced).decide(case).answer["value"]


def test_the_own_sale_of_another_table_is_kept_out_too(town: Town, case_of: CaseOf) -> None:
    own = next(sale for sale in town.sales if sale.observed_on > date(2020, 6, 1))
    case = case_of({"exclude_record_id": own.id})
    alone = town.decide(case)
    both = town.with_sales([*town.sales, elsewhere(own)]).decide(case)
    assert both.answer["value"] == alone.answer["value"]
    assert both.answer["comparables"] == alone.answer["comparables"]


def test_sales_of_one_table_are_never_copies_of_each_other(town: Town) -> None:
    flat = town.sales[0]
    neighbour = flat.model_copy(update={"id": "town:next-door"})
    assert copied([flat, neighbour]) == {}
    assert not is_same(flat, neighbour)


def test_the_larger_table_counts(town: Town) -> None:
    few = [elsewhere(sale, "a") for sale in town.sales[:3]]
    assert copied([*few, *town.sales[:5]]) == {f"a:{number}": f"town:{number}" for number in range(3)}
    assert copied([*town.sales[:5], *few]) == copied([*few, *town.sales[:5]])


def test_two_flats_sold_alike_are_two_sales_in_either_table(town: Town) -> None:
    flats = [town.sales[0], town.sales[0].model_copy(update={"id": "town:flat-2"})]
    others = [elsewhere(flats[0], "a"), elsewhere(flats[0], "a", id="a:x"), elsewhere(flats[0], "a", id="a:y")]
    found = copied([*flats, *others])
    assert len(found) == 2
    assert len(set(found.values())) == 2


@pytest.mark.parametrize(
    ("changes", "same"),
    [
        ({}, True),
        ({"id": "county:other"}, True),
        ({"latitude": 42.5}, False),
        ({"latitude": None}, True),
        ({"latitude": None, "id": "county:other"}, False),
        ({"observed_on": date(2018, 1, 1) - timedelta(days=1)}, False),
        ({"values": {"price": 1.0}}, False),
        ({"values": {}}, False),
    ],
)
def test_date_price_and_place_or_id_make_a_sale(town: Town, changes: Mapping[str, object], same: bool) -> None:  # noqa: FBT001
    sale = town.sales[0]
    assert is_same(sale, elsewhere(sale, "county", **changes)) is same


def test_a_price_that_is_not_known_is_equal_to_none(town: Town) -> None:
    unpriced = town.sales[0].model_copy(update={"values": {}})
    assert not is_same(unpriced, elsewhere(unpriced))
    assert copied([unpriced, elsewhere(unpriced)]) == {}
