"""Turns the figures of one run, or of a run and its baseline, into a page: tables, plots, and single questions.

The page asks nothing of the outside and runs nothing; every text of the dataset is shown as text, whatever it contains.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from evals.bootstrap import Difference, differences
from evals.datasets import EvaluationError, RetrievalSet, read_retrieval_set
from evals.kept_runs import Baseline, KeptFigures
from evals.report.plots import WIDTH, histogram, steps, whiskers
from evals.retrieval import mean_scores

MEASURE: Final = "ndcg@10"
"""What questions are compared and ordered by."""

SHOWN: Final = 20
"""Questions in each list."""

_FOLDER = Path(__file__).parent
_PASSAGES = 5
_WORDS = 600


@dataclass(frozen=True, slots=True)
class Found:
    """A passage as shown: its id, its first words, whether it is relevant, and at which places it was found."""

    passage: str
    text: str
    relevant: bool
    place: int | None
    before: int | None


@dataclass(frozen=True, slots=True)
class Single:
    """A question as shown: its score now and before, the passages that answer it, and those that were found first."""

    question: str
    score: float
    before: float | None
    relevant: tuple[Found, ...]
    found: tuple[Found, ...]
    before_found: tuple[Found, ...]


def read_report_set(kept: KeptFigures, folder: Path | None) -> RetrievalSet:
    """Read the dataset that figures are of, where it was measured or in `folder`."""
    place, split = folder or kept.config.get("folder"), kept.config.get("split")
    if not place or not isinstance(split, str):
        raise EvaluationError("The figures do not say which dataset they are of; write them anew with --json.")
    return read_retrieval_set(Path(str(place)), split)


def html_page(kept: KeptFigures, dataset: RetrievalSet, baseline: Baseline | None) -> str:
    """Give the whole page."""
    foreign = [query for query in kept.per_question if query not in dataset.queries]
    if foreign:
        raise EvaluationError(
            f"The figures have {len(foreign)} questions that the dataset lacks, such as {foreign[0]}."
        )
    scores = {query: one.scores[MEASURE] for query, one in kept.per_question.items()}
    changes = differences(kept.scores, baseline.scores) if baseline else {}
    if baseline and MEASURE not in changes:
        raise EvaluationError(f"{baseline.name} shares no question with these figures, or does not have {MEASURE}.")
    moved = _moved(scores, baseline)
    ordered = sorted(moved, key=lambda query: moved[query])
    worst = sorted(scores, key=lambda query: scores[query])
    return _template().render(
        kept=kept,
        baseline=baseline,
        changes=changes,
        measure=MEASURE,
        style=(_FOLDER / "report.css").read_text(encoding="utf-8"),
        width=WIDTH,
        whiskers=whiskers(kept.metrics, kept.intervals, mean_scores(baseline.scores) if baseline else {}),
        histogram=histogram(scores.values(), 120),
        steps=steps([change for change in moved.values() if change], 160),
        verdict=_verdict,
        losses=_singles([query for query in ordered if moved[query] < 0][:SHOWN], kept, dataset, baseline),
        wins=_singles([query for query in reversed(ordered) if moved[query] > 0][:SHOWN], kept, dataset, baseline),
        worst=_singles([query for query in worst if scores[query] < 1][:SHOWN], kept, dataset, None),
    )


def _moved(scores: dict[str, float], baseline: Baseline | None) -> dict[str, float]:
    if baseline is None:
        return {}
    return {q: round(value - baseline.scores[q][MEASURE], 6) for q, value in scores.items() if q in baseline.scores}


def _verdict(one: Difference) -> str:
    if one.difference.high < 0:
        return "worse"
    return "better" if one.difference.low > 0 else "same within noise"


def _singles(
    queries: Sequence[str], kept: KeptFigures, dataset: RetrievalSet, baseline: Baseline | None
) -> list[Single]:
    return [_single(query, kept, dataset, baseline) for query in queries]


def _single(query: str, kept: KeptFigures, dataset: RetrievalSet, baseline: Baseline | None) -> Single:
    relevant = [row for row, grade in dataset.judgements[query].items() if grade > 0]
    now = kept.per_question[query].found
    then = baseline.found.get(query, ()) if baseline else ()

    def shown(passages: Sequence[str]) -> tuple[Found, ...]:
        return tuple(
            Found(row, _beginning(dataset, row), row in relevant, _place(row, now), _place(row, then))
            for row in passages
        )

    return Single(
        question=dataset.queries[query],
        score=kept.per_question[query].scores[MEASURE],
        before=baseline.scores[query][MEASURE] if baseline else None,
        relevant=shown(relevant),
        found=shown(now[:_PASSAGES]),
        before_found=shown(then[:_PASSAGES]),
    )


def _place(passage: str, found: Sequence[str]) -> int | None:
    return found.index(passage) + 1 if passage in found else None


def _beginning(dataset: RetrievalSet, passage: str) -> str:
    if passage not in dataset.corpus:
        return "(not in the corpus)"
    known = dataset.corpus[passage]
    text = " ".join(f"{known.title}: {known.text}".split() if known.title else known.text.split())
    return text if len(text) <= _WORDS else f"{text[:_WORDS]}…"


@cache
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("report.html")
