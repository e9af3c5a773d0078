"""Turns ranked answers to judged questions into retrieval scores and latencies."""

from collections.abc import Mapping, Sequence
from statistics import quantiles

import ir_measures
from ir_measures import AP, RR, R, nDCG

MEASURES = {"recall@10": R @ 10, "map@10": AP @ 10, "ndcg@10": nDCG @ 10, "mrr@10": RR @ 10, "recall@100": R @ 100}
"""The scores by the names they are reported under; grades of 1 and more count as relevant."""

_FIRST = 10

DEPTH = 100
"""How many texts are ranked for each question."""

Run = Mapping[str, Mapping[str, float]]
"""For each question, the texts that were found with their scores (higher is better)."""


def retrieval_scores(judgements: Mapping[str, Mapping[str, int]], run: Run) -> dict[str, float]:
    """Mean over the judged questions of every measure; a question that found nothing counts as 0."""
    means = ir_measures.calc_aggregate(list(MEASURES.values()), judgements, run)  # pyright: ignore[reportUnknownMemberType]
    return {name: float(means[measure]) for name, measure in MEASURES.items()} | {"all@10": _all_found(judgements, run)}


def _all_found(judgements: Mapping[str, Mapping[str, int]], run: Run) -> float:
    """Give the share of questions that have every relevant text among their first ten."""
    complete = 0
    for question, grades in judgements.items():
        scores = run.get(question, {})
        first = sorted(scores, key=lambda text: -scores[text])[:_FIRST]
        complete += {text for text, grade in grades.items() if grade > 0} <= set(first)
    return complete / len(judgements)


def percentiles(milliseconds: Sequence[float]) -> dict[str, float]:
    """Median and 95th percentile, interpolated."""
    if len(milliseconds) == 1:
        return {"p50": milliseconds[0], "p95": milliseconds[0]}
    cuts = quantiles(milliseconds, n=20, method="inclusive")
    return {"p50": cuts[9], "p95": cuts[18]}
