"""Turns the words of a clause into the keys of the clauses it refers to in the same revision."""

import re
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from typing import Final

_NUMBER = r"(?:\d+[a-z]?(?:[.\-]\d+[a-z]?)*(?:\(\w{1,4}\))*|(?:\(\w{1,4}\))+|[IVXLC]+\b)(?!\w)"
_REFERENCE: Final = re.compile(
    r"(?i:\b(clause|section|article|art\.|paragraph|subsection|point|chapter|part|annex|schedule|rule)(?:s|es)?|(§)§?)"
    rf"\s*({_NUMBER}(?:(?:,\s*(?:and|or)|,|;|\s+and|\s+or|\s+to)\s+{_NUMBER})*)"
)
_ELSEWHERE: Final = re.compile(r",?\s+(?:of|to)\s+(?:the\s+|that\s+)?[A-Z]")
_NEVER_BARE: Final = {"article", "chapter", "part", "annex", "schedule"}
"""A policy that mentions Article 5 means a law's, not its own clause 5."""

_LAST_GROUP: Final = re.compile(r"\([^()]*\)$")


def find_references(text: str, key: str, keys: AbstractSet[str]) -> tuple[str, ...]:
    """Find the keys among `keys` that the clause `key` refers to, in order; a clause of another text is passed over.

    Where a revision knows only the provision around what is meant (Article 7 for Article 7(1)(a)), it is that.
    """
    found: dict[str, None] = {}
    for match in _REFERENCE.finditer(text):
        if _ELSEWHERE.match(text, match.end()):
            continue
        word = (match[1] or "section").lower().replace("art.", "article")
        for number in re.findall(_NUMBER, match[3]):
            target = next((form for form in _forms(word, number, key) if form in keys), None)
            if target is not None and target != key:
                found[target] = None
    return tuple(found)


def _forms(word: str, number: str, key: str) -> Iterator[str]:
    if word in ("paragraph", "subsection", "point"):
        suffix = number if number.startswith("(") else f"({number})"
        yield from (base + suffix for base in _shortened(key))
        if "." not in number:
            return
    for shorter in _shortened(number):
        yield f"{word}-{shorter.lower()}"
        if word not in _NEVER_BARE:
            yield shorter


def _shortened(key: str) -> Iterator[str]:
    while key:
        yield key
        shorter = _LAST_GROUP.sub("", key)
        if shorter == key:
            return
        key = shorter
