"""The command that scores the decisions of labelled cases."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from pydantic import JsonValue
from rich.table import Table

from evals.consoles import Figures, err, keep, out
from evals.datasets import EvaluationError
from evals.deciding import measure_cases

app = typer.Typer()


@app.command()
def cases(
    pack: Annotated[str, typer.Option(metavar="PACK", help="The domain pack that decides.")],
    cases: Annotated[Path, typer.Option(metavar="FILE.jsonl", help="Labelled cases, one a line.")],
    parameters: Annotated[
        Path | None, typer.Option(metavar="FILE.toml", help="Another carrier's numbers in place of the pack's.")
    ] = None,
    as_of: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The date of cases that state none (default: today).")
    ] = None,
    figures: Figures = None,
) -> None:
    """Score the decisions of labelled cases."""
    try:
        measured = measure_cases(pack, cases, parameters=parameters, as_of=as_of and as_of.date())
    except (EvaluationError, OSError) as error:
        err.print(f"Error: {error}", markup=False, soft_wrap=True)
        raise typer.Exit(1) from None
    keep(measured, figures)
    out.print(_table(measured))
    for line in _wrong(measured):
        out.print(line, markup=False, soft_wrap=True)


def _table(figures: Mapping[str, JsonValue]) -> Table:
    table = Table("Figure", "Value")
    for name, value in figures.items():
        if name != "results":
            shown = "not measured" if value is None else f"{value:.4g}" if isinstance(value, float) else f"{value}"
            table.add_row(name, shown)
    return table


def _wrong(figures: Mapping[str, JsonValue]) -> Iterator[str]:
    """Name the cases that did not come out as labelled, with what came out."""
    results = figures["results"]
    for result in results if isinstance(results, list) else []:
        if isinstance(result, dict) and not result["correct"]:
            problem = result.get("problem")
            yield f"Wrong: {result['case_id']}: {result['decision']}{f' ({problem})' if problem else ''}"
