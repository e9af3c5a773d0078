"""Turns keys and numbers of clauses into the names by which texts and questions cite them, and reads those names."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from retrieval.filters import AnyOf


def enclosing(key: str) -> Iterator[str]:
    """Give a key and those of the numbered clauses around it, innermost first: 7(1)(a), 7(1), 7."""
    while key:
        yield key
        shorter = _LAST_GROUP.sub("", key)
        if shorter == key:
            return
        key = shorter


def names_of(document_id: str, key: str, cited_as: Sequence[str]) -> tuple[str, ...]:
    """Give how a clause is cited: by its key in its own document, by its bare number under the names of the document.

    The bare number of `article-7(1)` is 7(1).
    """
    bare = _KIND.sub("", key)
    return (f"{document_id}#{key}", *(f"{name}#{bare}" for name in cited_as))


def named_in(question: str) -> tuple[str, ...]:
    """Read the numbers of clauses that a question names ("Article 7(1)(a)", "section 61(2)", "GEN 3.3"), as keys."""
    found: dict[str, None] = {}
    for match in _NAMED.finditer(question):
        number = _SPACE.sub("", match[2]).lower()
        kinds = [match[1].lower().rstrip("s")] if match[1] else []
        found |= dict.fromkeys([number, *(f"{kind}-{number}" for kind in kinds)])
    return tuple(found)


def share_of_names(stems: Sequence[str]) -> float:
    """Tell how much of a question the clause that it names is: 1 for little else, less the more stems there are.

    A short question means that clause. A long one mostly cites it beside what it asks: lifted to the top whatever was
    asked, the clauses named in 70 questions on rulebooks cost them .24 of average precision, by this share .03.
    """
    return min(1.0, _FEW_WORDS / max(1, len(stems)))


def bearing(keys: Sequence[str]) -> AnyOf:
    """Ask for the clauses with one of these keys, or inside of one."""
    return AnyOf("clause_keys", tuple(keys))


_FEW_WORDS: Final = 4  # "what does Article 7(2) say" has four stems
_LAST_GROUP: Final = re.compile(r"\([^()]*\)$")
_KIND: Final = re.compile(r"^(?:[a-z]+-)+(?=[a-z]?\d)")
_SPACE: Final = re.compile(r"\s")
_NUMBER = r"\d{1,4}[A-Za-z]?(?:\.\d{1,4}[A-Za-z]?){0,6}(?:\s?\(\w{1,4}\)){0,6}"
_NAMED: Final = re.compile(
    rf"\b(?:([Aa]rticles?|[Ss]ections?|[Rr]ules?|[Pp]aragraphs?|[Cc]lauses?|[Rr]egulations?|[Aa]nnex|[Cc]hapters?)\s"
    rf"|[A-Z]{{2,8}}\s(?=\d{{1,4}}\.\d))({_NUMBER})(?![\w%])"
)
