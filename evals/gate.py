"""Turns fixed samples of the retrieval datasets into a verdict: did search get worse than its baseline.

A sample holds every judged passage of some questions and some passages beside them, so that embedding it takes seconds.
Its scores are therefore higher than those on the whole corpus, and good for comparing with themselves alone.
"""

import hashlib
import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, JsonValue, ValidationError
from rich.table import Table

from evals.bootstrap import Difference, differences
from evals.datasets import EvaluationError, RetrievalSet, read_retrieval_set
from evals.kept_runs import Question
from evals.retrieval import Scores, mean_scores, question_scores
from evals.runs import Tell, rank
from service.settings import Settings

BASELINES: Final = Path(__file__).parent / "baselines"
LEAST_DROP: Final = 0.01
"""A metric must have fallen by more than this, however sure the fall is, for the gate to fail."""

UPDATE: Final = "python -m evals gate --update"
_DIGITS = 6


@dataclass(frozen=True, slots=True)
class Sample:
    """A fixed sample: how many questions of a split, and how many passages beside those that are judged for them."""

    name: str
    folder: str
    split: str
    questions: int
    others: int
    seed: int = 261


SAMPLES: Final = (
    Sample("obliqa", "retrieval/obliqa", "dev", questions=150, others=1500),
    Sample("scifact", "retrieval/scifact", "train", questions=150, others=350),
)


class GateBaseline(BaseModel):
    """The scores of a sample that later ones are compared with, and what they were measured on."""

    model_config = ConfigDict(frozen=True)

    schema_version: int = 1
    command: str
    dataset: Mapping[str, JsonValue]
    embedding_model: str
    metrics: Mapping[str, float]
    per_question: Mapping[str, Question]


@dataclass(frozen=True, slots=True)
class Verdict:
    """One measure of one sample beside its baseline."""

    sample: str
    metric: str
    found: Difference

    @property
    def fell(self) -> bool:
        """By more than noise: the whole interval lies below zero, and the fall is one that matters."""
        return self.found.difference.high < 0 and self.found.difference.mean < -LEAST_DROP


def draw(dataset: RetrievalSet, sample: Sample) -> RetrievalSet:
    """Draw the questions and the passages; the same ones each time, whatever the order of the files."""
    chance = random.Random(sample.seed)  # noqa: S311 - a sample, not a secret
    asked = sorted(dataset.queries)
    chosen = sorted(chance.sample(asked, min(sample.questions, len(asked))))
    judged = {row for query in chosen for row in dataset.judgements[query] if row in dataset.corpus}
    rest = sorted(set(dataset.corpus) - judged)
    kept = sorted(judged | set(chance.sample(rest, min(sample.others, len(rest)))))
    return RetrievalSet(
        corpus={row: dataset.corpus[row] for row in kept},
        queries={query: dataset.queries[query] for query in chosen},
        judgements={query: dataset.judgements[query] for query in chosen},
    )


def fingerprint(dataset: RetrievalSet) -> str:
    """Hash the words of every passage, every question and every judgement (SHA-256, hex)."""
    parts = (
        sorted((row, one.text) for row, one in dataset.corpus.items()),
        sorted(dataset.queries.items()),
        sorted((query, sorted(grades.items())) for query, grades in dataset.judgements.items()),
    )
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def drawn_samples(datasets: Path) -> list[tuple[Sample, RetrievalSet]]:
    """Read all samples; the first dataset that is not there is an error with its path."""
    return [(one, draw(read_retrieval_set(datasets / one.folder, one.split), one)) for one in SAMPLES]


async def check_gate(datasets: Path, settings: Settings, tell: Tell) -> list[Verdict]:
    """Measure every sample and compare it with its committed baseline."""
    verdicts: list[Verdict] = []
    # Every baseline is read before anything is embedded: what is wrong with one costs no minutes.
    ready = [(one, drawn, read_gate_baseline(one, drawn)) for one, drawn in drawn_samples(datasets)]
    for sample, drawn, kept in ready:
        measured = await _measured(sample, drawn, settings, tell)
        found = differences(measured[0], {query: one.scores for query, one in kept.per_question.items()})
        verdicts += [Verdict(sample.name, metric, one) for metric, one in found.items()]
    return verdicts


async def update_gate(datasets: Path, settings: Settings, tell: Tell) -> list[Path]:
    """Measure every sample and write its scores as the baseline."""
    written: list[Path] = []
    for sample, drawn in drawn_samples(datasets):
        scores, model = await _measured(sample, drawn, settings, tell)
        rounded = {
            query: {name: round(value, _DIGITS) for name, value in each.items()} for query, each in scores.items()
        }
        kept = GateBaseline(
            command=UPDATE,
            dataset={
                "folder": sample.folder,
                "split": sample.split,
                "questions": len(drawn.queries),
                "passages": len(drawn.corpus),
                "seed": sample.seed,
                "fingerprint": fingerprint(drawn),
            },
            embedding_model=model,
            metrics={name: round(value, _DIGITS) for name, value in mean_scores(scores).items()},
            per_question={query: Question(scores=each) for query, each in rounded.items()},
        )
        path = BASELINES / f"{sample.name}.json"
        path.parent.mkdir(exist_ok=True)
        path.write_text(_compact(kept), encoding="utf-8")
        written.append(path)
    return written


def read_gate_baseline(sample: Sample, drawn: RetrievalSet) -> GateBaseline:
    """Read a committed baseline, and refuse one of other questions, passages or judgements."""
    path = BASELINES / f"{sample.name}.json"
    if not path.is_file():
        raise EvaluationError(f"There is no baseline {path}; write it with `{UPDATE}` and commit it.")
    try:
        kept = GateBaseline.model_validate_json(path.read_text(encoding="utf-8"))
    except ValidationError as problem:
        raise EvaluationError(f"{path}: {problem.errors()[0]['msg']}; write it anew with `{UPDATE}`.") from None
    if kept.dataset.get("fingerprint") != fingerprint(drawn):
        raise EvaluationError(
            f"{path} was made from other texts, questions or judgements than {sample.folder} now has, so nothing can be"
            f" compared. If the dataset was meant to change, write the baseline anew with `{UPDATE}`."
        )
    return kept


def gate_table(verdicts: Sequence[Verdict]) -> Table:
    """Lay out what was compared, and which measures fell."""
    table = Table("Sample, measure", "Baseline", "Now", "Difference", "95 % interval", "Verdict")
    for one in verdicts:
        change = one.found.difference
        table.add_row(
            f"{one.sample} {one.metric}",
            f"{one.found.baseline:.4f}",
            f"{one.found.value:.4f}",
            f"{change.mean:+.4f}",
            f"{change.low:+.4f} to {change.high:+.4f}",
            "FELL" if one.fell else "rose" if change.low > 0 else "same",
        )
    return table


async def _measured(sample: Sample, drawn: RetrievalSet, settings: Settings, tell: Tell) -> tuple[Scores, str]:
    ranked = await rank(f"gate-{sample.name}", drawn, settings, tell)
    return question_scores(drawn.judgements, ranked.run), str(ranked.config["embedding_model"])


def _compact(kept: GateBaseline) -> str:
    """Write one line a question, so that a diff shows which questions changed."""
    document = kept.model_dump(mode="json", exclude={"per_question"})
    head = json.dumps(document, indent=2).removesuffix("\n}")
    lines = [
        f'    {json.dumps(query)}: {{"scores": {json.dumps(dict(one.scores))}}}'
        for query, one in kept.per_question.items()
    ]
    return f'{head},\n  "per_question": {{\n' + ",\n".join(lines) + "\n  }\n}\n"
