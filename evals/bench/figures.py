"""Turns measurements into figures with their targets, side by side with another program's, for people and programs."""

import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from pydantic import JsonValue
from rich.table import Table

Bound = Literal["at most", "at least"]


@dataclass(frozen=True, slots=True)
class Figure:
    """What was measured, in which unit, and the target where there is one; `note` says what a reader must know of it.

    A value is None where it was not measured, and a target that was not measured was not reached.
    """

    name: str
    value: float | None
    unit: str
    bound: Bound = "at most"
    target: float | None = None
    note: str = ""

    @property
    def reached(self) -> bool | None:
        """Whether the target was reached; None without one."""
        if self.target is None:
            return None
        if self.value is None:
            return False
        return self.value <= self.target if self.bound == "at most" else self.value >= self.target


@dataclass(frozen=True, slots=True)
class Comparison:
    """Seconds that the same work took here and in another program."""

    name: str
    ours_s: float
    theirs_s: float

    @property
    def ratio(self) -> float:
        """How many times as long the other program took."""
        return self.theirs_s / self.ours_s


@dataclass(frozen=True, slots=True)
class Measured:
    """All that one benchmark found: `setting` says on what it ran."""

    setting: dict[str, JsonValue]
    figures: tuple[Figure, ...]
    comparison: tuple[Comparison, ...] = ()
    other: str = ""

    def document(self) -> dict[str, JsonValue]:
        """Give everything as one JSON document."""
        return {
            "setting": {**machine(), **self.setting},
            "figures": [_figure(one) for one in self.figures],
            "comparison": [
                {"name": one.name, "ours_s": one.ours_s, "theirs_s": one.theirs_s, "ratio": one.ratio}
                for one in self.comparison
            ],
            "other": self.other,
        }


def machine() -> dict[str, JsonValue]:
    """Say where this was measured, and how busy it was: on a machine that has other work, figures say little."""
    return {
        "cores": os.cpu_count() or 1,
        "system": platform.platform(),
        "python": platform.python_version(),
        "load": round(os.getloadavg()[0], 2),
    }


def figures_table(figures: Sequence[Figure]) -> Table:
    """Show each figure, its target and whether it was reached."""
    table = Table("Figure", "Measured", "Target", "Reached", "Note")
    for one in figures:
        target = "" if one.target is None else f"{one.bound} {shown(one.target, one.unit)}"
        table.add_row(one.name, shown(one.value, one.unit), target, _REACHED[one.reached], one.note)
    return table


def comparison_table(comparison: Sequence[Comparison], other: str) -> Table:
    """Show the seconds of both, and how many times as long the other took."""
    table = Table("The same work", "Toulmin", other, "Ratio")
    for one in comparison:
        table.add_row(one.name, shown(one.ours_s, "s"), shown(one.theirs_s, "s"), f"{one.ratio:.3g} times")
    return table


def shown(value: float | None, unit: str) -> str:
    """Write a value with three digits that count, and its unit."""
    if value is None:
        return "not measured"
    digits = f"{value:,.0f}" if abs(value) >= _WHOLE_FROM else f"{value:.3g}"
    return f"{digits}{'' if unit == '%' else ' '}{unit}"


_WHOLE_FROM: Final = 100
_REACHED: Final = {True: "yes", False: "NO", None: ""}


def _figure(one: Figure) -> dict[str, JsonValue]:
    return {
        "name": one.name,
        "value": one.value,
        "unit": one.unit,
        "bound": one.bound,
        "target": one.target,
        "reached": one.reached,
        "note": one.note,
    }
