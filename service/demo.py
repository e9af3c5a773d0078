"""The demonstration: real sources ingested, three kinds of decision made and reported, a cancelled flight recovered.

Run as `python -m service.demo`, or `make demo`, which installs what it needs first.
"""

import asyncio
import time
from datetime import UTC, date, datetime
from pathlib import Path

from rich.console import Console
from rich.rule import Rule

from decision.recovery.parties import Passenger
from decision.recovery.preferences import Preferences
from ingestion.ingests import IngestRequest
from service.application import Application
from service.bootstrap import application
from service.cli.console import expected_errors
from service.flow import DecisionRequest
from service.present.ingests import ingest_view
from service.present.progress import ingest_progress
from service.present.recovery import recovery_view
from service.present.report import html_report
from service.present.terminal import decision_view
from service.recovering import RecoveryRequest
from service.samples import made_up_passengers, write_ames, write_flights
from service.settings import read_settings

_CASES = (
    ("real_estate", "ames.json", "What is this house in Ames worth?"),
    ("passenger_rights", "delay.json", "What is a passenger of a delayed flight owed?"),
    ("passenger_rights", "cancellation_uk.json", "What is a passenger of a cancelled flight owed?"),
    ("policy", "question.json", "A question, answered from the ingested documents"),
)

_FLIGHT = "DL 963"
_DAY = date(2013, 2, 8)
_BOOKED = 120
_FREE = 9
_MADE_UP = (
    f"On 8 February 2013, 472 of 930 flights out of New York were cancelled, {_FLIGHT} among them. The flights are "
    f"real; its {_BOOKED} passengers are made up, always the same ones, and that {_FREE} seats are free on each other "
    "flight is an assumption, for the table does not tell."
)

_NEXT = """Try next:
  toulmin recover --flight UA161 --date 2013-02-08 --assume-seats economy=4
  toulmin search "when is a hotel owed"
  toulmin decide --domain policy --question "What is the appraisal threshold?"
  toulmin review list
  toulmin audit verify
  make serve            (then open http://127.0.0.1:8000/docs)
The commands live in .venv/bin; `source .venv/bin/activate` puts them on your path."""


def main() -> None:
    """Run the whole demonstration; the second run embeds nothing again."""
    with expected_errors():
        asyncio.run(_demonstrate(Console(highlight=False)))


async def _demonstrate(console: Console) -> None:
    started = time.perf_counter()
    settings = read_settings()
    folder = settings.data / "demo"
    async with application(settings, doing="the demonstration") as running:
        packs = running.packs
        mapping = packs["real_estate"].folder / "mappings" / "ames.toml"
        flights = packs["passenger_rights"].folder / "mappings" / "nycflights13.toml"
        sources = [write_ames(folder / "sources", mapping), write_flights(folder / "flights", flights)]
        sources += [pack.folder / "sources.toml" for pack in packs.values()]
        with ingest_progress(console) as progress:
            report = await running.ingest.run(IngestRequest(locations=tuple(map(str, sources))), progress)
        console.print(ingest_view(report))
        for domain, example, title in _CASES:
            console.print(Rule(title))
            await _decide(running, packs[domain].folder / "examples" / example, folder, console)
        console.print(Rule("How do the passengers of a cancelled flight travel on?"))
        await _recover(running, console)
    console.print(Rule("Done"))
    console.print(f"Reports: {folder}/*.html; {time.perf_counter() - started:.1f} seconds in all.")
    console.print(_NEXT, markup=False)


async def _decide(running: Application, example: Path, folder: Path, console: Console) -> None:
    request = DecisionRequest.model_validate_json(await asyncio.to_thread(example.read_bytes))
    released = await running.flow.decide(request, actor="demo")
    document = released.model_dump(mode="json")
    console.print(decision_view(document))
    report = folder / f"{example.stem}.html"
    await asyncio.to_thread(report.write_text, html_report(document), encoding="utf-8")
    console.print(f"Report: {report}")


async def _recover(running: Application, console: Console) -> None:
    booked_until = datetime(2013, 2, 9, 2, tzinfo=UTC)
    request = RecoveryRequest(
        flight=_FLIGHT,
        date=_DAY,
        passengers=tuple(map(Passenger.model_validate, made_up_passengers(_BOOKED, booked_until))),
        preferences=Preferences(assumed_seats={"economy": _FREE}),
    )
    recovery = await running.recover(request, actor="demo")
    console.print(_MADE_UP)
    console.print(recovery_view(recovery))


if __name__ == "__main__":
    main()
