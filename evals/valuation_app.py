"""The command that measures valuations: `python -m evals valuation`."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from pydantic import JsonValue

from evals.consoles import Figures, err, keep, measured, out
from evals.runs import Tell
from evals.valuation.measuring import measure_sales, month_progress
from evals.valuation.tables import valuation_tables
from evals.valuation.walking import Span

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
        return measure_sales(sales, mapping, span, month_progress(tell)).figures

    found = measured(measure)
    keep(found, figures)
    remarks = found["remarks"]
    for remark in remarks if isinstance(remarks, list) else []:
        err.print(f"Note: {remark}", markup=False, soft_wrap=True)
    for table in valuation_tables({name: value for name, value in found.items() if name not in _ABOUT}):
        out.print(table)


_ABOUT = ("remarks", "config")
