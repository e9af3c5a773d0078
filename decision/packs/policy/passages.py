"""Turns a question and the passages found into ranked sentences, their coverage, and exceptions beside them."""

import re
from collections.abc import Sequence
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
    """A sentence of a passage with its score; higher answers the question better."""

    chunk: Chunk
    sentence: Sentence
    score: float


@dataclass(frozen=True, slots=True)
class Selection:
    """The quotes, best first; exceptions of the same sections; the share of the question that the quotes cover.

    `coverage` is None when the question has no content word; `uncovered` are the stems that were not found.
    """

    quotes: tuple[Quote, ...]
    exceptions: tuple[Quote, ...]
    passages: int
    coverage: float | None
    uncovered: tuple[str, ...]


def select(question: str, found: Sequence[Evidence], limits: Limits) -> Selection:
    """Choose the sentences that answer a question; a text's words are compared and never obeyed."""
    wanted = stems(question)
    scored = _scored(wanted, found, limits.lexical_weight)
    relevant = {quote.chunk.id for quote in scored}
    quotes = _best(scored, limits.quotes)
    covered = frozenset[str]().union(*(_covered(wanted, quote) for quote in quotes))
    return Selection(
        quotes=quotes,
        exceptions=_exceptions(scored, quotes),
        passages=len(relevant),
        coverage=len(covered) / len(wanted) if wanted else None,
        uncovered=tuple(sorted(wanted - covered)),
    )


def _scored(wanted: frozenset[str], found: Sequence[Evidence], weight: float) -> list[Quote]:
    """Score every sentence that shares a word with the question, best first."""
    chunks = [(evidence.item, evidence.score) for evidence in found if isinstance(evidence.item, Chunk)]
    ranks = _scaled([score for _, score in chunks])
    quotes: list[Quote] = []
    for (chunk, _), rank in zip(chunks, ranks, strict=True):
        headings = _heading_stems(chunk)
        for sentence in sentences(chunk.text):
            words = stems(sentence.text)
            direct = shared(wanted, words)
            if not direct or len(sentence.text.split()) < _FEWEST_WORDS or _is_heading(sentence):
                continue
            above = shared(wanted, headings) - direct
            lexical = (len(direct) + _HEADING_WORTH * len(above)) / len(wanted)
            quotes.append(Quote(chunk, sentence, weight * lexical + (1 - weight) * rank))
    return sorted(quotes, key=lambda quote: (-quote.score, quote.chunk.id, quote.sentence.start))


def _scaled(scores: Sequence[float]) -> list[float]:
    """Spread scores from 0 (worst) to 1 (best); all 1 when they do not differ."""
    low, high = min(scores, default=0.0), max(scores, default=0.0)
    return [(score - low) / (high - low) if high > low else 1.0 for score in scores]


def _best(scored: Sequence[Quote], limit: int) -> tuple[Quote, ...]:
    chosen: list[Quote] = []
    seen: set[str] = set()
    for quote in scored:
        if len(chosen) == limit or quote.score < _NEAR_BEST * scored[0].score:
            break
        words = " ".join(quote.sentence.text.split()).lower()
        if words not in seen:
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
