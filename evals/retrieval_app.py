"""The commands that measure search: `retrieval`, `gate`, `report`, and `all`, which measures whatever is there."""

import time
from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from pydantic import JsonValue
from rich.table import Table

from decision.packs.real_estate import PACK
from evals.consoles import Figures, err, keep, measured, out
from evals.datasets import EvaluationError
from evals.deciding import measure_cases
from evals.gate import UPDATE, Verdict, check_gate, gate_table, update_gate
from evals.kept_runs import read_baseline, read_figures
from evals.public_sets import PUBLIC_SETS, PublicSet
from evals.report.page import html_page, read_report_set
from evals.retrieval_figures import Asked, measure_retrieval, retrieval_tables
from evals.runs import Tell
from evals.valuation.measuring import measure_sales, month_progress
from evals.valuation.walking import Span
from service.settings import read_settings

app = typer.Typer()

DATASETS = Path("..") / "shared" / "data"
Datasets = Annotated[
    Path, typer.Option("--datasets", metavar="DIR", help="The folder of datasets that docs/evaluation.md describes.")
]


@app.command()
def retrieval(
    dataset: Annotated[Path, typer.Option(metavar="DIR", help="Has corpus.jsonl, queries.NAME.jsonl, qrels/NAME.tsv.")],
    split: Annotated[str, typer.Option(metavar="NAME", help="Which questions and judgements.")],
    limit: Annotated[int | None, typer.Option(min=1, help="Ask only so many questions, from the first.")] = None,
    k: Annotated[int | None, typer.Option(min=1, max=100, help="Score at this cut-off, too.")] = None,
    baseline: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Compare with this run: .json that --json wrote, or a TREC run.")
    ] = None,
    run: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the rankings as a TREC run.")] = None,
    figures: Figures = None,
) -> None:
    """Score search on a dataset in the BEIR layout, with 95 % intervals over the questions (bootstrap).

    A language model rates the passages that were found where TOULMIN_JUDGE_URL (an OpenAI-compatible address such as
    http://HOST/v1) and TOULMIN_JUDGE_MODEL name one, with TOULMIN_JUDGE_API_KEY where it wants a key: the first 50
    questions, three times, averaged. It costs 300 calls or more, and is never needed.
    """
    asked = Asked(dataset, split, limit, k, baseline, run)

    async def measure(tell: Tell) -> dict[str, JsonValue]:
        return await measure_retrieval(asked, read_settings(), tell)

    found = measured(measure)
    keep(found, figures)
    _remarks(found)
    out.print(retrieval_tables(found))


@app.command()
def gate(
    datasets: Datasets = DATASETS,
    update: Annotated[bool, typer.Option("--update", help="Write what is measured as the new baselines.")] = False,
    figures: Figures = None,
) -> None:
    """Fail where search on fixed samples got worse than the committed baseline by more than noise."""
    if update:
        for path in measured(lambda tell: update_gate(datasets, read_settings(), tell)):
            out.print(f"Wrote {path}", markup=False, soft_wrap=True)
        out.print("Look at the difference, and commit it with what caused it.")
        return
    verdicts = measured(lambda tell: check_gate(datasets, read_settings(), tell))
    keep({"fell": any(one.fell for one in verdicts), "verdicts": [_verdict(one) for one in verdicts]}, figures)
    out.print(gate_table(verdicts))
    if any(one.fell for one in verdicts):
        err.print(
            "Error: search got worse by more than noise. Find out why; where it is meant, write the baselines anew with"
            f" `{UPDATE}` and say in the commit what was gained for it.",
            markup=False,
        )
        raise typer.Exit(1)


@app.command()
def report(
    figures: Annotated[Path, typer.Option(metavar="FILE.json", help="The figures of a run, as --json wrote them.")],
    html: Annotated[Path, typer.Option(metavar="OUT.html", help="The page to write.")],
    baseline: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The run to compare with: figures or a TREC run.")
    ] = None,
    dataset: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Where the dataset is, if not where it was measured.")
    ] = None,
) -> None:
    """Write a page with tables, plots, and the questions that were won and lost."""

    async def write(_tell: Tell) -> Path:
        kept = read_figures(figures)
        read = read_report_set(kept, dataset)
        beside = baseline and read_baseline(baseline, read.judgements)
        html.write_text(html_page(kept, read, beside), encoding="utf-8")
        return html

    out.print(f"Wrote {measured(write)}", markup=False, soft_wrap=True)


@app.command(name="all")
def every(
    datasets: Datasets = DATASETS,
    limit: Annotated[int | None, typer.Option(min=1, help="Ask only so many questions of each dataset.")] = None,
    results: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", help="Keep figures, runs and pages here (default: evals/results in the data folder)."
        ),
    ] = None,
) -> None:
    """Run every evaluation whose dataset is there, and name what is not; that is an error at the end."""
    folder = results or read_settings().data / "evals" / "results"
    folder.mkdir(parents=True, exist_ok=True)
    table = Table("Evaluation", "n", "Figures", "Seconds")
    for one in PUBLIC_SETS:
        if one.there(datasets):
            began = time.monotonic()
            number, shown = _measured(one, datasets, folder, limit)
            table.add_row(one.name, number, shown, f"{time.monotonic() - began:.0f}")
    out.print(table)
    out.print(f"Figures, runs and pages are in {folder}", markup=False, soft_wrap=True)
    absent = [one for one in PUBLIC_SETS if not one.there(datasets)]
    for one in absent:
        err.print(
            f"Error: {one.name} was not measured: there is no {datasets / one.path}; public home: {one.home}",
            markup=False,
            soft_wrap=True,
        )
    if absent:
        raise typer.Exit(1)


def _measured(one: PublicSet, datasets: Path, folder: Path, limit: int | None) -> tuple[str, str]:
    if one.kind == "retrieval":
        return _retrieval_of(one, datasets, folder, limit)
    return _cases_of(one, datasets, folder) if one.kind == "cases" else _valuation_of(one, datasets, folder)


def _retrieval_of(one: PublicSet, datasets: Path, folder: Path, limit: int | None) -> tuple[str, str]:
    asked = Asked(datasets / one.path, one.part, limit, run=folder / f"{one.name}.trec")

    async def measure(tell: Tell) -> dict[str, JsonValue]:
        return await measure_retrieval(
            asked, read_settings(), lambda stage, done, total: tell(f"{one.name}: {stage}", done, total), one.place
        )

    found = measured(measure)
    target = folder / f"{one.name}.json"
    keep(found, target)
    _remarks(found)
    kept = read_figures(target)
    (folder / f"{one.name}.html").write_text(html_page(kept, read_report_set(kept, None), None), encoding="utf-8")
    return str(found["queries"]), ", ".join(f"{name} {value:.3f}" for name, value in kept.metrics.items())


def _cases_of(one: PublicSet, datasets: Path, folder: Path) -> tuple[str, str]:
    try:
        found = measure_cases(one.part, datasets / one.path)
    except EvaluationError as error:
        err.print(f"Error: {error}", markup=False)
        raise typer.Exit(1) from None
    keep(found, folder / f"{one.name}.json")
    return str(found["n"]), f"decision_accuracy {found['decision_accuracy']}, wrong_allow {found['wrong_allow']}"


def _valuation_of(one: PublicSet, datasets: Path, folder: Path) -> tuple[str, str]:
    mapping, first = one.part.split()
    table = PACK.folder / "mappings" / f"{mapping}.toml"

    async def measure(tell: Tell) -> dict[str, JsonValue]:
        span = Span(date.fromisoformat(first), None, 0)
        return measure_sales(datasets / one.path, table, span, month_progress(tell)).figures

    found = measured(measure)
    keep(found, folder / f"{one.name}.json")
    return str(found["n"]), ", ".join(f"{name} {found[name]}" for name in ("mdape", "cod", "coverage_80"))


def _remarks(figures: dict[str, JsonValue]) -> None:
    config = figures["config"]
    remarks = config["remarks"] if isinstance(config, dict) else None
    for remark in remarks if isinstance(remarks, list) else []:
        err.print(f"Note: {remark}", markup=False, soft_wrap=True)


def _verdict(one: Verdict) -> JsonValue:
    change = one.found.difference
    return {
        "sample": one.sample,
        "metric": one.metric,
        "baseline": one.found.baseline,
        "value": one.found.value,
        "difference": change.mean,
        "low": change.low,
        "high": change.high,
        "fell": one.fell,
    }
