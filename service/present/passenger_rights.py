"""Turns the answer of a disruption case into sections: entitlements, regimes, recovery, and the notice."""

from collections.abc import Iterator
from typing import Final

from service.present.blocks import Block, Cell, Column, Folded, Grid, Mark, Paragraph, Section
from service.present.generic import blocks_of
from service.present.reading import Json, first, label, money, number, numbers, object_of, objects, text, texts

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
        yield Section("entitlements", "What the passenger is owed", tuple(_entitlements(entitlements, decision)))
    if regimes := objects(answer.get("regimes_considered")):
        yield Section("regimes", "Laws considered", (_regimes(regimes, decision),))
    if notice := answer.get("notice"):
        words = "\n".join(texts(notice)) if isinstance(notice, list) else text(notice)
        yield Section("notice", "Notice to the passenger", (Paragraph(words),))
    rest = {name: part for name, part in answer.items() if name not in _SHOWN}
    if blocks := tuple(blocks_of(rest)):
        yield Section("further", "Further parts of the answer", blocks)


def _entitlements(entitlements: list[Json], decision: Json) -> Iterator[Block]:
    laws = {text(one["regime"]) for one in entitlements if one.get("regime") is not None}
    told = len(laws) > 1
    columns = (
        *((Column("Law"),) if told else ()),
        Column("Entitlement"),
        Column("Status"),
        Column("Amount", numeric=True),
        Column("Deadline"),
        Column("Clauses"),
    )
    yield Grid(columns, tuple((*((_law(one),) if told else ()), *_row(one, decision)) for one in entitlements))
    behind = tuple(
        Folded(_named(one, told=told), tuple(blocks_of(_detail(one)))) for one in entitlements if _detail(one)
    )
    if behind:
        yield Folded("How each was worked out", behind)


def _law(one: Json) -> Cell:
    other = one.get("alternative_to")
    if other is None:
        return Cell(_or_dash(one, "regime"))
    is_sum = text(one.get("kind")) == "compensation"
    mark = f"alternative to {text(other)}, not in addition" if is_sum else "alternative"
    return Cell(f"{_or_dash(one, 'regime')} ({mark})")


def _named(one: Json, *, told: bool) -> str:
    return f"{_or_dash(one, 'regime')}: {_kind(one)}" if told else _kind(one)


def _detail(one: Json) -> Json:
    detail = {name: part for name, part in one.items() if name not in _IN_ROW and part not in (None, [], {}, "")}
    amount = object_of(one.get("amount"))
    return detail | {name: part for name, part in amount.items() if name in _OF_AMOUNT}


_OF_AMOUNT = frozenset({"per_passenger", "n", "formula", "inputs"})
_IN_ROW = frozenset({"kind", "status", "amount", "deadline", "clause_ids"})


def _row(one: Json, decision: Json) -> tuple[Cell, ...]:
    status = text(one.get("status"))
    return (
        Cell(_kind(one)),
        Cell(status.replace("_", " "), _MARKS.get(status)),
        Cell(_amount(one)),
        Cell(_or_dash(one, "deadline")),
        _clauses(one, decision),
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


def _regimes(regimes: list[Json], decision: Json) -> Grid:
    rows = tuple(
        (
            Cell(text(first(one, "regime", "name"))),
            Cell(_applies(one)[0], _applies(one)[1]),
            Cell(text(one.get("why"))),
            _clauses(one, decision),
        )
        for one in regimes
    )
    return Grid((Column("Law"), Column("Applies"), Column("Why"), Column("Clause")), rows)


def _clauses(one: Json, decision: Json) -> Cell:
    """Give clauses by key alone where a citation names the document, else in full."""
    told = texts(first(one, "clause_ids", "clauses", "clause"))
    cited = {
        f"{text(quoted.get('document_id'))}#{text(quoted.get('clause'))}": numbers(quoted.get("n"))
        for quoted in objects(decision.get("citations"))
    }
    words = ", ".join(clause.rpartition("#")[2] if clause in cited else clause for clause in told)
    return Cell(words or "—", cites=tuple(n for clause in told for n in cited.get(clause, ())))


def _applies(one: Json) -> tuple[str, Mark | None]:
    applies = one.get("applies")
    if applies is None or applies == "unknown":
        return "unknown", "undetermined"
    return text(applies).replace("true", "yes").replace("false", "no"), "pass" if applies in (True, "true") else None
