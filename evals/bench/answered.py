"""What a program answered to the questions of a dataset, as a file between two processes, and side by side."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rich.table import Table

from evals.bench.figures import shown
from evals.bootstrap import differences
from evals.datasets import EvaluationError
from evals.retrieval import Scores, percentiles
from retrieval.corpus import Value

MEASURED: Final = ("recall@10", "map@10", "ndcg@10")
"""The measures that programs are compared by; they need the first ten answers alone."""


class Answered(Value):
    """For each question its ranking (passages with scores, higher is better) and the milliseconds that it took.

    `parts` are milliseconds of a question that went into something, by its name and the question.
    """

    run: Mapping[str, Mapping[str, float]]
    milliseconds: Mapping[str, float]
    parts: Mapping[str, Mapping[str, float]] = {}

    def write(self, target: Path) -> None:
        """Keep it in a file."""
        target.write_text(self.model_dump_json(), encoding="utf-8")

    @classmethod
    def read(cls, source: Path) -> "Answered":
        """Read a file that `write` wrote."""
        return cls.model_validate_json(source.read_bytes())


@dataclass(frozen=True, slots=True)
class Row:
    """One measure of both, and ours divided by theirs; `low` and `high` bound the difference of a score at 95 %."""

    name: str
    unit: str
    ours: float
    theirs: float
    difference: float | None = None
    low: float | None = None
    high: float | None = None

    @property
    def ratio(self) -> float | None:
        """Ours divided by theirs; None where theirs is 0."""
        return self.ours / self.theirs if self.theirs else None


@dataclass(frozen=True, slots=True)
class Beside:
    """Both programs on the same questions."""

    other: str
    questions: int
    rows: tuple[Row, ...]

    def __getitem__(self, name: str) -> Row:
        """Give the row of a measure."""
        return next(row for row in self.rows if row.name == name)


def ranking(hits: Iterable[tuple[str, float]], passage_of: Mapping[str, str]) -> dict[str, float]:
    """Rank passages by their best chunk; `hits` are chunks with scores, best first."""
    best: dict[str, float] = {}
    for chunk, score in hits:
        best.setdefault(passage_of[chunk], score)
    return best


def latencies(milliseconds: Mapping[str, float]) -> dict[str, float]:
    """Give p50, p95 and the longest, in milliseconds."""
    each = list(milliseconds.values())
    return {**percentiles(each), "max": max(each)}


def beside(other: str, ours: tuple[Scores, Answered], theirs: tuple[Scores, Answered]) -> Beside:
    """Compare on the questions that both answered; raises EvaluationError where there are none."""
    shared = [query for query in theirs[1].milliseconds if query in ours[1].milliseconds]
    if not shared:
        raise EvaluationError(f"{other} answered none of the questions; ask at least one.")
    our_scores, their_scores = ({query: each[0][query] for query in shared} for each in (ours, theirs))
    our_times, their_times = (
        latencies({query: each[1].milliseconds[query] for query in shared}) for each in (ours, theirs)
    )
    changes = differences(our_scores, their_scores)
    scored = (
        Row(
            name,
            "",
            changes[name].value,
            changes[name].baseline,
            changes[name].difference.mean,
            changes[name].difference.low,
            changes[name].difference.high,
        )
        for name in MEASURED
    )
    timed = (Row(name, "ms", our_times[name], their_times[name]) for name in our_times)
    return Beside(other, len(shared), (*scored, *timed))


def beside_table(one: Beside) -> Table:
    """Show a comparison: both values, their ratio, and how sure the difference of a score is."""
    table = Table(
        f"The same {one.questions:,} questions", "Toulmin", one.other, "Ours / theirs", "Difference, 95 % interval"
    )
    for row in one.rows:
        sure = (
            "" if row.difference is None else f"{row.difference:+.4f} ({row.low or 0.0:+.4f} to {row.high or 0.0:+.4f})"
        )
        ratio = "" if row.ratio is None else f"{row.ratio:.3g}"
        table.add_row(row.name, _value(row.ours, row.unit), _value(row.theirs, row.unit), ratio, sure)
    return table


def _value(value: float, unit: str) -> str:
    return shown(value, unit) if unit else f"{value:.4f}"
