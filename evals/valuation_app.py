"""The command that measures valuations: `python -m evals valuation`."""

import time
from collections import Counter
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer
from pydantic import JsonValue

from decision.packs.real_estate import PACK
from decision.packs.real_estate.comparables import month_name
from decision.packs.real_estate.quality import flags, record_flags
from decision.packs.real_estate.subject import settings_of
from evals.consoles import Figures, err, keep, measured, out
from evals.runs import Tell
from evals.valuation.canaries import require_honest_mapping
from evals.valuation.figures import figures_of
from evals.valuation.reviewing import rules_left_out
from evals.valuation.sales import read_sales, sale_only
from evals.valuation.tables import valuation_tables
from evals.valuation.walking import Said, Span, value_forward

Day = Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="The first day whose sales are tested.")]


def valuation(
    sales: Annotated[Path, typer.Option(metavar="FILE.csv", help="A table of sales.")],
    mapping: Annotated[Path, typer.Option(metavar="FILE.toml", help="What its columns mean.")],
    test_from: Day,
    test_to: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The last day (default: the last sale's).")
    ] = None,
    lag_days: Annotated[
        int, typer.Option(min=0, max=365, help="Days after which a sale is known; policy says 30, comparisons 0.")
    ] = 0,
    figures: Figures = None,
) -> None:
    """Value the sales of each month as if it had been the future, and compare with what was paid.

    Every month is valued by what was learned from earlier arm's-length sales, with intervals calibrated on earlier
    months. A leak (the subject among its own comparables, a later sale, a column that is known only after a sale) ends
    the run with an error.
    """
    span = Span(test_from.date(), test_to.date() if test_to else None, lag_days)

    async def measure(tell: Tell) -> dict[str, JsonValue]:
        return measure_valuation(sales, mapping, span, _progress(tell))

    found = measured(measure)
    keep(found, figures)
    remarks = found["remarks"]
    for remark in remarks if isinstance(remarks, list) else []:
        err.print(f"Note: {remark}", markup=False, soft_wrap=True)
    for table in valuation_tables({name: value for name, value in found.items() if name not in _ABOUT}):
        out.print(table)


def measure_valuation(sales: Path, mapping: Path, span: Span, said: Said) -> dict[str, JsonValue]:
    """Read a table, value it forward and give all figures, with what they were measured on."""
    table = read_sales(sales, mapping)
    forbidden = sale_only(table.mapping)
    require_honest_mapping(table.mapping, forbidden)
    settings = settings_of(PACK.rulebook.on(span.first).parameters)
    began = time.monotonic()
    valued = value_forward(table.market, span, settings, forbidden, said)
    left_out = ", ".join(rules_left_out())
    odd = (*flags(valued.last.market, valued.last), *record_flags(table.records))
    return {
        **figures_of(valued),
        "quality": dict(Counter(flag.kind for flag in odd).most_common()),
        "seconds": round(time.monotonic() - began, 1),
        "remarks": [*table.remarks, f"Reviews are without rules on the assignment, which no table has: {left_out}."],
        "config": {
            "sales": sales.name,
            "mapping": mapping.name,
            "sha256": dict(table.sources),
            "test_from": span.first.isoformat(),
            "test_to": _last(span, valued.sales.days[-1]),
            "lag_days": span.lag_days,
            "rules": PACK.rulebook.version,
        },
    }


_ABOUT = ("remarks", "config")


def _last(span: Span, day: int) -> str:
    return (span.last or date.fromordinal(int(day))).isoformat()


def _progress(tell: Tell) -> Said:
    """Show months; on what is not a terminal a line for each, with the time that is left by those before."""
    began = time.monotonic()

    def said(month: int, done: int, total: int) -> None:
        if err.is_terminal:
            tell("months valued", done, total)
            return
        left = (time.monotonic() - began) / done * (total - done) if done else None
        words = "" if left is None else f", about {left / 60:.1f} minutes left"
        if done < total:
            err.print(f"{month_name(month)} ({done + 1} of {total}){words} ...", markup=False, soft_wrap=True)

    return said
