"""A question to Evidence: words and embedding search side by side; their scores, neighbours and citations are added.

Everything starts from one pool under the reader's scope, in which both scores of every candidate are known.
"""

import asyncio
import logging
import unicodedata
from collections.abc import Sequence
from typing import Final

from retrieval.fusion import fused
from retrieval.links import linked, near
from retrieval.points import evidence_of, place_of
from retrieval.ports import CLAUSES, Asked, Candidate, Embedder, Hit, Index, RetrievalError
from retrieval.query import ClauseQuery, Evidence, Mode, RecordQuery
from retrieval.scope import ReadScope, visible_to
from retrieval.settings import DEFAULTS, RetrievalSettings
from retrieval.words import weigh_question

LONGEST_WORDS: Final = 2_000
"""How many characters of a question are weighed as words; the embedding model cuts at its own limit of tokens."""


class Finder:
    """Finds clauses and records; what the scope does not see is never a candidate."""

    def __init__(self, index: Index, embedder: Embedder, settings: RetrievalSettings = DEFAULTS) -> None:
        self._index = index
        self._embedder = embedder
        self._settings = settings

    async def find(self, query: ClauseQuery, scope: ReadScope) -> tuple[list[Evidence], Mode]:
        """Find the best chunks for a question, and say whether the embedding took part (`full`, `lexical_only`).

        `stages` holds what the score is made of: the raw `bm25` and `dense`, `fused` of them, at most 1, and what
        `near` neighbours and `linked` clauses add to it. Raises RetrievalError for a question without any words.
        """
        text = _readable(query.text)
        asked = Asked(await self._embedded(text), weigh_question(text[:LONGEST_WORDS]))
        limit = max(query.limit, self._settings.candidates)
        pool = await self._index.pool(CLAUSES, asked, visible_to(scope), limit)
        return self._ranked(pool, query.limit), "lexical_only" if asked.vector is None else "full"

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

    async def _embedded(self, text: str) -> list[float] | None:
        """Embed a question; None when the model does not answer (in time), so that words alone must do."""
        try:
            async with asyncio.timeout(self._settings.embed_deadline_s):
                rows = await self._embedder.embed([text])
        except Exception:
            _logger.exception("The embedding model failed; this search goes by words alone")
            return None
        return rows[0].tolist()

    def _ranked(self, pool: Sequence[Candidate], limit: int) -> list[Evidence]:
        tuned = self._settings
        places = {one.id: place_of(one.payload) for one in pool}
        base = fused(pool, tuned.dense_weight)
        added = {
            "near": near(places, base, tuned.near_weight),
            "linked": linked(places, base, tuned.link_weight),
        }
        score = {one: base[one] + sum(more.get(one, 0.0) for more in added.values()) for one in base}
        return [
            evidence_of(
                Hit(one.id, score[one.id], one.payload),
                score[one.id],
                {
                    **_raw(one),
                    "fused": base[one.id],
                    **{name: more[one.id] for name, more in added.items() if one.id in more},
                },
            )
            for one in sorted(pool, key=lambda one: (-score[one.id], one.id))[:limit]
        ]


_logger = logging.getLogger(__name__)
_UNREADABLE: Final = frozenset({"Cc", "Cs"})  # control characters, and halves of a character


def _readable(text: str) -> str:
    """Turn control characters and runs of space into single spaces; refuses what is then empty."""
    words = "".join(" " if unicodedata.category(one) in _UNREADABLE else one for one in text).split()
    if not words:
        raise RetrievalError("The question is blank; expected at least one word. Write what you are looking for.")
    return " ".join(words)


def _raw(one: Candidate) -> dict[str, float]:
    """Give the score of each stage that says anything of a candidate."""
    words = {"bm25": one.words} if one.words else {}
    return words if one.dense is None else words | {"dense": one.dense}
