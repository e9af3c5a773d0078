"""A question to Evidence: embedding and BM25 search side by side, their scores fused, under the reader's scope.

Fusion is by scores, not ranks: each stage's scores are stretched to 0..1 (min-max over its candidates) and added with
weights. On rulebook questions this beat reciprocal rank fusion, and either stage alone.
"""

import asyncio
import logging
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Final

from retrieval.filters import Condition
from retrieval.points import evidence_of
from retrieval.ports import CLAUSES, Embedder, Hit, Index, RetrievalError
from retrieval.query import ClauseQuery, Evidence, Mode, RecordQuery
from retrieval.scope import ReadScope, visible_to
from retrieval.settings import DEFAULTS, RetrievalSettings

LONGEST_WORDS: Final = 2_000
"""How many characters of a question BM25 reads; the embedding model cuts at its own limit of tokens."""


class Finder:
    """Finds clauses and records; what the scope does not see is never a candidate."""

    def __init__(self, index: Index, embedder: Embedder, settings: RetrievalSettings = DEFAULTS) -> None:
        self._index = index
        self._embedder = embedder
        self._settings = settings

    async def find(self, query: ClauseQuery, scope: ReadScope) -> tuple[list[Evidence], Mode]:
        """Find the best chunks for a question, and say whether the embedding took part (`full`, `lexical_only`).

        The score is the fused one, 0..1 within one answer; `stages` holds the raw score of each stage that found the
        chunk. Raises RetrievalError for a question without any words.
        """
        text = _readable(query.text)
        limit = max(query.limit, self._settings.candidates)
        conditions = visible_to(scope)
        dense, words = await asyncio.gather(
            self._nearest(text, conditions, limit),
            self._index.lexical(CLAUSES, text[:LONGEST_WORDS], conditions, limit),
        )
        mode: Mode = "lexical_only" if dense is None else "full"
        return self._fused(dense or [], words, query.limit), mode

    async def find_records(self, query: RecordQuery, scope: ReadScope) -> list[Evidence]:
        """Find records of a kind, nearest first, or by id where the query has no vector.

        The score is minus the Euclidean distance between the vectors.
        """
        conditions = (*visible_to(scope), *query.conditions)  # each kind has a collection of its own
        if query.vector is None:
            hits = await self._index.scroll(query.kind, conditions, query.limit)
            return [evidence_of(hit, 0.0, {}) for hit in hits]
        hits = await self._index.nearest(query.kind, query.vector, conditions, query.limit)
        return [evidence_of(hit, hit.score, {"nearest": hit.score}) for hit in hits]

    async def _nearest(self, text: str, conditions: Sequence[Condition], limit: int) -> list[Hit] | None:
        """Search by embedding; None when the model does not answer (in time), so that words alone must do."""
        try:
            async with asyncio.timeout(self._settings.embed_deadline_s):
                rows = await self._embedder.embed([text])
        except Exception:
            _logger.exception("The embedding model failed; this search goes by words alone")
            return None
        return await self._index.nearest(CLAUSES, [float(number) for number in rows[0]], conditions, limit)

    def _fused(self, dense: Sequence[Hit], words: Sequence[Hit], limit: int) -> list[Evidence]:
        weight = self._settings.dense_weight if dense else 0.0
        by_dense, by_words = _stretched(dense), _stretched(words)
        raw = {"dense": _scores(dense), "bm25": _scores(words)}
        found = {hit.id: hit for hit in (*dense, *words)}
        fused = {one: weight * by_dense.get(one, 0.0) + (1.0 - weight) * by_words.get(one, 0.0) for one in found}
        best = sorted(found, key=lambda one: (-fused[one], one))[:limit]
        return [
            evidence_of(
                found[one],
                fused[one],
                {stage: scores[one] for stage, scores in raw.items() if one in scores} | {"fused": fused[one]},
            )
            for one in best
        ]


_logger = logging.getLogger(__name__)
_UNREADABLE: Final = frozenset({"Cc", "Cs"})  # control characters, and halves of a character


def _readable(text: str) -> str:
    """Turn control characters and runs of space into single spaces; refuses what is then empty."""
    words = "".join(" " if unicodedata.category(one) in _UNREADABLE else one for one in text).split()
    if not words:
        raise RetrievalError("The question is blank; expected at least one word. Write what you are looking for.")
    return " ".join(words)


def _scores(hits: Sequence[Hit]) -> Mapping[str, float]:
    return {hit.id: hit.score for hit in hits}


def _stretched(hits: Sequence[Hit]) -> Mapping[str, float]:
    """Min-max: the best of the candidates gets 1, the last 0; candidates of equal score get 1."""
    if not hits:
        return {}
    low, high = min(hit.score for hit in hits), max(hit.score for hit in hits)
    return {hit.id: (hit.score - low) / (high - low) if high > low else 1.0 for hit in hits}
