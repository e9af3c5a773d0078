"""Turns ranked answers to judged questions into retrieval scores and latencies."""

from collections.abc import Mapping, Sequence
from statistics import fmean, quantiles

import ir_measures
from ir_measures import AP, RR, Measure, R, nDCG

MEASURES = {"recall@10": R @ 10, "map@10": AP @ 10, "ndcg@10": nDCG @ 10, "mrr@10": RR @ 10, "recall@100": R @ 100}
"""The scores by the names they are reported under; grades of 1 and more count as relevant."""

_FIRST = 10

DEPTH = 100
"""How many texts are ranked for each question."""

Run = Mapping[str, Mapping[str, float]]
"""For each question, the texts that were found with their scores (higher is better)."""


Scores = Mapping[str, Mapping[str, float]]
"""For each question, its score by every measure."""


def measures(k: int | None = None) -> dict[str, Measure]:
    """Give the measures by name; with `k`, those of another cut-off, too."""
    own = {} if k is None else {f"recall@{k}": R @ k, f"map@{k}": AP @ k, f"ndcg@{k}": nDCG @ k, f"mrr@{k}": RR @ k}
    return {**MEASURES, **own}


def question_scores(judgements: Mapping[str, Mapping[str, int]], run: Run, k: int | None = None) -> Scores:
    """Score every judged question by every measure; one that found nothing scores 0."""
    wanted = measures(k)
    names = {str(measure): name for name, measure in wanted.items()}
    scores = {query: dict.fromkeys(wanted, 0.0) for query in judgements}
    for found in ir_measures.iter_calc(list(wanted.values()), judgements, run):  # pyright: ignore[reportUnknownMemberType]
        scores[found.query_id][names[str(found.measure)]] = float(found.value)
    for query, grades in judgements.items():
        scores[query]["all@10"] = _all_found(grades, run.get(query, {}))
    return scores


def mean_scores(scores: Scores) -> dict[str, float]:
    """Mean over the questions, by measure."""
    return {name: fmean(each[name] for each in scores.values()) for name in measured_by(scores)}


def measured_by(scores: Scores) -> list[str]:
    """Name the measures; all questions have the same."""
    return [*next(iter(scores.values()))] if scores else []


def retrieval_scores(judgements: Mapping[str, Mapping[str, int]], run: Run) -> dict[str, float]:
    """Mean over the judged questions of every measure; a question that found nothing counts as 0."""
    return mean_scores(question_scores(judgements, run))


def percentiles(milliseconds: Sequence[float]) -> dict[str, float]:
    """Median and 95th percentile, interpolated."""
    if len(milliseconds) == 1:
        return {"p50": milliseconds[0], "p95": milliseconds[0]}
    cuts = quantiles(milliseconds, n=20, method="inclusive")
    return {"p50": cuts[9], "p95": cuts[18]}


def _all_found(grades: Mapping[str, int], found: Mapping[str, float]) -> float:
    """Tell whether every relevant text is among the first ten: 1 or 0."""
    first = sorted(found, key=lambda text: -found[text])[:_FIRST]
    return float({text for text, grade in grades.items() if grade > 0} <= set(first))
