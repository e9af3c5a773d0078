"""The terms that a text defines for itself."""

import pytest

from ingestion.clauses import split_clauses
from ingestion.definitions import find_definitions
from retrieval.corpus import Document, Revision


def _definitions(text: str) -> list[tuple[str, str, str]]:
    revision = Revision(
        id="rev_1",
        document=Document(id="policy", title="Policy", source="policy.md", owner="credit-risk"),
        content_sha256="0",
        canonical_text=text,
    )
    return [
        (one.term, one.clause_key, text[one.span.start : one.span.end])
        for one in find_definitions(revision, split_clauses(revision))
    ]


@pytest.mark.parametrize(
    ("line", "terms"),
    [
        ('"carrier" means an undertaking;', ["carrier"]),
        ("\u2018controller\u2019 means the person;", ["controller"]),
        ("\u201cdelay\u201d shall mean lateness.", ["delay"]),
        ("'passenger's ticket' has the meaning given in law.", ["passenger's ticket"]),
        ('"AVM" or "model" means a program.', ["AVM", "model"]),
        ('The term "sale", unless qualified, means a transfer.', ["sale"]),
        ("**Comparable** means a sale.", ["Comparable"]),
        ("_Market_ means all sales.", ["Market"]),
        ('**1.2** "flat" means a home.', ["flat"]),
        ("A sale means that money is paid.", []),
        ('We say "hello" and mean it.', []),
    ],
)
def test_quoted_and_stressed_terms_are_found_anywhere(line: str, terms: list[str]) -> None:
    assert [term for term, _, _ in _definitions(f"# Rules\n\n## 5 Duties\n\n{line}\n")] == terms


def test_a_definition_reaches_to_the_end_of_its_item() -> None:
    text = '## Article 4\n(1) "data" means:\n(a) numbers;\n(b) words;\n(2) "file" means a set.\n'
    assert _definitions(text) == [
        ("data", "article-4(1)", '"data" means:\n(a) numbers;\n(b) words;'),
        ("file", "article-4(2)", '"file" means a set.'),
    ]


def test_a_definitions_section_may_do_without_quotes() -> None:
    text = """# Rules

## 2 Definitions

large carrier means one that has carried two million passengers.
- small carrier means any other. It is rare.
Effective date: the day as of which the value holds.
**2.1 Evaluation.** An evaluation is a valuation by a person.
**2.2 Fees.** Nothing is charged.
In this section nothing means anything.

## 3 Duties

the carrier means well.
"""
    found = _definitions(text)
    assert [term for term, _, _ in found] == ["large carrier", "small carrier", "Effective date", "Evaluation"]
    assert found[1] == ("small carrier", "2", "small carrier means any other. It is rare.")
    assert found[3][1] == "2.1"


def test_words_above_a_list_say_that_definitions_follow() -> None:
    text = "## Section 1\n(1) The following definitions apply.\n  - arrival means the time when a door is opened.\n"
    assert [(term, key) for term, key, _ in _definitions(text)] == [("arrival", "section-1(1)")]


@pytest.mark.parametrize(
    "line",
    [
        "Bank means a house: one that lends.",
        "Bank\tmeans a house: one that lends.",
        '"Bank" means a "house": it lends.',
    ],
)
def test_a_place_defines_one_term(line: str) -> None:
    assert [term for term, _, _ in _definitions(f"## 2 Definitions\n\n{line}\n")] == ["Bank"]


@pytest.mark.parametrize("line", ["**a** ", '"a", ', "'", "\u201ca\u201d and ", "a, \u2018", "\u0130 ", "_a_"])
def test_a_line_of_many_terms_is_read_in_linear_time(line: str) -> None:
    assert _definitions("## 2 Duties\n\nWe mean " + line * 20_000) == []
