"""Turns the comparables of a valuation into an appraiser's grid: a column each, the lines of which sum to the cent."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Final

from pydantic import JsonValue

from service.present.blocks import Cell, Column, Grid
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
)

_TIME: Final = "market_conditions"


def comparable_grid(comparables: Sequence[Json], currency: str) -> Grid:
    """Set the subject beside its comparables: what each has, and in the same place what the difference is worth."""
    names = [*dict.fromkeys(name for one in comparables for name in (_TIME, *_features(one)))]
    rows = [
        _row("Sold", [_text(first(one, "sold_on", "sale_date", "date", "observed_on")) for one in comparables]),
        _row("Distance", [_distance(one) for one in comparables]),
        _row("Sale price", [money(_price(one), digits=2) for one in comparables]),
        *(_line(name, comparables) for name in names),
        _row("Sum of adjustments", [_summed(one) for one in comparables]),
        _row("Adjusted price", [money(adjusted_price(one), digits=2) for one in comparables]),
        _row("Net adjustment", [_share(one, "net") for one in comparables]),
        _row("Gross adjustment", [_share(one, "gross") for one in comparables]),
        _row("Weight", [_share(one, "weight") for one in comparables]),
    ]
    told = [row for row in rows if any(cell.text not in {"", UNKNOWN} or cell.below for cell in row[1:])]
    columns = (
        Column(""),
        Column("Subject", numeric=True),
        *(Column(f"{n}. {called(one)}", numeric=True) for n, one in enumerate(comparables, 1)),
    )
    sums = frozenset(n for n, row in enumerate(told) if row[0].text in _SUMS)
    return Grid(columns, (*told, *_sources(comparables)), f"{_CAPTION}{currency and f' ({currency})'}", sums)


_SUMS: Final = frozenset({"Sale price", "Sum of adjustments", "Adjusted price"})
_CAPTION: Final = "What each sale has, and below it what the difference from the subject adds to its price or takes off"


def adjustment_grid(comparable: Json, currency: str) -> Grid:
    """List every adjustment of one comparable with its rate and what it is based on."""
    rows = [
        (
            Cell(feature(line)),
            Cell(_text(line.get("subject"))),
            Cell(_text(line.get("comparable"))),
            Cell(_text(line.get("unit_rate"))),
            Cell(money(line.get("amount"), signed=True, digits=2)),
            Cell(_text(line.get("basis"))),
        )
        for line in adjustment_lines(comparable)
    ]
    empty = (Cell(""), Cell(""), Cell(""))
    start = (Cell("Sale price"), *empty, Cell(money(_price(comparable), currency, digits=2)), Cell(""))
    end = (Cell("Adjusted price"), *empty, Cell(money(adjusted_price(comparable), currency, digits=2)), Cell(""))
    columns = (
        Column("Feature"),
        Column("Subject", numeric=True),
        Column("Comparable", numeric=True),
        Column("Unit rate", numeric=True),
        Column("Amount", numeric=True),
        Column("Basis"),
    )
    return Grid(columns, (start, *rows, end), sums=frozenset({0, len(rows) + 1}))


def called(comparable: Json) -> str:
    """Give what a comparable is called: its address or its record."""
    return text(first(comparable, "address", "id", "record_id") or "sale")


def adjusted_price(comparable: Json) -> JsonValue:
    """Give the adjusted price."""
    return first(comparable, "adjusted_price", "adjusted")


def adjustment_lines(comparable: Json) -> list[Json]:
    """Give the adjustments, line by line."""
    return objects(first(comparable, "adjustments", "lines", "adjustment_lines"))


def feature(line: Json) -> str:
    """Give what an adjustment is for, in words."""
    return _titled(_name(line))


def _name(line: Json) -> str:
    return text(first(line, "feature", "name", "factor", "label"))


def _price(comparable: Json) -> JsonValue:
    return first(comparable, "price", "sale_price")


def _features(comparable: Json) -> list[str]:
    adjusted = [_name(line) for line in adjustment_lines(comparable)]
    return [*object_of(comparable.get("characteristics")), *adjusted]


def _row(name: str, cells: Sequence[str]) -> tuple[Cell, ...]:
    return Cell(name), Cell(""), *(Cell(one) for one in cells)


def _line(name: str, comparables: Sequence[Json]) -> tuple[Cell, ...]:
    """Give what the subject and each comparable have of a characteristic, and what the difference is worth."""
    subject = ""
    cells: list[Cell] = []
    for one in comparables:
        nothing: Json = {}
        line = next((line for line in adjustment_lines(one) if _name(line) == name), nothing)
        has = object_of(object_of(one.get("characteristics")).get(name)) or line
        subject = subject or _text(has.get("subject"))
        amount = money(line["amount"], signed=True, digits=2) if line.get("amount") is not None else ""
        cells.append(Cell(_text(has.get("comparable")), below=amount))
    return Cell(_titled(name)), Cell(subject), *cells


def _titled(name: str) -> str:
    return _TITLES.get(name, label(name))


_TITLES: Final = {_TIME: "Market conditions (time)", "age": "Year built", "remodelling": "Year remodelled"}


def _summed(comparable: Json) -> str:
    amounts = [number(line.get("amount")) for line in adjustment_lines(comparable)]
    known = [amount for amount in amounts if amount is not None]
    if not known or len(known) < len(amounts):
        return ""
    return money(str(sum(known, Decimal(0))), signed=True, digits=2)


def _sources(comparables: Sequence[Json]) -> Iterator[tuple[Cell, ...]]:
    cited = [numbers(first(one, "citation", "citations", "n")) for one in comparables]
    if any(cited):
        yield Cell("Source"), Cell(""), *(Cell("", cites=one) for one in cited)


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
