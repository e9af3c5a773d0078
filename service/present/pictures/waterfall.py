"""Turns steps that lead from one amount to another into a waterfall: each bar starts where the one above it ended."""

from collections.abc import Iterator
from itertools import accumulate
from typing import Final

from service.present.blocks import Step, Steps
from service.present.pictures.scales import Scale
from service.present.pictures.svg import Element, line, picture, shape, shortened, words

_WIDTH: Final = 360.0
_ROW: Final = 23.0
_NAMES: Final = 128.0
_AMOUNTS: Final = 84.0
_MOST_LETTERS: Final = 21
_THIN: Final = 1.5


def span(many: tuple[Steps, ...]) -> tuple[float, float]:
    """Give the least and greatest amount on the way of any of these, with room on both sides."""
    ways = [one for steps in many for one in (*_ends(steps), *((steps.goal,) if steps.goal is not None else ()))]
    low, high = min(ways), max(ways)
    room = (high - low or abs(high) or 1.0) * 0.08
    return low - room, high + room


def waterfall(steps: Steps) -> Element:
    """Draw the first amount, every step up or down, and the amount that they lead to."""
    low, high = steps.scale or span((steps,))
    scale = Scale(low, high, _NAMES, _WIDTH - _AMOUNTS)
    ends = _ends(steps)
    height = _ROW * (len(steps.steps) + 2) + 8
    rows: list[Element] = [*_goal(steps, scale, height)]
    rows += _whole(steps.start, 0, scale, None)
    for n, step in enumerate(steps.steps, 1):
        rows += _step(step, n, (scale.at(ends[n - 1]), scale.at(ends[n])))
    rows += _whole(steps.end, len(steps.steps) + 1, scale, scale.at(ends[-1]))
    told = "; ".join(f"{one.name} {one.shown}" for one in (steps.start, *steps.steps, steps.end))
    return picture((_WIDTH, height), steps.title, told, *rows)


def _ends(steps: Steps) -> list[float]:
    return list(accumulate((step.amount for step in steps.steps), initial=steps.start.amount))


def _goal(steps: Steps, scale: Scale, height: float) -> Iterator[Element]:
    if steps.goal is not None:
        yield line((scale.at(steps.goal), 2), (scale.at(steps.goal), height - 2), "goal")


def _whole(step: Step, n: int, scale: Scale, before: float | None) -> Iterator[Element]:
    top, end = n * _ROW + 4, scale.at(step.amount)
    bar = shape("rect", class_="whole", x=_NAMES, y=top + 3, width=max(end - _NAMES, _THIN), height=_ROW - 6)
    broken = f"M{_NAMES + 5},{top + 1} l-3,{(_ROW - 2) / 2} l4,0 l-3,{(_ROW - 2) / 2}"
    yield _row(step, top, "strong", bar, shape("path", class_="break", d=broken))
    if before is None:
        yield line((end, top + 3), (end, top + _ROW + 3), "joint")


def _step(step: Step, n: int, ends: tuple[float, float]) -> Iterator[Element]:
    top = n * _ROW + 4
    left, width = min(ends), max(abs(ends[1] - ends[0]), _THIN)
    kind = "up" if step.amount >= 0 else "down"
    bar = shape("rect", class_=kind, x=left, y=top + 4, width=width, height=_ROW - 8)
    yield _row(step, top, "ink", bar)
    yield line((ends[1], top + 4), (ends[1], top + _ROW + 3), "joint")


def _row(step: Step, top: float, kind: str, *bars: Element) -> Element:
    base = top + _ROW / 2 + 4
    full = f"{step.name}: {step.shown}" + (f" ({step.detail})" if step.detail else "")
    return shape(
        "g",
        shape("title", full),
        *bars,
        words((0, base), shortened(step.name, _MOST_LETTERS), kind),
        words((_WIDTH, base), step.shown, f"{kind} figures", "end"),
    )
