"""Lays made-up clauses out as points of the index, in documents that not every reader may see, and says who sees which.

Of ten documents one belongs to a small tenant; of the others 15 in 100 are for the staff alone, 5 in 100 ended with an
earlier generation, and 5 in 100 are not in force yet.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from evals.bench.rulebooks import PASSAGES_OF_A_DOCUMENT
from evals.bench.variation import Clauses
from retrieval.corpus import OPEN, PUBLIC, Chunk, Span
from retrieval.filters import admits
from retrieval.points import clause_point, point_id
from retrieval.ports import Point
from retrieval.scope import ReadScope, Visibility, visible_to

_TODAY: Final = date(2026, 1, 1)
_GENERATION: Final = 5

READERS: Final[Mapping[str, ReadScope]] = {
    "most": ReadScope(tenant="large", as_of=_TODAY, generation=_GENERATION),
    "few": ReadScope(tenant="small", as_of=_TODAY, generation=_GENERATION),
}
"""Who asks: a reader of the large tenant, who sees two thirds of everything, and one of the small tenant."""


def points(clauses: Clauses) -> Iterator[Point]:
    """Lay out a batch, as ingestion lays out chunks."""
    for place, (text, vector) in enumerate(zip(clauses.texts, clauses.vectors, strict=True), start=clauses.first):
        document, order = divmod(place, PASSAGES_OF_A_DOCUMENT)
        chapter, rule = divmod(order, _RULES_OF_A_CHAPTER)
        chunk = Chunk(
            id=chunk_id(place),
            revision_id=f"rulebook-{document}@1",
            document_id=f"rulebook-{document}",
            clause_key=f"{chapter + 1}.{rule + 1}",
            headings=(f"Rulebook {document}", f"Chapter {chapter + 1}"),
            span=Span(start=0, end=len(text)),
            text=text,
        )
        yield clause_point(chunk, visibility(document), vector, order)


def chunk_id(place: int) -> str:
    """Name the clause at a place; its point is named after it."""
    return f"rulebook-{place // PASSAGES_OF_A_DOCUMENT}@1:{place}"


def named(place: int) -> str:
    """Give the id of the point of the clause at a place."""
    return point_id(chunk_id(place))


@lru_cache(maxsize=10_000)
def visibility(document: int) -> Visibility:
    """Say who sees a document, always the same."""
    drawn = np.random.default_rng((1, document)).random(3)
    small = document % _DOCUMENTS_OF_TEN == 1
    return Visibility(
        tenant="small" if small else "large",
        groups=("staff",) if not small and drawn[0] < _STAFF else (PUBLIC,),
        effective_from=_TODAY.toordinal() + 30 if not small and drawn[1] < _LATER else 0,
        effective_to=OPEN,
        valid_from_generation=1,
        valid_to_generation=3 if not small and drawn[2] < _ENDED else OPEN,
    )


def seen(reader: ReadScope, count: int) -> NDArray[np.bool_]:
    """Say which of the first `count` clauses a reader sees, one truth value each."""
    conditions = visible_to(reader)
    documents = -(-count // PASSAGES_OF_A_DOCUMENT)
    each = [admits(conditions, dict(visibility(document))) for document in range(documents)]
    return np.repeat(each, PASSAGES_OF_A_DOCUMENT)[:count]


_RULES_OF_A_CHAPTER: Final = 12
_DOCUMENTS_OF_TEN: Final = 10
_STAFF: Final = 0.15
_LATER: Final = 0.05
_ENDED: Final = 0.05
