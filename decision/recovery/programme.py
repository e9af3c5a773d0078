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
"""How long it may take to find the greatest weight; a table and a flight of usual size need a fraction of a second."""

PROVING_SECONDS: Final = 1.5
"""How long is spent on proving that minutes are the fewest; most hard cases need less. Then the best so far is taken,
and it is told how many fewer there might be: an agent at work is to wait two seconds at most."""

NEARLY: Final = 0.01
"""The gap that is enough where the machine is so busy that not even one assignment was found in that time."""


@dataclass(frozen=True, slots=True)
class Programme:
    """For each kind of party: how many there are, what one weighs, its alternatives; and the seats there are."""

    numbers: Sequence[int]
    weights: Sequence[int]
    choices: Sequence[Sequence[Alternative]]
    capacity: Mapping[Seat, int]


@dataclass(frozen=True, slots=True)
class Solution:
    """The counts per kind and alternative: the greatest weight, and then few minutes.

    `gap` is the share by which there could be fewer minutes at most; 0 where these were proved to be the fewest.
    """

    counts: tuple[tuple[int, ...], ...]
    gap: float


def solve(programme: Programme) -> Solution:
    """Give the best counts; DecisionError where the greatest weight was not proved in time."""
    choices = programme.choices
    minutes = [option.minutes for options in choices for option in options]
    if not minutes:
        return Solution(tuple(() for _ in choices), 0.0)
    costs = np.array([*minutes, *(0 for _ in choices)], dtype=float)
    gains = np.array([*(0 for _ in minutes), *programme.weights], dtype=float)
    most = np.array([*_spread(programme), *programme.numbers], dtype=float)
    limits = _limits(programme, len(minutes))
    # Mostly all can be placed, which is found faster than that this weighs most.
    best = _best(costs, limits.everybody(programme.numbers), most, PROVING_SECONDS) if _enough(programme) else None
    if best is None:
        placed = _best(-gains, limits, most, SECONDS)
        if placed is None or placed.gap:
            raise DecisionError(
                f"No assignment was proved to place the most in {SECONDS:.0f} s; recover fewer passengers at a time, "
                "or look fewer hours ahead."
            )
        kept = limits.keeping(gains, float(gains @ placed.counts))
        best = _best(costs, kept, most, PROVING_SECONDS) or _best(costs, kept, most, SECONDS, NEARLY)
        best = best or _Best(placed.counts, 1.0)  # nothing is known of its minutes
    found = iter(best.counts.tolist())
    return Solution(tuple(tuple(next(found) for _ in options) for options in choices), best.gap)


Floats = NDArray[np.float64]
_Row = list[tuple[int, float]]


@dataclass(frozen=True, slots=True)
class _Best:
    """The best counts that were found, and the share by which their costs could be lower at most."""

    counts: NDArray[np.int64]
    gap: float


@dataclass(frozen=True, slots=True)
class _Limits:
    """Rows of (column, factor), and between what their sums have to be.

    The columns are the alternatives, then how many of each kind are placed at all. By these the solver decides first
    who is placed, and then where, which takes half the time or less.
    """

    rows: Sequence[_Row]
    least: Floats
    most: Floats

    def everybody(self, numbers: Sequence[int]) -> "_Limits":
        """Place every party."""
        first = max(column for row in self.rows for column, _ in row) + 1 - len(numbers)
        rows: list[_Row] = [[(first + kind, 1.0)] for kind in range(len(numbers))]
        return self._with(rows, list(numbers))

    def keeping(self, gains: Floats, reached: float) -> "_Limits":
        """Give up nothing of what was gained."""
        return self._with([[(column, float(gain)) for column, gain in enumerate(gains) if gain]], [reached])

    def _with(self, rows: Sequence[_Row], least: Sequence[float]) -> "_Limits":
        return _Limits(
            [*self.rows, *rows], np.append(self.least, least), np.append(self.most, np.full(len(rows), np.inf))
        )


def _enough(programme: Programme) -> bool:
    """Whether there may be seats for everybody: not where there are fewer seats than passengers, or no way on."""
    fewest = _fewest_seats(programme)
    needed = sum(each * number for each, number in zip(fewest, programme.numbers, strict=True))
    return all(programme.choices) and needed <= sum(programme.capacity.values())


def _fewest_seats(programme: Programme) -> list[int]:
    """Count the seats that a party of each kind needs at least; none where it has no alternative."""
    return [min((sum(option.needs.values()) for option in options), default=0) for options in programme.choices]


def _spread(programme: Programme) -> list[int]:
    """Repeat how many there are of a kind for each of its alternatives."""
    return [number for number, options in zip(programme.numbers, programme.choices, strict=True) for _ in options]


def _limits(programme: Programme, alternatives: int) -> _Limits:
    """Hold alternatives and kinds together, and give neither a cabin nor all of them more often than there are seats.

    That all seats are enough follows from the others; it says of whole parties what the solver can reason with.
    """
    kinds: list[_Row] = []
    by_seat: dict[Seat, _Row] = {seat: [] for seat in programme.capacity}
    at = 0
    for kind, options in enumerate(programme.choices):
        kinds.append([*((at + place, 1.0) for place in range(len(options))), (alternatives + kind, -1.0)])
        for option in options:
            for seat, needed in option.needs.items():
                by_seat[seat].append((at, float(needed)))
            at += 1
    whole: _Row = [(alternatives + kind, float(seats)) for kind, seats in enumerate(_fewest_seats(programme))]
    free = [*programme.capacity.values(), sum(programme.capacity.values())]
    most = np.array([*(0 for _ in kinds), *free], dtype=float)
    return _Limits([*kinds, *by_seat.values(), whole], np.zeros(len(most)), most)


def _best(costs: Floats, limits: _Limits, most: Floats, seconds: float, gap: float = 0.0) -> _Best | None:
    """Minimise costs over whole numbers from 0 to `most` within limits; None where nothing was found within them.

    What is proved to be within the `gap` of the best is enough.
    """
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
        options={"time_limit": seconds, "mip_rel_gap": gap},
    )
    if found.status not in {_PROVED, _OUT_OF_TIME, _INFEASIBLE}:
        raise DecisionError(f"The solver gave up ({found.message}); report this case.")
    if found.x is None:
        return None
    counts: NDArray[np.int64] = np.rint(found.x).astype(np.int64)
    is_best = found.status == _PROVED and not gap
    return _Best(counts, 0.0 if is_best else float(found.mip_gap))


_PROVED: Final = 0
_OUT_OF_TIME: Final = 1
_INFEASIBLE: Final = 2
