"""Pictures as SVG: drawn to scale, adding up, told in words as well, and inert whatever the words in them are."""

import math
import re
from itertools import combinations, pairwise
from typing import cast
from xml.etree import ElementTree as ET

import pytest
from pydantic import JsonValue

from service.present.blocks import Market, Picture, Place, Range, SiteMap, Step, Steps
from service.present.pictures.drawing import drawn
from service.present.pictures.scales import Scale, next_round, short_money
from service.present.pictures.waterfall import span
from service.present.report import html_report
from service.present.valued import drivers, overview, waterfalls

Decision = dict[str, JsonValue]
HOUSE = Place("S", "12 Elm Street", 42.05, -93.62)
METRE = 1 / (math.radians(1) * 6_371_008.8)


def svg(shown: Picture | Market | Steps | SiteMap) -> ET.Element:
    element = drawn(shown)
    assert element is not None
    return ET.fromstring(str(element))  # noqa: S314 - our own markup, which must be well-formed


def away(name: str, north_m: float, east_m: float) -> Place:
    east = east_m * METRE / math.cos(math.radians(HOUSE.latitude))
    return Place(name, f"sale {name}", HOUSE.latitude + north_m * METRE, HOUSE.longitude + east)


def circles(root: ET.Element, kind: str) -> list[tuple[float, float, float]]:
    found = [one for one in root.iter("circle") if one.get("class") == kind]
    return [(float(one.get("cx", "")), float(one.get("cy", "")), float(one.get("r", ""))) for one in found]


def roof(root: ET.Element) -> tuple[float, float]:
    polygon = next(one for one in root.iter("polygon") if one.get("class") == "subject")
    x, y = polygon.get("points", "").split()[1].split(",")
    return float(x), float(y) + 14


def test_a_map_has_north_up_and_is_to_scale() -> None:
    root = svg(SiteMap(HOUSE, (away("1", 400, 0), away("2", 0, 800), away("3", -400, -400))))
    x, y = roof(root)
    north, east, south_west = circles(root, "comparable")
    assert north[0] == pytest.approx(x, abs=0.2)
    assert north[1] < y
    assert east[1] == pytest.approx(y, abs=0.2)
    per_metre = (east[0] - x) / 800
    assert (y - north[1]) / 400 == pytest.approx(per_metre, rel=0.01)
    assert math.dist((x, y), south_west[:2]) == pytest.approx(math.hypot(400, 400) * per_metre, rel=0.01)
    bar = next(one for one in root.iter("line") if one.get("class") == "measure")
    long = float(bar.get("x2", "")) - float(bar.get("x1", ""))
    lengths = [one.text for one in root.iter("text") if re.fullmatch(r"\d+ k?m", one.text or "")]
    assert lengths[-1] == f"{round(long / per_metre, -1):.0f} m"


def test_markers_that_would_cover_each_other_are_moved_and_point_to_their_places() -> None:
    near = tuple(away(str(n), 0.5 * n, 0) for n in range(1, 9))
    root = svg(SiteMap(HOUSE, (*near, away("9", 900, 900))))
    marks = circles(root, "comparable")
    assert len(marks) == 9
    assert min(math.dist(one[:2], other[:2]) for one, other in combinations(marks, 2)) > 20
    assert len(circles(root, "true")) >= 7
    assert all(11 <= x <= 349 and 11 <= y <= 319 for x, y, _ in marks)


def test_a_map_is_told_in_words() -> None:
    root = svg(SiteMap(HOUSE, (away("1", 400, 0), away("2", -1500, -1500)), ("comparable 3",)))
    told = root.findtext("desc") or ""
    assert "1 lies 400 m to the north" in told
    assert "2 lies 2.1 km to the south-west" in told
    assert "Without coordinates: comparable 3." in told
    assert root.get("role") == "img"
    assert told in (root.get("aria-label") or "")


def test_a_map_over_the_date_line_is_small() -> None:
    root = svg(SiteMap(Place("S", "s", -17.0, 179.999), (Place("1", "1", -17.0, -179.999),)))
    assert "210 m to the east" in (root.findtext("desc") or "")


def test_without_any_place_there_is_no_map() -> None:
    assert drawn(SiteMap(None, (), ("the property", "comparable 1"))) is None


def test_places_all_the_same_still_make_a_map() -> None:
    same = (Place("1", "1", HOUSE.latitude, HOUSE.longitude), Place("2", "2", HOUSE.latitude, HOUSE.longitude))
    first, second = circles(svg(SiteMap(HOUSE, same)), "comparable")
    assert math.dist(first[:2], second[:2]) > 20


def a_way(*amounts: float, start: float = 200_000) -> Steps:
    steps = tuple(Step(f"step {n}", amount, f"{amount:+,.2f}") for n, amount in enumerate(amounts))
    end = start + sum(amounts)
    return Steps(
        "1. sale", Step("Sale price", start, f"{start:,.2f}"), steps, Step("Adjusted price", end, f"{end:,.2f}")
    )


def test_each_bar_of_a_waterfall_starts_where_the_one_above_it_ended() -> None:
    root = svg(a_way(5000, -12_000, 800, -400))
    bars = [(one.get("class"), float(one.get("x", "")), float(one.get("width", ""))) for one in root.iter("rect")]
    first, *steps, last = bars
    assert [kind for kind, *_ in bars] == ["whole", "up", "down", "up", "down", "whole"]
    ends = [first[1] + first[2]]
    for kind, left, width in steps:
        started, ended = (left, left + width) if kind == "up" else (left + width, left)
        assert started == pytest.approx(ends[-1], abs=1.6)
        ends.append(ended)
    assert last[1] + last[2] == pytest.approx(ends[-1], abs=1.6)


def test_waterfalls_on_one_scale_can_be_compared() -> None:
    many = (a_way(5000), a_way(-9000, start=250_000))
    low, high = span(many)
    assert low < 200_000
    assert high > 250_000


def test_an_amount_and_its_direction_do_not_need_colour() -> None:
    words = [one.text for one in svg(a_way(5000, -12_000)).iter("text")]
    assert "+5,000.00" in words
    assert "-12,000.00" in words


RANGES = (Range(80, 90, 110), Range(90, 80, 125))


def test_intervals_hold_the_value_and_everything_stays_within_the_frame() -> None:
    shown = Picture("USD", 100, RANGES, (("1", 60), ("2", 140), ("3", 100)), (("Model", 99), ("Comparables", 138)))
    root = svg(shown)
    point = next(float(one.get("x1", "")) for one in root.iter("line") if one.get("class") == "point")
    for band in (one for one in root.iter("rect") if "band" in (one.get("class") or "")):
        assert float(band.get("x", "")) < point < float(band.get("x", "")) + float(band.get("width", ""))
    dots = circles(root, "dot")
    assert [x for x, *_ in dots] == sorted(x for x, *_ in dots)
    assert all(x - r >= 0 and x + r <= 360 for x, _, r in dots)
    for word in ("Value USD 100", "comparable 2 USD 140", "Comparables USD 138"):
        assert word in (root.findtext("desc") or "")


def test_a_picture_of_one_number_has_a_place() -> None:
    assert circles(svg(Picture("USD", 100, (Range(80, 100, 100),), (("1", 100),))), "dot")


def test_bars_of_a_market_are_as_high_as_sales_are_many() -> None:
    bins = ((0.0, 10.0, 4), (10.0, 20.0, 8), (20.0, 30.0, 2))
    root = svg(Market("USD", 12, 11, 14, "80 %", bins, 0.4, "14 sales of the last 24 months."))
    heights = [float(one.get("height", "")) for one in root.iter("rect") if one.get("class") == "sales"]
    assert [height / heights[1] for height in heights] == pytest.approx([0.5, 1, 0.25], abs=0.01)
    assert "40 % of them sold below the value" in (root.findtext("desc") or "")


@pytest.mark.parametrize(("least", "step"), [(0.3, 0.5), (1, 1), (1.2, 2), (34, 50), (51, 100), (0, 1), (math.nan, 1)])
def test_round_steps(least: float, step: float) -> None:
    assert next_round(least) == step


@pytest.mark.parametrize(
    ("amount", "written"), [(950, "950"), (9_500, "9,500"), (173_400, "173.4k"), (1_500_000, "1.5M"), (2e6, "2M")]
)
def test_amounts_of_an_axis_are_short(amount: float, written: str) -> None:
    assert short_money(amount) == written


def test_ticks_are_round_and_within() -> None:
    ticks = Scale(173_400, 211_400, 0, 100).ticks()
    assert ticks == [180_000, 190_000, 200_000, 210_000]
    assert all(later - earlier == ticks[1] - ticks[0] for earlier, later in pairwise(ticks))


def test_hostile_words_are_words(hostile: str) -> None:
    place = Place('1"/><script>', hostile, 42.051, -93.62)
    step = Step(hostile, 5.0, hostile, hostile)
    for shown in (
        SiteMap(HOUSE, (place,), (hostile,)),
        Steps(hostile, step, (step,), step),
        Picture(hostile, 100, RANGES, ((hostile, 100),), ((hostile, 99),)),
        Market(hostile, 12, 11, 14, hostile, ((0, 10, 4), (10, 20, 8)), 0.4, hostile),
    ):
        written = str(drawn(shown))
        assert "<script" not in written
        assert "<img" not in written
        assert "onerror=alert" in written.replace("&#x27;", "'")
        assert not re.search(r"(href|src|style|url\()=?", re.sub(r">[^<]*<|\"[^\"]*\"", "", written))


def test_a_valuation_is_drawn_from_its_json(valuation: Decision) -> None:
    answer = cast("dict[str, JsonValue]", valuation["answer"])
    sales = cast("list[dict[str, JsonValue]]", answer["comparables"])
    steps = [shown for _, shown in waterfalls(sales, 215_000).items]
    assert len(steps) == 5
    assert all(isinstance(one, Steps) and one.scale == cast("Steps", steps[0]).scale for one in steps)
    ((said, made),) = drivers(answer, "USD").items
    assert "They sum to the value." in said
    assert isinstance(made, Steps)
    assert made.start.amount + sum(one.amount for one in made.steps) == made.end.amount == 215_000


def test_drivers_that_do_not_sum_to_the_value_are_not_said_to(valuation: Decision) -> None:
    answer = cast("dict[str, JsonValue]", valuation["answer"])
    rows = cast("list[JsonValue]", answer["drivers"])
    ((said, _),) = drivers({**answer, "drivers": rows[:-1]}, "USD").items
    assert "sum to the value" not in said


def test_a_valuation_without_coordinates_says_that_there_is_no_map(valuation: Decision) -> None:
    captions = [said for said, _ in overview(cast("dict[str, JsonValue]", valuation["answer"])).items]
    assert captions[0] == "No map: neither the property nor any comparable has coordinates."
    assert captions[0] in html_report(valuation)


@pytest.mark.parametrize(
    ("placed", "said"),
    [
        (
            {0: (42.05, -93.62), 1: (42.06, -93.62)},
            "Not on the map, for want of coordinates: comparable 3, comparable 4",
        ),
        ({0: (142.05, -93.62)}, "No map"),
    ],
)
def test_only_sales_with_possible_coordinates_are_on_the_map(
    valuation: Decision, placed: dict[int, tuple[float, float]], said: str
) -> None:
    answer = cast("dict[str, JsonValue]", valuation["answer"])
    sales = cast("list[dict[str, JsonValue]]", answer["comparables"])
    located = [
        {**one, **dict(zip(("latitude", "longitude"), placed.get(n, (None, None)), strict=True))}
        for n, one in enumerate(sales)
    ]
    (caption, shown), *_ = overview({**answer, "comparables": cast("JsonValue", located)}).items
    assert said in caption
    assert isinstance(shown, SiteMap)
    assert [one.name for one in shown.places] == [str(n + 1) for n, (lat, _) in placed.items() if abs(lat) <= 90]
