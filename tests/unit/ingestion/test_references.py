"""Words such as "points (a) and (b) of Article 5(1)" as keys of the clauses that are meant."""

import pytest

from ingestion.references import References

KEYS = (
    "chapter-i",
    *(f"article-{n}" for n in range(1, 6)),
    "article-5(1)",
    "article-5(1)(a)",
    "article-5(1)(b)",
    "article-5(1)(c)",
    "article-5(2)",
    "article-5(2)(a)",
    "article-5(3)",
    "article-6a",
    "article-7",
    "article-7(1)",
    "article-7(2)",
    "article-7(4)",
    "annex-iii",
    "annex-iv",
    "annex-iv(2)",
    "annex-iv(2)(a)",
    "annex-v",
    "4",
    "4.2",
    "4.2.1",
    "rule-3.2.1",
    *(f"section-1026.{n}" for n in range(39, 44)),
    "section-47-820",
    "schedule-1",
)
HERE = "article-5(2)(a)"


@pytest.mark.parametrize(
    ("words", "targets"),
    [
        ("in accordance with Article 7(1)(a)", ["article-7(1)"]),
        ("Articles 1 and 3", ["article-1", "article-3"]),
        ("Articles 2 to 4", ["article-2", "article-3", "article-4"]),
        ("Articles 1, 3, and 6a", ["article-1", "article-3", "article-6a"]),
        ("Article 7(1) and (4)", ["article-7(1)", "article-7(4)"]),
        ("Article 5(1)(a) to (c)", ["article-5(1)(a)", "article-5(1)(b)", "article-5(1)(c)"]),
        ("paragraph 1", ["article-5(1)"]),
        ("paragraphs (1) and (3)", ["article-5(1)", "article-5(3)"]),
        ("paragraph 2 of Article 7", ["article-7(2)"]),
        ("points (a) and (b) of paragraph 1 of Article 5", ["article-5(1)(a)", "article-5(1)(b)"]),
        ("point (b) of the first subparagraph of Article 5(1)", ["article-5(1)(b)"]),
        ("Article 5(1), first subparagraph, point (c)", ["article-5(1)(c)"]),
        ("Article 7, paragraph 2", ["article-7(2)"]),
        ("paragraph 1, point (b)", ["article-5(1)(b)"]),
        ("paragraph 3 of this Article", ["article-5(3)"]),
        ("this Article", ["article-5"]),
        ("Annex IV, point 2(a)", ["annex-iv(2)(a)"]),
        ("point 2 of Annex IV", ["annex-iv(2)"]),
        ("Annexes III to V", ["annex-iii", "annex-iv", "annex-v"]),
        ("\u00a7\u00a7 1026.40-42", ["section-1026.40", "section-1026.41", "section-1026.42"]),
        ("\u00a7 47-820(b)(1)", ["section-47-820"]),
        ("sections 4.2 and 4.2.1", ["4.2", "4.2.1"]),
        ("Rule \u200e3.2.1 and SCHEDULE 1", ["rule-3.2.1", "schedule-1"]),
        ("clause 4.2(b)", ["4.2"]),
        ("CHAPTER I", ["chapter-i"]),
    ],
)
def test_references_are_resolved(words: str, targets: list[str]) -> None:
    assert list(References(KEYS).find([f"See {words}, as amended."], HERE)) == targets


@pytest.mark.parametrize(
    "words",
    [
        "Article 3 of Regulation (EC) No 1/2000",
        "paragraph 1 of Article 7 of Directive 2000/1/EC",
        "Article 4 of the Treaty",
        "Article 2 TFEU",
        "12 U.S.C. \u00a7 1026.42",
        "Article 99",
        "Article 4.2",
        "the articles of three parts",
        "particle 3",
    ],
)
def test_other_texts_and_unknown_numbers_are_passed_over(words: str) -> None:
    assert References(KEYS).find([f"See {words}."], HERE) == ()


def test_a_clause_does_not_refer_to_itself() -> None:
    assert References(KEYS).find(["Article 7 and Article 7(1)"], "article-7") == ("article-7(1)",)


def test_an_article_of_a_policy_is_not_its_clause_of_that_number() -> None:
    assert References(["4", "7"]).find(["Article 7, section 4"], "4.1") == ("4",)
