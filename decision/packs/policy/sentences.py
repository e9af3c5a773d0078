"""Turns a text into sentences with their exact places, and a sentence into the stems of its content words."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

# fmt: off
_ABBREVIATIONS: Final = frozenset(
    {
        "approx", "art", "arts", "cf", "ch", "dr", "e.g", "ed", "eds", "etc", "fig", "i.e", "incl", "mr",
        "mrs", "ms", "no", "nos", "p", "para", "paras", "pp", "prof", "reg", "regs", "s", "s.i", "sec", "st",
        "subpara", "vol", "vs",
    }
)
_STOP: Final = frozenset(
    {
        "a", "about", "am", "an", "and", "any", "are", "as", "at", "be", "been", "being", "both", "but", "by",
        "can", "could", "did", "do", "does", "doing", "for", "from", "get", "give", "had", "has", "have",
        "how", "i", "if", "in", "into", "is", "it", "its", "may", "me", "must", "my", "of", "on", "or", "our",
        "shall", "should", "so", "such", "than", "that", "the", "their", "them", "then", "there", "these",
        "they", "this", "those", "to", "under", "up", "us", "was", "we", "were", "what", "when", "where",
        "which", "while", "who", "whom", "whose", "why", "will", "with", "would", "you", "your", "many", "much",
        "given", "happen", "happens", "need", "needed", "needs", "no", "not",
    }
)
# fmt: on
_STOPPING: Final = re.compile(
    r"[.!?]+[\"')\]*_\u201d\u2019]*(?=\s|$)|\n\s*\n|\n(?=\s*(?:[-*+]|\(?[a-z0-9]{1,3}[.)])\s)"
)
_LAST_WORD: Final = re.compile(r"([^\s(\[*_\"']+)$")
_NEXT_WORD: Final = re.compile(r"\s*([\"'(\[*_\u201c\u2018]*)(\w)?")
_WORD: Final = re.compile(r"\d+(?:[.,]\d+)+|\w+(?:['\u2019]\w+)?", re.UNICODE)
_HOW: Final = re.compile(r"\bhow (?:soon|long|far|often|late|early|high|large|big)\b", re.IGNORECASE)
_SUFFIXES: Final = (
    "ations",
    "ation",
    "ments",
    "ment",
    "ings",
    "ing",
    "ies",
    "ers",
    "er",
    "ed",
    "es",
    "ly",
    "als",
    "al",
    "s",
    "e",
    "y",
)
_SHORTEST_STEM: Final = 3
_SAME_START: Final = 6
_LONGEST_WORD: Final = 30


@dataclass(frozen=True, slots=True)
class Sentence:
    """A stretch of a text that reads as one sentence: half-open offsets, and the words between them."""

    start: int
    end: int
    text: str


def sentences(text: str) -> list[Sentence]:
    """Split a text; `text[s.start:s.end] == s.text` for each, and only white space lies between them."""
    found: list[Sentence] = []
    start = 0
    for end in _ends(text):
        piece = text[start:end]
        words = piece.strip()
        if words:
            offset = start + len(piece) - len(piece.lstrip())
            found.append(Sentence(offset, offset + len(words), words))
        start = end
    return found


def stems(text: str) -> frozenset[str]:
    """Collect the stems of the content words, without stop words; a number stays as it is."""
    return frozenset(_stem(word) for word in content_words(text))


def content_words(text: str) -> tuple[str, ...]:
    """List the words and numbers that say what a text is about, each once, in small letters, without stop words."""
    words = (match.group().lower().replace(",", "") for match in _WORD.finditer(_HOW.sub("how", text)))
    return tuple(dict.fromkeys(word for word in words if word not in _STOP))


def shared(wanted: frozenset[str], present: frozenset[str]) -> frozenset[str]:
    """Select those of the wanted stems that are present; long stems match by their first letters."""
    starts = {stem[:_SAME_START] for stem in present if len(stem) >= _SAME_START}
    return frozenset(stem for stem in wanted if stem in present or stem[:_SAME_START] in starts)


def _ends(text: str) -> Iterator[int]:
    for match in _STOPPING.finditer(text):
        if match.group()[0] == "\n" or _closes(text, match):
            yield match.end()
    yield len(text)


def _closes(text: str, match: re.Match[str]) -> bool:
    following = _NEXT_WORD.match(text, match.end())
    letter = following[2] if following else None
    if letter is not None and letter.islower():
        return False
    if match.group()[0] != ".":
        return True
    word = _LAST_WORD.search(text, max(0, match.start() - _LONGEST_WORD), match.start())
    last = word[1].lower() if word else ""
    initial = len(last) == 1 and last.isalpha() and letter is not None
    numbered = last.isdigit() and not text[: word.start() if word else 0].rpartition("\n")[2].strip()
    return not (last in _ABBREVIATIONS or initial or numbered)


def _stem(word: str) -> str:
    for ending in ("'s", "\u2019s"):
        word = word.removesuffix(ending)
    for suffix in _SUFFIXES:
        if word.endswith(suffix) and len(word) - len(suffix) >= _SHORTEST_STEM and not word.isdigit():
            return word.removesuffix(suffix)
    return word
