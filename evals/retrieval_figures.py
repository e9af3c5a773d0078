"""Turns a ranked run into the figures that are printed and kept, compared with a baseline where there is one."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from pydantic import JsonValue
from rich.console import Group
from rich.table import Table

from evals.bootstrap import LEVEL, RESAMPLES, SEED, Difference, differences, intervals
from evals.datasets import EvaluationError, RetrievalSet, read_retrieval_set
from evals.kept_runs import SHOWN, Baseline, best_first, read_baseline, write_run
from evals.ragas_metrics import configured_judge, ragas_scores
from evals.retrieval import Scores, mean_scores, percentiles, question_scores
from evals.runs import RankedRun, Tell, rank
from service.settings import Settings


@dataclass(frozen=True, slots=True)
class Asked:
    """One measurement of search: where the dataset is, how much of it, and what to compare with or write."""

    folder: Path
    split: str
    limit: int | None = None
    k: int | None = None
    baseline: Path | None = None
    run: Path | None = None


async def measure_retrieval(
    asked: Asked, settings: Settings, tell: Tell, place: str | None = None
) -> dict[str, JsonValue]:
    """Rank, score and compare. `place` names the folder that keeps the index; datasets of one corpus may share it."""
    configured_judge()
    dataset = read_retrieval_set(asked.folder, asked.split, asked.limit)
    # Read before anything is asked, so that a wrong file costs no minutes.
    baseline = asked.baseline and read_baseline(asked.baseline, dataset.judgements, asked.k)
    ranked = await rank(place or asked.folder.resolve().name, dataset, settings, tell)
    scores = question_scores(dataset.judgements, ranked.run, asked.k)
    if asked.run is not None:
        write_run(asked.run, ranked.run)
    figures = _figures(asked, dataset, ranked, scores)
    if baseline is not None:
        figures["baseline"] = compared(scores, baseline)
    figures["ragas"] = await ragas_scores(dataset, ranked.run, tell)
    return figures


def compared(scores: Scores, baseline: Baseline) -> dict[str, JsonValue]:
    """Compare with a baseline, by the questions that both answered."""
    found = differences(scores, baseline.scores)
    if not found:
        raise EvaluationError(
            f"{baseline.name} shares no question with this run; compare runs of one dataset and split."
        )
    shared = sum(query in baseline.scores for query in scores)
    return {
        "name": baseline.name,
        "questions": shared,
        "questions_left_out": len(scores) - shared,
        "differences": {name: _difference(one) for name, one in found.items()},
    }


def retrieval_tables(figures: Mapping[str, JsonValue]) -> Group:
    """Lay out the scores with their intervals and what changed, and below them the other figures."""
    beside = _object(figures.get("baseline"))
    changes, ends = _object(beside.get("differences")), _object(figures["intervals"])
    scores = Table("Measure", "Value", "95 % interval", *(("Baseline", "Difference", "Won, lost") if beside else ()))
    for name, value in _object(figures["metrics"]).items():
        low, high = _numbers(ends[name])
        scores.add_row(name, f"{value:.4f}", f"{low:.4f} to {high:.4f}", *_change(_object(changes.get(name))))
    others = Table("Figure", "Value")
    for name, value in _object(figures["ragas"]).items():
        others.add_row(name, f"{value:.4f}" if isinstance(value, float) else f"{value}")
    for name, value in _object(figures["latency_ms"]).items():
        others.add_row(f"{name} of a question", f"{value:.1f} ms")
    others.add_row("questions", f"{figures['queries']}")
    if beside:
        others.add_row("compared", f"{beside['questions']} questions with {beside['name']}")
        if beside["questions_left_out"]:
            others.add_row("not compared", f"{beside['questions_left_out']} questions that the baseline lacks")
    return Group(scores, others)


def _figures(asked: Asked, dataset: RetrievalSet, ranked: RankedRun, scores: Scores) -> dict[str, JsonValue]:
    return {
        "metrics": dict(mean_scores(scores)),
        "latency_ms": dict(percentiles(ranked.milliseconds)),
        "queries": len(dataset.queries),
        "generation": ranked.generation,
        "config": {
            **ranked.config,
            "dataset": asked.folder.resolve().name,
            "folder": str(asked.folder.resolve()),
            "split": asked.split,
            "limit": asked.limit,
            "remarks": [*dataset.remarks],
            "bootstrap": {"resamples": RESAMPLES, "seed": SEED, "level": LEVEL},
        },
        "intervals": {name: [one.low, one.high] for name, one in intervals(scores).items()},
        "per_question": {
            query: {"scores": dict(each), "found": [*best_first(ranked.run.get(query, {}))[:SHOWN]]}
            for query, each in scores.items()
        },
    }


def _difference(one: Difference) -> dict[str, JsonValue]:
    found = asdict(one)
    interval = found.pop("difference")
    return {**found, "difference": interval["mean"], "low": interval["low"], "high": interval["high"]}


def _change(one: Mapping[str, JsonValue]) -> tuple[str, ...]:
    if not one:
        return ()
    ends = f"{one['difference']:+.4f} ({one['low']:+.4f} to {one['high']:+.4f})"
    return f"{one['baseline']:.4f}", ends, f"{one['wins']}, {one['losses']}"


def _object(value: JsonValue) -> Mapping[str, JsonValue]:
    return value if isinstance(value, dict) else {}


def _numbers(value: JsonValue) -> list[float]:
    return [float(one) for one in value if isinstance(one, int | float)] if isinstance(value, list) else []
