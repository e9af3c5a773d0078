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
        "value",
        "comparables",
        "rejected",
        "reconciliation",
        "drivers",
        "consumer_summary",
        "limiting_conditions",
    }
)


def sections(answer: Json) -> Iterator[Section]:
    """Give a section for each part of a valuation that the answer has."""
    value = object_of(answer.get("value"))
    currency = text(value.get("currency")) if value.get("currency") else ""
    comparables = objects(answer.get("comparables"))
    if answer.get("consumer_summary"):
        yield Section("plain", "In plain words", (Paragraph(text(answer["consumer_summary"])),))
    if value:
        yield Section("value", "Estimate of value", tuple(_value(value, currency, comparables)))
    if comparables:
        yield Section("comparables", "Comparable sales", tuple(_comparables(answer, comparables, currency)))
    if drivers := tuple(_drivers(answer.get("drivers"), currency)):
        yield Section("drivers", "What makes the value", drivers)
    for name, part in answer.items():
        if name not in _SHOWN and (blocks := tuple(_part(part))):
            yield Section(name.replace("_", "-"), label(name), blocks)
    if limits := texts(answer.get("limiting_conditions")):
        yield Section("limits", "Limiting conditions", (Lines(tuple(Cell(one) for one in limits)),))


def _part(part: JsonValue) -> Iterator[Block]:
    if rows := objects(part):
        yield table(rows)
    elif isinstance(part, dict):
        yield from blocks_of(part)
    elif part:
        yield Paragraph(text(part))


def _value(value: Json, currency: str, comparables: Sequence[Json]) -> Iterator[Block]:
    ranges = tuple(_ranges(value.get("intervals")))
    rows = [("Point estimate", Cell(money(value.get("point"), currency)))]
    rows += [(f"{one.percent:g} % interval", Cell(_between(one, currency))) for one in ranges]
    if value.get("per_area") is not None:
        rows.append(("Per unit of area", Cell(text(value["per_area"]))))
    if value.get("fsd") is not None:
        rows.append(("Forecast standard deviation", Cell(text(value["fsd"]))))
    rows += [(label(name), Cell(text(part))) for name, part in object_of(value.get("components")).items()]
    yield Pairs(tuple(rows))
    point = number(value.get("point"))
    if point is not None and ranges:
        adjusted = [(str(n), number(_adjusted(one))) for n, one in enumerate(comparables, 1)]
        yield Picture(currency, float(point), ranges, tuple((n, float(at)) for n, at in adjusted if at is not None))


def _ranges(intervals: JsonValue) -> Iterator[Range]:
    if isinstance(intervals, dict):
        intervals = [{"level": name, **object_of(one)} for name, one in intervals.items()]
    for one in objects(intervals):
        level, low, high = (
            number(first(one, *names)) for names in (("level", "coverage", "percent"), ("low",), ("high",))
        )
        if level is not None and low is not None and high is not None:
            yield Range(float(level * 100 if level <= 1 else level), float(low), float(high))


def _between(one: Range, currency: str) -> str:
    return f"{money(one.low, currency)} to {money(one.high, currency)}"


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
            (feature, [money(row[feature], signed=True) if feature in row else "" for row in amounts])
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
            Cell(money(line.get("amount"), signed=True)),
            Cell(_text(line.get("basis"))),
        )
        for line in lines
    ]
    empty = (Cell(""), Cell(""), Cell(""))
    start = (Cell("Sale price"), *empty, Cell(money(first(comparable, "price", "sale_price"), currency)), Cell(""))
    end = (Cell("Adjusted price"), *empty, Cell(money(_adjusted(comparable), currency)), Cell(""))
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
    if isinstance(drivers, dict):
        drivers = [{"feature": name, "amount": amount} for name, amount in drivers.items()]
    items = [(_feature(one), number(first(one, "amount", "contribution", "value"))) for one in objects(drivers)]
    bars = tuple((name, float(at), money(float(at), currency, signed=True)) for name, at in items if at is not None)
    if bars:
        yield Bars(bars)


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
