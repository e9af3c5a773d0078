"""`toulmin recover`: what it takes and what `--help` says of it.

It imports its work only when it runs, so that `--help` answers at once.
"""

from datetime import datetime
from pathlib import Path
from typing import Annotated, Final

import typer

EXAMPLE: Final = (
    "Example: toulmin recover --flight UA123 --date 2013-02-08 --passengers FILE.json --assume-seats economy=4. "
    'FILE.json: {"passengers": [{"id": "P1", "party": "A", "cabin": "economy"}, {"id": "P2", "party": "A", '
    '"reduced_mobility": true}, {"id": "P3", "unaccompanied_minor": true}, {"id": "P4", "tier": "gold", '
    '"onward": "2013-02-08T23:10-05:00"}]}; only id is needed.'
)

_DAYS: Final = ["%Y-%m-%d"]


def recover(  # noqa: PLR0913, PLR0917 - a command takes as much as its line says
    flight: Annotated[str, typer.Option("--flight", help="The flight that does not take place, such as UA123.")],
    date: Annotated[
        datetime, typer.Option("--date", formats=_DAYS, metavar="DATE", help="Its day, on the clock of its airport.")
    ],
    passengers: Annotated[
        Path | None,
        typer.Option("--passengers", metavar="FILE.json", help="Who was booked on it; without it, options alone."),
    ] = None,
    origin: Annotated[
        str | None, typer.Option("--origin", help="Where it leaves, if its number leaves several airports.")
    ] = None,
    assume_seats: Annotated[
        list[str] | None,
        typer.Option(
            "--assume-seats",
            metavar="CABIN=N",
            help="Seats taken as free in a cabin where the table does not tell; may be given several times. Without "
            "it, nobody is put on such a flight.",
        ),
    ] = None,
    assume_operating: Annotated[
        bool, typer.Option("--assume-operating", help="Take flights without a status as flown.")
    ] = False,
    connection: Annotated[
        int, typer.Option("--connection", min=0, max=1440, help="Least minutes between two flights.")
    ] = 60,
    hours: Annotated[int, typer.Option("--hours", min=1, max=336, help="How far ahead to look.")] = 48,
    split: Annotated[bool, typer.Option("--split", help="Parties may be split, but for reduced mobility.")] = False,
    as_of: Annotated[
        datetime | None,
        typer.Option("--as-of", formats=_DAYS, metavar="DATE", help="What was known then (default: the flight's day)."),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON document on standard output, nothing else.")
    ] = False,
) -> None:
    """Find ways on for the passengers of a disrupted flight, from the flight tables that were ingested.

    Ranks flights and connections by what they count in minutes: the later arrival, a connection, another cabin or
    carrier. Seats everybody as well as can be, with the reason for each, and says who is left and what would help.
    """
    from service.cli import recovering
    from service.cli.console import run

    asked = recovering.Asked(
        flight=flight,
        day=date.date(),
        passengers=passengers,
        origin=origin,
        seats=tuple(assume_seats or ()),
        operating=assume_operating,
        connection=connection,
        hours=hours,
        split=split,
        as_of=as_of and as_of.date(),
    )
    run(lambda: recovering.recover(asked, as_json=as_json))
