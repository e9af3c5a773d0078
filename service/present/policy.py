"""Turns the answer to a policy question into sections: what was said, in the words of the sources."""

from collections.abc import Iterator

from service.present.blocks import Block, Cell, Pairs, Paragraph, Quote, Section
from service.present.generic import blocks_of
from service.present.reading import Json, first, label, numbers, object_of, objects, percent, text

_SHOWN = frozenset({"outcome", "text", "quotes", "coverage", "not_covered"})


def sections(decision: Json) -> Iterator[Section]:
    """Give the answer's words, its quotes, how far they reach, and whatever else it holds."""
    answer = object_of(decision.get("answer"))
    if blocks := tuple(_answer(decision, answer)):
        yield Section("answer", "Answer in the words of the sources", blocks)
    rest = {name: part for name, part in answer.items() if name not in _SHOWN and part not in (None, [], {})}
    if blocks := tuple(blocks_of(rest)):
        yield Section("further", "Further parts of the answer", blocks)


def _answer(decision: Json, answer: Json) -> Iterator[Block]:
    if answer.get("text"):
        yield Paragraph(text(answer["text"]))
    cited = {text(one.get("text")): numbers(one.get("citations")) for one in objects(decision.get("claims"))}
    for one in objects(answer.get("quotes")):
        words = text(first(one, "quote", "text"))
        source = ", ".join(text(one[name]) for name in ("document", "clause") if one.get(name))
        yield Quote(words, source, numbers(one.get("citation")) or cited.get(words, ()))
    reach = {name: answer[name] for name in ("coverage", "not_covered") if answer.get(name) not in (None, [])}
    if "coverage" in reach:
        reach["coverage"] = f"{percent(reach['coverage'])} of the question's words"
    if reach:
        yield Pairs(tuple((label(name), Cell(text(value))) for name, value in reach.items()))
