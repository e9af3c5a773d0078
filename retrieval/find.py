"""A question to Evidence: words and embedding search side by side; their scores, neighbours and citations are added.

Everything starts from one pool under the reader's scope, in which both scores of every candidate are known. The same
search tells, where that was calibrated, how likely it is that what was found can answer. What comes first may be
ordered once more, by a reranker or a learned ranker.
"""

import asyncio
import logging
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from retrieval.citing import bearing, named_in, share_of_names
from retrieval.corpus import Chunk
from retrieval.dialogue import carried_vector, carried_words, remembered
from retrieval.filters import Condition, Equals
from retrieval.fusion import fused
from retrieval.links import defining, linked, near, only_meant
from retrieval.ordering import Ordering
from retrieval.points import evidence_of, place_of
from retrieval.ports import CLAUSES, Asked, Candidate, Embedder, Hit, Index, RetrievalError, Vectors
from retrieval.query import ClauseQuery, Evidence, Found, RecordQuery
from retrieval.scope import ReadScope, visible_to
from retrieval.settings import DEFAULTS, RetrievalSettings
from retrieval.sufficiency import Calibration, Sufficiency, covered_by, signals_of, sufficiency
from retrieval.words import Words, tokens

LONGEST_WORDS: Final = 2_000
"""How many characters of a question are weighed as words; the embedding model cuts at its own limit of tokens."""


@dataclass(frozen=True, slots=True)
class Search:
    """One search as it went: the question as it was searched for, how much of its words is covered, the candidates.

    `nearest` are the points nearest to the question alone, best first, none where no model took part;
    `named` are the clauses that it names, `named_share` is how much of the question they are; `stems` are those of the
    question alone.
    """

    asked: Asked
    covered: float
    pool: Sequence[Candidate]
    nearest: Sequence[Hit]
    named: Sequence[Hit]
    named_share: float
    stems: Sequence[str]


class Finder:
    """Finds clauses and records; what the scope does not see is never a candidate.

    Without a `calibration` for the embedding model nothing is said of sufficiency.
    """

    def __init__(
        self,
        index: Index,
        embedder: Embedder,
        settings: RetrievalSettings = DEFAULTS,
        ordering: Ordering | None = None,
        calibration: Calibration | None = None,
    ) -> None:
        self._index = index
        self._embedder = embedder
        self._settings = settings
        self._ordering = ordering or Ordering()
        self._calibration = calibration if calibration and calibration.judges(embedder.model) else None

    async def find(self, query: ClauseQuery, scope: ReadScope) -> Found:
        """Find the best chunks for a question; the mode says what took part (`full`, `no_rerank`, `lexical_only`).

        What ordered again adds its raw score to the `stages` (`rerank`, `ranker`), and `untuned`, the score before.
        """
        wider = query.model_copy(update={"limit": max(query.limit, self._ordering.pool)})
        found = await self.candidates(wider, scope)
        full = found.mode == "full"
        ordered, complete = await self._ordering.again(_readable(query.text), found.evidence, full=full)
        return replace(
            found, evidence=tuple(ordered[: query.limit]), mode=found.mode if complete or not full else "no_rerank"
        )

    async def candidates(self, query: ClauseQuery, scope: ReadScope) -> Found:
        """Find chunks in their un-tuned order; the mode says whether the embedding took part.

        `stages` holds what the score is made of: the raw `bm25` and `dense`, `fused` of them, at most 1, and what
        `near` neighbours, `linked` clauses, being `named` in the question and having `defined` what it names add to it.
        Raises RetrievalError for a question without any words.
        """
        search = await self.search(query, scope)
        return Found(
            evidence=tuple(self._ranked(search, query.limit)),
            mode="lexical_only" if search.asked.vector is None else "full",
            sufficiency=self._judged(search),
        )

    async def search(self, query: ClauseQuery, scope: ReadScope) -> Search:
        """Search for a question, and for the earlier ones of its dialogue with what still counts of them."""
        text = _readable(query.text)
        before = remembered(query.earlier)
        words = carried_words(text[:LONGEST_WORDS], [one[:LONGEST_WORDS] for one in before])
        limit = max(query.limit, self._settings.candidates)
        conditions = visible_to(scope)
        rows, (by_words, covered) = await asyncio.gather(  # words are looked at while the model computes
            self._embedded((text, *before)), self._by_words(words, conditions, limit)
        )
        asked = Asked(None if rows is None else carried_vector(rows), words, by_words)
        pool = await self._index.pool(CLAUSES, asked, conditions, limit)
        named = await self._named(text[:LONGEST_WORDS], conditions)
        nearest: Sequence[Hit] = ()
        if rows is not None and before:
            nearest = await self._index.nearest(CLAUSES, rows[0].tolist(), conditions, limit)
        elif rows is not None:
            nearest = _nearest_of(pool)
        stems = tokens(text[:LONGEST_WORDS])
        return Search(asked, covered, pool, nearest, named, share_of_names(stems), stems)

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

    async def chunks_of(self, revision_id: str, scope: ReadScope) -> list[Chunk]:
        """Give all chunks of a revision; none of one that the scope does not see."""
        hits = await self._index.scroll(CLAUSES, (*visible_to(scope), Equals("revision_id", revision_id)))
        items = (evidence_of(hit, 0.0, {}).item for hit in hits)
        return [one for one in items if isinstance(one, Chunk)]

    async def _by_words(self, words: Words, conditions: Sequence[Condition], limit: int) -> tuple[Sequence[Hit], float]:
        """Search by words, and tell how much of them the best passages have, where that is judged."""
        found = await self._index.lexical(CLAUSES, words, conditions, limit)
        return found, covered_by(words, found) if self._calibration is not None else 0.0

    async def _embedded(self, texts: Sequence[str]) -> Vectors | None:
        """Embed questions; None when the model does not answer (in time), so that words alone must do."""
        try:
            async with asyncio.timeout(self._settings.embed_deadline_s):
                return await self._embedder.embed(texts)
        except Exception:
            _logger.exception("The embedding model failed; this search goes by words alone")
            return None

    async def _named(self, text: str, conditions: Sequence[Condition]) -> Sequence[Hit]:
        """Find the clauses that a question names; where there are too many, nothing certain is meant."""
        keys = named_in(text)
        if not keys:
            return ()
        named = await self._index.scroll(CLAUSES, (*conditions, bearing(keys)), _MOST_NAMED)
        return only_meant(named, keys) if len(named) < _MOST_NAMED else ()

    def _judged(self, search: Search) -> Sufficiency | None:
        if self._calibration is None:
            return None
        signals = signals_of(search.nearest, search.covered)
        return None if signals is None else sufficiency(signals, self._calibration)

    def _ranked(self, search: Search, limit: int) -> list[Evidence]:
        tuned, named, known = self._settings, search.named, {one.id for one in search.pool}
        pool = [*search.pool, *(Candidate(one.id, 0.0, None, one.payload) for one in named if one.id not in known)]
        places = {one.id: place_of(one.payload) for one in pool}
        base = fused(pool, tuned.dense_weight)
        added = {
            "near": near(places, base, tuned.near_weight),
            "linked": linked(places, base, tuned.link_weight),
            "named": dict.fromkeys((one.id for one in named), tuned.named_weight * search.named_share),
            "defined": defining(places, search.stems, tuned.defined_weight),
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


_MOST_NAMED: Final = 200
_logger = logging.getLogger(__name__)
_UNREADABLE: Final = frozenset({"Cc", "Cs"})  # control characters, and halves of a character


def _readable(text: str) -> str:
    """Turn control characters and runs of space into single spaces; refuses what is then empty."""
    words = "".join(" " if unicodedata.category(one) in _UNREADABLE else one for one in text).split()
    if not words:
        raise RetrievalError("The question is blank; expected at least one word. Write what you are looking for.")
    return " ".join(words)


def _nearest_of(pool: Sequence[Candidate]) -> list[Hit]:
    """Order a pool by its cosines, for a question that was searched for as it is."""
    hits = [Hit(one.id, one.dense, one.payload) for one in pool if one.dense is not None]
    return sorted(hits, key=lambda hit: (-hit.score, hit.id))


def _raw(one: Candidate) -> dict[str, float]:
    """Give the score of each stage that says anything of a candidate."""
    words = {"bm25": one.words} if one.words else {}
    return words if one.dense is None else words | {"dense": one.dense}
