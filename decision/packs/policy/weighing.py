"""Turns the passages found for a question into candidates, scored by their words, headings and rank."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from decision.packs.policy.orders import gives_orders
from decision.packs.policy.polarity import opposite
from decision.packs.policy.sentences import Sentence, sentences, shared, stems
from retrieval.corpus import Chunk
from retrieval.query import Evidence

_MEANING: Final = 0.4
_HEADING_WORTH: Final = 0.5
_FEWEST_WORDS: Final = 4


@dataclass(frozen=True, slots=True)
class Weights:
    """What the words of a clause, its own heading and an opposite are worth against its rank in the search, 0 to 1.

    Words and rank share 1 between them; the heading adds to it, an opposite takes from it.
    """

    lexical: float
    heading: float
    opposite: float


@dataclass(frozen=True, slots=True)
class Quote:
    """A sentence of a passage with its score (higher is better), and the share of the question's words in it."""

    chunk: Chunk
    sentence: Sentence
    score: float
    lexical: float
    is_opposite: bool = False


@dataclass(frozen=True, slots=True)
class Candidate:
    """A clause that shares words with the question: its sentences, best first, and how well it fits.

    `covered` are the question's stems in it or above it; `stages` are the raw scores of the search. Sentences that give
    orders add nothing to all this; `order_score` is what the best of them would have scored. `source` is the document,
    or the family of documents that are copies of each other; `copies` are the passages with the very same words.
    """

    chunk: Chunk
    score: float
    stages: Mapping[str, float]
    quotes: tuple[Quote, ...]
    covered: frozenset[str]
    is_titled: bool
    has_orders: bool
    order_score: float
    source: str
    copies: tuple[str, ...] = ()


def weigh_words(question: str, found: Sequence[Evidence]) -> Mapping[str, float]:
    """Weigh each stem of the question: the fewer of the passages have it, the more.

    It is BM25's idf, kept positive and squared: passages found by the question have its common words anyway.
    """
    chunks = _chunks(found)
    wanted = stems(question)
    present = [shared(wanted, stems(chunk.text) | stems(" ".join(chunk.headings))) for chunk, _ in chunks]
    holding = {stem: sum(stem in one for one in present) for stem in wanted}
    return {stem: math.log(1 + (len(chunks) + 1) / (count + 0.5)) ** 2 for stem, count in holding.items()}


def share(covered: frozenset[str], wanted: Mapping[str, float]) -> float:
    """Give the weight of the covered stems in that of all, 0 to 1."""
    return sum(wanted[stem] for stem in sorted(covered)) / sum(wanted[stem] for stem in sorted(wanted))


def candidates(
    question: str, wanted: Mapping[str, float], found: Sequence[Evidence], weights: Weights
) -> list[Candidate]:
    """Score every passage, best first; its words are compared, never obeyed. Some word must be wanted."""
    chunks = _chunks(found)
    ranks = _ranks([evidence for _, evidence in chunks])
    weighed = [
        _candidate(question, wanted, (chunk, evidence, rank), weights)
        for (chunk, evidence), rank in zip(chunks, ranks, strict=True)
    ]
    return sorted(weighed, key=lambda one: (-one.score, one.chunk.id))


def heading_stems(chunk: Chunk) -> frozenset[str]:
    """Collect the stems of the titles above a passage and in it."""
    return stems(" ".join([*chunk.headings, *_titles(chunk)]))


def _candidate(
    question: str, wanted: Mapping[str, float], ranked: tuple[Chunk, Evidence, float], weights: Weights
) -> Candidate:
    chunk, evidence, rank = ranked
    every = frozenset(wanted)
    above = shared(every, heading_stems(chunk))
    plain, orders = _parted(chunk)
    own = shared(every, stems(" ".join(_titles(chunk))))
    leading = {plain[0].start: own} if plain else {}
    quotes = sorted(
        (_quote(question, wanted, (chunk, one), (leading.get(one.start, frozenset()), above)) for one in plain),
        key=lambda one: (-one.score, one.sentence.start),
    )
    said = frozenset[str]().union(*(shared(every, stems(one.text)) for one in plain))
    base = (1 - weights.lexical) * rank + weights.heading * share(own, wanted)
    turned = weights.opposite if quotes and quotes[0].is_opposite else 0.0
    return Candidate(
        chunk=chunk,
        score=base + weights.lexical * _worth(said, above, wanted) - turned,
        stages={**evidence.stages, "fused": evidence.score},
        quotes=tuple(quotes),
        covered=said | above,
        is_titled=_is_titled(stems(" ".join(_titles(chunk))), own, wanted),
        has_orders=bool(orders),
        order_score=_order_score(orders, above, wanted, (weights.lexical, base)),
        source=evidence.family or chunk.document_id,
        copies=evidence.copies,
    )


def _order_score(
    orders: Sequence[Sentence], above: frozenset[str], wanted: Mapping[str, float], line: tuple[float, float]
) -> float:
    """Score the best order as if it were a sentence; one without the question's words scores nothing."""
    slope, base = line
    said = [shared(frozenset(wanted), stems(one.text)) for one in orders]
    return max((base + slope * _worth(words, above, wanted) for words in said if words), default=0.0)


def _parted(chunk: Chunk) -> tuple[list[Sentence], list[Sentence]]:
    """Part what may be quoted from what gives orders, be it a title or a short cry."""
    every = sentences(chunk.text)
    orders = [one for one in every if gives_orders(one.text)]
    return [one for one in every if _is_sentence(one) and one not in orders], orders


def _quote(
    question: str,
    wanted: Mapping[str, float],
    placed: tuple[Chunk, Sentence],
    headings: tuple[frozenset[str], frozenset[str]],
) -> Quote:
    """Score a sentence; the first one of a clause says what the clause's own title names."""
    (chunk, sentence), (own, above) = placed, headings
    said = shared(frozenset(wanted), stems(sentence.text)) | own
    lexical = _worth(said, above, wanted)
    turned = opposite(question, sentence.text)
    return Quote(chunk, sentence, lexical / 2 if turned else lexical, lexical, turned)


def _worth(said: frozenset[str], above: frozenset[str], wanted: Mapping[str, float]) -> float:
    """Give what the words of a text and of the headings above it are worth, 0 to 1."""
    return share(said, wanted) + _HEADING_WORTH * share(above - said, wanted)


def _is_titled(own: frozenset[str], titled: frozenset[str], wanted: Mapping[str, float]) -> bool:
    """Tell whether the clause's own title stands in the question, or half of the question in the title."""
    half = 0.5
    return bool(titled) and (shared(own, frozenset(wanted)) == own or share(titled, wanted) >= half)


def _chunks(found: Sequence[Evidence]) -> list[tuple[Chunk, Evidence]]:
    return [(one.item, one) for one in found if isinstance(one.item, Chunk)]


def _ranks(found: Sequence[Evidence]) -> list[float]:
    """Rank by words and meaning alone: one clause answers, whatever its neighbours and citations add to its score."""
    if not any("dense" in one.stages for one in found):
        return _scaled([one.score for one in found])
    words = _scaled([one.stages.get("bm25", 0.0) for one in found])
    meaning = _scaled([one.stages.get("dense", 0.0) for one in found])
    return _scaled([(1 - _MEANING) * one + _MEANING * other for one, other in zip(words, meaning, strict=True)])


def _scaled(scores: Sequence[float]) -> list[float]:
    """Spread scores from 0 (worst) to 1 (best); all 1 when they do not differ."""
    low, high = min(scores, default=0.0), max(scores, default=0.0)
    return [(score - low) / (high - low) if high > low else 1.0 for score in scores]


def _titles(chunk: Chunk) -> list[str]:
    return [sentence.text for sentence in sentences(chunk.text) if _is_heading(sentence)]


def _is_sentence(sentence: Sentence) -> bool:
    return len(sentence.text.split()) >= _FEWEST_WORDS and not _is_heading(sentence)


def _is_heading(sentence: Sentence) -> bool:
    return sentence.text.startswith("#") or (sentence.text.startswith("**") and sentence.text.endswith("**"))
