"""Turns a long text into spans of few enough words that end where a paragraph, a table row or a sentence does."""

import re
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from typing import Final

LONGEST_CHUNK: Final = 220
"""Words in a chunk; an unbroken string counts as one word for every 24 characters."""

_ROWS_LONGEST: Final = 10
"""A table row is cut only beyond so many times the longest."""

_WORD_LENGTH: Final = 24
_WORD: Final = re.compile(rf"\S{{1,{_WORD_LENGTH}}}")
_PARAGRAPH: Final = re.compile(r"\n[ \t]*\n\s*")
# Runs are bounded, so that a long one of dots or spaces is not looked at again from each of its signs.
_SENTENCE: Final = re.compile(
    r"(?<![.!?])[.!?]{1,9}[\"')\]\u201d\u2019]{0,4}\s+(?=[\"'(\[\u201c\u2018]{0,4}[^\W_a-z])"
    r"|[\u3002\uff01\uff1f]\s*|\n(?=[ \t]{0,40}[-*\u2022]\s)"
)
_PAUSE: Final = re.compile(r"[;:,]\s+")
_ABBREVIATION: Final = re.compile(
    r"(?:^|[\s(\[\"'])(?:No|Nos|Art|Arts|Sec|Secs|Reg|Regs|Para|Paras|Ch|Pt|Mr|Mrs|Ms|Dr|Prof|St|vs|v|cf|Cf|e\.g|i\.e|"
    r"Inc|Ltd|Co|Corp|Pub|Stat|Fed|pp|p|ed|eds|Vol|Fig|approx|[A-Z]|(?:[A-Z]\.\s?)+[A-Z])$"
)
_LONGEST_ABBREVIATION: Final = 16


def count_words(text: str) -> int:
    """Count words as chunks count them."""
    words = text.split()
    return len(words) + sum((len(word) - 1) // _WORD_LENGTH for word in words if len(word) > _WORD_LENGTH)


def sentence_spans(words: str, offset: int = 0, longest: int = LONGEST_CHUNK) -> list[tuple[int, int]]:
    """Share out a text into spans of at most `longest` words, of nearly one length, that break between sentences.

    A table row stays whole unless it is ten times as long; where a sentence is too long, it breaks at a pause or word.
    `offset` is added to the spans; white space between them belongs to none.
    """
    if count_words(words) <= longest:
        return [(offset, offset + len(words))]
    starts = [match.start() for match in _WORD.finditer(words)]
    even = -(-len(starts) // -(-len(starts) // longest))
    spans: list[tuple[int, int]] = []
    held = 0
    for start, end in _pieces(words, starts, longest):
        length = _length(starts, start, end)
        if spans and held + length <= longest and held < even:
            spans[-1] = (spans[-1][0], end)
            held += length
        else:
            spans.append((start, end))
            held = length
    return [(offset + start, offset + end) for start, end in spans]


def _pieces(words: str, starts: Sequence[int], longest: int) -> Iterator[tuple[int, int]]:
    """Give spans of at most `longest` words, as large as they come."""
    waiting = [(0, len(words), 0)]
    while waiting:
        start, end, level = waiting.pop()
        length = _length(starts, start, end)
        row = words.startswith("|", start) and "\n" not in words[start:end]
        if not length:
            continue
        if length <= longest or (row and length <= longest * _ROWS_LONGEST):
            yield start, end
        elif level == len(_LEVELS):
            yield from _cut(words, starts, (start, end), longest)
        else:
            waiting.extend((*span, level + 1) for span in reversed(_LEVELS[level](words, start, end)))


def _length(starts: Sequence[int], start: int, end: int) -> int:
    return bisect_left(starts, end) - bisect_left(starts, start)


def _cut(words: str, starts: Sequence[int], span: tuple[int, int], longest: int) -> Iterator[tuple[int, int]]:
    first, last = (bisect_left(starts, place) for place in span)
    for index in range(first, last, longest):
        start = starts[index]
        end = starts[index + longest] if index + longest < last else span[1]
        yield start, start + len(words[start:end].rstrip())


def _paragraphs(words: str, start: int, end: int) -> list[tuple[int, int]]:
    return _between(words, start, end, [match.span() for match in _PARAGRAPH.finditer(words, start, end)])


def _rows(words: str, start: int, end: int) -> list[tuple[int, int]]:
    """Set every table row apart from the lines around it."""
    spans: list[tuple[int, int]] = []
    joins, at = False, start
    for line in words[start:end].split("\n"):
        row = line.lstrip().startswith("|")
        begin = at + len(line) - len(line.lstrip())
        stop = at + len(line.rstrip())
        if joins and not row and spans and stop > begin:
            spans[-1] = (spans[-1][0], stop)
        elif stop > begin:
            spans.append((begin, stop))
            joins = not row
        at += len(line) + 1
    return spans


def _sentences(words: str, start: int, end: int) -> list[tuple[int, int]]:
    breaks = [
        match.span()
        for match in _SENTENCE.finditer(words, start, end)
        if not _ABBREVIATION.search(words[max(start, match.start() - _LONGEST_ABBREVIATION) : match.start()])
    ]
    return _between(words, start, end, breaks)


def _pauses(words: str, start: int, end: int) -> list[tuple[int, int]]:
    return _between(words, start, end, [match.span() for match in _PAUSE.finditer(words, start, end)])


def _between(words: str, start: int, end: int, breaks: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Give the stretches up to each break, its punctuation included and white space before and in it not."""
    spans: list[tuple[int, int]] = []
    for _, after in breaks:
        stop = start + len(words[start:after].rstrip())
        if stop > start:
            spans.append((start, stop))
        start = after
    if end > start:
        spans.append((start, end))
    return spans


_LEVELS: Final[Sequence[Callable[[str, int, int], list[tuple[int, int]]]]] = (_paragraphs, _rows, _sentences, _pauses)
