"""Turns numbers into places on inline SVG, in the units of a drawing 640 wide that the page scales to its width."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

WIDTH: Final = 640.0
BINS: Final = 10
_LEFT = 120.0
_RIGHT = 20.0
_MOST_STEPS = 300


@dataclass(frozen=True, slots=True)
class Whisker:
    """A mean with its interval: three places across, and the words for it."""

    name: str
    low: float
    mean: float
    high: float
    words: str
    beside: float | None


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: its place and size, and the words for it."""

    x: float
    y: float
    width: float
    height: float
    words: str
    label: str
    kind: str = "plain"


def across(value: float) -> float:
    """Place a score between 0 and 1."""
    return round(_LEFT + value * (WIDTH - _LEFT - _RIGHT), 1)


def whiskers(
    metrics: Mapping[str, float], intervals: Mapping[str, tuple[float, float]], beside: Mapping[str, float]
) -> list[Whisker]:
    """Place every metric with its interval, and the baseline's value where there is one."""
    drawn: list[Whisker] = []
    for name, mean in metrics.items():
        low, high = intervals.get(name, (mean, mean))
        other = beside.get(name)
        words = f"{name}: {mean:.3f}, 95 % interval {low:.3f} to {high:.3f}"
        words += "" if other is None else f"; baseline {other:.3f}"
        drawn.append(
            Whisker(name, across(low), across(mean), across(high), words, None if other is None else across(other))
        )
    return drawn


def histogram(values: Iterable[float], height: float) -> list[Bar]:
    """Count scores between 0 and 1 in ten equal bins, the last of which holds 1."""
    counts = [0] * BINS
    for value in values:
        counts[min(BINS - 1, max(0, int(value * BINS)))] += 1
    most = max(counts) or 1
    each = WIDTH / BINS
    return [
        Bar(
            x=round(place * each + 2, 1),
            y=round(height * (1 - count / most), 1),
            width=round(each - 4, 1),
            height=round(height * count / most, 1),
            words=f"{place / BINS:.1f} to {(place + 1) / BINS:.1f}: {count} questions",
            label=str(count),
        )
        for place, count in enumerate(counts)
    ]


def steps(changes: Sequence[float], height: float) -> list[Bar]:
    """Draw the change of every question that changed, from the greatest loss to the greatest win, around a middle line.

    More than three hundred are thinned evenly, so that the page stays small; the extremes are always drawn.
    """
    ordered = sorted(changes)
    if len(ordered) > _MOST_STEPS:
        ordered = [ordered[round(n * (len(ordered) - 1) / (_MOST_STEPS - 1))] for n in range(_MOST_STEPS)]
    each = WIDTH / max(len(ordered), 1)
    middle = height / 2
    return [
        Bar(
            x=round(place * each, 2),
            y=round(middle - max(value, 0) * middle, 1),
            width=round(max(each - 0.5, 0.5), 2),
            height=round(abs(value) * middle, 1),
            words=f"{value:+.3f}",
            label="",
            kind="won" if value > 0 else "lost",
        )
        for place, value in enumerate(ordered)
    ]
