"""Turns the answer of a valuation into its pictures: map, intervals, market, waterfalls, drivers."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal

from service.present.blocks import Beside, Market, Picture, Place, Range, SiteMap, Step, Steps
from service.present.comparables import adjusted_price, adjustment_lines, called, feature
from service.present.pictures.waterfall import span
from service.present.reading import Json, first, label, money, number, object_of, objects, percent, text

Figure = tuple[str, Picture | Market | Steps | SiteMap]
"""A picture and its caption."""


def overview(answer: Json) -> Beside:
    """Show where the property lies and where its value lies."""
    figures = [*_mapped(answer), *_interval(answer), *_market(answer)]
    return Beside(tuple(figures))


def waterfalls(comparables: Sequence[Json], point: float | None) -> Beside:
    """Show for each comparable what leads from its price to its adjusted price, all on one scale."""
    many = tuple(steps for n, one in enumerate(comparables, 1) if (steps := _adjusted(one, n)) is not None)
    if not many:
        return Beside(())
    many = tuple(replace(one, goal=point) for one in many)
    scale = span(many)
    return Beside(tuple((one.title, replace(one, scale=scale)) for one in many))


def drivers(answer: Json, currency: str) -> Beside:
    """Show what leads from a typical house of the market to the value, as far as the amounts really sum to it."""
    named = [(one, number(one.get("amount"))) for one in objects(answer.get("drivers"))]
    known = [(one, amount) for one, amount in named if amount is not None]
    if len(known) < 2:  # noqa: PLR2004 - a way has a start and a step
        return Beside(())
    (first_one, base), *others = known
    total = sum(amount for _, amount in known)
    steps = Steps(
        title="What makes the value",
        start=Step(_driver(first_one), float(base), money(str(base))),
        steps=tuple(
            Step(_driver(one), float(amount), money(str(amount), signed=True), text(one.get("subject") or ""))
            for one, amount in others
        ),
        end=Step("Together", float(total), money(str(total), currency)),
    )
    point = number(object_of(answer.get("value")).get("point"))
    agrees = " They sum to the value." if point == total else ""
    return Beside(((f"From the typical house of this market, each part in {currency}.{agrees}", steps),))


def _driver(one: Json) -> str:
    name = text(first(one, "driver", "feature", "name"))
    return {
        "typical_house_in_this_market": "Typical house here",
        "rounding_to_the_hundred": "Rounding",
    }.get(name, label(name))


def _mapped(answer: Json) -> Iterator[Figure]:
    fields = {
        text(one.get("field")): one.get("value") for one in objects(object_of(answer.get("subject")).get("fields"))
    }
    comparables = objects(answer.get("comparables"))
    subject = _place("S", text(fields.get("address") or "The property"), fields)
    placed = [_place(str(n), f"{n}. {called(one)}", one) for n, one in enumerate(comparables, 1)]
    lost = [f"comparable {n}" for n, one in enumerate(placed, 1) if one is None]
    if subject is None:
        lost.insert(0, "the property")
    sites = SiteMap(subject, tuple(one for one in placed if one is not None), tuple(lost))
    if subject is None and not sites.places:
        said = "No map: neither the property nor any comparable has coordinates."
    elif subject is None:
        said = "The place of the property is not known; numbers are the comparables of the grid."
    else:
        said = (
            "S is the property, numbers are the comparables of the grid; a line leads to the place of a moved marker."
        )
    if sites.places and lost[1 if subject is None else 0 :]:
        said += f" Not on the map, for want of coordinates: {', '.join(one for one in lost if one != 'the property')}."
    yield said, sites


def _place(name: str, title: str, source: Json) -> Place | None:
    latitude, longitude = number(source.get("latitude")), number(source.get("longitude"))
    if latitude is None or longitude is None or abs(latitude) > _POLE or abs(longitude) > 2 * _POLE:
        return None
    return Place(name, title, float(latitude), float(longitude))


_POLE = 90


def _interval(answer: Json) -> Iterator[Figure]:
    value = object_of(answer.get("value"))
    currency = text(value.get("currency") or "")
    point, ranges = number(value.get("point")), tuple(_ranges(value))
    if point is None or not ranges:
        return
    adjusted = [(str(n), number(adjusted_price(one))) for n, one in enumerate(objects(answer.get("comparables")), 1)]
    parts = object_of(value.get("components"))
    marks = [(label(name), number(object_of(parts.get(name)).get("value"))) for name in ("model", "comparables")]
    told = Picture(currency, float(point), ranges, _known(adjusted), _known(marks))
    yield "Bands are the intervals, numbers the adjusted prices of the comparables, diamonds the two approaches.", told


def _known(named: Sequence[tuple[str, Decimal | None]]) -> tuple[tuple[str, float], ...]:
    return tuple((name, float(at)) for name, at in named if at is not None)


def _ranges(value: Json) -> Iterator[Range]:
    for one in interval_rows(value):
        level, low, high = (number(first(one, *names)) for names in (("level", "coverage"), ("low",), ("high",)))
        if level is not None and low is not None and high is not None:
            yield Range(float(level * 100 if level <= 1 else level), float(low), float(high))


def _market(answer: Json) -> Iterator[Figure]:
    prices, value = object_of(answer.get("market_prices")), object_of(answer.get("value"))
    bins = tuple(_bins(prices))
    point, below = number(value.get("point")), number(prices.get("below"))
    ranges = sorted(_ranges(value), key=lambda one: one.percent)
    if not bins or point is None or below is None or not ranges:
        return
    near = ranges[0]
    words = f"{text(prices.get('sales'))} sales of the last {text(prices.get('months'))} months in this market."
    shown = Market(
        unit=text(value.get("currency") or ""),
        point=float(point),
        low=near.low,
        high=near.high,
        level=f"{near.percent:g} %",
        bins=bins,
        below=float(below),
        words=words,
    )
    yield (
        f"{words} {percent(float(below))} of them sold below the value; the band is the {near.percent:g} % interval.",
        shown,
    )


def _bins(prices: Json) -> Iterator[tuple[float, float, int]]:
    for one in objects(prices.get("bins")):
        low, high, count = (number(one.get(name)) for name in ("from", "to", "sales"))
        if low is not None and high is not None and count is not None:
            yield float(low), float(high), int(count)


def _adjusted(comparable: Json, n: int) -> Steps | None:
    price, end = number(first(comparable, "price", "sale_price")), number(adjusted_price(comparable))
    lines = [(one, number(one.get("amount"))) for one in adjustment_lines(comparable)]
    if price is None or end is None or any(amount is None for _, amount in lines):
        return None
    steps = tuple(
        Step(
            feature(one).partition(" (")[0],
            float(amount),
            money(str(amount), signed=True, digits=2),
            text(one.get("basis") or ""),
        )
        for one, amount in lines
        if amount is not None
    )
    return Steps(
        title=f"{n}. {called(comparable)}",
        start=Step("Sale price", float(price), money(str(price), digits=2)),
        steps=steps,
        end=Step("Adjusted price", float(end), money(str(end), digits=2)),
    )


def interval_rows(value: Json) -> list[Json]:
    """Give the intervals of a value, whether they are listed or named."""
    intervals = value.get("intervals")
    if isinstance(intervals, dict):
        return [{"level": name, **object_of(one)} for name, one in intervals.items()]
    return objects(intervals)
