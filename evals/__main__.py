"""The evaluation commands: each prints a table, and writes its figures where `--json` says."""

from collections.abc import Callable, Coroutine, Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from pydantic import JsonValue
from rich.table import Table

from evals.answers import answers
from evals.bench.commands import app as bench
from evals.cases import read_cases
from evals.consoles import Figures, keep, measured, out
from evals.retrieval_app import app as searching
from evals.runs import Tell, measure_cases
from evals.sufficiency import sufficiency
from evals.valuation_app import valuation
from service.settings import read_settings

app = typer.Typer(
    name="evals",
    help="Measure the service.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

app.add_typer(bench, name="bench")
app.command()(answers)
app.command()(sufficiency)
app.command()(valuation)


app.add_typer(searching)


@app.command()
def cases(
    pack: Annotated[str, typer.Option(metavar="PACK", help="The domain pack that decides.")],
    cases: Annotated[Path, typer.Option(metavar="FILE.jsonl", help="Labelled cases, one a line.")],
    as_of: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The date of cases that state none (default: today).")
    ] = None,
    figures: Figures = None,
) -> None:
    """Score the decisions of labelled cases."""

    async def measure(tell: Tell) -> dict[str, JsonValue]:
        labelled = read_cases(cases, pack)
        return await measure_cases(pack, labelled, read_settings(), as_of and as_of.date(), tell)

    _report(measure, figures)


def _report(measure: Callable[[Tell], Coroutine[None, None, dict[str, JsonValue]]], target: Path | None) -> None:
    figures = measured(measure)
    keep(figures, target)
    out.print(_table(figures))


def _table(figures: Mapping[str, JsonValue]) -> Table:
    table = Table("Figure", "Value")
    for name, value in _flat(figures):
        table.add_row(
            name, "not measured" if value is None else f"{value:.4g}" if isinstance(value, float) else f"{value}"
        )
    return table


def _flat(figures: Mapping[str, JsonValue]) -> list[tuple[str, JsonValue]]:
    """Give the figures on one level; the results of single cases are left to the file, but for those that are wrong."""
    rows: list[tuple[str, JsonValue]] = []
    for name, value in figures.items():
        if isinstance(value, dict):
            rows += [(inner, found) for inner, found in _flat(value)]
        elif name == "results" and isinstance(value, list):
            rows.append(("wrong", _wrong(value)))
        else:
            rows.append((name, value))
    return rows


def _wrong(results: list[JsonValue]) -> str:
    wrong = [str(result["case_id"]) for result in results if isinstance(result, dict) and not result["correct"]]
    return ", ".join(wrong) or "none"


if __name__ == "__main__":
    app()
