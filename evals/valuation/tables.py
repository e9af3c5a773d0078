"""Turns the figures of a valuation into the tables that are printed, with what is weak marked."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, cast

from pydantic import JsonValue
from rich.box import SIMPLE_HEAD
from rich.table import Table

from evals.presenting import figures_table
from evals.valuation.figures import Figures

WEAK: Final = 1.25
"""A segment whose median error is above that of all by this factor is marked as weak."""

LISTED: Final = 6
"""How many of the best and of the worst areas are shown."""

_BELOW: Final = ("fsd_bands", "review_reasons", "price_deciles", "areas", "segments")


def valuation_tables(figures: Figures) -> Sequence[Table]:
    """Give the tables: all figures, bands of FSD, deciles of price, areas, special segments, reasons for review."""
    overall = {name: found for name, found in figures.items() if name not in _BELOW}
    typical = _number(figures["mdape"])
    deciles = [_priced(row) for row in _rows(figures["price_deciles"])]
    areas = list(_named(figures["areas"]).items())
    shown = areas if len(areas) <= 2 * LISTED else [*areas[:LISTED], *areas[-LISTED:]]
    of_areas = f"By area: worst and best of {len(areas)}"
    return (
        figures_table(overall),
        _bands(_rows(figures["fsd_bands"])),
        _segments("By price that was paid, in thousands", "Decile", deciles, typical),
        _segments(of_areas, "Area", shown, typical),
        _segments("Where valuations tend to be weak", "Segment", _named(figures["segments"]).items(), typical),
        _reasons(cast("Mapping[str, JsonValue]", figures["review_reasons"]), _number(figures["n"])),
    )


def _segments(title: str, first: str, rows: Iterable[tuple[str, Figures]], typical: float) -> Table:
    table = Table(first, *_COLUMNS, "", title=title, title_justify="left", box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for name, row in rows:
        mark = "weak" if _number(row["mdape"]) > WEAK * typical else ""
        table.add_row(name, *(_shown(row[key]) for key in _COLUMNS.values()), mark)
    return table


_COLUMNS: Final = {
    "n": "n",
    "MdAPE": "mdape",
    "PPE10": "ppe10",
    "COD": "cod",
    "PRD": "prd",
    "ratio": "median_ratio",
    "in 80": "coverage_80",
    "in 90": "coverage_90",
}


def _bands(rows: Iterable[Figures]) -> Table:
    table = Table("FSD", "n", "Hit rate", "MdAPE", title="By forecast standard deviation", title_justify="left")
    for row in rows:
        to = "" if row["to"] is None else f" to {row['to']}"
        table.add_row(f"above {row['above']}{to}", *(_shown(row[key]) for key in ("n", "hit_rate", "mdape")))
    return table


def _reasons(counts: Mapping[str, JsonValue], total: float) -> Table:
    table = Table("Reason for review", "n", "% of sales", title_justify="left")
    for code, count in counts.items():
        table.add_row(code, f"{count}", f"{100 * _number(count) / total:.1f}")
    return table


def _priced(row: Figures) -> tuple[str, Figures]:
    low, high = (f"{_number(row[name]) / 1000:,.0f}" for name in ("lowest_price", "highest_price"))
    return f"{low} to {high}", row


def _rows(value: JsonValue) -> list[Figures]:
    return cast("list[Figures]", value)


def _named(value: JsonValue) -> dict[str, Figures]:
    return cast("dict[str, Figures]", value)


def _number(value: JsonValue) -> float:
    return float(value) if isinstance(value, int | float) else 0.0


def _shown(value: JsonValue) -> str:
    if isinstance(value, float):
        return f"{value:.3f}" if abs(value) < _SMALL else f"{value:.1f}"
    return "-" if value is None else f"{value}"


_SMALL: Final = 3
