"""Turns the answer of a valuation into sections: value, comparables, drivers, market, property, what limits it."""

from collections.abc import Iterator, Sequence

from pydantic import JsonValue

from service.present.blocks import Block, Cell, Column, Folded, Grid, Lines, Pairs, Paragraph, Section
from service.present.comparables import adjustment_grid, adjustment_lines, called, comparable_grid
from service.present.generic import blocks_of, table
from service.present.reading import Json, first, label, money, number, object_of, objects, percent, text, texts
from service.present.valued import drivers, interval_rows, overview, waterfalls

_SHOWN = frozenset(
    {
        "outcome",
        "statement",
        "value",
        "comparables",
        "rejected",
        "proposed_comparables",
        "market_prices",
        "reconciliation",
        "drivers",
        "data_gaps",
        "consumer_summary",
        "limiting_conditions",
    }
)


def sections(decision: Json) -> Iterator[Section]:
    """Give a section for each part of a valuation that the answer has."""
    answer = object_of(decision.get("answer"))
    value = object_of(answer.get("value"))
    currency = text(value.get("currency")) if value.get("currency") else ""
    comparables = [_cited(one, decision) for one in objects(answer.get("comparables"))]
    if answer.get("consumer_summary"):
        yield Section("plain", "In plain words", (Paragraph(text(answer["consumer_summary"])),))
    if value:
        yield Section("value", "Estimate of value", (*_value(value, currency), overview(answer)))
    if comparables:
        yield Section("comparables", "Comparable sales", tuple(_comparables(answer, comparables, currency)))
    if proposed := tuple(_proposed(answer)):
        yield Section("proposed", "Sales that were proposed", proposed)
    if (made := drivers(answer, currency)).items:
        yield Section("drivers", "What makes the value", (made,))
    if gaps := objects(answer.get("data_gaps")):
        yield Section("gaps", "What is not known of the property", (table(gaps),))
    rest = ((name, tuple(_part(part))) for name, part in answer.items() if name not in _SHOWN)
    if folded := tuple(Folded(label(name), blocks) for name, blocks in rest if blocks):
        yield Section("details", "Assignment, property and market", folded)
    if limits := texts(answer.get("limiting_conditions")):
        yield Section("limits", "Limiting conditions", (Lines(tuple(Cell(one) for one in limits)),))


def _part(part: JsonValue) -> Iterator[Block]:
    if rows := objects(part):
        yield table(rows)
    elif isinstance(part, dict):
        yield from blocks_of(part)
    elif part:
        yield Paragraph(text(part))


def _cited(comparable: Json, decision: Json) -> Json:
    """Add the number of the citation that quotes the comparable's own record."""
    known = text(comparable.get("id"))
    for one in objects(decision.get("citations")):
        key = text(one.get("clause"))
        if known in {key, f"{text(one.get('document_id'))}:{key}"}:
            return {"citation": one.get("n"), **comparable}
    return comparable


def _value(value: Json, currency: str) -> Iterator[Block]:
    rows = [("Point estimate", Cell(money(value.get("point"), currency)))]
    rows += [(_level(one), Cell(_interval(one, currency))) for one in interval_rows(value)]
    if area := object_of(value.get("per_area")):
        amount = money(first(area, "amount", "value"), currency)
        rows.append(("Per unit of area", Cell(f"{amount} per {text(area.get('unit')).replace('_', ' ')}")))
    if value.get("fsd") is not None:
        hits = (
            "" if value.get("fsd_hit_rate") is None else f" ({percent(value['fsd_hit_rate'])} of sales lay within it)"
        )
        rows.append(("Forecast standard deviation", Cell(percent(value["fsd"]) + hits)))
    for name, part in object_of(value.get("components")).items():
        rows.append((label(name), Cell(_component(part, currency))))
    yield Pairs(tuple(rows))
    if intervals := interval_rows(value):
        yield Folded("How the intervals were measured", (table(intervals),))


def _component(part: JsonValue, currency: str) -> str:
    if not isinstance(part, dict):
        return percent(part) if isinstance(part, float) else text(part)
    return f"{money(part.get('value'), currency)}, weight {percent(part.get('weight'))}"


def _level(interval: Json) -> str:
    level = number(first(interval, "level", "coverage"))
    return "Interval" if level is None else f"{percent(str(level), of_one=level <= 1)} interval"


def _interval(interval: Json, currency: str) -> str:
    ends = f"{money(interval.get('low'), currency)} to {money(interval.get('high'), currency)}"
    measured = interval.get("measured_coverage")
    return (
        ends if measured is None else f"{ends} (held {percent(measured)} of {text(interval.get('measured_n'))} sales)"
    )


def _comparables(answer: Json, comparables: Sequence[Json], currency: str) -> Iterator[Block]:
    yield comparable_grid(comparables, currency)
    if (drawn := waterfalls(comparables, _float(object_of(answer.get("value")).get("point")))).items:
        yield Paragraph(
            "From each price to its adjusted price, all on one scale that does not start at zero: a filled bar adds, "
            "an outlined one takes off, and the dotted line is the estimate."
        )
        yield drawn
    for n, one in enumerate(comparables, 1):
        if adjustment_lines(one):
            yield Folded(f"{n}. {called(one)}: every adjustment", (adjustment_grid(one, currency),))
    if said := answer.get("reconciliation"):
        yield Paragraph(text(said)) if isinstance(said, str) else Folded("Reconciliation", tuple(_part(said)))
    if rejected := objects(answer.get("rejected")):
        yield Folded("Candidates that were not used", (table(rejected),))


def _proposed(answer: Json) -> Iterator[Block]:
    rows = tuple(
        (
            Cell(text(first(one, "id", "sale"))),
            Cell("used", "pass") if one.get("used") is True else Cell("not used", "attention"),
            Cell(text(one.get("reason"))),
        )
        for one in objects(answer.get("proposed_comparables"))
    )
    if rows:
        yield Grid((Column("Proposed sale"), Column("In the grid"), Column("Why")), rows)


def _float(value: JsonValue) -> float | None:
    found = number(value)
    return None if found is None else float(found)
