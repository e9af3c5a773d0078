"""Turns kinds of parties, their alternatives and the free seats into how many of each kind take which alternative."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from decision.facts import DecisionError
from decision.recovery.alternatives import Alternative, Seat

SECONDS: Final = 60.0
"""How long each of the two steps may take; a table and a flight of usual size need a fraction of a second."""


@dataclass(frozen=True, slots=True)
class Programme:
    """For each kind of party: how many there are, what one weighs, its alternatives; and the seats there are."""

    numbers: Sequence[int]
    weights: Sequence[int]
    choices: Sequence[Sequence[Alternative]]
    capacity: Mapping[Seat, int]


def solve(programme: Programme) -> tuple[tuple[int, ...], ...]:
    """Give the best counts, per kind and alternative; DecisionError where they were not proved best in time."""
    choices = programme.choices
    gains = _spread(programme.weights, choices)
    if not len(gains):
        return tuple(() for _ in choices)
    minutes = np.array([option.minutes for options in choices for option in options], dtype=float)
    most = _spread(programme.numbers, choices)
    limits = _limits(programme)
    # Mostly all can be placed, which is found faster than that this weighs most.
    counts = _best(minutes, limits.everybody(programme.numbers), most) if _enough(programme) else None
    if counts is None:
        placed = _proved(_best(-gains, limits, most))
        counts = _proved(_best(minutes, limits.keeping(gains, float(gains @ placed)), most))
    found = iter(counts.tolist())
    return tuple(tuple(next(found) for _ in options) for options in choices)


Floats = NDArray[np.float64]
_Row = list[tuple[int, float]]


@dataclass(frozen=True, slots=True)
class _Limits:
    """Rows of (column, factor), and between what their sums have to be."""

    rows: Sequence[_Row]
    least: Floats
    most: Floats

    def everybody(self, numbers: Sequence[int]) -> "_Limits":
        """Place every party; the first rows are those of the kinds."""
        return replace(self, least=np.array([*numbers, *self.least[len(numbers) :]]))

    def keeping(self, gains: Floats, reached: float) -> "_Limits":
        """Give up nothing of what was gained."""
        kept: _Row = [(column, float(gains[column])) for column in range(len(gains))]
        return _Limits([*self.rows, kept], np.append(self.least, reached), np.append(self.most, np.inf))


def _enough(programme: Programme) -> bool:
    """Whether there may be seats for everybody: not where there are fewer seats than passengers, or no way on."""
    fewest = [min((sum(option.needs.values()) for option in options), default=None) for options in programme.choices]
    known = [each * number for each, number in zip(fewest, programme.numbers, strict=True) if each is not None]
    return len(known) == len(fewest) and sum(known) <= sum(programme.capacity.values())


def _spread(values: Sequence[int], choices: Sequence[Sequence[Alternative]]) -> Floats:
    """Repeat what holds for a kind for each of its alternatives."""
    return np.array([value for value, options in zip(values, choices, strict=True) for _ in options], dtype=float)


def _limits(programme: Programme) -> _Limits:
    """No kind is placed more often than there are parties of it, no cabin is given more often than it has seats."""
    rows: list[_Row] = []
    by_seat: dict[Seat, _Row] = {seat: [] for seat in programme.capacity}
    at = 0
    for options in programme.choices:
        rows.append([(at + place, 1.0) for place in range(len(options))])
        for option in options:
            for seat, needed in option.needs.items():
                by_seat[seat].append((at, float(needed)))
            at += 1
    most = np.array([*programme.numbers, *programme.capacity.values()], dtype=float)
    return _Limits([*rows, *by_seat.values()], np.zeros(len(most)), most)


def _best(costs: Floats, limits: _Limits, most: Floats) -> NDArray[np.int64] | None:
    """Minimise costs over whole numbers from 0 to `most` within limits; None where nothing is within them."""
    optimize: Any = import_module("scipy.optimize")  # most commands do not need it, and it takes half a second
    sparse: Any = import_module("scipy.sparse")
    entries = [(row, column, value) for row, places in enumerate(limits.rows) for column, value in places]
    where = ([row for row, _, _ in entries], [column for _, column, _ in entries])
    matrix = sparse.csr_array(([value for _, _, value in entries], where), shape=(len(limits.rows), len(costs)))
    found = optimize.milp(
        costs,
        integrality=np.ones(len(costs)),
        bounds=optimize.Bounds(0, most),
        constraints=optimize.LinearConstraint(matrix, limits.least, limits.most),
        options={"time_limit": SECONDS, "mip_rel_gap": 0.0},
    )
    if found.status == _INFEASIBLE:
        return None
    if found.status != 0:
        raise DecisionError(
            f"No assignment was proved the best in {SECONDS:.0f} s ({found.message}); recover fewer passengers at a "
            "time, or look fewer hours ahead."
        )
    counts: NDArray[np.int64] = np.rint(found.x).astype(np.int64)
    return counts


def _proved(counts: NDArray[np.int64] | None) -> NDArray[np.int64]:
    """Give counts that must exist, for placing nobody is within the limits."""
    if counts is None:
        raise DecisionError("The solver found no assignment although placing nobody is one; report this case.")
    return counts


_INFEASIBLE: Final = 2
