"""The evaluation commands: each prints a table, and writes its figures where `--json` says."""

import typer

from evals.answers import answers
from evals.bench.commands import app as bench
from evals.cases_app import app as deciding
from evals.retrieval_app import app as searching
from evals.sufficiency import sufficiency
from evals.valuation_app import valuation

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
app.add_typer(deciding)
app.add_typer(searching)


if __name__ == "__main__":
    app()
