"""Turns the words of a clause into drafts of rules: what somebody must, may or must not, and under which conditions.

A draft is material for a person. No part of the engine reads one, and a rule book with a draft in it is refused.
"""

import re
from collections.abc import Iterator
from typing import Final, Literal

from decision.decision import ClauseRef
from retrieval.corpus import Value

Duty = Literal["must", "must_not", "may", "may_not", "entitled"]


class Draft(Value):
    """One sentence that binds somebody, taken apart: who, what, under which conditions, with which quantities."""

    clause: ClauseRef
    sentence: str
    duty: Duty
    subject: str
    action: str
    conditions: tuple[str, ...]
    exceptions: tuple[str, ...]
    quantities: tuple[str, ...]


def drafts_in(clause: ClauseRef, words: str) -> Iterator[Draft]:
    """Find the sentences of a clause that demand, allow or forbid something."""
    for sentence in _sentences(words):
        bare, conditions, exceptions = _apart(sentence)
        found = _DUTY.search(bare)
        if found is not None:
            yield Draft(
                clause=clause,
                sentence=sentence,
                duty=_duty(found.group().lower()),
                subject=_trimmed(bare[: found.start()]),
                action=_trimmed(bare[found.end() :]),
                conditions=conditions,
                exceptions=exceptions,
                quantities=tuple(dict.fromkeys(one.group().strip() for one in _QUANTITY.finditer(sentence))),
            )


_SENTENCE_END: Final = re.compile(r"(?<=[.;!?])\s+(?=[A-Z(“\"])|\n\s*\n|\n\s*[-*•]\s+")
_NUMBERING: Final = re.compile(r"^\W*(?:\d+(?:\.\d+)*\.?|\([a-z0-9]+\))?\W*\s*(?=\w)")
_DUTIES: Final = (
    "must not|shall not|may not|is not allowed to|are not allowed to|is prohibited from|are prohibited from|"
    "must|shall|is required to|are required to|has to|have to|may|is allowed to|are allowed to|"
    "is entitled to|are entitled to|has the right to|have the right to"
)
_DUTY: Final = re.compile(rf"\b(?:{_DUTIES}|{_DUTIES.upper()})\b")  # a capital alone is a month or begins a question
_LEAD: Final = r"(?:only\s+)?(?:if|where|when|whenever|in case|in the event that|provided that|as long as|once)"
_EXCEPT: Final = r"(?:unless|except(?: where| when| if| for| that)?|save where|notwithstanding|subject to)"
_OPENING: Final = re.compile(rf"^({_LEAD}|{_EXCEPT})\b([^,]+),\s*", re.IGNORECASE)
_CLOSING: Final = re.compile(
    rf",?\s+\b({_LEAD}|{_EXCEPT})\b(.+?)(?=,?\s+\b(?:{_LEAD}|{_EXCEPT})\b|[.;!?]?\s*$)", re.IGNORECASE
)
_IS_EXCEPTION: Final = re.compile(rf"^{_EXCEPT}\b", re.IGNORECASE)
_CURRENCY: Final = r"(?:EUR|USD|GBP|CAD|[$€£])"
_NUMBER: Final = (
    r"(?:\d(?:[\d,.]*\d)?|one|two|three|four|five|six|seven|eight|nine|ten|twelve|fourteen|twenty-four|thirty)"
)
_UNIT: Final = (
    r"(?:EUR|USD|GBP|CAD|%|per cent|percent|hours?|minutes?|days?|weeks?|months?|years?|km|kilometres|miles|bags?)"
)
_QUANTITY: Final = re.compile(rf"{_CURRENCY}\s?{_NUMBER}|\b{_NUMBER}\s?{_UNIT}(?!\w)", re.IGNORECASE)


def _sentences(words: str) -> Iterator[str]:
    for part in _SENTENCE_END.split(words.replace("**", "")):
        sentence = " ".join(_NUMBERING.sub("", part).split())
        if sentence:
            yield sentence


def _apart(sentence: str) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    """Take the conditions off the front and the end of a sentence."""
    found: list[str] = []
    bare = sentence
    while opening := _OPENING.match(bare):
        found.append(f"{opening[1]}{opening[2]}".strip())
        bare = bare[opening.end() :]
    duty = _DUTY.search(bare)
    if duty is not None:
        head, tail = bare[: duty.end()], bare[duty.end() :]
        found += [f"{one[1]}{one[2]}".strip() for one in _CLOSING.finditer(tail)]
        bare = head + _CLOSING.sub("", tail)
    exceptions = tuple(one for one in found if _IS_EXCEPTION.match(one))
    return bare, tuple(one for one in found if one not in exceptions), exceptions


def _duty(words: str) -> Duty:
    if "entitled" in words or "right" in words:
        return "entitled"
    if "not" in words or "prohibited" in words:
        return "may_not" if words.startswith("may") else "must_not"
    return "may" if words == "may" or "allowed" in words else "must"


def _trimmed(words: str) -> str:
    return words.strip(" ,.;:")
