"""The finder: both stages, their fusion, its fallback, and the scope it never leaves."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import date

import pytest

from retrieval.corpus import Chunk, Record, Span
from retrieval.filters import Between
from retrieval.find import LONGEST_WORDS, Finder
from retrieval.points import clause_point, record_point
from retrieval.ports import CLAUSES, Embedder, Index, RetrievalError, Vectors
from retrieval.query import ClauseQuery, Evidence, Found, RecordQuery
from retrieval.scope import ReadScope, Visibility
from retrieval.settings import RetrievalSettings

SCOPE = ReadScope(as_of=date(2026, 1, 1), generation=1)
SEEN = Visibility(tenant="default", groups=("public",), effective_from=0, effective_to=10**6, valid_from_generation=1)
TEXTS = {
    "review": "a desk review is ordered when the forecast deviation exceeds the limit",
    "loan": "the loan may not exceed the limit",
    "delay": "passengers are paid when they arrive three hours late",
}


class SilentEmbedder:
    """A model that never answers."""

    model = "silent@1"
    dimensions = 64

    async def embed(self, texts: Sequence[str]) -> Vectors:
        del texts
        await asyncio.sleep(60)
        raise AssertionError


class BrokenEmbedder(SilentEmbedder):
    """A model that fails at once."""

    async def embed(self, texts: Sequence[str]) -> Vectors:
        raise RuntimeError(f"no memory for {len(texts)} texts")


async def fill(index: Index, embedder: Embedder, visibility: Visibility = SEEN, mark: str = "") -> None:
    vectors = await embedder.embed(list(TEXTS.values()))
    await index.upsert(
        CLAUSES,
        [
            clause_point(_chunk(key + mark, text), visibility, vector)
            for (key, text), vector in zip(TEXTS.items(), vectors.tolist(), strict=True)
        ],
    )


def keys(found: Sequence[Evidence]) -> list[str]:
    return [one.item.clause_key for one in found if isinstance(one.item, Chunk)]


async def test_the_best_clause_comes_first_with_the_score_of_each_stage(index: Index, embedder: Embedder) -> None:
    await fill(index, embedder)
    found = await Finder(index, embedder).find(ClauseQuery(text="passengers arrive late", limit=2), SCOPE)
    assert found.mode == "full"
    assert keys(found)[0] == "delay"
    assert len(found) == 2
    assert found[0].score == found[0].stages["fused"] == pytest.approx(1.0)
    assert found[0].stages["bm25"] > 0
    assert 0 < found[0].stages["dense"] <= 1
    assert "bm25" not in found[1].stages
    assert "dense" in found[1].stages


async def test_chunks_of_a_revision_are_given_to_those_who_may_see_it(index: Index, embedder: Embedder) -> None:
    await fill(index, embedder)
    await fill(index, embedder, SEEN.model_copy(update={"groups": ("board",)}), mark="-secret")
    finder = Finder(index, embedder)
    held = await index.scroll(CLAUSES, [])
    revision = str(held[0].payload["revision_id"])
    assert {hit.payload["revision_id"] for hit in held} == {revision}
    found = await finder.chunks_of(revision, SCOPE)
    assert sorted(one.clause_key for one in found) == sorted(TEXTS)
    assert await finder.chunks_of("another", SCOPE) == []


async def test_scores_are_shares_of_the_best_and_weighted(index: Index, embedder: Embedder) -> None:
    await fill(index, embedder)
    query = ClauseQuery(text="exceeds the limit")
    found = await Finder(index, embedder, RetrievalSettings(dense_weight=0.25)).find(query, SCOPE)
    raw = {one.item.id: one.stages for one in found}
    expected = {one: 0.25 * _shares(raw, "dense")[one] + 0.75 * _shares(raw, "bm25")[one] for one in raw}
    assert {one.item.id: one.score for one in found} == pytest.approx(expected)
    assert [one.score for one in found] == sorted(expected.values(), reverse=True)


async def test_neighbours_and_what_is_cited_are_lifted(index: Index, embedder: Embedder) -> None:
    texts = ["the limit of a loan", "rates", "boats", "what a review is"]
    links: list[tuple[str, ...]] = [("d#3",), (), (), ()]
    chunks = [_chunk(str(n), text).model_copy(update={"links": links[n]}) for n, text in enumerate(texts)]
    vectors = (await embedder.embed(texts)).tolist()
    points = [clause_point(one, SEEN, vectors[order], order) for order, one in enumerate(chunks)]
    await index.upsert(CLAUSES, points)
    found = await Finder(index, embedder).find(ClauseQuery(text="loan limit"), SCOPE)
    stages = {one.item.clause_key: one.stages for one in found if isinstance(one.item, Chunk)}
    assert stages["3"]["linked"] == pytest.approx(0.15)
    assert stages["1"]["near"] == pytest.approx(0.1)
    assert not {"near", "linked"} & stages["2"].keys()
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)


@pytest.mark.parametrize("model", [SilentEmbedder(), BrokenEmbedder()])
async def test_without_the_model_words_alone_answer_and_the_mode_says_so(
    index: Index, embedder: Embedder, model: Embedder
) -> None:
    await fill(index, embedder)
    finder = Finder(index, model, RetrievalSettings(embed_deadline_s=0.05))
    found = await finder.find(ClauseQuery(text="passengers arrive late"), SCOPE)
    assert (keys(found), found.mode) == (["delay"], "lexical_only")
    assert found[0].stages == {"bm25": pytest.approx(found[0].stages["bm25"]), "fused": 1.0}


@pytest.mark.parametrize(
    "change",
    [
        {"tenant": "other"},
        {"groups": ("risk",)},
        {"effective_from": date(2026, 1, 2).toordinal()},
        {"effective_to": date(2026, 1, 1).toordinal()},
        {"valid_from_generation": 2},
        {"valid_to_generation": 1},
    ],
)
async def test_what_the_reader_may_not_see_is_not_found(
    index: Index, embedder: Embedder, change: dict[str, object]
) -> None:
    await fill(index, embedder, SEEN.model_copy(update=change), mark="-hidden")
    finder = Finder(index, embedder)
    assert await finder.find(ClauseQuery(text="the limit"), SCOPE) == Found((), "full")
    await fill(index, embedder)
    found = await finder.find(ClauseQuery(text="the limit"), SCOPE)
    assert sorted(keys(found)) == sorted(TEXTS)


@pytest.mark.parametrize("text", [" ", "\t\n", "\x00\x07", "\ud800"])
async def test_a_blank_question_is_refused(index: Index, embedder: Embedder, text: str) -> None:
    with pytest.raises(RetrievalError, match="The question is blank"):
        await Finder(index, embedder).find(ClauseQuery.model_construct(text=text, limit=10), SCOPE)


async def test_control_characters_and_length_do_no_harm(index: Index, embedder: Embedder) -> None:
    await fill(index, embedder)
    finder = Finder(index, embedder)
    found = await finder.find(ClauseQuery(text="passengers\x00arrive\r\nlate"), SCOPE)
    assert "bm25" in found[0].stages
    late = "x " * (LONGEST_WORDS // 2) + "passengers"
    found = await finder.find(ClauseQuery(text=late), SCOPE)
    assert all("bm25" not in one.stages for one in found)


async def test_records_come_nearest_first_among_those_that_meet_the_conditions(
    index: Index, embedder: Embedder
) -> None:
    await index.upsert("sale", [record_point(_sale(n), SEEN) for n in range(6)])
    finder = Finder(index, embedder)
    query = RecordQuery("sale", 2, (0.0, 0.0), (Between("values.area", at_least=2),))
    found = await finder.find_records(query, SCOPE)
    assert [(one.item.id, one.score, one.stages) for one in found] == [
        ("sale-2", -2.0, {"nearest": -2.0}),
        ("sale-3", -3.0, {"nearest": -3.0}),
    ]
    everything = await finder.find_records(RecordQuery("sale", 10), SCOPE)
    assert {one.item.id for one in everything} == {f"sale-{n}" for n in range(6)}
    assert {one.score for one in everything} == {0.0}


async def test_records_of_the_future_are_not_found(index: Index, embedder: Embedder) -> None:
    await index.upsert("sale", [record_point(_sale(n), SEEN) for n in range(6)])
    scope = SCOPE.model_copy(update={"as_of": date(2020, 1, 3)})
    found = await Finder(index, embedder).find_records(RecordQuery("sale", 10, (0.0, 0.0)), scope)
    assert [one.item.id for one in found] == ["sale-0", "sale-1", "sale-2"]


def _shares(raw: Mapping[str, Mapping[str, float]], stage: str) -> Mapping[str, float]:
    best = max(stages.get(stage, 0.0) for stages in raw.values())
    return {one: stages.get(stage, 0.0) / best for one, stages in raw.items()}


def _chunk(key: str, text: str) -> Chunk:
    span = Span(start=0, end=len(text))
    return Chunk(id=key, revision_id="r", document_id="d", clause_key=key, headings=(), span=span, text=text)


def _sale(number: int) -> Record:
    return Record(
        id=f"sale-{number}",
        revision_id="r",
        document_id="d",
        kind="sale",
        values={"area": number},
        observed_on=date(2020, 1, 1 + number),
        vector=(float(number), 0.0),
        span=Span(start=0, end=1),
    )
