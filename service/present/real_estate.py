"""Turns the answer of a valuation into sections: value, comparables, drivers, market, property, what limits it."""

from collections.abc import Iterator, Sequence

from pydantic import JsonValue

from service.present.blocks import (
    Bars,
    Block,
    Cell,
    Column,
    Folded,
    Grid,
    Lines,
    Pairs,
    Paragraph,
    Picture,
    Range,
    Section,
)
from service.present.generic import blocks_of, table
from service.present.reading import (
    UNKNOWN,
    Json,
    first,
    label,
    money,
    number,
    numbers,
    object_of,
    objects,
    percent,
    text,
    texts,
)

_SHOWN = frozenset(
    {
        "outcome",
        "statement",
        "value",
        "comparables",
        "rejected",
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
        yield Section("value", "Estimate of value", tuple(_value(value, currency, comparables)))
    if comparables:
        yield Section("comparables", "Comparable sales", tuple(_comparables(answer, comparables, currency)))
    if drivers := tuple(_drivers(answer.get("drivers"), currency)):
        yield Section("drivers", "What makes the value", drivers)
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


def _value(value: Json, currency: str, comparables: Sequence[Json]) -> Iterator[Block]:
    rows = [("Point estimate", Cell(money(value.get("point"), currency)))]
    rows += [(_level(one), Cell(_interval(one, currency))) for one in _intervals(value)]
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
    point, ranges = number(value.get("point")), tuple(_ranges(value))
    if point is not None and ranges:
        adjusted = [(str(n), number(_adjusted(one))) for n, one in enumerate(comparables, 1)]
        yield Picture(currency, float(point), ranges, tuple((n, float(at)) for n, at in adjusted if at is not None))
    if intervals := _intervals(value):
        yield Folded("How the intervals were measured", (table(intervals),))


def _component(part: JsonValue, currency: str) -> str:
    if not isinstance(part, dict):
        return percent(part) if isinstance(part, float) else text(part)
    return f"{money(part.get('value'), currency)}, weight {percent(part.get('weight'))}"


def _intervals(value: Json) -> list[Json]:
    intervals = value.get("intervals")
    if isinstance(intervals, dict):
        return [{"level": name, **object_of(one)} for name, one in intervals.items()]
    return objects(intervals)


def _level(interval: Json) -> str:
    level = number(first(interval, "level", "coverage"))
    return "Interval" if level is None else f"{percent(str(level), of_one=level <= 1)} interval"


def _interval(interval: Json, currency: str) -> str:
    ends = f"{money(interval.get('low'), currency)} to {money(interval.get('high'), currency)}"
    measured = interval.get("measured_coverage")
    return (
        ends if measured is None else f"{ends} (held {percent(measured)} of {text(interval.get('measured_n'))} sales)"
    )


def _ranges(value: Json) -> Iterator[Range]:
    for one in _intervals(value):
        level, low, high = (number(first(one, *names)) for names in (("level", "coverage"), ("low",), ("high",)))
        if level is not None and low is not None and high is not None:
            yield Range(float(level * 100 if level <= 1 else level), float(low), float(high))


def _adjusted(comparable: Json) -> JsonValue:
    return first(comparable, "adjusted_price", "adjusted")


def _lines(comparable: Json) -> list[Json]:
    return objects(first(comparable, "adjustments", "lines", "adjustment_lines"))


def _comparables(answer: Json, comparables: Sequence[Json], currency: str) -> Iterator[Block]:
    yield _grid(comparables, currency)
    for n, one in enumerate(comparables, 1):
        if lines := _lines(one):
            yield Folded(f"{_name(one, n)}: every adjustment", (_adjustments(one, lines, currency),))
    if said := answer.get("reconciliation"):
        yield Paragraph(text(said)) if isinstance(said, str) else Folded("Reconciliation", tuple(_part(said)))
    if rejected := objects(answer.get("rejected")):
        yield Folded("Candidates that were not used", (table(rejected),))


def _grid(comparables: Sequence[Json], currency: str) -> Grid:
    features = dict.fromkeys(_feature(line) for one in comparables for line in _lines(one))
    amounts = [{_feature(line): line.get("amount") for line in _lines(one)} for one in comparables]
    rows = [
        ("Sold", [_text(first(one, "sold_on", "sale_date", "date", "observed_on")) for one in comparables]),
        ("Distance", [_distance(one) for one in comparables]),
        ("Sale price", [money(first(one, "price", "sale_price"), currency) for one in comparables]),
        *(
            (feature, [money(row[feature], signed=True, digits=0) if feature in row else "" for row in amounts])
            for feature in features
        ),
        ("Adjusted price", [money(_adjusted(one), currency) for one in comparables]),
        ("Net adjustment", [_share(one, "net") for one in comparables]),
        ("Gross adjustment", [_share(one, "gross") for one in comparables]),
        ("Weight", [_share(one, "weight") for one in comparables]),
    ]
    told = [(name, cells) for name, cells in rows if any(cell not in {"", UNKNOWN} for cell in cells)]
    return Grid(
        (Column(""), *(Column(_name(one, n), numeric=True) for n, one in enumerate(comparables, 1))),
        (
            *((Cell(name), *(Cell(cell) for cell in cells)) for name, cells in told),
            *_sources(comparables),
        ),
    )


def _sources(comparables: Sequence[Json]) -> Iterator[tuple[Cell, ...]]:
    cited = [numbers(first(one, "citation", "citations", "n")) for one in comparables]
    if any(cited):
        yield (Cell("Source"), *(Cell("", cites=one) for one in cited))


def _adjustments(comparable: Json, lines: Sequence[Json], currency: str) -> Grid:
    rows = [
        (
            Cell(_feature(line)),
            Cell(_text(line.get("subject"))),
            Cell(_text(line.get("comparable"))),
            Cell(_text(line.get("unit_rate"))),
            Cell(money(line.get("amount"), signed=True, digits=2)),
            Cell(_text(line.get("basis"))),
        )
        for line in lines
    ]
    empty = (Cell(""), Cell(""), Cell(""))
    start = (
        Cell("Sale price"),
        *empty,
        Cell(money(first(comparable, "price", "sale_price"), currency, digits=2)),
        Cell(""),
    )
    end = (Cell("Adjusted price"), *empty, Cell(money(_adjusted(comparable), currency, digits=2)), Cell(""))
    columns = (
        Column("Feature"),
        Column("Subject", numeric=True),
        Column("Comparable", numeric=True),
        Column("Unit rate", numeric=True),
        Column("Amount", numeric=True),
        Column("Basis"),
    )
    return Grid(columns, (start, *rows, end))


def _drivers(drivers: JsonValue, currency: str) -> Iterator[Block]:
    named = [(_driver(one), number(one.get("amount"))) for one in objects(drivers)]
    steps = [(name, float(amount)) for name, amount in named if amount is not None]
    if not steps:
        return
    (start, base), *others = steps
    if any(abs(amount) >= abs(base) for _, amount in others) or not others:
        start, base, others = "", 0.0, steps
    if start:
        yield Pairs(((start, Cell(money(base, currency))),))
    yield Bars(tuple((name, amount, money(amount, currency, signed=True)) for name, amount in others))
    if start:
        yield Pairs((("Together", Cell(money(sum(amount for _, amount in steps), currency))),))


def _driver(one: Json) -> str:
    has = one.get("subject")
    name = label(text(first(one, "driver", "feature", "name")))
    return name if has is None else f"{name} ({text(has)})"


def _name(comparable: Json, n: int) -> str:
    return f"{n}. {text(first(comparable, 'address', 'id', 'record_id') or 'sale')}"


def _feature(line: Json) -> str:
    return label(text(first(line, "feature", "name", "factor", "label")))


def _text(value: JsonValue) -> str:
    return "" if value is None else text(value)


def _distance(one: Json) -> str:
    metres = number(one.get("distance_m"))
    kilometres = number(one.get("distance_km")) if metres is None else metres / 1000
    return _text(one.get("distance")) if kilometres is None else f"{kilometres:.2f} km"


def _share(one: Json, name: str) -> str:
    if one.get(f"{name}_percent") is not None:
        return percent(one[f"{name}_percent"], of_one=False)
    share = first(one, name, f"{name}_share", f"{name}_adjustment")
    return "" if share is None else percent(share)
