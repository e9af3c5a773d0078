"""The command that fits the calibration of sufficiency, and writes it with the measurement behind it."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final

import numpy as np
import typer
from pydantic import JsonValue

from evals.calibration import Numbers, calibration_figures, fitted, held_out, reliability
from evals.consoles import Figures, keep, measured, out
from evals.datasets import EvaluationError, read_retrieval_set
from evals.presenting import figures_table
from evals.removals import Removal, removals
from evals.runs import Tell
from retrieval.sufficiency import Calibration
from service.settings import read_settings


def sufficiency(
    dataset: Annotated[Path, typer.Option(metavar="DIR", help="Has corpus.jsonl, queries.NAME.jsonl, qrels/NAME.tsv.")],
    split: Annotated[str, typer.Option(metavar="NAME", help="Which questions and judgements.")],
    questions: Annotated[int, typer.Option(min=20, help="Use so many questions, chosen at random.")] = 300,
    fit: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the calibration to this file.")] = None,
    figures: Figures = None,
) -> None:
    """Fit how likely evidence suffices, from searches with and without the passages that answer."""

    async def measure(tell: Tell) -> Calibration:
        name = dataset.resolve().name
        read = read_retrieval_set(dataset, split)
        cases, model = await removals(name, read, questions, read_settings(), tell)
        return calibrated(cases, f"{name} {split}", model)

    calibration = measured(measure)
    if fit is not None:
        fit.write_text(calibration.model_dump_json(indent=2) + "\n", encoding="utf-8")
    shown: dict[str, JsonValue] = calibration.model_dump(mode="json")
    keep(shown, figures)
    out.print(figures_table(shown))


def calibrated(cases: Sequence[Removal], dataset: str, model: str) -> Calibration:
    """Fit the formula on all cases; its figures and lines come from folds that left the question out.

    The lower line is the highest below which at most `_REFUSED` of what can be answered falls; the upper one the lowest
    from which at least `_RIGHT` can be answered, where half of all cases can.
    """
    truth = [one.present for one in cases]
    if len(set(truth)) < _KINDS:
        raise EvaluationError(f"{dataset}: no question has both what answers and something else to be found.")
    signals = signal_rows(cases)
    formula = fitted(signals, truth)
    chances = held_out(signals, truth, [one.question for one in cases])
    answer_line = _answer_line(chances, truth)
    return Calibration(
        version=f"{datetime.now(UTC).date()}",
        model=model.partition("@")[0],
        calibrated_on=f"{dataset}: {len(cases)} searches with and without the passages that answer",
        n=len(cases),
        intercept=round(formula.intercept, 4),
        weights={name: round(weight, 4) for name, weight in zip(_NAMES, formula.weights, strict=True)},
        answer_line=answer_line,
        sure_line=max(answer_line, _sure_line(chances, truth)),
        measured={name: round(value, 4) for name, value in calibration_figures(chances, truth).items()},
        reliability=tuple(reliability(chances, truth)),
    )


def signal_rows(cases: Sequence[Removal]) -> Numbers:
    """Give the signals of each case as a row, in the order of the formula."""
    return np.array([[one.signals.nearest, one.signals.lead, one.signals.covered] for one in cases])


_NAMES: Final = ("nearest", "lead", "covered")
_KINDS: Final = 2
_REFUSED: Final = 0.05
_RIGHT: Final = 0.75


def _answer_line(chances: Sequence[float], truth: Sequence[bool]) -> float:
    present = [chance for chance, is_there in zip(chances, truth, strict=True) if is_there]
    return round(float(np.quantile(present, _REFUSED)), 2)


def _sure_line(chances: Sequence[float], truth: Sequence[bool]) -> float:
    """Give 1 where no line reaches the share."""
    for line in np.arange(0.0, 1.0, 0.01):
        above = [is_there for chance, is_there in zip(chances, truth, strict=True) if chance >= line]
        if above and sum(above) / len(above) >= _RIGHT:
            return round(float(line), 2)
    return 1.0
