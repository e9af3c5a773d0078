"""What a terminal shows: all of it, at any width, with or without colour, and nothing that a document could steer."""

import io
from typing import cast

import pytest
from pydantic import JsonValue
from rich.console import Console, RenderableType

from service.present.terminal import decision_view, explanation_view, search_view, shielded

Decision = dict[str, JsonValue]


def shown(view: RenderableType, *, width: int = 100, colour: bool = False) -> str:
    out = io.StringIO()
    system = "truecolor" if colour else None
    Console(file=out, width=width, force_terminal=colour, color_system=system, legacy_windows=False).print(view)
    return out.getvalue()


def joined(text: str) -> str:
    return " ".join(text.replace("│", " ").split())


@pytest.mark.parametrize("name", ["valuation", "disruption", "answered"])
@pytest.mark.parametrize("width", [40, 80, 200])
def test_a_decision_fits_every_width(name: str, width: int, request: pytest.FixtureRequest) -> None:
    text = shown(decision_view(cast("Decision", request.getfixturevalue(name))), width=width)
    assert max(len(line) for line in text.splitlines()) <= width
    assert "\x1b" not in text


def test_a_valuation_is_shown_with_all_its_parts(valuation: Decision) -> None:
    text = joined(shown(decision_view(valuation), width=80))
    for words in (
        "Estimate of market value",
        "! medium",
        "! required",
        "USD 188,400 to USD 245,300 (held 80.7 % of 412 sales)",
        "USD 129.83 per square foot",
        "5. 090528105",
        "+12,280",
        "Typical house here 178,000",
        "✓ pass",
        "✗ fail",
        "? undetermined",
        "(stale)",
        "With fair condition the",
        "Last sale price",
        "31 %",
        "If the loan amount were USD 400,001",
        "[1] Residential valuation policy, 5.2, page 2",
        "event 42, ab12cd34ef56…",
        "decide 231.7 ms",
    ):
        assert words in text, words


def test_entitlements_tell_not_due_from_unknown(disruption: Decision) -> None:
    text = joined(shown(decision_view(disruption), width=120))
    for words in ("✓ due", "EUR 500 (2 x 250)", "? unknown", "not due", "Dear passenger,", "447.2"):
        assert words in text, words


def test_law_is_a_column_only_where_two_of_them_give_rights(disruption: Decision) -> None:
    answer = cast("dict[str, JsonValue]", disruption["answer"])
    rows: list[JsonValue] = [
        {"kind": "compensation", "regime": "EU261", "alternative_to": None, "status": "due", "clause_ids": ["p#6.2"]},
        {"kind": "compensation", "regime": "UK261", "alternative_to": "EU261", "status": "due", "clause_ids": ["p#7"]},
        {"kind": "refund", "regime": "UK261", "alternative_to": "EU261", "status": "due", "clause_ids": ["p#9.1"]},
    ]
    both = joined(shown(decision_view({**disruption, "answer": {**answer, "entitlements": rows}}), width=140))
    one = joined(shown(decision_view({**disruption, "answer": {**answer, "entitlements": rows[:1]}}), width=140))
    assert "Law Entitlement" in both
    assert "UK261 (alternative to EU261, not in addition) Compensation" in both
    assert "UK261 (alternative) Refund" in both
    assert "Law Entitlement" not in one
    assert "not in addition" not in one


def test_quotes_carry_the_citation_of_their_claim(answered: Decision, hostile: str) -> None:
    claims: JsonValue = [{"text": hostile, "citations": [3]}]
    text = joined(shown(decision_view({**answered, "claims": claims}), width=160))
    assert "[3] disruption-policy, 8.2" in text
    assert "80 % of the question's words" in text
    assert "breakfast" in text


def test_comparables_continue_below_where_they_do_not_fit(valuation: Decision) -> None:
    assert shown(decision_view(valuation), width=140).count("Net adjustment") == 1
    assert shown(decision_view(valuation), width=80).count("Net adjustment") == 2
    assert shown(decision_view(valuation), width=45).count("Net adjustment") == 5


def test_documents_cannot_steer_the_terminal(valuation: Decision) -> None:
    text = shown(decision_view(valuation), width=120, colour=True)
    assert "␛[31mESC" in text
    assert "[red]bold[/red]" in text
    assert "\x1b[31mESC" not in text
    assert shielded("a\u202eb\x07\x9b") == "a\ufffdb␇\ufffd"
    assert shielded("line\n\ttab") == "line\n\ttab"


def test_an_explanation_gives_reasons_in_order_and_the_trace(valuation: Decision) -> None:
    reasons: JsonValue = [
        {"kind": "outcome", "text": "The value is USD 215,000.", "citations": [1], "rule_id": None},
        {"kind": "rule", "text": "It is precise.", "citations": [2], "rule_id": "RV-CONF-1"},
        {"kind": "change", "text": "More would change it.", "citations": [], "rule_id": None},
    ]
    explanation = {**cast("Decision", valuation["explanation"]), "reasons": reasons}
    text = joined(shown(explanation_view({**valuation, "explanation": explanation})))
    places = [
        text.index(words) for words in ("Outcome", "USD 215,000. [1]", "Rules that carry it", "What would change")
    ]
    assert places == sorted(places)
    assert "RV-OLD not applicable use is not first_lien" in text
    assert "Comparable sales" not in text.replace("Comparable sales lie", "")


def test_search_results_come_with_place_score_and_stages() -> None:
    passage: JsonValue = {
        "document_id": "airline-disruption-policy",
        "clause": "8.2",
        "headings": ["Disruption policy", "Care"],
        "text": "A hotel is owed.",
        "score": 0.91,
        "stages": {"bm25": 0.8, "dense": 0.7},
    }
    text = shown(search_view({"passages": [passage], "as_of": "2026-01-01", "generation": 2, "mode": "lexical_only"}))
    assert "1. airline-disruption-policy, 8.2 Care   0.910 (bm25 0.8, dense 0.7)" in text
    assert "A hotel is owed." in text
    assert "generation 2, mode lexical_only" in text
    assert "Nothing was found" in shown(search_view({"passages": []}))
