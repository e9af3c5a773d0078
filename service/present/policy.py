"""Turns the answer to a policy question into sections: what was said, in the words of the sources."""

from collections.abc import Iterator

from service.present.blocks import Block, Paragraph, Quote, Section
from service.present.generic import blocks_of
from service.present.reading import Json, first, numbers, objects, text

_QUOTES = ("quotes", "passages")
_SHOWN = frozenset({"outcome", "text", *_QUOTES})


def sections(answer: Json) -> Iterator[Section]:
    """Give the answer's words, its quotes, and whatever else it holds."""
    if blocks := tuple(_answer(answer)):
        yield Section("answer", "Answer in the words of the sources", blocks)
    rest = {name: part for name, part in answer.items() if name not in _SHOWN and part not in (None, [], {})}
    if blocks := tuple(blocks_of(rest)):
        yield Section("further", "Further parts of the answer", blocks)


def _answer(answer: Json) -> Iterator[Block]:
    if answer.get("text"):
        yield Paragraph(text(answer["text"]))
    for one in objects(first(answer, *_QUOTES)):
        source = " ".join(text(one[name]) for name in ("document", "clause") if one.get(name))
        yield Quote(text(first(one, "quote", "text")), source, numbers(first(one, "citation", "n", "citations")))
