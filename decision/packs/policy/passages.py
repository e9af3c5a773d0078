"""Turns a question and the passages found into ranked sentences, their coverage, and exceptions beside them."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from decision.packs.policy.sentences import Sentence, sentences, shared, stems
from retrieval.corpus import Chunk
from retrieval.query import Evidence

_EXCEPTION: Final = re.compile(
    r"\b(?:unless|except(?:ions?|ed|ing)?|exempt(?:ed|ion)?|excluded?|no longer"
    r"|not (?:be )?(?:apply|applicable|due|owed))\b",
    re.IGNORECASE,
)
_HEADING_WORTH: Final = 0.5
_NEAR_BEST: Final = 0.6
_FEWEST_WORDS: Final = 4
_MOST_EXCEPTIONS: Final = 3


@dataclass(frozen=True, slots=True)
class Limits:
    """How many sentences are quoted at most, and what weight their words have against the passage's rank (0 to 1)."""

    quotes: int
    lexical_weight: float


@dataclass(frozen=True, slots=True)
class Quote:
    """A sentence of a passage with its score (higher is better), and the share of the question's words in it."""

    chunk: Chunk
    sentence: Sentence
    score: float
    lexical: float


@dataclass(frozen=True, slots=True)
class Selection:
    """The quotes, best first; exceptions of the same sections; the share of the question that the quotes cover.

    `coverage` weighs a word the more, the fewer passages have it, and is None when the question has no content word;
    `uncovered` are the stems that the quotes do not have.
    """

    quotes: tuple[Quote, ...]
    exceptions: tuple[Quote, ...]
    passages: int
    coverage: float | None
    uncovered: tuple[str, ...]


def select(question: str, found: Sequence[Evidence], limits: Limits) -> Selection:
    """Choose the sentences that answer a question; a text's words are compared and never obeyed."""
    chunks = [(evidence.item, evidence.score) for evidence in found if isinstance(evidence.item, Chunk)]
    wanted = _weights(question, [chunk for chunk, _ in chunks])
    scored = _scored(wanted, chunks, limits.lexical_weight)
    quotes = _best(scored, limits.quotes)
    stems_wanted = frozenset(wanted)
    covered = frozenset[str]().union(*(_covered(stems_wanted, quote) for quote in quotes))
    return Selection(
        quotes=quotes,
        exceptions=_exceptions(scored, quotes),
        passages=len({quote.chunk.id for quote in scored}),
        coverage=_share(covered, wanted) if wanted else None,
        uncovered=tuple(sorted(stems_wanted - covered)),
    )


def _weights(question: str, chunks: Sequence[Chunk]) -> Mapping[str, float]:
    """Weigh each stem of the question: the fewer of the passages have it, the more.

    It is BM25's idf, kept positive and squared: passages found by the question have its common words anyway.
    """
    wanted = stems(question)
    present = [shared(wanted, stems(chunk.text) | stems(" ".join(chunk.headings))) for chunk in chunks]
    holding = {stem: sum(stem in found for found in present) for stem in wanted}
    return {stem: math.log(1 + (len(chunks) + 1) / (count + 0.5)) ** 2 for stem, count in holding.items()}


def _share(covered: frozenset[str], wanted: Mapping[str, float]) -> float:
    return sum(wanted[stem] for stem in sorted(covered)) / sum(wanted[stem] for stem in sorted(wanted))


def _scored(wanted: Mapping[str, float], chunks: Sequence[tuple[Chunk, float]], weight: float) -> list[Quote]:
    """Score every sentence that shares a word with the question, best first."""
    ranks = _scaled([score for _, score in chunks])
    stems_wanted = frozenset(wanted)
    quotes: list[Quote] = []
    for (chunk, _), rank in zip(chunks, ranks, strict=True):
        headings = _heading_stems(chunk)
        for sentence in sentences(chunk.text):
            words = stems(sentence.text)
            direct = shared(stems_wanted, words)
            if not direct or len(sentence.text.split()) < _FEWEST_WORDS or _is_heading(sentence):
                continue
            above = shared(stems_wanted, headings) - direct
            lexical = _share(direct, wanted) + _HEADING_WORTH * _share(above, wanted)
            quotes.append(Quote(chunk, sentence, weight * lexical + (1 - weight) * rank, lexical))
    return sorted(quotes, key=lambda quote: (-quote.score, quote.chunk.id, quote.sentence.start))


def _scaled(scores: Sequence[float]) -> list[float]:
    """Spread scores from 0 (worst) to 1 (best); all 1 when they do not differ."""
    low, high = min(scores, default=0.0), max(scores, default=0.0)
    return [(score - low) / (high - low) if high > low else 1.0 for score in scores]


def _best(scored: Sequence[Quote], limit: int) -> tuple[Quote, ...]:
    chosen: list[Quote] = []
    seen: set[str] = set()
    for quote in scored:
        if len(chosen) == limit:
            break
        words = " ".join(quote.sentence.text.split()).lower()
        if words not in seen and quote.lexical >= _NEAR_BEST * scored[0].lexical:
            seen.add(words)
            chosen.append(quote)
    return tuple(chosen)


def _covered(wanted: frozenset[str], quote: Quote) -> frozenset[str]:
    return shared(wanted, stems(quote.sentence.text) | _heading_stems(quote.chunk))


def _heading_stems(chunk: Chunk) -> frozenset[str]:
    titles = [sentence.text for sentence in sentences(chunk.text) if _is_heading(sentence)]
    return stems(" ".join([*chunk.headings, *titles]))


def _is_heading(sentence: Sentence) -> bool:
    return sentence.text.startswith("#") or (sentence.text.startswith("**") and sentence.text.endswith("**"))


def _exceptions(scored: Sequence[Quote], quotes: Sequence[Quote]) -> tuple[Quote, ...]:
    sections = {_section(quote.chunk) for quote in quotes}
    quoted = {(quote.chunk.id, quote.sentence.start) for quote in quotes}
    exceptions = [
        quote
        for quote in scored
        if _section(quote.chunk) in sections
        and (quote.chunk.id, quote.sentence.start) not in quoted
        and _EXCEPTION.search(quote.sentence.text)
    ]
    return tuple(exceptions[:_MOST_EXCEPTIONS])


def _section(chunk: Chunk) -> tuple[str, str]:
    return chunk.document_id, chunk.clause_key.split(".")[0]
