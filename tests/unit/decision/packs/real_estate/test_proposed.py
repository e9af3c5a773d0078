"""Sales that somebody proposes as comparables: candidates like any others, and told what became of them."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, cast

import pytest
from towns import CaseOf, Town

from decision.decision import Decision
from decision.engine import decide
from decision.facts import Case
from decision.packs.real_estate import PACK
from retrieval.corpus import Record, Scalar
from retrieval.query import Evidence

AS_OF = date(2020, 11, 15)


Row = Mapping[str, Any]


def proposals(decision: Decision) -> dict[str, Row]:
    rows = cast("Sequence[Row]", decision.answer["proposed_comparables"])
    return {str(row.get("id") or row["sale"]): row for row in rows}


def codes(decision: Decision) -> set[str]:
    return {one.code for one in decision.escalations}


def grid(decision: Decision) -> list[str]:
    return [str(row["id"]) for row in cast("Sequence[Row]", decision.answer["comparables"])]


def valued(sale: Record, **values: Scalar) -> Record:
    return sale.model_copy(update={"values": {**sale.values, **values}})


def foreclosed(sale: Record) -> Record:
    return valued(sale, arms_length=False, arms_length_reason="foreclosure")


def too_old(sale: Record) -> Record:
    return sale.model_copy(update={"observed_on": AS_OF - timedelta(days=1000)})


def too_far(sale: Record) -> Record:
    return sale.model_copy(update={"latitude": 42.5})


def without_price(sale: Record) -> Record:
    return valued(sale, price=None)


def test_without_proposals_nothing_is_asked_or_said(town: Town, case_of: CaseOf) -> None:
    assert not {"proposed", "proposed_candidates"} & set(town.evidence(case_of()))
    assert "proposed_comparables" not in town.decide(case_of()).answer


def test_a_proposed_sale_that_is_used_anyway_changes_nothing(town: Town, case_of: CaseOf) -> None:
    plain = town.decide(case_of())
    used = grid(plain)[0]
    again = town.decide(case_of({"proposed_comparables": [used]}))
    assert proposals(again)[used]["used"] is True
    assert "with weight" in proposals(again)[used]["reason"]
    assert again.answer["value"] == plain.answer["value"]
    assert not {"reconsideration", "proposed_sale_unverified"} & codes(again)


def test_a_dear_sale_that_is_unlike_the_subject_does_not_push_the_value(town: Town, case_of: CaseOf) -> None:
    plain = town.decide(case_of())
    dear = max(town.sales[:-40], key=lambda sale: float(str(sale.values["price"])))
    again = town.decide(case_of({"proposed_comparables": [dear.id]}))
    assert proposals(again)[dear.id]["used"] is False
    assert again.answer["value"] == plain.answer["value"]
    assert grid(again) == grid(plain)


def test_a_proposed_sale_beyond_the_first_candidates_becomes_one_and_may_be_used(town: Town, case_of: CaseOf) -> None:
    best = grid(town.decide(case_of()))[0]
    evidence = town.evidence

    def without(case: Case) -> dict[str, list[Evidence]]:
        found = evidence(case)
        return {**found, "comparables": [hit for hit in found["comparables"] if hit.item.id != best]}

    def decided(case: Case) -> Decision:
        return decide(PACK, case, without(case), probe=False)

    assert best not in grid(decided(case_of()))
    assert best in grid(decided(case_of({"proposed_comparables": [best]})))


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (foreclosed, "arm's length: foreclosure"),
        (too_old, "days before the effective"),
        (too_far, "beyond the policy's"),
        (without_price, "lacks a price"),
    ],
)
def test_a_proposed_sale_that_policy_does_not_compare_is_told_why(
    town: Town, case_of: CaseOf, spoil: Callable[[Record], Record], reason: str
) -> None:
    best = grid(town.decide(case_of()))[0]
    spoiled = town.with_sales([spoil(sale) if sale.id == best else sale for sale in town.sales])
    plain = spoiled.decide(case_of())
    again = spoiled.decide(case_of({"proposed_comparables": [best]}))
    assert proposals(again)[best]["used"] is False
    assert reason in proposals(again)[best]["reason"]
    assert again.answer["value"] == plain.answer["value"]


def test_neither_later_sales_nor_the_own_one_nor_unknown_ones_come_in(town: Town, case_of: CaseOf) -> None:
    own = grid(town.decide(case_of()))[0]
    later = next(sale.id for sale in town.sales if sale.observed_on >= AS_OF - timedelta(days=30))
    asked = case_of({"exclude_record_id": own, "proposed_comparables": [own, later, "town:x"]})
    decision = town.decide(asked)
    rows = proposals(decision)
    assert "subject's own sale" in rows[own]["reason"]
    assert [rows[one]["to_verify"] for one in (own, later, "town:x")] == [False, True, True]
    assert not {own, later, "town:x"} & set(grid(decision))
    found = {hit.item.id for hits in town.evidence(asked).values() for hit in hits}
    assert later not in found
    assert "proposed_sale_unverified" in codes(decision)


def test_a_sale_that_is_not_on_file_goes_to_a_person_and_not_into_the_number(town: Town, case_of: CaseOf) -> None:
    plain = town.decide(case_of())
    words = "12 Elm Street; sold 2020-05-01 for 999,999.00"
    decision = town.decide(case_of({"proposed_sales": [words]}))
    assert proposals(decision)[words]["to_verify"] is True
    assert decision.answer["value"] == plain.answer["value"]
    assert "proposed_sale_unverified" in codes(decision)


def test_a_reconsideration_goes_to_a_person(town: Town, case_of: CaseOf) -> None:
    asked = case_of({"reconsideration_of": "dec_01JD5Z3GQ4V7XK2M9T8R6WBNCE"})
    assert codes(town.decide(asked)) - codes(town.decide(case_of())) == {"reconsideration"}


def test_every_used_proposal_is_cited(town: Town, case_of: CaseOf) -> None:
    used = grid(town.decide(case_of()))[0]
    asked = case_of({"proposed_comparables": [used]})
    evidence = {name: hits for name, hits in town.evidence(asked).items() if name != "comparables"}
    market = [hit for hit in evidence["market"] if hit.item.id != used]

    decision = decide(PACK, asked, {**evidence, "market": market, "comparables": []}, probe=False)
    assert used in grid(decision)
    assert any(str(used).rpartition(":")[2] == getattr(ref, "key", "") for one in decision.claims for ref in one.cites)
