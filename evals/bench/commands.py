"""The commands of `python -m evals bench`: one benchmark each, and the tables they end with."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from evals.bench.answered import beside_table
from evals.bench.engine_options import OPTIONS
from evals.bench.figures import Measured, busy, comparison_table, figures_table, other_work
from evals.bench.ingestion import Size, measure_ingestion
from evals.bench.retrieval import Questions, measure_search
from evals.bench.rules import RuleLoad, measure_rules
from evals.bench.scale import LEAST, Growth, measure_scale, options_table
from evals.consoles import Figures, err, keep, measured, out
from service.settings import read_settings

CORPUS = Path("..") / "shared" / "data" / "retrieval" / "obliqa"

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
    _warn(other_work(), err)
    _report(measured(lambda tell: measure_ingestion(size, read_settings(), tell)), figures)


@app.command(
    epilog="Examples: python -m evals bench scale --sizes 10000,100000 --json figures.json\n\n"
    "python -m evals bench scale --sizes 1000000 --without graph"
)
def scale(
    *,
    sizes: Annotated[str, typer.Option(metavar="N,N,...", help="How many clauses, one index each.")] = (
        "10000,100000,1000000"
    ),
    corpus: Annotated[
        Path, typer.Option(metavar="DIR", help="A dataset in the BEIR layout, whose passages are varied.")
    ] = CORPUS,
    without: Annotated[
        list[str] | None, typer.Option(metavar="OPTION", help=f"Leave out one of {', '.join(OPTIONS)}; repeatable.")
    ] = None,
    figures: Figures = None,
) -> None:
    """Measure the embedded index as it grows: writing, memory, disk, searching, and what graphs and quantising give.

    A million clauses take more than half an hour, 12 GB of memory and 12 GB of disk, and a machine that does nothing
    else.
    """
    growth = Growth(sizes=_sizes(sizes), corpus=corpus, options=_without(without or []))
    _warn(other_work(), err)
    found = measured(lambda tell: measure_scale(growth, read_settings(), tell))
    keep(found.document(), figures)
    out.print(figures_table(found.measured.figures))
    out.print(options_table(found.options))
    _warn(found.measured.load)


@app.command(
    epilog="Example: python -m evals bench retrieval --dataset datasets/obliqa --split dev --json figures.json"
)
def retrieval(
    *,
    dataset: Annotated[Path, typer.Option(metavar="DIR", help="Has corpus.jsonl, queries.NAME.jsonl, qrels/NAME.tsv.")],
    split: Annotated[str, typer.Option(metavar="NAME", help="Which questions and judgements.")],
    limit: Annotated[int | None, typer.Option(min=1, help="Ask only so many questions, from the first.")] = None,
    compared: Annotated[
        int, typer.Option(min=1, help="Ask LlamaIndex, which is slow, only so many of them, from the first.")
    ] = 300,
    figures: Figures = None,
) -> None:
    """Measure search: how good and how fast, with LlamaIndex and bm25s on the same questions and chunks beside it.

    What was embedded before is not again; measure on a machine that does nothing else.
    """
    questions = Questions(dataset=dataset, split=split, limit=limit, compared=compared)
    _warn(other_work(), err)
    found = measured(lambda tell: measure_search(questions, read_settings(), tell))
    keep(found.document(), figures)
    out.print(figures_table(found.measured.figures))
    for one in found.others:
        out.print(beside_table(one))
    _warn(found.measured.load)


@app.command(epilog="Example: python -m evals bench rules --json figures.json")
def rules(
    *,
    pack: Annotated[str, typer.Option(metavar="PACK", help="The pack whose rules decide.")] = "passenger_rights",
    cases: Annotated[int, typer.Option(min=10, help="Different cases that the rules are given.")] = 2_000,
    whole: Annotated[int, typer.Option(min=1, help="Cases that are decided as a whole.")] = 300,
    figures: Figures = None,
) -> None:
    """Measure how many cases a second the rules decide, without and with traces, and how long a whole decision takes.

    Seconds are those of one processor, so other work on the machine plays little part.
    """
    load = RuleLoad(pack=pack, cases=cases, whole=whole)
    _report(measured(lambda tell: measure_rules(load, tell)), figures)


def _report(found: Measured, target: Path | None) -> None:
    keep(found.document(), target)
    out.print(figures_table(found.figures))
    if found.comparison:
        out.print(comparison_table(found.comparison, found.other))
    _warn(found.load)


def _sizes(written: str) -> tuple[int, ...]:
    try:
        sizes = tuple(int(one) for one in written.split(","))
    except ValueError:
        sizes = ()
    if not sizes or min(sizes) < LEAST:
        raise typer.BadParameter(
            f"{written!r} are no sizes; write whole numbers of at least {LEAST}, joined by commas.",
            param_hint="--sizes",
        )
    return sizes


def _without(names: list[str]) -> tuple[str, ...]:
    if unknown := [one for one in names if one not in OPTIONS]:
        raise typer.BadParameter(
            f"{unknown[0]!r} is no option of the engine; choose from {', '.join(OPTIONS)}.", param_hint="--without"
        )
    return tuple(one for one in OPTIONS if one not in names)


def _warn(load: float, where: Console = out) -> None:
    if warning := busy(load):
        where.print(warning, style="yellow", soft_wrap=True)
