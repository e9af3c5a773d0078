"""Turns the candidates of a question into their final order: a reranker within its time, a learned ranker.

A reranker's score is blended into the order, for alone it ranks worse than what it is to improve. Where a learned
ranker is in force, the reranker is asked only if the ranker weighs its score: learned orders that did without it lost
by adding it afterwards.
"""

import asyncio
import logging
from collections.abc import Sequence
from typing import Final

from retrieval.corpus import Chunk
from retrieval.ports import Reranker
from retrieval.query import Evidence
from retrieval.ranker import Ranker, stretched
from retrieval.settings import DEFAULTS, RetrievalSettings

_logger: Final = logging.getLogger(__name__)


class Ordering:
    """Orders candidates once more, as far as there is anything to do it with."""

    def __init__(
        self,
        ranker: Ranker | None = None,
        reranker: Reranker | None = None,
        settings: RetrievalSettings = DEFAULTS,
    ) -> None:
        self.ranker = ranker
        self.reranker = reranker
        self._settings = settings

    @property
    def pool(self) -> int:
        """How many candidates must be given for their order not to depend on how many are wanted."""
        depth = self._settings.rerank_depth if self._reranks else 0
        return max(depth, self.ranker.pool if self.ranker else 0)

    @property
    def versions(self) -> dict[str, str]:
        """Name what an order depends on, for a decision to record."""
        named = {"ranker": self.ranker.version} if self.ranker else {}
        return named | ({"reranker": self.reranker.model} if self.reranker and self._reranks else {})

    async def again(self, question: str, found: Sequence[Evidence], *, full: bool) -> tuple[list[Evidence], bool]:
        """Order candidates, and say whether every part took part; `full` says that the embedding did.

        A ranker is not asked about candidates that were found by their words alone: it never saw any.
        """
        complete = True
        if self._reranks and found:
            found, complete = await self.reranked(question, found)
        if self.ranker is not None and full and found:
            found = await asyncio.to_thread(self.ranker.ordered, question, found)
        return list(found), complete

    async def reranked(self, question: str, found: Sequence[Evidence]) -> tuple[list[Evidence], bool]:
        """Blend a reranker's scores into the best candidates, as many as time allows; False when it allowed none."""
        texts = [one.item.text for one in found[: self._settings.rerank_depth] if isinstance(one.item, Chunk)]
        try:
            scores = await self._asked(question, texts)
        except Exception:
            _logger.exception("The reranker failed; this search goes without it")
            return list(found), False
        if not scores:
            return list(found), False
        return blended(found, scores, self._settings.rerank_weight), True

    @property
    def _reranks(self) -> bool:
        return self.reranker is not None and (self.ranker is None or self.ranker.asks_reranker)

    async def _asked(self, question: str, texts: Sequence[str]) -> Sequence[float]:
        if self.reranker is None:
            return ()
        return await self.reranker.scores(question, texts, self._settings.rerank_budget_s)


def blended(found: Sequence[Evidence], scores: Sequence[float], weight: float) -> list[Evidence]:
    """Add the scores of the first candidates to theirs, both stretched to 0..1, the new ones by `weight`.

    The sum is stretched to the range that those candidates had, so that they stay before the rest.
    """
    first, rest = found[: len(scores)], found[len(scores) :]
    before = [one.score for one in first]
    unit = (0.0, 1.0)
    sums = [
        (1.0 - weight) * own + weight * new
        for own, new in zip(stretched(before, unit), stretched(scores, unit), strict=True)
    ]
    again = [
        one.model_copy(update={"score": score, "stages": {"untuned": one.score, **one.stages, "rerank": raw}})
        for one, score, raw in zip(first, stretched(sums, before), scores, strict=True)
    ]
    return [*sorted(again, key=lambda one: (-one.score, one.item.id)), *rest]
