"""Real laws and policies, in every format they come in, are read whole and split into the clauses they are cited by."""

from pathlib import Path

import pytest

from ingestion.clauses import split_clauses
from ingestion.parsers import PARSERS, parse
from retrieval.corpus import Clause, Document, Revision

POLICIES = Path(__file__).parents[3] / "shared" / "data" / "policies"

pytestmark = pytest.mark.skipif(not POLICIES.is_dir(), reason="the shared policies are not beside this project")

EXPECTED = {
    "ca_sor-2019-150_appr.xml": {"section-1(2)", "section-10(1)(f)", "section-22(1)(b)(iii)", "section-46(3)"},
    "ca_sor-2019-150_appr.md": {"section-1(2)", "section-10(1)(f)", "section-22(1)(b)(iii)", "section-46(3)"},
    "eu_2016_679_gdpr_articles.json": {"article-4(26)", "article-6(1)(f)", "article-22(2)(b)", "article-99(2)"},
    "eu_2024_1689_ai_act_articles.json": {"article-3(68)", "article-5(1)(h)", "article-14(4)(e)", "article-113(c)"},
    "eu_2024_1689_ai_act_annexes.json": {"annex-i(13)", "annex-iii(5)", "annex-iv(1)(c)", "annex-xiii"},
    "nist_ai_rmf_1.0_subcategories.json": {"govern-1-1", "map-4-2", "manage-4-3"},
    "eu_261_2004_as_enacted.md": {"article-5", "article-7(1)(b)"},
    "montreal_convention_1999_ca_c26_sch6.md": {"article-17(1)", "article-22"},
    "us_49usc_42305_refunds.md": {"(b)(2)"},
    "us_co_sb24-205_ai_act.md": {"section-6-1-1704"},
    "us_dc_code_title47_assessment.md": {"section-47-829(a)(2)(B)"},
}
"""Clauses that somebody would cite, by the file that holds them."""

MOST_IN_ONE_CLAUSE = 0.4
"""Share of the words of a law that may lie in no clause but one."""


def _files() -> list[Path]:
    """List the shared policies that a parser reads."""
    return sorted(path for path in POLICIES.glob("*") if path.suffix in PARSERS) if POLICIES.is_dir() else []


def _clauses(path: Path) -> tuple[str, tuple[Clause, ...]]:
    parsed = parse(path)
    revision = Revision(
        id="rev_1",
        document=Document(id=path.stem, title=path.stem, source=path.name, owner="law"),
        content_sha256="0",
        canonical_text=parsed.canonical_text,
        page_starts=parsed.page_starts,
        valid_from_generation=1,
    )
    return parsed.canonical_text, split_clauses(revision)


@pytest.mark.parametrize("path", _files(), ids=lambda path: path.name)
def test_every_word_of_a_policy_is_in_a_clause(path: Path) -> None:
    text, clauses = _clauses(path)
    assert len(text) > path.stat().st_size / 5, "most of the file was lost"
    end = 0
    for clause in clauses:
        assert text[end : clause.span.start].strip() == ""
        assert text[clause.span.start : clause.span.end].strip()
        end = max(end, clause.span.end)
    assert text[end:].strip() == ""


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_a_law_has_the_clauses_it_is_cited_by(name: str) -> None:
    text, clauses = _clauses(POLICIES / name)
    keys = {clause.key for clause in clauses}
    assert keys >= EXPECTED[name]
    parents = {clause.parent for clause in clauses}
    longest = max(clause.span.end - clause.span.start for clause in clauses if clause.key not in parents)
    assert longest < len(text) * MOST_IN_ONE_CLAUSE


def test_one_law_in_two_formats_has_the_same_provisions() -> None:
    numbered = [
        {clause.key for clause in _clauses(POLICIES / name)[1] if clause.key.startswith("section-")}
        for name in ("ca_sor-2019-150_appr.xml", "ca_sor-2019-150_appr.md")
    ]
    assert len(numbered[0]) > 200
    assert numbered[0] == numbered[1]
