"""Turns what changed against a reconsidered decision into blocks."""

from collections.abc import Iterator

from pydantic import JsonValue

from service.present.blocks import Block, Cell, Column, Folded, Grid, Heading, Lines, Paragraph
from service.present.reading import Json, label, money, object_of, objects, text, texts, worded


def changed(decision: Json) -> Iterator[Block]:
    """Say which decision is reconsidered, and what is different now: outcome, facts, comparables, review, sources."""
    changes = object_of(decision.get("changes"))
    if not changes:
        return
    yield Paragraph(f"This decision reconsiders {text(decision.get('reconsiders'))}, which stays as it was recorded.")
    if changes.get("because"):
        yield Paragraph(f"Asked for, in the words of who asked: {text(changes['because'])}")
    columns = (Column(""), Column("Then"), Column("Now"))
    facts = objects(changes.get("facts"))
    stated = [one for one in facts if "derived" not in (one.get("old_provenance"), one.get("new_provenance"))]
    outcome = object_of(changes.get("outcome"))
    if isinstance(currency := object_of(object_of(decision.get("answer")).get("value")).get("currency"), str):
        outcome = {name: money(value, currency) for name, value in outcome.items() if value is not None}
    rows = [_row(label(name), object_of(changes.get(name))) for name in ("status", "review", "generation")]
    yield Grid(columns, (_row("Outcome", outcome), *rows, *(_fact(one) for one in stated)))
    yield from _sales(object_of(changes.get("comparables")))
    if derived := tuple(_fact(one) for one in facts if one not in stated):
        yield Folded("What followed from it", (Grid(columns, derived),))
    if versions := tuple(_fact(one) for one in objects(changes.get("versions"))):
        yield Heading("Not only the case is different: so are")
        yield Grid(columns, versions)


def _sales(sales: Json) -> Iterator[Block]:
    said = [
        f"{label(name)}: {', '.join(ids)}" for name in ("added", "dropped", "kept") if (ids := texts(sales.get(name)))
    ]
    if said:
        yield Heading("Comparables")
        yield Lines(tuple(Cell(one) for one in said))


def _row(name: str, change: Json) -> tuple[Cell, ...]:
    old, new = change.get("old"), change.get("new")
    return Cell(name), Cell(_told(old)), Cell(_told(new), "attention" if old != new else None)


def _fact(one: Json) -> tuple[Cell, ...]:
    return (
        Cell(label(text(one.get("fact")))),
        Cell(_sourced(one.get("old"), one.get("old_provenance"))),
        Cell(_sourced(one.get("new"), one.get("new_provenance"))),
    )


def _sourced(value: JsonValue, provenance: JsonValue) -> str:
    return _told(value) if provenance in (None, "given", "derived") else f"{_told(value)} ({text(provenance)})"


def _told(value: JsonValue) -> str:
    return worded(value) if not isinstance(value, list) else "; ".join(worded(one) for one in value) or "none"
