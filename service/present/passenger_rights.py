"""Turns the answer of a disruption case into sections: entitlements, regimes, recovery, and the notice."""

from collections.abc import Iterator
from typing import Final

from service.present.blocks import Block, Cell, Column, Folded, Grid, Mark, Paragraph, Section
from service.present.generic import blocks_of
from service.present.reading import Json, first, label, money, number, object_of, objects, text, texts

_SHOWN = frozenset({"outcome", "regimes_considered", "entitlements", "notice"})

_MARKS: Final[dict[str, Mark]] = {
    "due": "pass",
    "unknown": "undetermined",
    "conditional": "attention",
    "carrier_option": "attention",
}


def sections(decision: Json) -> Iterator[Section]:
    """Give a section for each part of a disruption answer that there is."""
    answer = object_of(decision.get("answer"))
    if entitlements := objects(answer.get("entitlements")):
        yield Section("entitlements", "What the passenger is owed", tuple(_entitlements(entitlements)))
    if regimes := objects(answer.get("regimes_considered")):
        yield Section("regimes", "Laws considered", (_regimes(regimes),))
    if notice := answer.get("notice"):
        words = "\n".join(texts(notice)) if isinstance(notice, list) else text(notice)
        yield Section("notice", "Notice to the passenger", (Paragraph(words),))
    rest = {name: part for name, part in answer.items() if name not in _SHOWN}
    if blocks := tuple(blocks_of(rest)):
        yield Section("further", "Further parts of the answer", blocks)


def _entitlements(entitlements: list[Json]) -> Iterator[Block]:
    columns = (
        Column("Entitlement"),
        Column("Status"),
        Column("Amount", numeric=True),
        Column("Deadline"),
        Column("Payment"),
        Column("Clauses"),
    )
    yield Grid(columns, tuple(_row(one) for one in entitlements))
    for one in entitlements:
        detail = {name: part for name, part in one.items() if name not in _IN_ROW and part not in (None, [], {}, "")}
        amount = object_of(one.get("amount"))
        detail |= {name: part for name, part in amount.items() if name in {"per_passenger", "n", "formula", "inputs"}}
        if detail:
            yield Folded(f"{_kind(one)}: how it was worked out", tuple(blocks_of(detail)))


_IN_ROW = frozenset({"kind", "status", "amount", "deadline", "form_of_payment", "clause_ids"})


def _row(one: Json) -> tuple[Cell, ...]:
    status = text(one.get("status"))
    return (
        Cell(_kind(one)),
        Cell(status.replace("_", " "), _MARKS.get(status)),
        Cell(_amount(one)),
        Cell(_or_dash(one, "deadline")),
        Cell(_or_dash(one, "form_of_payment")),
        Cell(", ".join(texts(first(one, "clause_ids", "clauses", "clause"))) or "—"),
    )


def _kind(one: Json) -> str:
    return label(text(one.get("kind")))


def _amount(one: Json) -> str:
    amount = object_of(one.get("amount"))
    if not amount:
        return "—" if one.get("amount") is None else text(one["amount"])
    total = money(dict(amount))
    count = number(amount.get("n"))
    if count is None or count <= 1 or amount.get("per_passenger") is None:
        return total
    each = amount["per_passenger"]
    return f"{total} ({count} passengers)" if isinstance(each, bool) else f"{total} ({count} x {text(each)})"


def _or_dash(one: Json, name: str) -> str:
    return "—" if one.get(name) is None else text(one[name]).replace("_", " ")


def _regimes(regimes: list[Json]) -> Grid:
    rows = tuple(
        (
            Cell(text(first(one, "regime", "name"))),
            Cell(_applies(one)[0], _applies(one)[1]),
            Cell(text(one.get("why"))),
            Cell(text(first(one, "clause", "clause_ids") or "—")),
        )
        for one in regimes
    )
    return Grid((Column("Law"), Column("Applies"), Column("Why"), Column("Clause")), rows)


def _applies(one: Json) -> tuple[str, Mark | None]:
    applies = one.get("applies")
    if applies is None or applies == "unknown":
        return "unknown", "undetermined"
    return text(applies).replace("true", "yes").replace("false", "no"), "pass" if applies in (True, "true") else None
