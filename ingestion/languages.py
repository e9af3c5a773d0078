"""Turns a text into the language it is written in, or into None where that is not sure.

A naive Bayes model over byte sequences (py3langid, 140 languages) reads a sample of the words. On the clauses of public
laws and rulebooks in English (some 7,000 of at least 100 letters), no other language had more than 0.59; correct ones
of that length nearly all have more than 0.9. What is shorter, such as a heading, is often taken for Latin.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Final, Protocol, cast

LEAST_LETTERS: Final = 100
"""UTF-8 bytes of words (a Latin letter is one, a Greek two, a Japanese three) below which nothing is recognised."""

LEAST_PROBABILITY: Final = 0.8
"""Probability, by the model's own scale, below which a language is not sure."""

_SPOTS: Final = 3
_SPOT: Final = 3_000
_WORD: Final = re.compile(r"[^\W\d_]+(?:['\u2019-][^\W\d_]+)*")
_ISO_639_1: Final = 2
_NO_LANGUAGE: Final = "zxx"


def recognised(text: str) -> str | None:
    """Name the language of a text (ISO 639-1, such as `en`); None for few words, or where it is not sure.

    Long texts are judged by their start, middle and end. The model is loaded by the first call: 0.7 s, 100 MB.
    """
    words = " ".join(_words(_sample(text)))
    if len(words.encode(errors="replace")) < LEAST_LETTERS:
        return None
    language, probability = _model().classify(words)
    return language if probability >= LEAST_PROBABILITY and language != _NO_LANGUAGE else None


def _sample(text: str) -> str:
    if len(text) <= _SPOTS * _SPOT:
        return text
    apart = (len(text) - _SPOT) // (_SPOTS - 1)
    return " ".join(text[start : start + _SPOT] for start in range(0, apart * (_SPOTS - 1) + 1, apart))


def _words(text: str) -> Iterator[str]:
    """Take the words without numbers and signs; in capitals, as laws like to shout, the model knows no language."""
    for found in _WORD.finditer(text):
        word = found.group()
        yield word.lower() if word.isupper() else word


class _Model(Protocol):
    @property
    def labels(self) -> Sequence[str]: ...
    def set_languages(self, langs: Iterable[str]) -> None: ...
    def classify(self, text: str) -> tuple[str, float]: ...


class _Loader(Protocol):
    def from_model_file(self, model_file: str, *, norm_probs: bool) -> _Model: ...


@cache
def _model() -> _Model:
    """Load the model for the languages that have a code of two letters, and for text without a language."""
    from py3langid import langid  # noqa: PLC0415  most of what imports this never asks for a language

    loaded = cast("_Loader", langid.LanguageIdentifier).from_model_file(langid.MODEL_FILE, norm_probs=True)
    loaded.set_languages([one for one in loaded.labels if len(one) == _ISO_639_1 or one == _NO_LANGUAGE])
    return loaded
