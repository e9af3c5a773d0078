"""Canonical text as clauses: numbers, titles, places in the tree, cross-references, exact spans."""

import hashlib

from ingestion.clauses import page_at, split_clauses
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
    text = POLICY[minimum.span.start : minimum.span.end]
    assert text.startswith("**4.2 Minimum")
    assert text.endswith("- two")
    assert minimum.text_sha256 == hashlib.sha256(text.encode()).hexdigest()


def test_a_parent_holds_only_its_own_words() -> None:
    clauses = _clauses(POLICY)
    own = clauses["residential-valuation-policy"].span
    assert POLICY[own.start : own.end] == "# Residential valuation policy\n\nThis policy is short."


LAW = """# Regulation 1

## Chapter I General

## Article 6a - Delay
1. When a carrier expects a delay:
(a) of two hours, or
(b) of three,
Article 7 applies.
2. See paragraph 1 and Article 7(1)(b) and Article 3 of Regulation 2.

## Article 7
**Amounts**
(1) EUR 250.
(i) nested
(2) Article 9 is not here.
"""


def test_law_gives_articles_and_their_paragraphs() -> None:
    clauses = _clauses(LAW)
    assert list(clauses) == [
        "regulation-1",
        "chapter-i",
        "article-6a",
        "article-6a(1)",
        "article-6a(2)",
        "article-7",
        "article-7(1)",
        "article-7(2)",
    ]
    assert clauses["article-6a"].title == "Delay"
    assert clauses["article-6a"].parent == "chapter-i"
    assert clauses["article-6a(1)"].headings == ("Regulation 1", "General", "Article 6a - Delay")
    assert clauses["article-6a(2)"].references == ("article-6a(1)", "article-7(1)")
    assert clauses["article-7(1)"].title == "Amounts"
    assert clauses["article-7(2)"].references == ()


def test_letters_go_on_past_a_nested_list_of_roman_numbers() -> None:
    clauses = _clauses("## Section 5\n(a) one\n(i) x\n(ii) y\n(v) z\n(b) two\n(b-1) more\n(d) four\n")
    assert list(clauses) == ["section-5", "section-5(a)", "section-5(b)", "section-5(b-1)", "section-5(d)"]


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


def test_plain_lists_and_code_are_no_clauses() -> None:
    text = "# Guide\n\n1. Buy\n2. Sell\n(a) well\n\n**24 hours** is short.\n\n```\n# comment\n```\n"
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
