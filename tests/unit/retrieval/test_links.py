"""What candidates add to each other, and what a question names."""

import pytest

from retrieval.citing import enclosing, named_in, names_of, share_of_names
from retrieval.fusion import fused
from retrieval.links import defining, linked, near, only_meant
from retrieval.points import Place
from retrieval.ports import Candidate, Hit
from retrieval.words import tokens

PLACES = {
    "a": Place("r1", 0, ("d#1",), ("GEN#3.2(1)(c)",)),
    "b": Place("r1", 1, ("d#2",), ()),
    "c": Place("r2", 2, ("e#3.2(1)", "GEN#3.2(1)"), ()),
    "e": Place("r2", 9, ("e#9",), ("NONE#1",)),
}
BASE = {"a": 0.5, "b": 0.2, "c": 1.0, "e": 0.1}


def test_only_neighbours_in_one_document_are_near() -> None:
    assert near(PLACES, BASE, 0.1) == {"a": pytest.approx(0.02), "b": pytest.approx(0.05)}


def test_a_citation_lifts_both_ends_by_the_third_power_of_the_score() -> None:
    assert linked(PLACES, BASE, 0.15) == {"a": pytest.approx(0.15), "c": pytest.approx(0.15 * 0.125)}
    assert linked({}, {}, 0.15) == {}


def test_scores_are_shares_of_the_best() -> None:
    pool = [Candidate("a", 4.0, 0.5, {}), Candidate("b", 0.0, 0.25, {}), Candidate("c", 2.0, -0.5, {})]
    assert fused(pool, 0.4) == {"a": pytest.approx(1.0), "b": pytest.approx(0.2), "c": pytest.approx(-0.1)}
    assert fused([Candidate("a", 4.0, None, {}), Candidate("b", 1.0, None, {})], 0.4) == {"a": 1.0, "b": 0.25}
    assert fused([], 0.4) == {}


def test_keys_and_names() -> None:
    assert list(enclosing("article-7(1)(a)")) == ["article-7(1)(a)", "article-7(1)", "article-7"]
    assert names_of("d", "article-7(1)", ["GDPR"]) == ("d#article-7(1)", "GDPR#7(1)")


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("What does Article 7(1) (a) say?", ("7(1)(a)", "article-7(1)(a)")),
        ("under section 61(2)", ("61(2)", "section-61(2)")),
        ("Rule 3.2.1 and GEN 3.3", ("3.2.1", "rule-3.2.1", "3.3")),
        ("a loan of 3.5% for 61 days", ()),
        ("Section " + "9" * 100, ()),
    ],
)
def test_clauses_named_in_a_question(question: str, expected: tuple[str, ...]) -> None:
    assert named_in(question) == expected


def test_a_clause_named_is_all_of_a_short_question_and_little_of_a_long_one() -> None:
    assert share_of_names(tokens("What does Article 7(2) say?")) == share_of_names([]) == 1.0
    long = "Under Rule 3.2, which records must an Authorised Person keep of the Clients whose Money it holds in trust?"
    assert 0 < share_of_names(tokens(long)) < 0.4


@pytest.mark.parametrize(
    ("question", "share"),
    [
        ("What is Client Money?", 1.0),
        ("who keeps client money safe", 0.25),
        ("money of a client", None),
        ("client moneybags", None),
        ("what is it", None),
    ],
)
def test_what_defines_a_term_is_lifted_by_how_much_of_the_question_it_is(question: str, share: float | None) -> None:
    places = {**PLACES, "d": Place("r3", 0, ("f#1",), (), ("money", "client money") if share else ("client money",))}
    expected = {} if share is None else {"d": pytest.approx(0.5 * share)}
    assert defining(places, tokens(question), 0.5) == expected


def test_a_number_means_a_clause_only_where_one_document_has_it() -> None:
    def hit(name: str, document: str, *keys: str) -> Hit:
        return Hit(name, 0.0, {"document_id": document, "clause_keys": list(keys)})

    hits = [hit("a", "d", "7"), hit("b", "d", "7(1)", "7"), hit("c", "d", "8"), hit("e", "f", "8")]
    assert [one.id for one in only_meant(hits, ["7", "8"])] == ["a"]
    assert [one.id for one in only_meant(hits[1:], ["7"])] == ["b"]
