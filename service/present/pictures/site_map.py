"""Turns places into a map without tiles: north up, to scale, with rings of distance and numbered markers."""

import math
from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Final

from service.present.blocks import Place, SiteMap
from service.present.pictures.scales import next_round
from service.present.pictures.svg import Element, line, picture, shape, words

_WIDTH: Final = 360.0
_HEIGHT: Final = 330.0
_EDGE: Final = 34.0
_RADIUS: Final = 11.0
_APART: Final = 2 * _RADIUS + 2
_ROUNDS: Final = 400
_LEAST_M: Final = 60.0
_MOVED: Final = 3.0
_SAME: Final = 1e-6
_TURN: Final = 0.3
_GOLDEN: Final = 2.4
_ROOF: Final = ((-13, -2), (0, -14), (13, -2), (13, 11), (-13, 11))
_DEGREE_M: Final = math.radians(1) * 6_371_008.8
_KILOMETRE: Final = 1000
_WINDS: Final = ("north", "north-east", "east", "south-east", "south", "south-west", "west", "north-west")

Point = tuple[float, float]


def site_map(sites: SiteMap) -> Element | None:
    """Draw where the subject and the numbered places lie; None where no place is known."""
    subject = sites.subject
    drawn = [subject, *sites.places] if subject else list(sites.places)
    if not drawn:
        return None
    metres = _metres(drawn)
    per_metre = _fit(metres)
    true = [(_WIDTH / 2 + x * per_metre, _HEIGHT / 2 - y * per_metre) for x, y in metres]
    shown = _spread(true)
    marks = (_mark(one, true[n], shown[n], is_subject=one is subject) for n, one in enumerate(drawn))
    ground = shape("rect", class_="ground", x=0.5, y=0.5, width=_WIDTH - 1, height=_HEIGHT - 1, rx=6)
    rings = _rings(true[0], max(math.dist(metres[0], one) for one in metres), per_metre) if subject else ()
    clipped = shape("svg", *rings, class_="clip", x=0, y=0, width=_WIDTH, height=_HEIGHT)
    return picture(
        (_WIDTH, _HEIGHT), "Map of the property and its comparables", _told(sites), ground, clipped,
        *_scale_bar(per_metre), *_north(), *marks,
    )  # fmt: skip


def _metres(places: Sequence[Place]) -> list[Point]:
    """Give east and north of the middle, in metres; a map of a town is as good as flat."""
    first = places[0]
    east = [(one.longitude - first.longitude + 540) % 360 - 180 for one in places]
    shrunk = math.cos(math.radians(first.latitude))
    xs = [one * shrunk * _DEGREE_M for one in east]
    ys = [(one.latitude - first.latitude) * _DEGREE_M for one in places]
    middle = (min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2
    return [(x - middle[0], y - middle[1]) for x, y in zip(xs, ys, strict=True)]


def _fit(metres: Sequence[Point]) -> float:
    wide = max(_LEAST_M, 2 * max(abs(x) for x, _ in metres))
    high = max(_LEAST_M, 2 * max(abs(y) for _, y in metres))
    return min((_WIDTH - 2 * _EDGE) / wide, (_HEIGHT - 2 * _EDGE) / high)


def _spread(places: Sequence[Point]) -> list[Point]:
    """Move markers apart that would cover each other; the first stays where it is."""
    shown = [(x, y) for x, y in places]
    for _ in range(_ROUNDS):
        if all(math.dist(one, other) >= _APART - 1 for one, other in combinations(shown, 2)):
            break
        for one in range(len(shown)):
            for other in range(one + 1, len(shown)):
                shown[one], shown[other] = _pushed(shown[one], shown[other], other, is_fixed=one == 0)
    return shown


def _pushed(one: Point, other: Point, turn: int, *, is_fixed: bool) -> tuple[Point, Point]:
    apart = math.dist(one, other)
    if apart >= _APART:
        return one, other
    # Turned a little, so that markers in one line make room for each other on both sides of it.
    angle = math.atan2(other[1] - one[1], other[0] - one[0]) + _TURN if apart > _SAME else _GOLDEN * turn
    far = (_APART - apart) / (1 if is_fixed else 2)
    east, south = far * math.cos(angle), far * math.sin(angle)
    moved = _inside((other[0] + east, other[1] + south))
    return (one if is_fixed else _inside((one[0] - east, one[1] - south))), moved


def _inside(place: Point) -> Point:
    return min(max(place[0], _RADIUS + 2), _WIDTH - _RADIUS - 2), min(max(place[1], _RADIUS + 2), _HEIGHT - _RADIUS - 2)


def _mark(place: Place, true: Point, at: Point, *, is_subject: bool) -> Element:
    x, y = at
    moved: list[Element] = []
    if math.dist(true, at) > _MOVED:
        moved = [line(true, at, "leader"), shape("circle", class_="true", cx=true[0], cy=true[1], r=2.5)]
    if is_subject:
        roof = " ".join(f"{x + east:.1f},{y + south:.1f}" for east, south in _ROOF)
        drawn = shape("polygon", class_="subject", points=roof)
    else:
        drawn = shape("circle", class_="comparable", cx=x, cy=y, r=_RADIUS)
    kind = "on-subject" if is_subject else "on-comparable"
    name = "S" if is_subject else place.name
    return shape("g", shape("title", place.title), *moved, drawn, words((x, y + 4.5), name, kind, "middle"))


def _rings(centre: Point, farthest_m: float, per_metre: float) -> Iterator[Element]:
    step = next_round(max(farthest_m, _LEAST_M) / 2.5)
    for n in (1, 2, 3):
        radius = n * step * per_metre
        yield shape("circle", class_="ring", cx=centre[0], cy=centre[1], r=radius)
        if radius < centre[1] - 12:
            yield words((centre[0], centre[1] - radius - 3), _length(n * step), "faint", "middle")


def _scale_bar(per_metre: float) -> Iterator[Element]:
    metres = next_round(_WIDTH / 5 / per_metre / 2)
    long = metres * per_metre
    base, left = _HEIGHT - 12, 14.0
    yield shape("rect", class_="under", x=left - 6, y=base - 20, width=max(long + 12, 52), height=26, rx=3)
    for start, end in (((left, base), (left + long, base)), ((left, base - 4), (left, base + 2))):
        yield line(start, end, "measure")
    yield line((left + long, base - 4), (left + long, base + 2), "measure")
    yield words((left, base - 8), _length(metres))


def _north() -> Iterator[Element]:
    x, y = _WIDTH - 20, 34.0
    yield shape("polygon", class_="arrow", points=f"{x},{y - 22} {x + 6},{y} {x},{y - 5} {x - 6},{y}")
    yield words((x, y + 13), "N", "ink", "middle")


def _length(metres: float) -> str:
    return f"{metres / _KILOMETRE:g} km" if metres >= _KILOMETRE else f"{metres:g} m"


def _told(sites: SiteMap) -> str:
    subject = sites.subject
    if subject is None:
        said = f"The place of the property is not known; shown are {len(sites.places)} comparables"
    else:
        ways = "; ".join(f"{one.name} lies {_way(subject, one)}" for one in sites.places)
        said = f"North is up. Seen from the property: {ways}" if ways else "North is up; only the property is shown"
    lost = f". Without coordinates: {', '.join(sites.unplaced)}" if sites.unplaced else ""
    return f"{said}{lost}."


def _way(subject: Place, other: Place) -> str:
    (x, y), (to_x, to_y) = _metres([subject, other])
    east, north = to_x - x, to_y - y
    metres = math.hypot(east, north)
    wind = _WINDS[round(math.degrees(math.atan2(east, north)) / 45) % len(_WINDS)]
    return f"{_length(round(metres, -1) if metres < _KILOMETRE else round(metres, -2))} to the {wind}"
