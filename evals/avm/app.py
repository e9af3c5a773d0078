"""The commands of `toulmin report`, which the command line finds as an entry point of the group `toulmin.commands`.

A command imports its work only when it runs, so that `toulmin --help` answers at once.
"""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

commands = typer.Typer(no_args_is_help=True, help="Write reports on how the service is doing.")


@commands.callback()
def reports() -> None:
    """Write reports on how the service is doing."""


@commands.command(epilog="Example: toulmin report avm --sales sales.csv --mapping sales.toml --test-from 2014-11-01")
def avm(
    sales: Annotated[Path | None, typer.Option(metavar="FILE.csv", help="A table of sales to measure on.")] = None,
    mapping: Annotated[Path | None, typer.Option(metavar="FILE.toml", help="What its columns mean.")] = None,
    test_from: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The first day whose sales are tested.")
    ] = None,
    decisions: Annotated[
        int, typer.Option(min=0, help="How many of the latest recorded valuations are read; 0 reads none.")
    ] = 1000,
    seed: Annotated[str, typer.Option(help="What the random sample is drawn by.")] = "avm-quality-control",
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as one JSON document.")] = False,
    html: Annotated[Path | None, typer.Option(metavar="OUT.html", help="Write the report as a page.")] = None,
) -> None:
    """Report on the five quality-control factors of the valuation: from a table of sales and from what was recorded.

    Measuring takes some minutes for a large county. Without a table the factors that need one have no evidence.
    """
    if (sales is None) != (mapping is None) or (sales is None) != (test_from is None):
        raise typer.BadParameter("give --sales, --mapping and --test-from together, or none of them.")
    from evals.avm import reporting

    table = reporting.Table(sales, mapping, test_from.date()) if sales and mapping and test_from else None
    reporting.report_avm(reporting.Wanted(table, decisions, seed, html), as_json=as_json)
