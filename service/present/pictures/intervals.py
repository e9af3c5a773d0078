"""Turns a value into two pictures: among its intervals and comparables, and within the prices of its market."""

from collections.abc import Iterator, Sequence
from typing import Final

from service.present.blocks import Market, Picture
from service.present.pictures.scales import Scale, short_money
from service.present.pictures.svg import Element, line, picture, shape, words
from service.present.reading import money, percent

_WIDTH: Final = 360.0
_EDGE: Final = 12.0
_RADIUS: Final = 9.0
_ROW: Final = 21.0
_BARS: Final = 108.0


def interval(shown: Picture) -> Element:
    """Draw the intervals as bands, the value as a line through all, and below them what speaks for it, by number."""
    places = [shown.point, *(at for _, at in shown.dots), *(at for _, at in shown.marks)]
    places += [end for one in shown.ranges for end in (one.low, one.high)]
    room = (max(places) - min(places) or 1.0) * 0.06
    scale = Scale(min(places) - room, max(places) + room, _EDGE, _WIDTH - _EDGE)
    bands = list(_bands(shown, scale, 26.0))
    top = 26.0 + 30.0 * len(shown.ranges) + 8
    dots, rows = _dots(shown.dots, scale, top)
    base = top + rows * _ROW + 4
    marks = list(_marks(shown, scale, base))
    foot = base + 18.0 * len(shown.marks) + 6
    return picture(
        (_WIDTH, foot + 20),
        "The value, its intervals and its comparables",
        _told(shown),
        *_axis(scale, foot),
        *bands,
        *_value(shown.point, shown.unit, scale, foot),
        *dots,
        *marks,
    )


def within_market(market: Market) -> Element:
    """Draw how many sales of the market had which price, with the interval and the value over them."""
    low, high = market.bins[0][0], market.bins[-1][1]
    scale = Scale(min(low, market.low), max(high, market.high), _EDGE, _WIDTH - _EDGE)
    most = max(count for *_, count in market.bins) or 1
    base = 26 + _BARS
    bars = [
        shape(
            "rect",
            shape("title", f"{money(start)} to {money(end)}: {count} sales"),
            class_="sales",
            x=scale.at(start) + 0.5,
            y=base - _BARS * count / most,
            width=max(scale.at(end) - scale.at(start) - 1, 0.5),
            height=_BARS * count / most,
        )
        for start, end, count in market.bins
    ]
    band = shape(
        "rect",
        class_="band band-1",
        x=scale.at(market.low),
        y=26,
        width=max(scale.at(market.high) - scale.at(market.low), 1),
        height=_BARS,
    )
    told = (
        f"{market.words} {percent(market.below)} of them sold below the value of {money(market.point, market.unit)}; "
        f"the {market.level} interval is {money(market.low, market.unit)} to {money(market.high, market.unit)}"
    )
    value = _value(market.point, market.unit, scale, base)
    return picture(
        (_WIDTH, base + 22), "The value in its market", told, band, *_axis(scale, base), *bars, *value
    )  # fmt: skip


def _bands(shown: Picture, scale: Scale, top: float) -> Iterator[Element]:
    for n, one in enumerate(sorted(shown.ranges, key=lambda one: one.high - one.low)):
        y = top + 30 * n
        left, right = scale.at(one.low), scale.at(one.high)
        yield shape("rect", class_=f"band band-{n + 1}", x=left, y=y, width=right - left, height=13, rx=2)
        yield words((left, y + 25), short_money(one.low), "faint")
        yield words((right, y + 25), short_money(one.high), "faint", "end")
        yield words((left + 5, y + 10.5), f"{one.percent:g} %", "level")


def _dots(dots: Sequence[tuple[str, float]], scale: Scale, top: float) -> tuple[list[Element], int]:
    """Place numbered dots in rows so that none covers another; give them and how many rows they take."""
    ends: list[float] = []
    drawn: list[Element] = []
    for name, amount in sorted(dots, key=lambda dot: dot[1]):
        x = scale.at(amount)
        row = next((n for n, end in enumerate(ends) if x - end >= 2 * _RADIUS + 1), len(ends))
        ends[row:] = [x, *ends[row + 1 :]]
        y = top + _RADIUS + row * _ROW
        drawn += [
            shape("circle", shape("title", f"{name}: {money(amount)}"), class_="dot", cx=x, cy=y, r=_RADIUS),
            words((x, y + 4), name, "ink", "middle"),
        ]
    return drawn, len(ends)


def _marks(shown: Picture, scale: Scale, top: float) -> Iterator[Element]:
    for n, (name, at) in enumerate(shown.marks):
        x, y = scale.at(at), top + 18 * n + 8
        is_left = x < _WIDTH / 2
        yield shape("polygon", class_="mark-sign", points=f"{x},{y - 6} {x + 6},{y} {x},{y + 6} {x - 6},{y}")
        yield words((x + 10 if is_left else x - 10, y + 4), f"{name} {money(at)}", "ink", "start" if is_left else "end")


def _axis(scale: Scale, base: float) -> Iterator[Element]:
    yield line((scale.start, base), (scale.end, base), "axis")
    for tick in scale.ticks():
        x = scale.at(tick)
        yield line((x, base), (x, base + 4), "axis")
        anchor = "start" if x < 2 * _EDGE else "end" if x > _WIDTH - 2 * _EDGE else "middle"
        yield words((x, base + 16), short_money(tick), "faint", anchor)


def _value(point: float, unit: str, scale: Scale, base: float) -> Iterator[Element]:
    x = scale.at(point)
    anchor = "start" if x < _WIDTH / 4 else "end" if x > _WIDTH * 3 / 4 else "middle"
    yield line((x, 18), (x, base), "point")
    yield words((x, 13), money(point, unit), "strong", anchor)


def _told(shown: Picture) -> str:
    widest_first = sorted(shown.ranges, key=lambda one: one.low - one.high)
    ranges = "; ".join(
        f"{one.percent:g} % interval {money(one.low, shown.unit)} to {money(one.high, shown.unit)}"
        for one in widest_first
    )
    dots = "; ".join(f"comparable {name} {money(at, shown.unit)}" for name, at in shown.dots)
    marks = "; ".join(f"{name} {money(at, shown.unit)}" for name, at in shown.marks)
    return "; ".join(part for part in (f"Value {money(shown.point, shown.unit)}", ranges, dots, marks) if part)
