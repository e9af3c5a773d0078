"""Turns the plan for a disrupted flight into what a terminal shows: options, who travels how, who is left."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from typing import Final

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from service.present.reading import Json, money, object_of, objects, text, texts
from service.present.terminal import shielded
from service.recovering import Recovery

SHOWN: Final = 8
"""How many options and parties are listed; the rest is counted, and stands in the JSON document."""


def recovery_view(recovery: Recovery) -> RenderableType:
    """Show a plan, from 80 columns up."""
    document: Json = recovery.model_dump(mode="json")
    return Group(*_parts(document))


def _parts(document: Json) -> Iterator[RenderableType]:
    flight = object_of(document["flight"])
    named = f"{text(flight['flight'])}, {text(flight['origin'])} to {text(flight['destination'])}"
    yield Text(shielded(f"Recovery of {named}, {_clock(flight['departs'])}: {_status(flight)}"), style="bold")
    seats = f"as of {text(document['as_of'])}, generation {text(document['generation'])}"
    logged = object_of(document["audit"])
    event = f"; event {text(logged['seq'])} of the audit log" if logged else ""
    yield Text(f"From the flights on file {seats}. Plan {text(document['recovery_id'])}{event}.", style="dim")
    yield from (Text(shielded(f"! {note}"), style="yellow") for note in texts(document["notes"]))
    options = objects(document["options"])
    yield _heading(f"Ways on ({len(options)})")
    yield _options(options) if options else Text("None was found.")
    for line in texts(document["not_chosen_because"])[:SHOWN]:
        yield Text(shielded(f"Not offered: {line}"), style="dim")
    placed, left = objects(document["assignments"]), objects(document["left"])
    if placed or left:
        yield from _assigned(placed, left)


def _options(options: list[Json]) -> RenderableType:
    table = _table("", "Way on", "Leaves", "Arrives", "Later", "Cabin", "Seats", "Why here")
    for rank, one in enumerate(options[:SHOWN], 1):
        legs = objects(one["itinerary"])
        table.add_row(
            str(rank),
            shielded(_way(legs)),
            _clock(legs[0]["departs"]),
            _clock(legs[-1]["arrives"]),
            _later(one["arrival_delta_min"]),
            _words(one["cabin"]),
            "?" if one["seats_left"] is None else text(one["seats_left"]),
            shielded(text(one["rank_reason"]) + _cost(one)),
        )
    return Group(table, *_more(len(options), "options"))


def _assigned(placed: list[Json], left: list[Json]) -> Iterator[RenderableType]:
    people = sum(len(objects(one["passengers"])) for one in placed)
    without = sum(len(objects(one["passengers"])) for one in left)
    yield _heading(f"Passengers: {people} of {people + without} placed, {without} left")
    by_way: dict[str, list[Json]] = defaultdict(list)
    for one in placed:
        by_way[_way(objects(one["itinerary"]))].append(one)
    ways = _table("Way on", "Arrives", "Passengers")
    for way, several in sorted(by_way.items(), key=lambda item: _landing(item[1][0])):
        ids = [f"{_ids(one)}" for one in several]
        ways.add_row(shielded(way), _clock(objects(several[0]["itinerary"])[-1]["arrives"]), shielded("; ".join(ids)))
    yield ways
    notable = [one for one in placed if _priority(one) or _moved(one)]
    if notable:
        yield _heading("Why, for those with priority and those who did not get their first choice")
        yield from (Text(shielded(_why(one))) for one in notable[:SHOWN])
        yield from _more(len(notable), "parties")
    if left:
        yield _heading("Left behind")
        for one in left[:SHOWN]:
            yield Text(shielded(f"{_ids(one)}: {text(one['reason'])}. Would help: {text(one['would_help'])}."))
        yield from _more(len(left), "parties")


def _why(one: Json) -> str:
    passengers = objects(one["passengers"])
    first = passengers[0]
    priority = _priority(one)
    said = f" ({priority})" if priority else ""
    return f"{_ids(one)}{said} on {_way(objects(one['itinerary']))}: {text(first['reason'])}; {text(one['reason'])}."


def _priority(one: Json) -> str:
    return ", ".join(dict.fromkeys(word for each in objects(one["passengers"]) for word in texts(each["priority"])))


def _moved(one: Json) -> bool:
    return not text(one["reason"]).startswith("the best way on there is")


def _ids(one: Json) -> str:
    return " + ".join(text(each["id"]) for each in objects(one["passengers"]))


def _way(legs: list[Json]) -> str:
    via = f" via {text(legs[0]['destination'])}" if len(legs) > 1 else ""
    return " + ".join(text(leg["flight"]) for leg in legs) + via


def _landing(one: Json) -> datetime:
    return datetime.fromisoformat(text(objects(one["itinerary"])[-1]["arrives"]))


def _status(flight: Json) -> str:
    return "status not told" if flight["status"] is None else _words(flight["status"])


def _words(value: object) -> str:
    return shielded(str(value).replace("_", " "))


def _later(minutes: object) -> str:
    return f"{minutes:+d} min" if isinstance(minutes, int) else "?"


def _cost(one: Json) -> str:
    cost = object_of(one["cost"])
    return f"; fare {money(dict(cost))}" if cost else ""


def _clock(instant: object) -> str:
    """Give day and time on the clock of the airport."""
    return f"{datetime.fromisoformat(str(instant)):%d %b %H:%M}"


def _heading(words: str) -> Text:
    return Text(f"\n{words}", style="bold underline")


def _more(count: int, what: str) -> Iterator[Text]:
    if count > SHOWN:
        yield Text(f"and {count - SHOWN} more {what}; --json gives all", style="dim")


def _table(*columns: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), header_style="dim", pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    return table
