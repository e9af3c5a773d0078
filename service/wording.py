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
    """Divide two versions into stretches; spacing does not count, and what stays is written as it is in `after`.

    Sentences are compared first, and only those that differ word by word, so that long texts stay fast and readable.
    """
    stretches: list[Stretch] = []
    for stretch in _by_words(_SENTENCE.findall(before), _SENTENCE.findall(after)):
        unfinished = stretches and not (stretches[-1].removed or stretches[-1].added)
        same = stretches.pop().same + stretch.same if unfinished else stretch.same
        stretches.append(stretch.model_copy(update={"same": same}))
    return tuple(stretches)


def changed_words(before: str, after: str) -> tuple[Stretch, ...]:
    """Give only what changes, without what stays; empty when at most the spacing does."""
    return tuple(
        Stretch(same="", removed=one.removed.strip(), added=one.added.strip())
        for one in compare(before, after)
        if one.removed or one.added
    )


_SENTENCE: Final = re.compile(r"\S.*?(?:[.;:!?]\s+|\n\s*|\Z)", re.DOTALL)
_WORD: Final = re.compile(r"\S+\s*")
_LONGEST: Final = 2_000
"""Words up to which a replaced passage is compared word by word; one that is longer is shown as replaced."""
_MANY: Final = 1_000
"""From so many parts on, those that repeat everywhere are not looked for in every place: that takes too long."""

_Blocks = Iterator[tuple[str, Sequence[str], Sequence[str]]]


def _by_words(before: Sequence[str], after: Sequence[str]) -> Iterator[Stretch]:
    for tag, old, new in _blocks(before, after):
        if tag == "equal":
            yield Stretch(same="".join(new), removed="", added="")
            continue
        words, others = _WORD.findall("".join(old)), _WORD.findall("".join(new))
        if max(len(words), len(others)) > _LONGEST:
            yield Stretch(same="", removed="".join(old), added="".join(new))
            continue
        for kind, gone, come in _blocks(words, others):
            if kind == "equal":
                yield Stretch(same="".join(come), removed="", added="")
            else:
                yield Stretch(same="", removed="".join(gone), added="".join(come))


def _blocks(before: Sequence[str], after: Sequence[str]) -> _Blocks:
    old, new = [_plain(one) for one in before], [_plain(one) for one in after]
    compared = SequenceMatcher(None, old, new, autojunk=max(len(old), len(new)) > _MANY)
    for tag, i, j, k, m in compared.get_opcodes():
        yield tag, before[i:j], after[k:m]


def _plain(words: str) -> str:
    return " ".join(words.split())
