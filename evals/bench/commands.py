"""The commands of `python -m evals bench`: one benchmark each, and the tables they end with."""

from pathlib import Path
from typing import Annotated

import typer

from evals.bench.figures import Measured, comparison_table, figures_table
from evals.bench.ingestion import Size, measure_ingestion
from evals.consoles import Figures, keep, measured, out
from service.settings import read_settings

app = typer.Typer(help="Measure what the product takes, beside its targets.", no_args_is_help=True)


@app.callback()
def bench() -> None:
    """Measure what the product takes, beside its targets."""


@app.command(
    epilog="Examples: python -m evals bench ingestion --json figures.json\n\n"
    "python -m evals bench ingestion --passages 500 --largest 2000 --alone\n\n"
    "python -m evals bench ingestion --corpus datasets/obliqa"
)
def ingestion(
    *,
    passages: Annotated[int, typer.Option(min=100, help="Passages of the corpus, at most those of --corpus.")] = 14_000,
    largest: Annotated[int, typer.Option(min=1000, help="Passages whose ingest must fit in memory.")] = 200_000,
    corpus: Annotated[
        Path | None, typer.Option(metavar="DIR", help="A dataset in the BEIR layout; by default passages are made up.")
    ] = None,
    alone: Annotated[bool, typer.Option("--alone", help="Leave out the comparison with LlamaIndex.")] = False,
    figures: Figures = None,
) -> None:
    """Measure ingestion: first and repeated ingests, writing, readers beside it, memory, and LlamaIndex side by side.

    With the sizes as they are it takes a quarter of an hour; measure on a machine that does nothing else.
    """
    size = Size(passages=passages, largest=largest, corpus=corpus, compared=not alone)
    _report(measured(lambda tell: measure_ingestion(size, read_settings(), tell)), figures)


def _report(found: Measured, target: Path | None) -> None:
    keep(found.document(), target)
    out.print(figures_table(found.figures))
    if found.comparison:
        out.print(comparison_table(found.comparison, found.other))
