"""Turns the words of a question and of passages into numbers that say how the one lies in the other.

Words are those of `retrieval.words`: stems, in order, without stop words. How rare a word is, is judged by the
candidates alone, idf = ln(1 + (n - df + .5) / (df + .5)) over the n passages given, for they are what this reader may
see; a count over the whole index would tell of texts that are none of the reader's business.
"""

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Final

from retrieval.words import tokens

WINDOW: Final = 30
"""How many successive words of a passage `window` looks at."""

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Wording:
    """The words of one passage, those of the headings above it, and its text, each cut where features stop reading."""

    words: tuple[str, ...]
    heading_words: frozenset[str]
    text: str

    @staticmethod
    def read(text: str, headings: Sequence[str]) -> "Wording":
        """Read a passage; what was read lately is remembered, for the same ones are candidates again and again."""
        return _wording(text[:_LONGEST], tuple(headings))


@dataclass(frozen=True, slots=True)
class Asking:
    """What a question asks for: its words in order with their idf, and the numbers, names and acronyms in it."""

    words: tuple[str, ...]
    idf: Mapping[str, float]
    numbers: frozenset[str]
    names: frozenset[str]
    acronyms: frozenset[str]

    @classmethod
    def read(cls, question: str, passages: Sequence[Wording]) -> "Asking":
        """Read a question that `passages` are candidates for."""
        words = tuple(tokens(question)[:_MOST_WORDS])
        held = Counter(word for one in passages for word in set(one.words))
        count = len(passages)
        idf = {word: math.log1p((count - held[word] + 0.5) / (held[word] + 0.5)) for word in set(words)}
        names = (name.strip().lower() for name in _NAME.findall(question[1:]))  # the first word begins with a capital
        return cls(
            words,
            idf,
            frozenset(_NUMBER.findall(question)),
            frozenset(name for name in names if len(name) >= _SHORTEST_NAME),
            frozenset(_ACRONYM.findall(question)),
        )


def overlaps(asking: Asking, passage: Wording) -> dict[str, float]:
    """Measure one passage; `retrieval.features.FEATURES` says what each number is. Shares are 0..1."""
    idf, total = asking.idf, sum(asking.idf.values()) or 1.0
    counts = Counter(word for word in passage.words if word in idf)
    hit = sum(idf[word] for word in counts)
    above = sum(idf[word] for word in idf if word in passage.heading_words and word not in counts)
    rarest = sorted(idf, key=lambda word: (-idf[word], word))[:3]
    return {
        "covered": len(counts) / (len(idf) or 1),
        "covered_idf": hit / total,
        "rarest": float(sum(word in counts for word in rarest)),
        "missing": max((idf[word] for word in idf if word not in counts), default=0.0),
        "present": max((idf[word] for word in counts), default=0.0),
        "repeated": sum(idf[word] * min(_REPEATS, times) for word, times in counts.items()) / total,
        "pairs": _pairs(asking, passage),
        "window": _window(asking, passage) / total,
        "run": _run(asking, passage) / total,
        "density": sum(counts.values()) / (len(passage.words) or 1),
        "begins": float(next((at for at, word in enumerate(passage.words) if word in idf), len(passage.words))),
        "above": above / total,
        **dict(_literally(asking, passage)),
    }


_LONGEST: Final = 6_000  # characters of a passage
_MOST_WORDS: Final = 500
_REPEATS: Final = 3
_SHORTEST_NAME: Final = 4
_NUMBER: Final = re.compile(r"\b\d+(?:\.\d+)*[A-Z]?(?:\(\w+\))*")
_NAME: Final = re.compile(r"(?:[A-Z][A-Za-z'\u2019-]+(?:\s+(?:of|and|or|for|the|to)\s+(?=[A-Z]))?\s*)+")
_ACRONYM: Final = re.compile(r"\b[A-Z][A-Za-z]*[A-Z]+[A-Za-z]*s?\b")


@lru_cache(maxsize=8_192)  # some 4 KB each
def _wording(text: str, headings: tuple[str, ...]) -> Wording:
    return Wording(tuple(tokens(text)[:_MOST_WORDS]), frozenset(tokens("\n".join(headings))), text)


def _pairs(asking: Asking, passage: Wording) -> float:
    """Give the share of the question's neighbouring words that are neighbours here, by the idf of both."""
    weights = {pair: asking.idf[pair[0]] + asking.idf[pair[1]] for pair in pairwise(asking.words)}
    held = set(pairwise(passage.words))
    return sum(weight for pair, weight in weights.items() if pair in held) / (sum(weights.values()) or 1.0)


def _window(asking: Asking, passage: Wording) -> float:
    """Give the most idf of different words of the question within WINDOW successive words."""
    inside: Counter[str] = Counter()
    mass = best = 0.0
    for at, word in enumerate(passage.words):
        if word in asking.idf:
            inside[word] += 1
            mass += asking.idf[word] if inside[word] == 1 else 0.0
        gone = passage.words[at - WINDOW] if at >= WINDOW else None
        if gone is not None and gone in asking.idf:
            inside[gone] -= 1
            mass -= asking.idf[gone] if inside[gone] == 0 else 0.0
        best = max(best, mass)
    return best


def _run(asking: Asking, passage: Wording) -> float:
    """Give the most idf of a run of words that both have in the same order without a gap."""
    at: dict[str, list[int]] = {}
    for place, word in enumerate(passage.words):
        if word in asking.idf:
            at.setdefault(word, []).append(place)
    best, ending = 0.0, dict[int, float]()
    for word in asking.words:
        ending = {place: ending.get(place - 1, 0.0) + asking.idf[word] for place in at.get(word, ())}
        best = max(best, *ending.values(), 0.0)
    return best


def _literally(asking: Asking, passage: Wording) -> Iterator[tuple[str, float]]:
    """Give the shares of numbers, names and acronyms of the question that stand here as they are; 0 without any."""
    lowered = passage.text.lower()
    yield "numbers", _share([one in lowered for one in map(str.lower, asking.numbers)])
    yield "names", _share([one in lowered for one in asking.names])
    yield "acronyms", _share([one in passage.text for one in asking.acronyms])


def _share(found: Sequence[bool]) -> float:
    return sum(found) / len(found) if found else 0.0
