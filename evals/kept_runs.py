"""Turns runs into files and back: rankings as TREC run files, figures with the scores of single questions as JSON."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from evals.datasets import EvaluationError
from evals.retrieval import Run, Scores, question_scores

SHOWN = 10
"""How many of the passages that were found are kept with the figures of a question."""


class Question(BaseModel):
    """The scores of one question, and the first passages that were found for it, best first."""

    model_config = ConfigDict(frozen=True)

    scores: Mapping[str, float]
    found: tuple[str, ...] = ()


class KeptFigures(BaseModel):
    """What is read of a file of figures: `config` says which dataset and split they are of."""

    model_config = ConfigDict(frozen=True)

    metrics: Mapping[str, float]
    latency_ms: Mapping[str, float] = Field(default_factory=dict)
    config: Mapping[str, JsonValue] = Field(default_factory=dict)
    intervals: Mapping[str, tuple[float, float]] = Field(default_factory=dict)
    ragas: Mapping[str, JsonValue] = Field(default_factory=dict)
    per_question: Mapping[str, Question]

    @property
    def scores(self) -> Scores:
        """The scores by question."""
        return {query: one.scores for query, one in self.per_question.items()}


@dataclass(frozen=True, slots=True)
class Baseline:
    """A run to compare with: its name, its scores, and what it found for each question, best first."""

    name: str
    scores: Scores
    found: Mapping[str, tuple[str, ...]]


def write_run(path: Path, run: Run, tag: str = "toulmin") -> None:
    """Write a TREC run file: question, Q0, passage, rank, score, tag. Spaces part the columns, so ids may have none."""
    lines: list[str] = []
    for query, found in run.items():
        ranked = sorted(found.items(), key=lambda pair: -pair[1])
        for place, (passage, score) in enumerate(ranked, start=1):
            if not _one_word(query) or not _one_word(passage):
                raise EvaluationError(
                    f"{path}: the id {query!r} or {passage!r} has a space; a TREC run cannot hold it."
                )
            lines.append(f"{query} Q0 {passage} {place} {score!r} {tag}\n")
    path.write_text("".join(lines), encoding="utf-8")


def read_run(path: Path) -> dict[str, dict[str, float]]:
    """Read a TREC run file; scores decide the order, as in trec_eval."""
    run: dict[str, dict[str, float]] = {}
    for number, line in enumerate(_text(path).splitlines(), start=1):
        if not line.strip():
            continue
        try:
            query, _, passage, _, score, *_ = line.split()
            value = float(score)
        except ValueError:
            raise EvaluationError(f"{path}, line {number}: expected QUESTION Q0 PASSAGE RANK SCORE TAG.") from None
        if not math.isfinite(value):
            raise EvaluationError(f"{path}, line {number}: the score {score} is no number that can be compared.")
        run.setdefault(query, {})[passage] = value
    if not run:
        raise EvaluationError(f"{path}: a run without lines; write one with --run.")
    return run


def read_figures(path: Path) -> KeptFigures:
    """Read figures that `--json` wrote."""
    try:
        return KeptFigures.model_validate(json.loads(_text(path)))
    except json.JSONDecodeError as problem:
        raise EvaluationError(f"{path}: not JSON ({problem.msg}).") from None
    except ValidationError as problem:
        place = ".".join(str(part) for part in problem.errors()[0]["loc"])
        raise EvaluationError(
            f"{path}: {place} is missing or wrong; write the file with `python -m evals retrieval --json`."
        ) from None


def read_baseline(path: Path, judgements: Mapping[str, Mapping[str, int]], k: int | None = None) -> Baseline:
    """Read a run to compare with: figures where the name ends in .json, else a TREC run, scored by the judgements."""
    if path.suffix == ".json":
        kept = read_figures(path)
        return Baseline(path.name, kept.scores, {query: one.found for query, one in kept.per_question.items()})
    run = read_run(path)
    judged = {query: grades for query, grades in judgements.items() if query in run}
    found = {query: tuple(best_first(run[query])[:SHOWN]) for query in judged}
    return Baseline(path.name, question_scores(judged, run, k), found)


def best_first(found: Mapping[str, float]) -> list[str]:
    """Order passages by their score, the highest first."""
    return sorted(found, key=lambda passage: -found[passage])


def _one_word(identifier: str) -> bool:
    return len(identifier.split()) == 1 and identifier == identifier.strip()


def _text(path: Path) -> str:
    if not path.is_file():
        raise EvaluationError(f"There is no file {path}; name a run that was written with --run or --json.")
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise EvaluationError(f"{path}: not text in UTF-8.") from None
