"""Turns nested figures into one table."""

from collections.abc import Iterator, Mapping

from pydantic import JsonValue
from rich.table import Table


def figures_table(figures: Mapping[str, JsonValue]) -> Table:
    """Show every figure on a line of its own, under the path of its names."""
    table = Table("Figure", "Value")
    for path, value in _flat(figures, ""):
        shown = "not measured" if value is None else f"{value:.4g}" if isinstance(value, float) else f"{value}"
        table.add_row(path, shown)
    return table


def _flat(figures: Mapping[str, JsonValue], path: str) -> Iterator[tuple[str, JsonValue]]:
    for name, value in figures.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{path}{name} ")
        else:
            yield f"{path}{name}", value
