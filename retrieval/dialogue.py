"""Turns a question and the ones that the same person asked before it into what is searched for: words and a vector.

The latest earlier question counts `CARRIED` as much as the question itself, the one before it `FADING` of that, and so
on. On MTRAG-UN (194 dialogues) this found more than either the last question alone or a rewriting by pronouns; shares
from .2 to .5 did alike. What the service answered is never used: it would find its own words again.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np

from retrieval.ports import Vectors
from retrieval.words import Words, weigh_question

CARRIED: Final = 0.3
FADING: Final = 0.5
REMEMBERED: Final = 8
"""How many earlier questions are used; the ninth would count .001."""


def remembered(earlier: Sequence[str]) -> tuple[str, ...]:
    """Give the earlier questions that still count and are not blank, latest first."""
    return tuple(" ".join(one.split()) for one in reversed(earlier) if one.strip())[:REMEMBERED]


def carried_words(question: str, before: Sequence[str]) -> Words:
    """Weigh a question's words, and those that only earlier ones have (latest first) by their age."""
    weights = dict(weigh_question(question))
    own = frozenset(weights)
    for age, turn in enumerate(before):
        for word, weight in weigh_question(turn, repeated=False).items():
            if word not in own:
                weights[word] = max(weights.get(word, 0.0), CARRIED * FADING**age * weight)
    return weights


def carried_vector(rows: Vectors) -> list[float]:
    """Add to the vector of a question, the first row, those of earlier ones (latest first); the sum has length 1."""
    shares = np.array([1.0, *(CARRIED * FADING**age for age in range(len(rows) - 1))])
    added = shares @ np.asarray(rows, dtype=np.float64)
    length = float(np.linalg.norm(added))
    return (added / length if length > 0 else rows[0]).tolist()
