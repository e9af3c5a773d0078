"""Turns what a caller asked into a question that is there and says what it is about, or into what is wrong with it."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Final

from pydantic import JsonValue

from decision.facts import Case, InvalidCaseError, Problem
from decision.packs.policy.sentences import content_words
from decision.schema import FactSchema

_LETTERS: Final = re.compile(r"[^\W\d_]{2,}")
_LEGAL_ADVICE: Final = re.compile(
    r"\b(?:legal advice|lawyers?|attorneys?|solicitors?|sue|suing|lawsuits?|take .{1,40} to court|in court"
    r"|(?:my|our) chances|am i liable|are we liable)\b",
    re.IGNORECASE,
)
_NEGATED: Final = re.compile(r"\b(?:not|never|cannot)\b|n['\u2019]t\b", re.IGNORECASE)
_MISSING: Final = Problem(
    "question", "a question in words", "say what you want to know, such as: When is a refund due?"
)


class QuestionSchema(FactSchema):
    """Facts of a domain in which nothing can be decided without a question."""

    __slots__ = ()

    def read(self, domain: str, raw: Mapping[str, JsonValue], as_of: date, question: str | None = None) -> Case:
        """Make a Case of what a caller sent; a question that is missing or blank is a problem like any other."""
        asked = (question or "").strip()
        try:
            case = FactSchema.read(self, domain, raw, as_of, question)
        except InvalidCaseError as refused:
            raise InvalidCaseError(refused.problems if asked else (*refused.problems, _MISSING)) from None
        if not asked:
            raise InvalidCaseError((_MISSING,))
        return case


def words_asked(question: str) -> int:
    """Count the different content words of a question that have at least two letters."""
    return sum(_LETTERS.search(word) is not None for word in content_words(question))


def is_negated(question: str) -> bool:
    """Tell whether a question asks what is not so, which shared words cannot tell from what is so."""
    return _NEGATED.search(question) is not None


def asks_legal_advice(question: str) -> bool:
    """Tell whether a question asks what a lawyer must answer."""
    return _LEGAL_ADVICE.search(question) is not None
