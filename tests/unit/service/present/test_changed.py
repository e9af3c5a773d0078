"""What a page says of a reconsidered decision, of sales that were proposed, and of ways out of a review."""

from typing import cast

import pytest
from pydantic import JsonValue

from service.present.blocks import Block, Cell, Grid, Heading, Lines, Paragraph
from service.present.page import decision_page, explanation_page
from service.present.report import html_report

Decision = dict[str, JsonValue]

CHANGES: Decision = {
    "because": "The plans say 1,704 square feet.",
    "facts": [
        {"fact": "condition", "old": "5", "new": "6", "old_provenance": "assumed", "new_provenance": "given"},
        {"fact": "fsd", "old": "0.1", "new": "0.2", "old_provenance": "derived", "new_provenance": "derived"},
    ],
    "outcome": {"old": "215000", "new": "198000"},
    "status": {"old": "decided", "new": "decided"},
    "comparables": {"added": ["a:1"], "dropped": [], "kept": ["a:2", "a:3"]},
    "review": {"old": [], "new": ["reconsideration"]},
    "generation": {"old": 3, "new": 4},
    "versions": [{"fact": "rules", "old": "5c1f", "new": "77aa"}],
}


def words(blocks: tuple[Block, ...]) -> str:
    said: list[str] = []
    for block in blocks:
        match block:
            case Paragraph(text) | Heading(text):
                said.append(text)
            case Lines(items):
                said += [cell.text for cell in items]
            case Grid(rows=rows):
                said += [" | ".join(cell.text for cell in row) for row in rows]
            case _:
                continue
    return "\n".join(said)


@pytest.fixture
def reconsidered(valuation: Decision, hostile: str) -> Decision:
    answer = cast("Decision", valuation["answer"])
    proposed: JsonValue = [
        {"id": "a:1", "used": True, "to_verify": False, "reason": "among the 5 sales used, with weight 0.2"},
        {"sale": hostile, "used": False, "to_verify": True, "reason": "a person has to verify it"},
    ]
    explanation = cast("Decision", valuation["explanation"])
    ways: JsonValue = [
        {
            "code": "gross_adjustment_above_limit",
            "rule_id": "RV-GROSS",
            "needed": "It has to be so that no comparable needs more.",
            "measured": "31 %",
            "threshold": "25 %",
            "facts": ["lot_area"],
            "asks": ["How large is the lot?"],
            "verified": [{"change": hostile, "outcome": "this reason would fall away; no other reason is left"}],
        }
    ]
    return {
        **valuation,
        "reconsiders": "dec_01JD9ZK3M4N5P6Q7R8S9T0V1W0",
        "changes": {**CHANGES, "because": hostile},
        "answer": {**answer, "proposed_comparables": proposed},
        "explanation": {**explanation, "out_of_review": ways},
    }


def test_what_changed_comes_first(reconsidered: Decision, hostile: str) -> None:
    first = decision_page(reconsidered).sections[0]
    assert first.title == "What changed"
    said = words(first.blocks)
    for line in (
        "reconsiders dec_01JD9ZK3M4N5P6Q7R8S9T0V1W0, which stays as it was recorded",
        hostile,
        "Outcome | USD 215,000 | USD 198,000",
        "Review | none | reconsideration",
        "Condition | 5 (assumed) | 6",
        "Added: a:1",
        "Kept: a:2, a:3",
        "Rules | 5c1f | 77aa",
    ):
        assert line in said
    assert "Fsd" not in said  # what followed is folded
    assert "Dropped" not in said


def test_a_decision_that_reconsiders_nothing_says_nothing_of_changes(valuation: Decision) -> None:
    titles = {section.title for section in decision_page(valuation).sections}
    assert not {"What changed", "Sales that were proposed", "What would move it out of review"} & titles


def test_proposed_sales_are_listed_with_what_became_of_them(reconsidered: Decision, hostile: str) -> None:
    (section,) = (one for one in decision_page(reconsidered).sections if one.key == "answer-proposed")
    (grid,) = section.blocks
    assert isinstance(grid, Grid)
    assert grid.rows[0] == (Cell("a:1"), Cell("used", "pass"), Cell("among the 5 sales used, with weight 0.2"))
    assert grid.rows[1][0] == Cell(hostile)
    assert grid.rows[1][1].mark == "attention"


def test_ways_out_are_told_on_both_pages(reconsidered: Decision, hostile: str) -> None:
    for page in (decision_page(reconsidered), explanation_page(reconsidered)):
        (section,) = (one for one in page.sections if one.key == "ways-out")
        said = words(section.blocks)
        assert "Gross adjustment above limit (measured 31 %, limit 25 %)" in said
        assert "It has to be so that no comparable needs more." in said
        assert f"{hostile}: this reason would fall away; no other reason is left." in said
        assert "How large is the lot?" in said


def test_none_of_it_becomes_markup(reconsidered: Decision) -> None:
    html = html_report(reconsidered)
    assert "<script" not in html
    assert "<img" not in html
