"""What orders candidates once more, and what the search says when it could not."""

import asyncio
from collections.abc import Sequence

import pytest
from ranking import candidate, names, ranker

from retrieval.ordering import Ordering, blended
from retrieval.settings import RetrievalSettings

QUESTION = "when is a hotel owed"
FOUND = [
    candidate("a", 0.9, "Nothing of it."),
    candidate("b", 0.8, "A hotel."),
    candidate("c", 0.3, "A hotel is owed when it is late."),
    candidate("d", 0.1, "The end."),
]


class CountingReranker:
    """Scores a text by its length, the first `most` alone, and remembers what it was asked."""

    model = "length@1"

    def __init__(self, most: int = 100) -> None:
        self.most = most
        self.asked: list[tuple[str, ...]] = []

    async def scores(self, question: str, texts: Sequence[str], budget_s: float) -> Sequence[float]:
        assert question == QUESTION
        assert budget_s == RetrievalSettings().rerank_budget_s
        self.asked.append(tuple(texts))
        return [float(len(text)) for text in texts[: self.most]]


class BrokenReranker:
    """Always fails."""

    model = "broken@1"

    async def scores(self, question: str, texts: Sequence[str], budget_s: float) -> Sequence[float]:  # noqa: ARG002 - the port
        await asyncio.sleep(0)
        raise OSError("no model")


def test_a_blend_moves_only_what_was_scored_and_keeps_its_range() -> None:
    found = blended(FOUND, [0.0, 10.0, 9.0], 0.9)
    assert names(found) == ["b", "c", "a", "d"]
    assert [one.score for one in found] == pytest.approx([0.9, found[1].score, 0.3, 0.1])
    assert found[0].stages["rerank"] == 10.0
    assert found[0].stages["untuned"] == 0.8
    assert "rerank" not in found[-1].stages


def test_a_blend_never_replaces_the_order() -> None:
    assert names(blended(FOUND, [0.0, 0.1, 1.0], 0.4)) == ["a", "b", "c", "d"]
    assert names(blended(FOUND, [1.0, 1.0], 0.4)) == ["a", "b", "c", "d"]
    assert names(blended(FOUND, [1.0], 0.4)) == ["a", "b", "c", "d"]


async def test_nothing_to_order_with_leaves_everything_as_it_was() -> None:
    assert await Ordering().again(QUESTION, FOUND, full=True) == (FOUND, True)
    assert Ordering().pool == 0


async def test_the_best_are_read_again_as_many_as_were_set() -> None:
    reranker = CountingReranker()
    ordering = Ordering(reranker=reranker, settings=RetrievalSettings(rerank_depth=2))
    found, complete = await ordering.again(QUESTION, FOUND, full=True)
    assert complete
    assert reranker.asked == [("Nothing of it.", "A hotel.")]
    assert names(found)[2:] == ["c", "d"]
    assert ordering.pool == 2


@pytest.mark.parametrize("reranker", [CountingReranker(most=0), BrokenReranker()])
async def test_a_reranker_without_time_or_that_fails_is_told(reranker: CountingReranker | BrokenReranker) -> None:
    assert await Ordering(reranker=reranker).again(QUESTION, FOUND, full=True) == (FOUND, False)


async def test_a_learned_order_asks_the_reranker_only_for_a_score_that_it_weighs() -> None:
    reranker = CountingReranker()
    found, complete = await Ordering(ranker(covered=1.0), reranker).again(QUESTION, FOUND, full=True)
    assert (names(found)[0], complete, reranker.asked) == ("c", True, [])
    found, complete = await Ordering(ranker(rerank=1.0), reranker).again(QUESTION, FOUND, full=True)
    assert (names(found)[0], complete, len(reranker.asked)) == ("c", True, 1)


async def test_a_ranker_is_not_asked_about_what_was_found_by_words_alone() -> None:
    assert await Ordering(ranker(covered=1.0)).again(QUESTION, FOUND, full=False) == (FOUND, True)


def test_a_decision_can_record_what_its_order_depends_on() -> None:
    learned = ranker(covered=1.0)
    assert Ordering(learned, CountingReranker()).versions == {"ranker": learned.version}
    assert Ordering(reranker=CountingReranker()).versions == {"reranker": "length@1"}
