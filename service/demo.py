"""The demonstration: real sources ingested, three kinds of decision made, printed and written as reports.

Run as `python -m service.demo`, or `make demo`, which installs what it needs first.
"""

import asyncio
import time
from pathlib import Path

from rich.console import Console
from rich.rule import Rule

from ingestion.ingests import IngestRequest
from service.application import Application
from service.bootstrap import application
from service.cli.console import expected_errors
from service.flow import DecisionRequest
from service.present.ingests import ingest_view
from service.present.progress import ingest_progress
from service.present.report import html_report
from service.present.terminal import decision_view
from service.samples import write_ames
from service.settings import read_settings

_CASES = (
    ("real_estate", "ames.json", "What is this house in Ames worth?"),
    ("passenger_rights", "delay.json", "What is a passenger of a delayed flight owed?"),
    ("passenger_rights", "cancellation_uk.json", "What is a passenger of a cancelled flight owed?"),
    ("policy", "question.json", "A question, answered from the ingested documents"),
)

_NEXT = """Try next:
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
        sources = [write_ames(folder / "sources", mapping)]
        sources += [pack.folder / "sources.toml" for pack in packs.values()]
        with ingest_progress(console) as progress:
            report = await running.ingest.run(IngestRequest(locations=tuple(map(str, sources))), progress)
        console.print(ingest_view(report))
        for domain, example, title in _CASES:
            console.print(Rule(title))
            await _decide(running, packs[domain].folder / "examples" / example, folder, console)
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


if __name__ == "__main__":
    main()
