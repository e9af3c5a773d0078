"""Citations: what is quoted, how it is numbered, and what is refused."""

from dataclasses import replace
from typing import Protocol

import pytest

from decision.decision import ClauseRef, Decision, PassageRef
from explain.citations import QUOTE_LIMIT, CitationError, cite, references_of, verify
from retrieval.corpus import Clause, Document, Revision, Span


class Stored(Protocol):
    """What the fixture `policy` gives."""

    revision: Revision
    clauses: dict[ClauseRef, tuple[Clause, Revision]]


def ref(key: str) -> ClauseRef:
    return ClauseRef(document_id="policy", key=key)


def revision_of(text: str) -> Revision:
    document = Document(id="policy", title="Policy", source="p.md", owner="legal")
    return Revision(id="rev-2", document=document, content_sha256="", canonical_text=text, valid_from_generation=1)


def passage(start: int, end: int, *, revision_id: str = "rev-2", document_id: str = "policy") -> PassageRef:
    return PassageRef(
        revision_id=revision_id, document_id=document_id, key="1", span=Span(start=start, end=end, page=3)
    )


def test_quotes_a_clause_whole_with_its_page_and_place(policy: Stored) -> None:
    cited = cite([ref("6.2"), ref("6.1")], {}, policy.clauses).citations
    assert [(one.n, one.clause, one.page) for one in cited] == [(1, "6.2", 2), (2, "6.1", 1)]
    assert cited[0].quote == "6.2 Amount. Up to 1,500 km the amount is EUR 250."
    assert cited[0].url == f"/v1/sources/rev-1?start={cited[0].char_start}&end={cited[0].char_end}"
    for one in cited:
        verify(one, policy.revision.canonical_text)


def test_the_same_words_share_a_number(policy: Stored) -> None:
    clause = policy.clauses[ref("6.1")][0]
    again = PassageRef(revision_id="rev-1", document_id="policy", key="6.1", span=clause.span)
    cited = cite([ref("6.1"), again, ref("6.3")], {"rev-1": policy.revision}, policy.clauses)
    assert [one.n for one in cited.citations] == [1, 2]
    assert cited.of([ref("6.3"), again, ref("6.1")]) == (1, 2)


def test_a_long_passage_is_quoted_by_whole_sentences() -> None:
    text = "The carrier pays under Art. 7 of the act. " * 40
    (cited,) = cite([passage(0, len(text))], {"rev-2": revision_of(text)}, {}).citations
    assert QUOTE_LIMIT - 100 < len(cited.quote) <= QUOTE_LIMIT
    assert cited.quote.endswith("of the act.")
    assert cited.page == 3


@pytest.mark.parametrize(("text", "length"), [("word " * 300, 599), ("x" * 700, 600)])
def test_a_long_passage_without_sentences_is_cut_between_words(text: str, length: int) -> None:
    (cited,) = cite([passage(0, len(text))], {"rev-2": revision_of(text)}, {}).citations
    assert len(cited.quote) == length


def test_what_cannot_be_resolved_is_reported_with_its_reason(policy: Stored) -> None:
    clause, _ = policy.clauses[ref("6.1")]
    wrong = dict.fromkeys([ref("9.9")], (clause, policy.revision))
    texts = {"rev-2": revision_of("Some words.   ")}
    asked = [
        ref("1.1"),
        ref("9.9"),
        passage(0, 4, revision_id="gone"),
        passage(0, 4, document_id="other"),
        passage(11, 14),
        passage(5, 99),
    ]
    cited = cite(asked, texts, wrong)
    assert cited.citations == ()
    assert [one.reference for one in cited.unresolved] == asked
    reasons = " | ".join(one.reason for one in cited.unresolved)
    for words in (
        "no clause policy#1.1",
        "was loaded for policy#9.9",
        "gone cannot be read",
        "not to other",
        "11 to 14",
    ):
        assert words in reasons
    assert cited.of(asked) == ()


def test_altered_texts_and_quotes_fail_verification(policy: Stored) -> None:
    (cited,) = cite([ref("6.1")], {}, policy.clauses).citations
    text = policy.revision.canonical_text
    with pytest.raises(CitationError, match="not the one that was cited"):
        verify(cited, text + " ")
    for change in ({"quote": cited.quote.replace("three", "five")}, {"char_start": cited.char_start + 1}):
        with pytest.raises(CitationError, match="does not have the quoted words"):
            verify(cited.model_copy(update=change), text)


def test_an_empty_quote_proves_nothing(policy: Stored) -> None:
    (cited,) = cite([ref("6.1")], {}, policy.clauses).citations
    empty = cited.model_copy(update={"quote": "", "char_end": cited.char_start})
    with pytest.raises(CitationError):
        verify(empty, policy.revision.canonical_text)


def test_references_come_in_order_of_use_without_rules_that_carry_nothing(decision: Decision) -> None:
    assert references_of(decision) == (ref("6.2"), ref("6.1"), ref("6.3"))
    *others, last = decision.outcomes
    idle = replace(last, state="not_applicable", head=replace(last.head, clause=ref("8.1")))
    not_drawn = replace(others[0], state="not_held", head=replace(others[0].head, clause=ref("8.2")))
    object.__setattr__(decision, "outcomes", (*others, idle, not_drawn))
    assert references_of(decision) == (ref("6.2"), ref("6.1"), ref("6.3"))
