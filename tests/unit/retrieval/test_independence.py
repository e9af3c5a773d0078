"""Passages with the same words are one support: the most trusted of them, which names the others."""

from datetime import date

import pytest

from retrieval.corpus import Chunk, Document, Record, Revision, Span, TrustTier
from retrieval.independence import independent
from retrieval.query import Evidence

RULE = "A passenger whose flight is cancelled is owed a refund of the full price within seven days of the request."
WORSE = RULE.replace("seven", "seventy")


def source(document_id: str, family: str | None = None, trust: TrustTier = "internal") -> Revision:
    document = Document(id=document_id, title=document_id, source=document_id, owner="legal", trust_tier=trust)
    return Revision(
        id=f"rev_{document_id}", document=document, content_sha256="0" * 64, canonical_text=RULE, family=family
    )


def passage(
    revision: Revision, text: str = RULE, score: float = 1.0, key: str = "1", heading: str = "Refunds"
) -> Evidence:
    chunk = Chunk(
        id=f"{revision.id}:{key}",
        revision_id=revision.id,
        document_id=revision.document.id,
        clause_key=key,
        headings=("Law", heading),
        span=Span(start=0, end=len(text)),
        text=text,
    )
    return Evidence(item=chunk, score=score)


def kept(*found: tuple[Revision, Evidence]) -> list[tuple[str, tuple[str, ...]]]:
    every = independent([one for _, one in found], {revision.id: revision for revision, _ in found})
    return [(one.item.document_id, one.copies) for one in every]


def test_the_same_words_from_two_documents_are_one_support() -> None:
    a, b = source("a"), source("b")
    assert kept((a, passage(a)), (b, passage(b, score=0.5))) == [("a", ("b#1",))]


def test_case_white_space_and_signs_do_not_make_other_words() -> None:
    a, b = source("a"), source("b")
    dressed = "- " + RULE.upper().replace(" ", "\n")
    assert kept((a, passage(a)), (b, passage(b, dressed))) == [("a", ("b#1",))]


def test_the_most_trusted_is_kept_then_the_highest_score() -> None:
    a, b, c = source("a", trust="third_party"), source("b", trust="official"), source("c", trust="official")
    found = kept((a, passage(a, score=0.9)), (b, passage(b, score=0.2)), (c, passage(c, score=0.4)))
    assert found == [("c", ("a#1", "b#1"))]


def test_what_stays_keeps_its_order_and_its_scores() -> None:
    a, b, c = source("a", trust="unverified"), source("b"), source("c", trust="official")
    found = [
        passage(a, score=0.9),
        passage(b, "Quite another rule on the carriage of animals.", 0.8),
        passage(c, score=0.1),
    ]
    every = independent(found, {one.id: one for one in (a, b, c)})
    assert [(one.item.document_id, one.score) for one in every] == [("b", 0.8), ("c", 0.1)]


def test_one_document_may_say_a_thing_twice() -> None:
    a = source("a")
    assert kept((a, passage(a, key="1")), (a, passage(a, key="2"))) == [("a", ()), ("a", ())]


def test_a_few_words_mean_the_same_under_one_heading_only() -> None:
    a, b = source("a"), source("b")
    short = "Not applicable."
    apart = kept((a, passage(a, short)), (b, passage(b, short, heading="Baggage")))
    assert apart == [("a", ()), ("b", ())]
    assert kept((a, passage(a, short)), (b, passage(b, short))) == [("a", ("b#1",))]


def test_a_few_words_of_one_family_mean_the_same() -> None:
    a, b = source("a", "fam_1"), source("b", "fam_1")
    short = "Not applicable."
    assert kept((a, passage(a, short)), (b, passage(b, short, heading="2. Refunds"))) == [("a", ("b#1",))]


def test_another_wording_in_a_near_copy_yields_to_one_that_is_more_trusted() -> None:
    a, b = source("a", "fam_1", "unverified"), source("b", "fam_1", "official")
    assert kept((a, passage(a, WORSE)), (b, passage(b, score=0.1))) == [("b", ("a#1",))]


def test_another_wording_of_equal_trust_stays_under_the_name_of_its_family() -> None:
    a, b = source("a", "fam_1"), source("b", "fam_1")
    every = independent([passage(a, WORSE), passage(b)], {a.id: a, b.id: b})
    assert [(one.item.document_id, one.family, one.copies) for one in every] == [("a", "fam_1", ()), ("b", "fam_1", ())]


def test_another_wording_elsewhere_is_other_evidence_however_little_it_is_trusted() -> None:
    a, b = source("a", "fam_1", "unverified"), source("b", "fam_2", "official")
    assert kept((a, passage(a, WORSE)), (b, passage(b))) == [("a", ()), ("b", ())]


def test_another_clause_of_a_near_copy_is_no_copy() -> None:
    a, b = source("a", "fam_1", "unverified"), source("b", "fam_1", "official")
    found = kept((a, passage(a, "Animals travel in the hold unless they guide a person.", key="7")), (b, passage(b)))
    assert found == [("a", ()), ("b", ())]


@pytest.mark.parametrize("known", [True, False])
def test_a_passage_of_an_unknown_text_and_a_record_stay_as_they_are(known: bool) -> None:  # noqa: FBT001
    a, b = source("a"), source("b")
    record = Record(
        id="t:1",
        revision_id="rev_t",
        document_id="t",
        kind="sale",
        values={},
        observed_on=date(2024, 1, 1),
        vector=(0.0,),
        span=Span(start=0, end=1),
    )
    found = [passage(a), passage(b), Evidence(item=record, score=0.0), Evidence(item=record, score=0.0)]
    every = independent(found, {a.id: a, b.id: b} if known else {a.id: a})
    assert every[-2:] == found[-2:]
    assert len(every) == (3 if known else 4)


def test_what_was_named_before_stays_named() -> None:
    a, b, c = source("a"), source("b"), source("c")
    sources = {one.id: one for one in (a, b, c)}
    first = independent([passage(a), passage(b)], sources)
    (again,) = independent([*first, passage(c)], sources)
    assert again.copies == ("b#1", "c#1")
