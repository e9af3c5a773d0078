"""The commands of `toulmin tune`, which the command line finds as an entry point of the group `toulmin.commands`.

A command imports its work only when it runs, so that `toulmin --help` answers at once.
"""

from pathlib import Path
from typing import Annotated

import typer

commands = typer.Typer(no_args_is_help=True, help="Learn from judged questions how to rank, and what ranks now.")


@commands.command(epilog="Example: toulmin tune retrieval --feedback reviewed.jsonl --dry-run")
def retrieval(
    dataset: Annotated[
        Path | None,
        typer.Option("--dataset", metavar="DIR", help="Has corpus.jsonl, queries.NAME.jsonl, qrels/NAME.tsv."),
    ] = None,
    split: Annotated[str, typer.Option("--split", metavar="NAME", help="Which of the dataset's questions.")] = "dev",
    feedback: Annotated[
        Path | None,
        typer.Option("--feedback", metavar="FILE", help="Judgements of ingested clauses, one JSON object a line."),
    ] = None,
    folds: Annotated[int, typer.Option("--folds", min=2, max=50, help="Into how many parts questions are cut.")] = 5,
    reranked: Annotated[
        int, typer.Option("--reranked", min=0, help="How many questions a reranker is asked, where there is one.")
    ] = 400,
    figures: Annotated[
        Path | None, typer.Option("--json", metavar="FILE", help="Write the figures to this file, too.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Measure, but store and promote nothing.")] = False,
) -> None:
    """Learn a ranker, measure it on questions it did not learn from, and promote it if it is surely better."""
    if dataset is None and feedback is None:
        raise typer.BadParameter("give --dataset DIR, --feedback FILE, or both, to learn from.")
    from evals.tuning import reporting

    reporting.tune_retrieval(reporting.Wanted(dataset, split, feedback, folds, reranked, figures, dry_run))


@commands.command("list", epilog="Example: toulmin tune list")
def list_rankers() -> None:
    """List the rankers that are kept, with their evaluations; the one in force is marked."""
    from evals.tuning import reporting

    reporting.list_rankers()


@commands.command(epilog="Example: toulmin tune promote 3f2a91c0b7de")
def promote(version: Annotated[str, typer.Argument(help="As listed by `toulmin tune list`.")]) -> None:
    """Put a ranker in force, whatever its evaluation says; a service that runs takes it up when it starts anew."""
    from evals.tuning import reporting

    reporting.promote(version)


@commands.command(epilog="Example: toulmin tune retire")
def retire() -> None:
    """Rank without a learned order again; all rankers are kept."""
    from evals.tuning import reporting

    reporting.retire()
