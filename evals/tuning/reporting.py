"""Runs the commands of `toulmin tune` and prints their results."""

from dataclasses import dataclass, replace
from pathlib import Path

from rich.table import Column, Table

from evals.consoles import keep, measured, out
from evals.datasets import read_retrieval_set
from evals.runs import Tell
from evals.tuning.feedback import read_feedback
from evals.tuning.judging import PRECISION, RECALL
from evals.tuning.retrieval import Plan, Tuned, shelf_of, tune
from retrieval.ranker import Evaluation, Interval
from service.cli.console import expected_errors
from service.settings import read_settings


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the command line asked for."""

    dataset: Path | None
    split: str
    feedback: Path | None
    folds: int
    reranked: int
    figures: Path | None
    dry_run: bool


def tune_retrieval(wanted: Wanted) -> None:
    """Learn, print the trials and the verdict, and store what was learned unless it is a dry run."""

    async def work(tell: Tell) -> Tuned:
        return await tune(_plan(wanted), read_settings(), tell)

    tuned = measured(work)
    keep(tuned.figures(), wanted.figures)
    out.print(_trials(tuned))
    if tuned.reranked:
        out.print(_reranked(tuned))
    _conclude(tuned, dry_run=wanted.dry_run)


def list_rankers() -> None:
    """Print all rankers, oldest first."""
    with expected_errors():
        shelf = shelf_of(read_settings())
        current = shelf.current()
        whole = [Column(no_wrap=True), Column("Version", no_wrap=True)]  # a narrow terminal wraps the others
        table = Table(*whole, "Learned from", "Questions", "Folds", *_MEASURES)
        for version in shelf.versions():
            ranker = shelf.read(version)
            mark = "in force" if current and current.version == version else ""
            told = (mark, version, f"{ranker.trained_on.dataset} {ranker.trained_on.split}")
            for found in ranker.evaluations or (None,):
                figures = _figures(found) if found else ("not evaluated", "", "", "", "")
                table.add_row(*told, str(ranker.trained_on.questions), *figures)
                told = ("", "", "")
        out.print(table if table.row_count else f"No ranker is kept in {shelf.folder}.")


def promote(version: str) -> None:
    """Put a version in force."""
    with expected_errors():
        ranker = shelf_of(read_settings()).promote(version)
        out.print(f"Ranker {ranker.version} is in force from the next start on.", markup=False)


def retire() -> None:
    """Leave none in force."""
    with expected_errors():
        shelf_of(read_settings()).retire()
        out.print("No ranker is in force from the next start on.")


_MEASURES = ("R@10", "gain (95 %)", "MAP@10", "gain (95 %)")


def _plan(wanted: Wanted) -> Plan:
    """Read what is learned from, feedback first, which is where somebody mistypes."""
    plan = Plan(
        feedback=wanted.feedback and read_feedback(wanted.feedback), folds=wanted.folds, reranked=wanted.reranked
    )
    if wanted.dataset is None:
        return plan
    read = read_retrieval_set(wanted.dataset, wanted.split)
    return replace(plan, name=wanted.dataset.resolve().name, split=wanted.split, dataset=read)


def _trials(tuned: Tuned) -> Table:
    first = tuned.trials[0].grouped
    title = f"{first.questions} questions, each ranked by what was learned from others"
    table = Table("Order", "Features", "Folds", *_MEASURES, title=title)
    table.add_row("un-tuned", "", "", f"{first.untuned[RECALL]:.4f}", "", f"{first.untuned[PRECISION]:.4f}", "")
    for trial in tuned.trials:
        for found in trial.evaluations:
            table.add_row(trial.name, str(len(trial.features)), *_figures(found))
    return table


def _reranked(tuned: Tuned) -> Table:
    first = tuned.reranked[0].evaluation
    table = Table("Order", "Folds", *_MEASURES, title=f"{first.questions} questions that the reranker was asked")
    table.add_row("un-tuned", "", f"{first.untuned[RECALL]:.4f}", "", f"{first.untuned[PRECISION]:.4f}", "")
    for row in tuned.reranked:
        table.add_row(row.name, *_figures(row.evaluation))
    return table


def _figures(found: Evaluation) -> tuple[str, ...]:
    recall, precision = found.scores[RECALL], found.scores[PRECISION]
    gains = found.gains
    return found.folds, f"{recall:.4f}", _gain(gains[RECALL]), f"{precision:.4f}", _gain(gains[PRECISION])


def _gain(gain: Interval) -> str:
    return f"{gain.mean:+.4f} ({gain.low:+.4f} to {gain.high:+.4f})"


def _conclude(tuned: Tuned, *, dry_run: bool) -> None:
    version, verdict = tuned.ranker.version, tuned.verdict
    decided = "promoted" if verdict.promoted else "not promoted"
    out.print(f"{verdict.trial.name}: {'would be ' if dry_run else ''}{decided}; {verdict.reason}.", markup=False)
    if dry_run:
        out.print("Nothing was stored (--dry-run).")
        return
    with expected_errors():
        shelf = shelf_of(read_settings())
        path = shelf.keep(tuned.ranker)
        if verdict.promoted:
            shelf.promote(version)
        out.print(f"Ranker {version} is kept in {path}.", markup=False, soft_wrap=True)
