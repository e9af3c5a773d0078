"""Chunks and Records survive the way into a payload and back."""

from datetime import date
from uuid import UUID

import pytest

from retrieval.corpus import Chunk, Record, Span
from retrieval.filters import Between, Equals, Within, admits
from retrieval.points import Place, Usage, clause_point, evidence_of, place_of, point_id, record_point, searched_text
from retrieval.ports import Hit, Point, RetrievalError
from retrieval.scope import ReadScope, Visibility, visible_to
from retrieval.words import weigh_passage

SEEN = Visibility(tenant="default", groups=("public",), effective_from=0, effective_to=10**6, valid_from_generation=1)
CHUNK = Chunk(
    id="policy@1#4.2/0",
    revision_id="policy@1",
    document_id="policy",
    clause_key="4.2",
    headings=("Valuation", "4 Comparables"),
    span=Span(start=10, end=40, page=2),
    text="Three sales are compared.",
)
RECORD = Record(
    id="sales@1#7",
    revision_id="sales@1",
    document_id="sales",
    kind="sale",
    values={"price": "250000", "area": 1656.0, "rooms": 3, "pool": False, "view": None},
    observed_on=date(2010, 5, 1),
    latitude=42.05,
    longitude=-93.62,
    vector=(0.5, -1.0),
    span=Span(start=0, end=9),
)


def hit_of(point: Point) -> Hit:
    return Hit(point.id, 0.5, point.payload)


def test_a_chunk_comes_back_as_it_was() -> None:
    evidence = evidence_of(hit_of(clause_point(CHUNK, SEEN, (1.0,))), 0.7, {"bm25": 3.0})
    assert (evidence.item, evidence.score, evidence.stages) == (CHUNK, 0.7, {"bm25": 3.0})


def test_a_chunk_that_was_laid_out_by_the_first_release_is_read() -> None:
    payload = {**SEEN.model_dump(), **CHUNK.model_dump(), "item": "chunk"}
    assert evidence_of(Hit("x", 1.0, payload), 1.0, {}).item == CHUNK


def test_conditions_reach_the_fields_of_a_chunk() -> None:
    payload = clause_point(CHUNK, SEEN, (1.0,)).payload
    assert admits([Equals("document_id", "policy"), Equals("revision_id", "policy@1")], payload)
    seen = [visible_to(ReadScope(as_of=date(2010, 1, 1), generation=generation)) for generation in (0, 1)]
    assert [admits(conditions, payload) for conditions in seen] == [False, True]


def test_a_chunk_is_found_by_its_headings_and_its_text() -> None:
    words = clause_point(CHUNK, SEEN, (1.0,)).words
    assert words == weigh_passage(CHUNK.text, CHUNK.headings)
    meant = clause_point(CHUNK, SEEN, (1.0,), usage=Usage(meant="comps", terms=["Sale"])).words
    assert meant == weigh_passage(CHUNK.text, (*CHUNK.headings, "comps", "Sale"))
    assert searched_text(CHUNK) == "Valuation\n4 Comparables\nThree sales are compared."


def test_where_a_chunk_stands_is_in_its_payload() -> None:
    chunk = CHUNK.model_copy(update={"clause_key": "article-4(2)(a)", "links": ("policy#4.1", "GEN#3.2")})
    payload = clause_point(
        chunk, SEEN, (1.0,), 7, Usage(("POL",), terms=("Sales", "the", "a sale", "Arm's Length"))
    ).payload
    names, terms = ("policy#article-4(2)(a)", "POL#4(2)(a)"), ("sale", "arm length")
    assert place_of(payload) == Place("policy@1", 7, names, chunk.links, terms)
    assert payload["clause_keys"] == ["article-4(2)(a)", "article-4(2)", "article-4"]
    assert evidence_of(Hit("x", 1.0, payload), 1.0, {}).item == chunk


@pytest.mark.parametrize("record", [RECORD, RECORD.model_copy(update={"latitude": None, "longitude": None})])
def test_a_record_comes_back_as_it_was(record: Record) -> None:
    point = record_point(record, SEEN)
    assert point.words is None
    assert point.vector == record.vector
    found = evidence_of(hit_of(point), -1.0, {}).item
    assert found == record
    assert isinstance(found, Record)
    assert [type(value) for value in found.values.values()] == [str, float, int, bool, type(None)]


def test_conditions_reach_the_fields_of_a_record() -> None:
    payload = record_point(RECORD, SEEN).payload
    day = date(2010, 5, 1).toordinal()
    assert admits(
        [
            Equals("id", "sales@1#7"),
            Equals("document_id", "sales"),
            Equals("kind", "sale"),
            Between("values.area", at_least=1656, below=1657),
            Between("observed_on", at_least=day, below=day + 1),
            Within(42.05, -93.62, 1.0),
        ],
        payload,
    )


def test_a_record_is_not_seen_before_the_day_it_was_observed() -> None:
    payload = record_point(RECORD, SEEN).payload
    seen_on = {
        day: admits(visible_to(ReadScope(as_of=date(2010, *day), generation=1)), payload)
        for day in ((4, 30), (5, 1), (5, 2))
    }
    assert seen_on == {(4, 30): False, (5, 1): True, (5, 2): True}
    later = SEEN.model_copy(update={"effective_from": date(2012, 1, 1).toordinal()})
    assert record_point(RECORD, later).payload["effective_from"] == later.effective_from


def test_the_point_of_an_id_is_always_the_same() -> None:
    assert point_id(CHUNK.id) == clause_point(CHUNK, SEEN, ()).id == point_id("policy@1#4.2/0")
    assert UUID(point_id("a")) != UUID(point_id("b"))


def test_a_record_has_a_point_for_each_revision_of_its_table() -> None:
    again = record_point(RECORD.model_copy(update={"values": {}}), SEEN)
    assert again.id == record_point(RECORD, SEEN).id
    assert record_point(RECORD.model_copy(update={"revision_id": "sales@2"}), SEEN).id != again.id


@pytest.mark.parametrize(
    "payload",
    [{}, {"place": "{"}, {"place": "[1]"}, {"item": "record"}, {"item": "record", "observed_on": "2010-05-01"}],
)
def test_a_payload_of_another_layout_is_refused(payload: dict[str, object]) -> None:
    with pytest.raises(RetrievalError, match=r"(?s)Point x of the index cannot be read.*Rebuild"):
        evidence_of(Hit("x", 1.0, payload), 1.0, {})
