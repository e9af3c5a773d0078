"""Runs `toulmin report avm`: measures, reads what was recorded, prints the report and writes its page."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final, cast

from pydantic import JsonValue

from evals.avm.factors import Basis, avm_report
from evals.avm.page import STANDINGS, TITLES, avm_page
from evals.consoles import measured, out
from evals.runs import Tell
from evals.valuation.measuring import MeasuredSales, measure_sales, month_progress
from evals.valuation.walking import Span
from service.bootstrap import records
from service.ports import TaskFilter
from service.records import ReleasedDecision
from service.review import ReviewTask
from service.settings import read_settings

DOMAIN: Final = "real_estate"
_PAGE: Final = 200


@dataclass(frozen=True, slots=True)
class Table:
    """A table of sales, its mapping, and the first day that is tested."""

    sales: Path
    mapping: Path
    test_from: date


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the command line asked for."""

    table: Table | None
    decisions: int
    seed: str
    html: Path | None


def report_avm(wanted: Wanted, *, as_json: bool) -> None:
    """Make the report, print it, and write the page where one was asked for."""

    async def work(tell: Tell) -> dict[str, JsonValue]:
        found = _measured(wanted.table, tell)
        decisions, tasks = await _recorded(wanted.decisions)
        report = avm_report(
            Basis(
                figures=found and found.figures,
                flags=found.flags if found else (),
                inputs=found.inputs if found else (),
                decisions=decisions if wanted.decisions else None,
                tasks=tasks,
                seed=wanted.seed,
            )
        )
        if wanted.html is not None:
            wanted.html.write_text(avm_page(report), encoding="utf-8")
        return report

    report = measured(work)
    if as_json:
        typed = json.dumps(report, indent=2)
        out.print(typed, markup=False, soft_wrap=True)
        return
    for name, section in cast("Mapping[str, Mapping[str, JsonValue]]", report["factors"]).items():
        out.print(f"{TITLES[name]}: {STANDINGS[str(section['standing'])]}", style="bold", markup=False)
        for sentence in cast("list[str]", section["found"]):
            out.print(f"  {sentence}", markup=False, soft_wrap=True)
    if wanted.html is not None:
        out.print(f"Wrote {wanted.html}", markup=False, soft_wrap=True)


def _measured(table: Table | None, tell: Tell) -> MeasuredSales | None:
    if table is None:
        return None
    return measure_sales(table.sales, table.mapping, Span(table.test_from, None, 0), month_progress(tell))


async def _recorded(most: int) -> tuple[list[ReleasedDecision], list[ReviewTask]]:
    """Read the latest valuations and all review tasks that are resolved."""
    if not most:
        return [], []
    settings = read_settings()
    async with records(settings) as kept:
        found: list[ReleasedDecision] = []
        while len(found) < most:
            before = found[-1].decision_id if found else None
            page = await kept.store.recent(
                min(_PAGE, most - len(found)), tenant=settings.tenant, domain=DOMAIN, before=before
            )
            if not page:
                break
            found += page
        tasks = await kept.reviews.tasks(TaskFilter(status="resolved", tenant=settings.tenant), limit=max(most, _PAGE))
        return found, tasks
