"""Turns the words of a clause into the keys of the clauses it refers to in the same revision."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

_GROUPS = r"(?:\(\w{1,4}\)){1,8}"
_NUMBER = rf"(?:\d+[a-z]?(?:[.\-\u2013]\d+[a-z]?)*(?:{_GROUPS})?|{_GROUPS}|[IVXLC]+\b(?:{_GROUPS})?)(?!\w)"
_AND = r"(?:,\s*(?:and|or)\s+|[,;]\s*|\s+(?:and|or|to|through)\s+|\s*\u2013\s*)"
_NAMES: Final = {
    "point": 1,
    "subparagraph": 2,
    "paragraph": 3,
    "subsection": 3,
    "clause": 4,
    "section": 4,
    "article": 4,
    "rule": 4,
    "regulation": 4,
    "chapter": 5,
    "part": 6,
    "annex": 6,
    "schedule": 6,
    "appendix": 6,
}
"""What provisions are called, and how large they are beside each other."""

_SPELT: Final = (*_NAMES, "sub-paragraph", "art.", "sec.", "para.", "annexes", "appendices")
_NAMED = "|".join(
    rf"[{word[0]}{word[0].upper()}](?:{re.escape(word[1:])}|{re.escape(word[1:].upper())})"
    for word in sorted(_SPELT, key=len, reverse=True)
)
_REFERENCE: Final = re.compile(
    rf"({_NAMED}|§)(?:s\b|S\b|(?<=§)§|(?<=\.)|\b|(?<=§))(?:[\s\u200e\u200f]*({_NUMBER}(?:{_AND}{_NUMBER})*))?"
)
_THIS: Final = re.compile(r"(?i:\bthis)\s+$")
_ALIASES: Final = {
    "art.": "article",
    "sec.": "section",
    "para.": "paragraph",
    "§": "section",
    "sub-paragraph": "subparagraph",
    "annexes": "annex",
    "appendices": "appendix",
}
_WITHIN: Final = re.compile(
    r"(?:,?\s+(?:of|in|to|under)|,)\s+(?:the\s+|this\s+)?(?:(?:\w+\s+)?sub-?paragraph\s+(?:of|in)\s+)?"
)
_SUBPARAGRAPH: Final = re.compile(r",?\s*(?:(?:of|in)\s+)?(?:the\s+)?\w+\s+sub-?paragraph\b,?\s*(?:(?:of|in)\s+)?")
_ELSEWHERE: Final = re.compile(
    r",?\s+(?:of|to)\s+(?:the\s+|that\s+)?(?!(?:Article|Section|Annex|Chapter|Part|Schedule|Rule|Clause)s?\b)[A-Z]"
    r"|\s+(?:TFEU|TEU|ECHR|GATT|GDPR)\b"
)
_CITED: Final = re.compile(r"(?:U\.\s?S\.\s?C\.|C\.\s?F\.\s?R\.|CFR|USC)\s*$")
_NEVER_BARE: Final = {"article", "chapter", "part", "annex", "schedule", "appendix", "regulation"}
"""A policy that mentions Article 5 means a law's, not its own clause 5."""

_INSIDE: Final = {"point", "subparagraph", "paragraph", "subsection"}
_TOKEN: Final = re.compile(rf"({_AND})?({_NUMBER})")
_RANGE: Final = re.compile(r"\s+(?:to|through)\s+|\s*\u2013\s*")
_JOINED_RANGE: Final = re.compile(r"(.*?)(\d+)[-\u2013](\d+)")
_LAST_GROUP: Final = re.compile(r"\([^()]*\)$")
_NUMBERED_KEY: Final = re.compile(r"(.*?)([a-z]+|\d+)(\)?)")
_LONGEST_RANGE: Final = 300
_BETWEEN: Final = 60
_THIS_LENGTH: Final = 12


class References:
    """Finds references among the keys of one revision, which come in the order of its clauses."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._order = {key: place for place, key in enumerate(keys)}
        self._keys = list(keys)

    def find(self, texts: Iterable[str], key: str) -> tuple[str, ...]:
        """Find the keys that the clause `key` refers to in its own words, in order; other texts' are passed over.

        Where a revision knows only the provision around what is meant (Article 7 for Article 7(1)(a)), it is that.
        """
        found = {target: None for text in texts for chain in _chains(text) for target in self._targets(chain, key)}
        found.pop(key, None)
        return tuple(found)

    def _targets(self, chain: "_Chain", key: str) -> Iterator[str]:
        """Resolve "points (a) and (b) of paragraph 1 of Article 5", largest first; what is not there is left out."""
        bases = list(self._named(chain.names[0], key, within=False))
        for name in chain.names[1:]:
            bases = [target for base in bases for target in list(self._named(name, base, within=True)) or [base]]
        yield from dict.fromkeys(bases)

    def _named(self, name: "_Name", base: str, *, within: bool) -> Iterator[str]:
        if name.own:
            outermost = list(_shortened(base))[-1]
            yield from (form for form in (outermost,) if form in self._order and form.startswith(f"{name.word}-"))
        last: str | None = None
        for token in name.numbers:
            target = self._resolved(name.word, token.number, base, within=within)
            if target is None and not within:
                yield from self._joined_range(name.word, token.number, base)
            if target is not None:
                if token.ends_range and last is not None:
                    yield from self._between(last, target)
                yield target
            last = target

    def _resolved(self, word: str, number: str, base: str, *, within: bool) -> str | None:
        if within:
            forms = _inside(number, (base,))
        elif word in _INSIDE:
            forms = (*_inside(number, (*_shortened(base),)), *(_forms(word, number) if "." in number else ()))
        else:
            forms = _forms(word, number)
        return next((form for form in forms if form in self._order), None)

    def _joined_range(self, word: str, number: str, base: str) -> Iterator[str]:
        """Read "1026.40-42", which names no clause, as a range."""
        joined = _JOINED_RANGE.fullmatch(number)
        ends = [self._resolved(word, joined[1] + joined[end], base, within=False) for end in (2, 3)] if joined else []
        match ends:
            case [str(first), str(last)]:
                yield first
                yield from self._between(first, last)
                yield last
            case _:
                pass

    def _between(self, first: str, last: str) -> Iterator[str]:
        """Give the clauses between two of one form ("Articles 5 to 7"), by the order of the text."""
        start, end = self._order[first], self._order[last]
        one, other = _NUMBERED_KEY.fullmatch(first), _NUMBERED_KEY.fullmatch(last)
        if one is None or other is None or (one[1], one[3]) != (other[1], other[3]):
            return
        form = re.compile(re.escape(one[1]) + r"(?:\d+[a-z]*|[a-z]+)" + re.escape(one[3]))
        yield from (key for key in self._keys[start + 1 : min(end, start + _LONGEST_RANGE)] if form.fullmatch(key))


@dataclass(frozen=True, slots=True)
class _Token:
    """One number of a list of them; `ends_range` says that "to" stands before it."""

    number: str
    ends_range: bool


@dataclass(frozen=True, slots=True)
class _Name:
    """A word such as "Article" with its numbers; `own` stands for "this"."""

    word: str
    numbers: tuple[_Token, ...]
    own: bool


@dataclass(frozen=True, slots=True)
class _Chain:
    """Names that say one place together, the largest first."""

    names: tuple[_Name, ...]


def _chains(text: str) -> Iterator[_Chain]:
    """Read the references of a text, those of other texts left out."""
    names: list[_Name] = []
    rising = False
    end = 0
    for match in _REFERENCE.finditer(text):
        start = match.start()
        own = match[2] is None and _THIS.search(text[max(0, start - _THIS_LENGTH) : start]) is not None
        if (match[2] is None and not own) or (start and text[start - 1].isalnum()):
            continue
        name = _name(match, own=own)
        link = _link(text[end:start], names[-1], name) if names else None
        if names and (link is None or (len(names) > 1 and link != rising)):
            yield from _whole(text, end, names, rising=rising)
            names = []
        rising = bool(link)
        if _CITED.search(text[max(0, start - _THIS_LENGTH) : start]) and not names:
            continue
        names.append(name)
        end = match.end()
    if names:
        yield from _whole(text, end, names, rising=rising)


def _whole(text: str, end: int, names: list[_Name], *, rising: bool) -> Iterator[_Chain]:
    if not _ELSEWHERE.match(text, end):
        yield _Chain(tuple(reversed(names)) if rising else tuple(names))


def _link(between: str, before: _Name, name: _Name) -> bool | None:
    """Tell whether two names are one place: True when the second is around the first, False when inside, else None."""
    if len(between) > _BETWEEN:
        return None
    larger = _NAMES[name.word] > _NAMES[before.word]
    if larger and (_WITHIN.fullmatch(between) or _SUBPARAGRAPH.fullmatch(between)) and between.strip() != ",":
        return True
    smaller = _NAMES[name.word] < _NAMES[before.word]
    plain = between.strip() in {"", ","}
    return False if smaller and (plain or _SUBPARAGRAPH.fullmatch(between)) else None


def _name(match: re.Match[str], *, own: bool) -> _Name:
    word = match[1].lower()
    word = _ALIASES.get(word, word)
    tokens: list[_Token] = []
    for separator, number in _TOKEN.findall(match[2] or ""):
        full = _like(tokens[-1].number, number) if tokens and number.startswith("(") else number
        tokens.append(_Token(full.replace("\u2013", "-"), ends_range=_RANGE.fullmatch(separator) is not None))
    return _Name(word, tuple(tokens), own=own)


def _like(before: str, groups: str) -> str:
    """Complete "(4)" after "15(1)": the same provision, with its last groups exchanged."""
    for _ in range(groups.count("(")):
        before = _LAST_GROUP.sub("", before)
    return before + groups


def _inside(number: str, around: Sequence[str]) -> tuple[str, ...]:
    """Give the keys of a number inside one of several clauses, the whole number first."""
    head, bracket, groups = number.partition("(")
    suffix = f"({head}){bracket}{groups}" if head else number
    return tuple(outer + shorter for shorter in _shortened(suffix) if shorter for outer in around)


def _forms(word: str, number: str) -> tuple[str, ...]:
    """Give the keys that a number may have outside of other clauses: with its word, and for sections without."""
    shorter = tuple(_shortened(number))
    if word in _NEVER_BARE:
        return tuple(f"{word}-{one.lower()}" for one in shorter)
    return tuple(form for one in shorter for form in (f"{word}-{one.lower()}", one))


def _shortened(key: str) -> Iterator[str]:
    while key:
        yield key
        shorter = _LAST_GROUP.sub("", key)
        if shorter == key:
            return
        key = shorter
