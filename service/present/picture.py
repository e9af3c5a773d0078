"""Turns a value among its intervals and comparables into places on a strip, in percent of its width."""

from dataclasses import dataclass

from service.present.blocks import Picture
from service.present.reading import money

_MARGIN = 4.0
_DOT_ROWS = 3


@dataclass(frozen=True, slots=True)
class Strip:
    """An interval as drawn: where it starts and how wide it is, in percent; its ends and its level in words."""

    left: float
    width: float
    low: str
    high: str
    level: str


@dataclass(frozen=True, slots=True)
class Dot:
    """A comparable as drawn: where, in percent; on which of a few rows, so that neighbours stay apart; its name."""

    left: float
    row: int
    name: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """A picture as drawn: intervals from the widest to the narrowest, the value, the comparables, and all in words."""

    strips: tuple[Strip, ...]
    point: float
    value: str
    dots: tuple[Dot, ...]
    words: str


def drawing(picture: Picture) -> Drawing:
    """Place everything between the lowest and the highest number that is shown."""
    places = [picture.point, *(at for _, at in picture.dots)]
    places += [end for one in picture.ranges for end in (one.low, one.high)]
    low, reach = min(places), (max(places) - min(places)) or 1.0

    def place(at: float) -> float:
        return round(_MARGIN + (at - low) / reach * (100 - 2 * _MARGIN), 2)

    widest_first = sorted(picture.ranges, key=lambda one: one.low - one.high)
    strips = tuple(
        Strip(
            left=place(one.low),
            width=round(place(one.high) - place(one.low), 2),
            low=money(one.low, picture.unit),
            high=money(one.high, picture.unit),
            level=f"{one.percent:g} %",
        )
        for one in widest_first
    )
    value = money(picture.point, picture.unit)
    dots = tuple(
        Dot(place(at), n % _DOT_ROWS, name) for n, (name, at) in enumerate(sorted(picture.dots, key=lambda dot: dot[1]))
    )
    ranges = "; ".join(f"{one.level} interval {one.low} to {one.high}" for one in strips)
    return Drawing(strips, place(picture.point), value, dots, f"Value {value}; {ranges}")
