"""Turns the report on the quality-control factors into a page that asks nothing of the outside."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, cast

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from pydantic import JsonValue

TITLES: Final[Mapping[str, str]] = {
    "confidence": "Confidence in the estimates",
    "data_integrity": "Protection against manipulation of data",
    "independence": "Avoidance of conflicts of interest",
    "random_sample": "Random sample testing",
    "nondiscrimination": "Nondiscrimination",
}
"""The factors in the words of the rule."""

STANDINGS: Final[Mapping[str, str]] = {
    "shown": "evidence is in order",
    "attention": "a person should look",
    "not_shown": "no evidence",
}
"""How a factor stands, in words."""

_FOLDER = Path(__file__).parent

Row = Mapping[str, JsonValue]


def avm_page(report: Mapping[str, JsonValue]) -> str:
    """Write the page."""
    environment = Environment(loader=FileSystemLoader(_FOLDER), autoescape=True, undefined=StrictUndefined)
    factors = cast("Mapping[str, Row]", report["factors"])
    return environment.get_template("avm.html").render(
        report=report,
        factors=[
            (TITLES[name], section["standing"], STANDINGS[str(section["standing"])], section["found"], _tables(section))
            for name, section in factors.items()
        ],
        style=(_FOLDER.parent / "report" / "report.css").read_text(encoding="utf-8"),
    )


def _tables(section: Row) -> list[tuple[str, list[str], list[list[str]]]]:
    """Give every table of a factor: its title, its columns, its rows."""
    found: list[tuple[str, list[str], list[list[str]]]] = []
    for name, value in section.items():
        if name not in {"standing", "found"} and value:
            found.append((name.replace("_", " "), *_table(value)))
    return found


def _table(value: JsonValue) -> tuple[list[str], list[list[str]]]:
    if isinstance(value, list):
        rows = [cast("Row", one) for one in value if isinstance(one, dict)]
        if len(rows) < len(value):
            return [""], [[_shown(one)] for one in value]
        return _columns(rows), [[_shown(cell) for cell in row.values()] for row in rows]
    if isinstance(value, dict):
        inner = [cast("Row", one) for one in value.values() if isinstance(one, dict)]
        if inner and len(inner) == len(value):
            return ["", *_columns(inner)], [
                [name, *(_shown(cell) for cell in row.values())] for name, row in zip(value, inner, strict=True)
            ]
        return ["", "value"], [[name, _shown(one)] for name, one in value.items()]
    return [""], [[_shown(value)]]


def _columns(rows: Sequence[Row]) -> list[str]:
    return [name.replace("_", " ") for name in rows[0]] if rows else []


def _shown(value: JsonValue) -> str:
    if isinstance(value, float):
        return f"{value:,.4g}" if abs(value) < _LARGE else f"{value:,.0f}"
    if isinstance(value, dict):
        return ", ".join(f"{name}: {_shown(one)}" for name, one in value.items())
    if isinstance(value, list):
        return ", ".join(map(_shown, value))
    return "-" if value is None else str(value)


_LARGE: Final = 10_000
