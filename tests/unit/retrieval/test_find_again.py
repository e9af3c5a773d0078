"""The finder with something to order once more: the mode it tells, and that how many are wanted changes nothing."""

from collections.abc import Sequence
from datetime import date

import pytest
from ranking import names, ranker

from retrieval.corpus import Chunk, Span
from retrieval.find import Finder
from retrieval.ordering import Ordering
from retrieval.points import clause_point
from retrieval.ports import CLAUSES, Embedder, Index
from retrieval.query import ClauseQuery
from retrieval.scope import ReadScope, Visibility

SCOPE = ReadScope(as_of=date(2026, 1, 1), generation=1)
SEEN = Visibility(tenant="default", groups=("public",), effective_from=0, effective_to=10**6, valid_from_generation=1)
TEXTS = [f"limit {'loan ' * (n % 4)}{'must ' * (n % 3)}word{n}" for n in range(30)]


class LastReranker:
    """Thinks the best of what comes last, as far as it gets."""

    model = "last@1"

    def __init__(self, most: int) -> None:
        self.most = most

    async def scores(self, question: str, texts: Sequence[str], budget_s: float) -> Sequence[float]:
        assert question
        assert budget_s
        return [float(at) for at in range(len(texts))][: self.most]


@pytest.fixture(name="filled")
async def _filled(index: Index, embedder: Embedder) -> Index:
    vectors = await embedder.embed(TEXTS)
    chunks = [
        Chunk(
            id=str(n),
            revision_id="d@1",
            document_id="d",
            clause_key=str(n),
            headings=(),
            span=Span(start=0, end=len(text)),
            text=text,
        )
        for n, text in enumerate(TEXTS)
    ]
    points = [clause_point(one, SEEN, row) for one, row in zip(chunks, vectors.tolist(), strict=True)]
    await index.upsert(CLAUSES, points)
    return index


@pytest.mark.parametrize(("most", "mode"), [(15, "full"), (1, "full"), (0, "no_rerank")])
async def test_the_mode_says_when_nothing_was_reranked(filled: Index, embedder: Embedder, most: int, mode: str) -> None:
    finder = Finder(filled, embedder, ordering=Ordering(reranker=LastReranker(most)))
    found = await finder.find(ClauseQuery(text="loan limit", limit=5), SCOPE)
    assert (len(found), found.mode) == (5, mode)


@pytest.mark.parametrize("ordering", [Ordering(ranker(obliges=1.0, score=0.1)), Ordering(reranker=LastReranker(15))])
async def test_how_many_are_wanted_does_not_change_which_come_first(
    filled: Index, embedder: Embedder, ordering: Ordering
) -> None:
    finder = Finder(filled, embedder, ordering=ordering)
    few = await finder.find(ClauseQuery(text="loan limit", limit=3), SCOPE)
    many = await finder.find(ClauseQuery(text="loan limit", limit=30), SCOPE)
    assert names(few) == names(many)[:3]
    untuned = await finder.candidates(ClauseQuery(text="loan limit", limit=3), SCOPE)
    assert names(few) != names(untuned)
