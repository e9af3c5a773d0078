"""Turns two versions of a text into what stays and what changes between them, word by word."""

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import Final

from retrieval.corpus import Value


class Stretch(Value):
    """Words that stay, followed by words that go and the words that come in their place; any of them may be empty."""

    same: str
    removed: str
    added: str


def compare(before: str, after: str) -> tuple[Stretch, ...]:
    """Divide two versions into stretches; spacing does not count, and is written as single blanks.

    Sentences are compared first, and only those that differ word by word, so that long texts stay fast and readable.
    """
    stretches: list[Stretch] = []
    for same, removed, added in _by_words(_SENTENCE.findall(before), _SENTENCE.findall(after)):
        unfinished = stretches and not (stretches[-1].removed or stretches[-1].added)
        kept = f"{stretches.pop().same} {same}".strip() if unfinished else same
        stretches.append(Stretch(same=kept, removed=removed, added=added))
    return tuple(stretches)


def changed_words(before: str, after: str) -> tuple[Stretch, ...]:
    """Give only what changes, without what stays; empty when at most the spacing does."""
    return tuple(one.model_copy(update={"same": ""}) for one in compare(before, after) if one.removed or one.added)


_SENTENCE: Final = re.compile(r"\S.*?(?:[.;:!?]\s+|\n\s*|\Z)", re.DOTALL)
_LONGEST: Final = 2_000
"""Words up to which a replaced passage is compared word by word; one that is longer is shown as replaced."""
_MANY: Final = 1_000
"""From so many parts on, those that repeat everywhere are not looked for in every place: that takes too long."""

_Parts = tuple[str, str, str]
"""What stays, goes and comes."""


def _by_words(before: Sequence[str], after: Sequence[str]) -> Iterator[_Parts]:
    for same, old, new in _blocks([_plain(one) for one in before], [_plain(one) for one in after]):
        words, others = old.split(), new.split()
        if same or max(len(words), len(others)) > _LONGEST:
            yield same, old, new
        else:
            yield from _blocks(words, others)


def _blocks(before: Sequence[str], after: Sequence[str]) -> Iterator[_Parts]:
    compared = SequenceMatcher(None, before, after, autojunk=max(len(before), len(after)) > _MANY)
    for tag, i, j, k, m in compared.get_opcodes():
        old, new = " ".join(before[i:j]), " ".join(after[k:m])
        yield (new, "", "") if tag == "equal" else ("", old, new)


def _plain(words: str) -> str:
    return " ".join(words.split())
