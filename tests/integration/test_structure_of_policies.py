"""The structure of real policies: of every file there is, and of some what a lawyer would look for."""

import json
from collections import defaultdict
from pathlib import Path

import pytest

from ingestion.chunks import split_chunks
from ingestion.clauses import innermost, split_clauses
from ingestion.dates import find_stated_dates
from ingestion.definitions import find_definitions
from ingestion.parsers import PARSERS, parse
from ingestion.sentences import LONGEST_CHUNK, count_words
from retrieval.corpus import Clause, Document, Revision

ROOT = Path(__file__).parents[2]
POLICIES = ROOT.parent / "shared/data/policies"
RULEBOOKS = ROOT.parent / "shared/data/retrieval/obliqa/corpus.jsonl"
FILES = [
    *sorted(path for path in POLICIES.glob("*") if path.name != "SOURCES.md" and path.suffix in PARSERS),
    *sorted((ROOT / "decision/packs").glob("*/sources/*.md")),
]
needs_policies = pytest.mark.skipif(not POLICIES.is_dir(), reason="the collected policies are not on this machine")
needs_rulebooks = pytest.mark.skipif(not RULEBOOKS.is_file(), reason="the rulebooks are not on this machine")


def _revision(text: str) -> Revision:
    return Revision(
        id="rev_1",
        document=Document(id="policy", title="Policy", source="policy", owner="legal"),
        content_sha256="0",
        canonical_text=text,
    )


def _read(name: str) -> tuple[str, dict[str, Clause]]:
    revision = _revision(parse(POLICIES / name).canonical_text)
    return revision.canonical_text, {clause.key: clause for clause in split_clauses(revision)}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_policy_is_shared_out_in_chunks_that_can_be_cited(path: Path) -> None:
    revision = _revision(parse(path).canonical_text)
    text = revision.canonical_text
    clauses = split_clauses(revision)
    chunks = split_chunks(revision, clauses)
    by_key = {clause.key: clause for clause in clauses}
    assert len(by_key) == len(clauses)
    end, left_out = 0, 0
    for chunk in chunks:
        own = by_key[chunk.clause_key].span
        assert chunk.span.start >= end
        assert own.start <= chunk.span.start < chunk.span.end <= own.end
        assert chunk.text == text[chunk.span.start : chunk.span.end]
        assert count_words(chunk.text) <= LONGEST_CHUNK or chunk.text.startswith("|")
        left_out += len(text[end : chunk.span.start].split())
        end = chunk.span.end
    assert not text[end:].strip()
    assert left_out < len(text.split()) / 5
    at = innermost(clauses)
    for definition in find_definitions(revision, clauses):
        assert at(definition.span.start) == by_key[definition.clause_key]
    for stated in find_stated_dates(revision):
        assert str(stated.day.year) in text[stated.span.start : stated.span.end]


@needs_policies
@pytest.mark.parametrize(
    ("name", "key", "begins", "ends"),
    [
        ("eu_261_2004_as_enacted.md", "article-7(1)", "1. Where reference", "after the scheduled time."),
        ("eu_261_2004_as_enacted.md", "article-7(1)(c)", "(c) EUR 600", "under (a) or (b)."),
        ("eu_261_2004_as_enacted.md", "article-5(1)(c)(iii)", "(iii) they are informed", "time of arrival."),
        ("eu_2026_2202_amending_261_excerpts.md", "article-7(2)(b)", "(b) ", ""),
        ("us_dc_code_title47_assessment.md", "section-47-820(b-1)(1)(A)", "(A) An appeal", "[repealed];"),
        ("us_12usc_ch34a_appraisal_subcommittee_firrea_title_xi.md", "section-3332(a)(1)(B)", "(B) for the", ""),
        (
            "us_49usc_ch423_passenger_air_service_improvements_2023.md",
            "section-42301(b)(3)(C)(i)",
            "(i) in the case",
            "",
        ),
        ("us_co_sb24-205_ai_act.md", "section-6-1-1701(1)(b)(I)(A)", "- (A) THE DEVELOPER'S", ""),
        ("ca_sor-2019-150_appr.md", "section-10(3)(a)", "(a) ", ""),
        ("montreal_convention_1999_ca_c26_sch6.md", "article-3(1)(b)", "(b) if the places", ""),
        ("eu_2024_1689_ai_act_annexes.json", "annex-iii(1)(a)", "(a) remote biometric", ""),
        ("eu_2016_679_gdpr_articles.json", "article-4(1)", "(1) \u2018personal data\u2019 means", ""),
    ],
)
def test_a_provision_is_cited_exactly(name: str, key: str, begins: str, ends: str) -> None:
    text, clauses = _read(name)
    words = text[clauses[key].span.start : clauses[key].span.end]
    assert words.startswith(begins)
    assert words.endswith(ends)


@needs_policies
def test_a_plain_text_has_the_clauses_that_its_headings_name() -> None:
    text, clauses = _read("eu_your_europe_air_passenger_rights.txt")
    assert clauses.keys() >= {"denied-boarding", "cancelled-flight", "delay", "complain-to-national-authorities"}
    assert len(clauses) > 20
    span = clauses["delay"].span
    assert text[span.start : span.end].startswith("## Delay\nIf your flight is delayed at departure")


@needs_policies
def test_a_table_of_contents_holds_nothing_that_follows_it() -> None:
    _, clauses = _read("nist_ai_100-1_ai_rmf_1.0.md")
    assert not [key for key, clause in clauses.items() if clause.parent == "table-of-contents"]


@needs_policies
def test_cross_references_of_a_law_are_resolved() -> None:
    _, clauses = _read("eu_261_2004_as_enacted.md")
    assert clauses["article-4(3)"].references == ("article-7", "article-8", "article-9")
    assert clauses["article-5(1)(b)"].references == (
        "article-9(1)(a)",
        "article-9(2)",
        "article-9(1)(b)",
        "article-9(1)(c)",
    )
    assert clauses["article-2(j)"].references == ("article-3(2)",)


@needs_policies
def test_definitions_and_dates_of_a_law_are_found() -> None:
    revision = _revision(parse(POLICIES / "eu_2016_679_gdpr_articles.json").canonical_text)
    terms = {one.term: one.clause_key for one in find_definitions(revision, split_clauses(revision))}
    assert (terms["controller"], terms["profiling"]) == ("article-4(7)", "article-4(4)")
    assert [(one.kind, str(one.day)) for one in find_stated_dates(revision)] == [("in_force", "2018-05-25")]


@needs_rulebooks
def test_the_passages_of_forty_rulebooks_are_clauses() -> None:
    rulebooks: defaultdict[int, list[tuple[str, str]]] = defaultdict(list)
    with RULEBOOKS.open(encoding="utf-8") as lines:
        for passage in map(json.loads, lines):
            rulebooks[passage["metadata"]["document_id"]].append((passage["title"], passage["text"]))
    clauses, chunks = 0, 0
    for passages in rulebooks.values():
        revision = _revision("\n\n".join(f"{number} {text}".strip() for number, text in passages))
        split = split_clauses(revision)
        clauses += len(split)
        chunks += len(split_chunks(revision, split))
    assert len(rulebooks) == 40
    assert clauses > 15_000
    assert chunks > 8_000
