"""Canonical text as clauses: numbers, titles, places in the tree, exact spans."""

import hashlib

import pytest

from ingestion.clauses import innermost, page_at, split_clauses
from retrieval.corpus import Clause, Document, Revision


def _revision(text: str, page_starts: tuple[int, ...] = ()) -> Revision:
    return Revision(
        id="rev_1",
        document=Document(id="policy", title="Policy", source="policy.md", owner="credit-risk"),
        content_sha256="0",
        canonical_text=text,
        page_starts=page_starts,
        valid_from_generation=1,
    )


def _clauses(text: str) -> dict[str, Clause]:
    return {clause.key: clause for clause in split_clauses(_revision(text))}


def _words(text: str, clause: Clause) -> str:
    return text[clause.span.start : clause.span.end]


POLICY = """Issued by credit risk.

# Residential valuation policy

This policy is short.

## 4 Data and comparables

**4.2 Minimum number of comparables.** An estimate needs at least three. See clauses 7.1 and 4.2, and Article 4.

- one
- two

**4.3** Sales are recent. Section 7 says how precise.

## 7 Precision

**7.1 Limit.** The limit is 0.15.
"""


def test_our_policy_form_gives_numbered_titled_clauses() -> None:
    clauses = _clauses(POLICY)
    assert list(clauses) == ["preamble", "residential-valuation-policy", "4", "4.2", "4.3", "7", "7.1"]
    minimum = clauses["4.2"]
    assert minimum.title == "Minimum number of comparables"
    assert minimum.headings == ("Residential valuation policy", "Data and comparables")
    assert minimum.parent == "4"
    assert minimum.references == ("7.1",)
    assert clauses["4.3"].title is None
    assert clauses["4.3"].references == ("7",)
    text = _words(POLICY, minimum)
    assert text.startswith("**4.2 Minimum")
    assert text.endswith("- two")
    assert minimum.text_sha256 == hashlib.sha256(text.encode()).hexdigest()


def test_a_parent_reaches_around_its_children() -> None:
    clauses = _clauses(POLICY)
    assert _words(POLICY, clauses["4"]).startswith("## 4 Data")
    assert _words(POLICY, clauses["4"]).endswith("how precise.")
    assert _words(POLICY, clauses["residential-valuation-policy"]) == POLICY[POLICY.index("#") :].strip()
    assert _words(POLICY, clauses["preamble"]) == "Issued by credit risk."


def test_the_innermost_clause_at_a_place_is_found() -> None:
    clauses = split_clauses(_revision(POLICY))
    at = innermost(clauses)
    for words, key in [("Issued", "preamble"), ("is short", "residential-valuation-policy"), ("two", "4.2")]:
        clause = at(POLICY.index(words))
        assert clause is not None
        assert clause.key == key
    assert at(len(POLICY)) is None


LAW = """# Regulation 1

## Chapter I General

## Article 6a - Delay
1. When a carrier expects a delay:
(a) of two hours; or
(b) of three:
  (i) by night,
  (ii) by day.
Article 7 applies then.
2. See paragraph 1 and Article 7(1)(b) and Article 3 of Regulation 2.

## Article 7
**Amounts**
(1) EUR 250.
(i) nested
(2) Article 9 is not here.
"""


def test_law_gives_articles_their_paragraphs_and_points_to_any_depth() -> None:
    clauses = _clauses(LAW)
    assert list(clauses) == [
        "regulation-1",
        "chapter-i",
        "article-6a",
        "article-6a(1)",
        "article-6a(1)(a)",
        "article-6a(1)(b)",
        "article-6a(1)(b)(i)",
        "article-6a(1)(b)(ii)",
        "article-6a(2)",
        "article-7",
        "article-7(1)",
        "article-7(1)(i)",
        "article-7(2)",
    ]
    assert clauses["article-6a"].title == "Delay"
    assert clauses["article-6a"].parent == "chapter-i"
    assert clauses["article-6a(1)(b)(i)"].parent == "article-6a(1)(b)"
    assert clauses["article-6a(1)(b)(i)"].headings == ("Regulation 1", "General", "Article 6a - Delay")
    assert clauses["article-7(1)"].title == "Amounts"
    assert clauses["article-7(1)"].span.start == LAW.index("**Amounts**")


def test_words_below_a_finished_list_are_its_parent_s_again() -> None:
    clauses = _clauses(LAW)
    assert _words(LAW, clauses["article-6a(1)(b)"]).endswith("by day.")
    assert _words(LAW, clauses["article-6a(1)"]).endswith("Article 7 applies then.")
    assert clauses["article-6a(1)"].references == ("article-7",)


NESTED = """## § 47-820.01 Assessments
(a) The mayor shall assess:
  (1) property that is:
    (A) owned,
    (B) leased
      (i) in whole, or
      (ii) in part, by a trust that
        (I) is named
        (II) is known, with
          (aa) one
          (bb) two; or
  (2) land.
(a-1) Subsection (a) does not apply to parks.
(b) Repealed.
"""


def test_each_style_of_mark_is_a_level_of_its_own() -> None:
    keys = list(_clauses(NESTED))
    above = "section-47-820.01(a)(1)(B)(ii)(II)"
    assert f"{above}(aa)" in keys
    assert f"{above}(bb)" in keys
    assert keys[-3:] == ["section-47-820.01(a)(2)", "section-47-820.01(a-1)", "section-47-820.01(b)"]
    assert len(keys) == 14


@pytest.mark.parametrize(
    ("marks", "keys"),
    [
        ("(g) x\n(h) x\n(i) x\n(j) x", ["(g)", "(h)", "(i)", "(j)"]),
        ("(a) x\n(i) x\n(ii) x\n(v) x\n(b) x", ["(a)", "(a)(i)", "(a)(ii)", "(a)(v)", "(b)"]),
        ("(h) x\n(i) x\n(ii) x\n(i) x", ["(h)", "(h)(i)", "(h)(ii)", "(i)"]),
        ("(a) x\n(aa) x\n(b) x\n(b-1) x\n(d) x", ["(a)", "(aa)", "(b)", "(b-1)", "(d)"]),
        ("(1) x\n(1A) x\n(2) x", ["(1)", "(1A)", "(2)"]),
        ("1. x\n2. x\n3a. x\n1999. x", ["(1)", "(2)", "(3a)"]),
        ("1) x\n2) x\n a) y\n b) y", ["(1)", "(2)", "(2)(a)", "(2)(b)"]),
        ("1. X: (a) one; or (b) two\n2. y", ["(1)", "(1)(a)", "(1)(b)", "(2)"]),
        ("1. As in paragraph\n(2) it is.\n2. y", ["(1)", "(2)"]),
        ("(9) (a) x\n(b) y\n(10) z", ["(9)", "(9)(a)", "(9)(b)", "(10)"]),
        ("1 One.\n2 Two since\n28 December 2024.", ["(1)", "(2)"]),
    ],
)
def test_marks_are_read_in_their_order(marks: str, keys: list[str]) -> None:
    assert list(_clauses(f"## Article 5\n{marks}\n")) == ["article-5", *(f"article-5{key}" for key in keys)]


def test_annexes_are_numbered_in_themselves() -> None:
    annex = "## Annex IV\n1. One:\n(a) x;\n(b) y.\n2. Two\n\n"
    text = f"{annex}## Schedule 1\n\n### Part 2\nx\n\n## Schedule 2\n\n### Part 2\ny\n"
    assert list(_clauses(text)) == [
        "annex-iv",
        "annex-iv(1)",
        "annex-iv(1)(a)",
        "annex-iv(1)(b)",
        "annex-iv(2)",
        "schedule-1",
        "schedule-1-part-2",
        "schedule-2",
        "schedule-2-part-2",
    ]


def test_numbers_that_come_again_are_told_apart_by_what_is_around_them() -> None:
    text = "## Part 1\n### Chapter 1\nx\n## Part 2\n### Chapter 1\ny\n"
    before = list(_clauses(text))
    assert before == ["part-1", "chapter-1", "part-2", "part-2-chapter-1"]
    assert list(_clauses(text.replace("x\n", "x\n### Chapter 2\nz\n"))) == [*before[:2], "chapter-2", *before[2:]]


def test_sections_divide_a_law_that_has_articles() -> None:
    text = "## Chapter III\n\n## Section 1\n\n## Article 4 Aim\nx\n\n## Section 2\n\n## Article 5 Scope\ny\n"
    clauses = _clauses(text)
    assert [clause.parent for clause in clauses.values()] == [
        None,
        "chapter-iii",
        "section-1",
        "chapter-iii",
        "section-2",
    ]


def test_a_running_head_opens_nothing() -> None:
    text = "## Subtitle VII Aviation\n### § 3 Plans\n#### (a) One\nx\n## Subtitle VII Aviation\n#### (b) Two\ny\n"
    assert list(_clauses(text)) == ["subtitle-vii", "section-3", "section-3(a)", "section-3(b)"]


def test_plain_text_is_read_by_its_provision_lines() -> None:
    text = """CHAPTER II
Section 12 Duties
The bank shall:
(a) pay;
(b) report.
ANNEX I
1. Forms
Rule 3.2.1
An applicant must wait.
3.2.2(a) An applicant may appeal.
- 6-1-1701. Definitions. As used here (1) "deploy" means use.
"""
    assert list(_clauses(text)) == [
        "chapter-ii",
        "section-12",
        "section-12(a)",
        "section-12(b)",
        "annex-i",
        "annex-i(1)",
        "rule-3.2.1",
        "3.2.2(a)",
        "section-6-1-1701",
    ]


def test_points_of_a_text_that_is_one_provision_have_their_bare_marks_as_keys() -> None:
    assert list(_clauses("# 49 U.S.C. 42305\n\n(a) In general: (1) fly; or (2) accept.\n(b) Timing.\n")) == [
        "49-u-s-c-42305",
        "(a)",
        "(a)(1)",
        "(a)(2)",
        "(b)",
    ]


def test_text_without_markup_is_read_by_its_numbers() -> None:
    text = """Lending rules
1. Purpose
These rules bind the bank. A rate of
4.5 Percent is no clause, and
12 Monkeys is none.
1.1 Every loan is reviewed.
2. Valuation
2.1 Who may value
A valuer who is licensed, under section 1.1.
3.1 . . . . . . 12
"""
    clauses = _clauses(text)
    assert list(clauses) == ["preamble", "1", "1.1", "2", "2.1"]
    assert (clauses["2"].title, clauses["2.1"].title, clauses["1.1"].title) == ("Valuation", "Who may value", None)
    assert clauses["2.1"].parent == "2"
    assert clauses["2.1"].references == ("1.1",)


@pytest.mark.parametrize(
    "contents",
    [
        "Contents\n1 Purpose\n2 Valuation\n2.1 Who may value\n",
        "Table of contents\n1. Purpose 3\n2. Valuation 4\n",
        "1. Purpose ........ 3\n2. Valuation ........ 4\n",
        "1. Purpose\t3\n2. Valuation\t4\n",
    ],
)
def test_a_table_of_contents_opens_nothing(contents: str) -> None:
    text = f"Rules\n\n{contents}\n1. Purpose\n\nThese rules bind.\n\n2. Valuation\n\n2.1 Who may value\n\nA valuer.\n"
    clauses = _clauses(text)
    assert list(clauses) == ["preamble", "1", "2", "2.1"]
    assert _words(text, clauses["1"]).endswith("These rules bind.")


def test_plain_lists_tables_and_code_are_no_clauses() -> None:
    text = "# Guide\n\n1. Buy\n2. Sell\n(a) well\n\n**24 hours** is short.\n\n| 1.1 | x |\n\n```\n# comment\n```\n"
    assert list(_clauses(text)) == ["guide"]


def test_keys_are_unique() -> None:
    assert list(_clauses("# A\nx\n# A\ny\n# A-2\nz\n# !\n")) == ["a", "a-2", "a-2-2", "untitled"]


def test_text_without_any_heading_is_one_preamble() -> None:
    (clause,) = split_clauses(_revision("\n  Only words.  \n"))
    assert (clause.key, clause.span.start, clause.span.end) == ("preamble", 3, 14)


def test_a_clause_knows_the_page_it_begins_on() -> None:
    text = "# A\nfirst\n\n# B\nsecond"
    first, second = split_clauses(_revision(text, page_starts=(0, text.index("# B"))))
    assert (first.span.page, second.span.page) == (1, 2)
    assert page_at((), 5) is None
