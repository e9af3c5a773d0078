"""A market whose sales broke off: a few late ones do not hide it."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, cast

import pytest
from towns import CaseOf, Town

from decision.decision import Decision

AS_OF = date(2024, 7, 1)
LAST_YEAR = date(2024, 5, 1)
YEAR_BEFORE = date(2023, 2, 1)


Object = Mapping[str, Any]


def with_late_sales(town: Town, count: int, *, first: date) -> Town:
    """Give the town, whose sales end in January 2021, and a small table of later sales, one a day."""
    late = [
        sale.model_copy(
            update={
                "id": f"late:{number}",
                "document_id": "late",
                "revision_id": "late-1",
                "observed_on": first + timedelta(days=number),
            }
        )
        for number, sale in enumerate(town.sales[:count])
    ]
    return town.with_sales([*town.sales, *late])


def codes(decision: Decision) -> set[str]:
    return {reason.code for reason in decision.escalations}


def gap_of(decision: Decision) -> str | None:
    rows = cast("Sequence[Object]", decision.answer["data_gaps"])
    return next((row["imputed"] for row in rows if row["field"] == "recent_sales"), None)


def test_two_late_sales_do_not_carry_a_market_that_ended_years_ago(town: Town, case_of: CaseOf) -> None:
    decision = with_late_sales(town, 2, first=LAST_YEAR).decide(case_of(as_of=AS_OF))
    assert decision.status == "abstained"
    last = max(sale.observed_on for sale in town.sales)
    assert f"sales end in {last:%Y-%m}; too few since: 2 of its 902 sales" in decision.reasons[0]


@pytest.mark.parametrize(("count", "status"), [(9, "abstained"), (10, "decided")])
def test_fewer_than_ten_sales_in_two_years_support_no_value(
    town: Town, case_of: CaseOf, count: int, status: str
) -> None:
    assert with_late_sales(town, count, first=LAST_YEAR).decide(case_of(as_of=AS_OF)).status == status


@pytest.mark.parametrize(("count", "is_reviewed"), [(29, True), (30, False)])
def test_fewer_than_thirty_sales_in_a_year_are_reviewed_and_told(
    town: Town, case_of: CaseOf, count: int, *, is_reviewed: bool
) -> None:
    decision = with_late_sales(town, count, first=LAST_YEAR).decide(case_of(as_of=AS_OF))
    assert decision.facts["sales_last_year"].value == Decimal(count)
    assert ("few_recent_sales" in codes(decision)) is is_reviewed
    conditions = cast("Object", decision.answer["market_conditions"])
    assert conditions["sales_last_12_months"] == conditions["sales_last_24_months"] == count
    assert conditions["longest_gap"] == {
        "last_month_before": "2021-01",
        "first_month_after": "2024-05",
        "whole_months": 39,
    }
    told = gap_of(decision)
    assert (told is not None) is is_reviewed
    assert told is None or "no sale in the 39 whole months between 2021-01 and 2024-05" in told


def test_sales_inside_the_publication_lag_do_not_count(town: Town, case_of: CaseOf) -> None:
    decision = with_late_sales(town, 40, first=AS_OF - timedelta(days=30 + 12)).decide(case_of(as_of=AS_OF))
    assert decision.facts["sales_last_year"].value == Decimal(12)


def test_sales_of_the_year_before_count_for_two_years_only(town: Town, case_of: CaseOf) -> None:
    late = with_late_sales(town, 20, first=LAST_YEAR)
    earlier = with_late_sales(town, 15, first=YEAR_BEFORE).sales[len(town.sales) :]
    renamed = [sale.model_copy(update={"id": f"year_before/{sale.id}"}) for sale in earlier]
    decision = late.with_sales([*late.sales, *renamed]).decide(case_of(as_of=AS_OF))
    conditions = cast("Object", decision.answer["market_conditions"])
    assert (conditions["sales_last_12_months"], conditions["sales_last_24_months"]) == (20, 35)


def test_a_lively_market_has_no_gap(town: Town, case_of: CaseOf) -> None:
    decision = town.decide(case_of(as_of=date(2020, 11, 15)))
    conditions = cast("Object", decision.answer["market_conditions"])
    assert conditions["sales_last_12_months"] > 200
    assert "few_recent_sales" not in codes(decision)
    assert gap_of(decision) is None
