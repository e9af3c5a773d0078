"""Turns kinds of parties, their alternatives and the free seats into how many of each kind take which alternative."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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
    gains = np.array(
        [weight for weight, options in zip(programme.weights, programme.choices, strict=True) for _ in options],
        dtype=float,
    )
    if not len(gains):
        return tuple(() for _ in programme.choices)
    minutes = np.array([option.minutes for options in programme.choices for option in options], dtype=float)
    rows, limits = _limits(programme)
    most = np.array(
        [number for number, options in zip(programme.numbers, programme.choices, strict=True) for _ in options]
    )
    placed = _best(-gains, rows, limits, most)
    kept = float(gains @ placed)
    counts = _best(minutes, [*rows, list(enumerate(-gains))], np.append(limits, -kept), most)
    found = iter(counts.tolist())
    return tuple(tuple(next(found) for _ in options) for options in programme.choices)


_Row = list[tuple[int, float]]


def _limits(programme: Programme) -> tuple[list[_Row], NDArray[np.float64]]:
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
    return [*rows, *by_seat.values()], np.array([*programme.numbers, *programme.capacity.values()], dtype=float)


def _best(
    costs: NDArray[np.float64], rows: Sequence[_Row], limits: NDArray[np.float64], most: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Minimise costs over whole numbers from 0 to `most` whose rows stay within their limits."""
    optimize: Any = import_module("scipy.optimize")  # most commands do not need it, and it takes half a second
    sparse: Any = import_module("scipy.sparse")
    entries = [(row, column, value) for row, places in enumerate(rows) for column, value in places]
    shape = (len(rows), len(costs))
    where = ([row for row, _, _ in entries], [column for _, column, _ in entries])
    matrix = sparse.csr_array(([value for _, _, value in entries], where), shape=shape)
    found = optimize.milp(
        costs,
        integrality=np.ones(len(costs)),
        bounds=optimize.Bounds(0, most),
        constraints=optimize.LinearConstraint(matrix, ub=limits),
        options={"time_limit": SECONDS, "mip_rel_gap": 0.0},
    )
    if found.status != 0:
        raise DecisionError(
            f"No best assignment was found in {SECONDS:.0f} s ({found.message}); recover fewer "
            "passengers at a time, or look fewer hours ahead."
        )
    counts: NDArray[np.int64] = np.rint(found.x).astype(np.int64)
    return counts
