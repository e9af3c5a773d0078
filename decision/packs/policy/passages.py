"""Turns a question and the passages found into the quotes of one clause, and into what speaks for and against them."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from decision.packs.policy.sentences import content_words, shared, stems
from decision.packs.policy.weighing import (
    Candidate,
    Quote,
    Weights,
    candidates,
    heading_stems,
    share,
    weigh_words,
)
from retrieval.query import Evidence, sufficiency_of
from retrieval.sufficiency import Sufficiency

_EXCEPTION: Final = re.compile(
    r"\b(?:unless|except(?:ions?|ed|ing)?|exempt(?:ed|ion)?|excluded?|no longer"
    r"|not (?:be )?(?:apply|applicable|due|owed))\b",
    re.IGNORECASE,
)
_NEAR_BEST: Final = 0.6
_MOST_EXCEPTIONS: Final = 3
_STAGES: Final = ("dense", "bm25")


@dataclass(frozen=True, slots=True)
class Selection:
    """The quotes of the clause that fits best, best first; exceptions of its section; how well they answer.

    `coverage` weighs a word of the question the more, the fewer passages have it; `uncovered` are the words that the
    quotes and their headings do not have. `similarity` is the clause's cosine with the question and `margin` its lead
    over the clauses of other sections, None where the search had no embedding. `rivals` counts other clauses that hold
    as much of the question. `is_best` tells whether embedding and words both put the clause first, or its title is
    asked for; `order_is_best` whether a sentence that gives orders fits better than any clause, `order_beside` whether
    one stands in the clause quoted. `copies` are the passages that say the same in other documents: they support
    nothing further, and a clause counts once however many versions of its document there are. `sufficiency` is what the
    search measured of its evidence, if it did.
    """

    quotes: tuple[Quote, ...] = ()
    exceptions: tuple[Quote, ...] = ()
    passages: int = 0
    coverage: float = 0.0
    uncovered: tuple[str, ...] = ()
    similarity: float | None = None
    margin: float | None = None
    rivals: int = 0
    is_best: bool = False
    order_is_best: bool = False
    order_beside: bool = False
    copies: tuple[str, ...] = ()
    sufficiency: Sufficiency | None = None


def select(question: str, found: Sequence[Evidence], weights: Weights, limit: int) -> Selection:
    """Choose at most `limit` sentences of the one clause that answers a question best."""
    words = content_words(question)
    if not words:
        return Selection()
    wanted = weigh_words(question, found)
    every = candidates(question, wanted, found, weights)
    fitting = [one for one in every if one.covered and one.quotes]
    order = max((one.order_score for one in every), default=0.0)
    if not fitting:
        return Selection(uncovered=words, order_is_best=order > 0, sufficiency=sufficiency_of(found))
    best = fitting[0]
    quotes = _quotes(best, limit)
    texts = (stems(quote.sentence.text) for quote in quotes)
    covered = shared(frozenset(wanted), heading_stems(best.chunk).union(*texts))
    similarity, margin = _similarity(best, every)
    return Selection(
        quotes=quotes,
        exceptions=_exceptions(fitting, _section(best), quotes),
        passages=_supporting(fitting),
        coverage=share(covered, wanted),
        uncovered=tuple(word for word in words if not stems(word) <= covered),
        similarity=similarity,
        margin=margin,
        rivals=_rivals(best, fitting),
        is_best=best.is_titled or all(_leads(best, every, stage) for stage in _STAGES),
        order_is_best=order > best.score,
        order_beside=best.has_orders,
        copies=best.copies,
        sufficiency=sufficiency_of(found),
    )


def _quotes(best: Candidate, limit: int) -> tuple[Quote, ...]:
    first = best.quotes[0]
    near = [
        one
        for one in best.quotes
        if one is first or (one.lexical > 0 and one.score >= _NEAR_BEST * first.score and not one.is_opposite)
    ]
    return tuple(near[:limit])


def _similarity(best: Candidate, every: Sequence[Candidate]) -> tuple[float | None, float | None]:
    """Give the cosine of the best clause and its lead; a passage without one lies below all that have one."""
    known = [one.stages["dense"] for one in every if "dense" in one.stages]
    if not known:
        return None, None
    own = best.stages.get("dense", min(known))
    others = [one.stages["dense"] for one in every if "dense" in one.stages and _section(one) != _section(best)]
    return own, own - max(others, default=0.0)


def _leads(best: Candidate, every: Sequence[Candidate], stage: str) -> bool:
    """Tell whether no passage has a higher score of a stage; without scores of the stage, the fused ones count."""
    name = stage if any(stage in one.stages for one in every) else "fused"
    return best.stages.get(name, float("-inf")) >= max(one.stages.get(name, float("-inf")) for one in every)


def _rivals(best: Candidate, fitting: Sequence[Candidate]) -> int:
    """Count the other clauses that hold every word that the best one holds, none if its title was asked for."""
    if best.is_titled:
        return 0
    return len({_clause(one) for one in fitting if one.covered >= best.covered} - {_clause(best)})


def _supporting(fitting: Sequence[Candidate]) -> int:
    """Count the passages, those of one clause in the version of its document that has most of them."""
    parts = Counter((_clause(one), one.chunk.document_id) for one in fitting)
    most: dict[tuple[str, str], int] = {}
    for (clause, _), count in parts.items():
        most[clause] = max(count, most.get(clause, 0))
    return sum(most.values())


def _exceptions(fitting: Sequence[Candidate], section: tuple[str, str], quotes: Sequence[Quote]) -> tuple[Quote, ...]:
    """Find sentences of a section that speak of exceptions, each once, however many versions of it say so."""
    quoted = {quote.sentence.text for quote in quotes}
    exceptions: dict[str, Quote] = {}
    for quote in (quote for one in fitting if _section(one) == section for quote in one.quotes):
        text = quote.sentence.text
        if quote.lexical > 0 and text not in quoted and _EXCEPTION.search(text):
            exceptions.setdefault(text, quote)
    return tuple(sorted(exceptions.values(), key=lambda quote: -quote.lexical)[:_MOST_EXCEPTIONS])


def _clause(one: Candidate) -> tuple[str, str]:
    return one.source, one.chunk.clause_key


def _section(one: Candidate) -> tuple[str, str]:
    return one.source, one.chunk.clause_key.split(".")[0]
