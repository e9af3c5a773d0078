"""Turns texts into weighed words: one sparse vector for a passage, one for a question; their product is the score.

A passage has three fields, whose words never meet because each has numbers of its own: the words of its text, the pairs
of neighbouring words in it, and the words of the headings above it. Each is weighed by BM25 (Robertson and Zaragoza
2009) without its IDF part, which is the index's, for only the index knows what the reader may see. A question weighs
its words by how often they come and by the field.
"""

import re
import threading
import unicodedata
from collections import Counter
from collections.abc import Container, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Final, Literal, Protocol, cast
from zlib import crc32

import Stemmer

Words = Mapping[int, float]
"""Weights of words by their number, which is the same in every process: 30 bits of a hash below two of the field."""

Field = Literal["text", "pair", "heading"]

HEAVIEST: Final = 1.9
"""The most that a word of a passage can weigh, however often it comes: BM25's k1 + 1."""


def weigh_passage(text: str, headings: Sequence[str] = ()) -> Words:
    """Weigh the words of a passage and of the headings above it."""
    words = _numbers(tokens(text))
    weights = _saturated("text", words)
    weights.update(_saturated("pair", _pairs(words)))
    weights.update(_saturated("heading", _numbers(tokens("\n".join(headings)))))
    return weights


def weigh_shared(text: str, asked: Words) -> Words:
    """Weigh those words of the text of a passage that are `asked`, as `weigh_passage` does."""
    words = _numbers(tokens(text))
    return _saturated("text", words, asked) | _saturated("pair", _pairs(words), asked)


def weigh_question(text: str, *, repeated: bool = True) -> Words:
    """Weigh the words of a question, each as often as it is `repeated`, or once; empty when all are stop words."""
    words = _numbers(tokens(text))
    weights: dict[int, float] = {}
    fields: tuple[tuple[Field, list[int]], ...] = (("text", words), ("pair", _pairs(words)), ("heading", words))
    for field, asked in fields:
        for number, times in Counter(asked).items():
            weights[_FIELDS[field] | number] = _SHARES[field] * (times if repeated else 1)
    return weights


def tokens(text: str) -> list[str]:
    """Cut a text of any script into stems, in order, without English stop words.

    Invisible signs are dropped before, so that "Rule 6.2.1" is the same with a direction mark in it. Scripts that write
    no spaces give a token for each sign; the pairs put them together again.
    """
    folded = unicodedata.normalize("NFKC", text).replace("\u2019", "'").lower()
    words = _POSSESSIVE.sub("", folded).translate(_SIGNS).split()
    return [_stem(word[:_LONGEST]) for word in words if word not in _STOP_WORDS]


_K1: Final = HEAVIEST - 1
_B: Final = 0.75
_USUAL: Final[Mapping[Field, float]] = {"text": 100.0, "pair": 100.0, "heading": 8.0}
"""Lengths to which BM25 compares, in tokens. They are constants, so that a passage weighs the same whatever else is
indexed. Of eight choices tried on development sets, in a simulation, these cost neither rulebooks (mean 43) nor
abstracts (mean 151) more than .0025 of any score against their own means; at 80 abstracts lost .0037."""

_SHARES: Final[Mapping[Field, float]] = {"text": 1.0, "pair": 0.35, "heading": 0.15}
_FIELDS: Final[Mapping[Field, int]] = {"text": 0, "pair": 1 << 30, "heading": 2 << 30}
_HASHED: Final = (1 << 30) - 1
_PAIRING: Final = 0x9E3779B1  # odd, so that no two first words give the same pair with the same second one
_LONGEST: Final = 60
_POSSESSIVE: Final = re.compile(r"'s\b")
_ENGLISH: Final = (
    "a about above after again against all am an and any are as at be because been before being below between "
    "both but by can cannot could did do does doing down during each few for from further had has have having "
    "he her here hers herself him himself his how i if in into is it its itself just me more most my myself no "
    "nor not now of off on once only or other our ours ourselves out over own s same she should so some such t "
    "than that the their theirs them themselves then there these they this those through to too under until up "
    "very was we were what when where which while who whom why will with would you your yours yourself "
    "yourselves "
)
_STOP_WORDS: Final = frozenset(_ENGLISH.split())


class _Signs(dict[int, str | None]):
    """What becomes of each sign, found out when it first comes: letters, marks and digits stay, others part words."""

    def __missing__(self, code: int) -> str | None:
        sign = chr(code)
        category = unicodedata.category(sign)
        kept = category[0] in "LNM"
        becomes = None if category == "Cf" else sign if kept else " "
        if kept and _UNSPACED.match(sign):
            becomes = f" {sign} "
        self[code] = becomes
        return becomes


_UNSPACED: Final = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"  # Thai, Lao, Burmese, Khmer
    "\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"  # kana and Chinese characters
)
_SIGNS: Final = _Signs()


class _Stems(Protocol):
    """What is used of PyStemmer, which is untyped."""

    def stemWord(self, word: str) -> str: ...  # noqa: N802


class _Stemmer(threading.local):
    """The Snowball stemmer, one for each thread, for it keeps the word it works on."""

    def __init__(self) -> None:
        self.english = cast("_Stems", Stemmer.Stemmer("english"))  # pyright: ignore[reportUnknownMemberType]


_STEMMER: Final = _Stemmer()


@lru_cache(maxsize=100_000)
def _stem(word: str) -> str:
    return _STEMMER.english.stemWord(word)


def _numbers(words: Sequence[str]) -> list[int]:
    return [_number(word) for word in words]


@lru_cache(maxsize=100_000)
def _number(word: str) -> int:
    return crc32(word.encode("utf-8", "surrogatepass")) & _HASHED


def _pairs(words: Sequence[int]) -> list[int]:
    """Give numbers to the pairs of neighbours; in the other order a pair is another one."""
    return [(one * _PAIRING + other) & _HASHED for one, other in pairwise(words)]


def _saturated(field: Field, words: Sequence[int], among: Container[int] | None = None) -> dict[int, float]:
    """Weigh by BM25: repeating a word tells ever less, and so does a word among many. `among` limits what is told."""
    length = _K1 * (1 - _B + _B * len(words) / _USUAL[field])
    own, once = _FIELDS[field], HEAVIEST / (1 + length)  # nearly all words come once
    told = words if among is None else [word for word in words if own | word in among]
    return {
        own | word: once if times == 1 else times * HEAVIEST / (times + length) for word, times in Counter(told).items()
    }
