"""Turns the words of chunks into what they cite: clauses of the same document, and of others by their short names.

Whether there is a document of that name is not asked here: it may come later, go, or be hidden from a reader. A link
joins two passages only where a search finds both.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from ingestion.references import References
from retrieval.corpus import Chunk, Clause

_NUMBER = r"[A-Z]?\d{1,6}[A-Z]?(?:\.[A-Z]?\d{1,6}[A-Z]?){0,8}(?:\(\w{1,4}\)){0,8}"
_MORE = rf"(?:(?:\s?,\s?(?:and\s|or\s)?|\s(?:and|or|to)\s)(?:Rules?\s|Sections?\s)?{_NUMBER}){{0,20}}"
_KIND = r"(?:Rules?|[Ss]ections?|[Pp]aragraphs?|Articles?|Regulations?|Chapters?)"
_NAME = r"[A-Z][A-Z0-9]{1,9}"
_NAMED_FIRST: Final = re.compile(rf"\b({_NAME})\s(?:{_KIND}\s({_NUMBER}{_MORE})|({_NUMBER}{_MORE}))")
_NAMED_LAST: Final = re.compile(rf"\b{_KIND}\s({_NUMBER}{_MORE})\s(?:of|in)\s(?:the\s)?({_NAME})\b")
_ONE_NUMBER: Final = re.compile(_NUMBER)
_INVISIBLE: Final = re.compile("[\u200b-\u200f\u2060\ufeff]")
_NO_NAMES: Final = frozenset(
    {"RULE", "RULES", "PART", "CHAPTER", "SECTION", "ARTICLE", "ANNEX", "SCHEDULE", "APPENDIX", "USD", "EUR", "GBP"}
)

_OWN_NAME: Final = re.compile(
    r"\b(?:[Tt]his|[Tt]hese)\s(?:[A-Z][\w-]{1,30}\s){0,5}"
    r"(?:Rulebook|Rules|Regulations?|Policy|Guidelines?|Manual|Directive|Act)\s?"
    rf"\(\s?(?:the\s)?[\"\u201c\u2018']?({_NAME})[\"\u201d\u2019']?\s?\)"
)
_OPENING: Final = 12_000
_DATED_TITLE: Final = re.compile(r"[A-Z][A-Za-z]+(?:,?\s[A-Za-z]+){1,12}\s(?:19|20)\d\d")
_SMALL: Final = frozenset({"and", "of", "the", "for", "on", "in", "to", "a"})


def short_names(title: str, text: str) -> tuple[str, ...]:
    """Find by what names a document says that others cite it: "this Rulebook (GEN)", and the initials of a dated title.

    Only its opening counts, where texts name themselves.
    """
    told = _OWN_NAME.search(_INVISIBLE.sub("", text[:_OPENING]))
    names = [told[1]] if told else []
    if _DATED_TITLE.fullmatch(title.strip()):
        words = [word for word in title.replace(",", " ").split()[:-1] if word.lower() not in _SMALL]
        names += ["".join(word[0].upper() for word in words)] if len(words) > 1 else []
    return tuple(dict.fromkeys(names))


def with_links(chunks: Iterable[Chunk], clauses: Sequence[Clause], own: Sequence[str] = ()) -> tuple[Chunk, ...]:
    """Give the chunks of a revision with their links, from all of its clauses; `own` are its document's short names."""
    references = References([clause.key for clause in clauses])
    return tuple(chunk.model_copy(update={"links": tuple(_links(chunk, references, own))}) for chunk in chunks)


def _links(chunk: Chunk, references: References, own: Sequence[str]) -> Iterator[str]:
    here = [f"{chunk.document_id}#{key}" for key in references.find([chunk.text], chunk.clause_key)]
    there = [link for link in _elsewhere(chunk.text) if link.partition("#")[0] not in own]
    yield from dict.fromkeys((*here, *there))


def _elsewhere(text: str) -> Iterator[str]:
    """Read "GEN Rule 3.3.2", "COBS 6.4 and 6.5" and "section 61(2) of FSMR" as a name and a number."""
    text = " ".join(_INVISIBLE.sub("", text).split())
    for match in _NAMED_FIRST.finditer(text):
        listed = match[2] or match[3]
        if match[2] or "." in _numbers(listed)[0]:  # "IFRS 9" is a name with a number in it
            yield from _to(match[1], listed)
    for match in _NAMED_LAST.finditer(text):
        yield from _to(match[2], match[1])


def _to(name: str, listed: str) -> Iterator[str]:
    if name not in _NO_NAMES:
        yield from (f"{name}#{number.lower()}" for number in _numbers(listed))


def _numbers(listed: str) -> list[str]:
    return _ONE_NUMBER.findall(listed)
