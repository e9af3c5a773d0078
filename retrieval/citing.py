"""Turns keys and numbers of clauses into the names by which texts and questions cite them."""

import re
from collections.abc import Iterator, Sequence
from typing import Final


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


_LAST_GROUP: Final = re.compile(r"\([^()]*\)$")
_KIND: Final = re.compile(r"^(?:[a-z]+-)+(?=[a-z]?\d)")
