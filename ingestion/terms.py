"""Turns the definitions of a text into the terms that each of its chunks defines, so that who names one finds it.

A clause that defines a term has it among many words, and those that use it have it as often. What a chunk defines is
told of it as a heading would be, and a short question that names the term is asked what it means.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final

from retrieval.corpus import Chunk, Definition

LONGEST: Final = 60
"""Characters of a term: longer ones are mostly sentences that were taken for one."""


def terms_defined(chunks: Sequence[Chunk], definitions: Sequence[Definition]) -> Mapping[str, Sequence[str]]:
    """Give the terms that chunks of one revision define, by the id of the chunk in which the definition begins."""
    ordered = sorted(chunks, key=lambda chunk: chunk.span.start)
    starts = [chunk.span.start for chunk in ordered]
    found: defaultdict[str, list[str]] = defaultdict(list)
    for one in definitions:
        at = bisect_right(starts, one.span.start) - 1
        if at >= 0 and one.span.start < ordered[at].span.end and len(one.term) <= LONGEST:
            found[ordered[at].id].append(one.term)
    return found
