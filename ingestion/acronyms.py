"""Finds the acronyms that a text spells out, so that its passages are found by either form.

A text says "Suspicious Activity Report (SAR)" once, and then only SAR, or only the long form. Whoever asks may know the
other one. What a document spells out counts for its own passages alone: it means nothing where a reader does not see
that document, and other documents may mean something else by the same letters.
"""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

MOST: Final = 500
"""Acronyms of one text that count: the 40 rulebooks of ObliQA have 401 together."""


@dataclass(frozen=True)
class Acronyms:
    """The long form of each acronym of one text."""

    long_forms: Mapping[str, str]

    def meant_by(self, passage: str) -> str:
        """Give the other forms of what a passage names in one form alone, as words; mostly none."""
        if not self.long_forms:
            return ""
        short = {one for one in _ACRONYMS.findall(passage) if one in self.long_forms}
        long = set(self._written_out(_folded(passage)))
        return " ".join([*(self.long_forms[one] for one in sorted(short - long)), *sorted(long - short)])

    def _written_out(self, words: Sequence[str]) -> list[str]:
        return [
            short
            for at, word in enumerate(words)
            for form, short in self._by_first_word.get(word, ())
            if words[at : at + len(form)] == form
        ]

    @cached_property
    def _by_first_word(self) -> Mapping[str, Sequence[tuple[list[str], str]]]:
        forms: defaultdict[str, list[tuple[list[str], str]]] = defaultdict(list)
        for short, long in self.long_forms.items():
            words = _folded(long)
            forms[words[0]].append((words, short))
        return forms


def acronyms_of(text: str) -> Acronyms:
    """Find what a text spells out: "Long Form (LF)", or "LF (Long Form)"; the first long form of an acronym counts.

    The letters of the acronym must be in the long form, in order, the first one at the beginning of a word (Schwartz
    and Hearst 2003).
    """
    found: dict[str, str] = {}
    for match in _IN_BRACKETS.finditer(text):
        inside, before = match[1], text[max(0, match.start() - _FAR) : match.start()].rstrip()
        if _ACRONYM.fullmatch(inside):
            short, long = inside, _long_form(inside, _words_before(before, inside))
        else:
            short = before.rpartition(" ")[2].strip(_MARKS)
            long = _long_form(short, inside) if _ACRONYM.fullmatch(short) else None
            long = long if long == inside else None
        if long and short not in found:
            found[short] = " ".join(long.split())
        if len(found) == MOST:
            break
    return Acronyms(found)


_ACRONYM: Final = re.compile(r"(?=(?:[^A-Z]*[A-Z]){2})[A-Z][A-Za-z0-9&/-]{1,9}")
_MARKS: Final = " \t\n*_\"'\u2018\u2019\u201c\u201d"
"""What stands around a term that is set apart."""

_IN_BRACKETS: Final = re.compile(rf"\((?:the )?[{_MARKS}]*([A-Z][^()\n]{{1,80}}?)[{_MARKS}]*\)")
_ACRONYMS: Final = re.compile(r"\b[A-Z][A-Za-z0-9&-]{1,9}?(?=s?\b)")
_WORDS: Final = re.compile(r"\w+")
_FAR: Final = 200


def _words_before(text: str, short: str) -> str:
    """Give the words in which the long form must be: at most twice as many as letters, and at most five more."""
    words = text.rpartition("\n\n")[2].split()
    return " ".join(words[-min(len(short) + 5, 2 * len(short)) :])


def _long_form(short: str, text: str) -> str | None:
    """Match the letters of an acronym from behind; None where they are not there, or are the acronym itself."""
    at = len(text)
    for place in range(len(short) - 1, -1, -1):
        letter = short[place].lower()
        if not letter.isalnum():
            continue
        at -= 1
        while at >= 0 and (text[at].lower() != letter or (place == 0 and at > 0 and text[at - 1].isalnum())):
            at -= 1
        if at < 0:
            return None
    long = text[at:].strip(_MARKS)
    return long if " " in long and short not in long.split() else None


def _folded(text: str) -> list[str]:
    return _WORDS.findall(text.casefold())
