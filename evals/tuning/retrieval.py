"""Turns judged questions into a ranker: ask, learn, try out of fold, and promote only what is better."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial, reduce

import numpy as np
from pydantic import JsonValue

from evals.datasets import EvaluationError, RetrievalSet
from evals.runs import Tell
from evals.tuning.asking import Answered, ask_dataset, ask_reviewed, together
from evals.tuning.feedback import Feedback
from evals.tuning.judging import PRECISION, measure
from evals.tuning.listwise import Judged, fit
from evals.tuning.questions import ALL, Question
from evals.tuning.trials import LEAST_QUESTIONS, Row, Trial, Verdict, reranked_rows, trials, verdict
from retrieval.ranker import Ranker, TrainedOn
from retrieval.shelf import RankerShelf
from service.settings import Settings


@dataclass(frozen=True, slots=True)
class Plan:
    """What is learned from, a dataset (by name and split) or feedback or both, and how.

    Questions are cut into `folds` parts. A reranker, where there is one, is asked `reranked` of them, feedback first.
    """

    name: str = ""
    split: str = ""
    dataset: RetrievalSet | None = None
    feedback: Feedback | None = None
    folds: int = 5
    reranked: int = 400


@dataclass(frozen=True, slots=True)
class Tuned:
    """A ranker learned from all questions, the trials that chose its kind, and whether it is to be promoted."""

    ranker: Ranker
    trials: Sequence[Trial]
    reranked: Sequence[Row]
    verdict: Verdict

    def figures(self) -> dict[str, JsonValue]:
        """Give everything that was measured, for a file."""
        return {
            "ranker": self.ranker.version,
            "trained_on": self.ranker.trained_on.model_dump(mode="json"),
            "chosen": self.verdict.trial.name,
            "promoted": self.verdict.promoted,
            "reason": self.verdict.reason,
            "trials": [
                {
                    "name": one.name,
                    "features": [*one.features],
                    "evaluations": [found.model_dump(mode="json") for found in one.evaluations],
                }
                for one in self.trials
            ],
            "reranked": [
                {"name": row.name, "evaluation": row.evaluation.model_dump(mode="json")} for row in self.reranked
            ],
            "weights": dict(zip(self.ranker.features, self.ranker.weights, strict=True)),
        }


async def tune(plan: Plan, settings: Settings, tell: Tell) -> Tuned:
    """Ask every question, un-tuned, and learn from what is found; nothing is stored (`RankerShelf` does that).

    Questions of a dataset are asked in an installation of its own, those of feedback where its documents are.
    """
    answered = await _answered(plan, settings, tell)
    questions = answered.questions
    if not any(one.hits().any() for one in questions):
        raise EvaluationError("No question found any of its relevant passages, so there is nothing to learn from.")
    in_force = _in_force(shelf_of(settings), answered.source, questions)
    return await asyncio.to_thread(_learned, questions, plan, answered.source, in_force, partial(tell, "try"))


async def _answered(plan: Plan, settings: Settings, tell: Tell) -> Answered:
    """Ask reviewers' questions first: they are few, and the errors that can be corrected are in them."""
    found: list[Answered] = []
    if plan.feedback is not None:
        _require_enough(plan.feedback, len(plan.dataset.queries) if plan.dataset else 0)
        found.append(await ask_reviewed(plan.feedback, settings, plan.reranked, tell))
    if plan.dataset is not None:
        left = plan.reranked - sum(len(one.questions) for one in found)
        found.insert(0, await ask_dataset(plan.name, plan.split, plan.dataset, settings, left, tell))
    return reduce(together, found)


def _require_enough(feedback: Feedback, others: int) -> None:
    """Refuse before anything is asked what could not be promoted whatever it teaches."""
    if feedback.answered + others < LEAST_QUESTIONS:
        beside = f" and the dataset has {others}" if others else ""
        raise EvaluationError(
            f"{feedback.path} has {feedback.answered} questions with something relevant{beside}; {LEAST_QUESTIONS} are "
            "needed. Review more answers, or learn from a labelled dataset as well (--dataset)."
        )


def shelf_of(settings: Settings) -> RankerShelf:
    """Find where an installation keeps its rankers."""
    return RankerShelf(settings.rankers or settings.data / "rankers")


def _learned(
    questions: Sequence[Question],
    plan: Plan,
    trained_on: TrainedOn,
    in_force: float | None,
    told: partial[None],
) -> Tuned:
    tried = trials(questions, plan.folds, told)
    found = verdict(tried, in_force)
    features = found.trial.features
    columns = [ALL.index(name) for name in features]
    weights = fit([Judged(one.features[:, columns], one.hits()) for one in questions])
    ranker = Ranker(
        features=features,
        weights=tuple(round(float(weight), 6) for weight in weights),
        trained_on=trained_on,
        evaluations=found.trial.evaluations,
    )
    return Tuned(ranker, tried, reranked_rows(questions, found.trial, plan.folds), found)


def _in_force(shelf: RankerShelf, trained_on: TrainedOn, questions: Sequence[Question]) -> float | None:
    """Give the MAP@10 of the ranker in force: as evaluated where it learned from these questions, else as it does."""
    current = shelf.current()
    if current is None or current.trained_on.embedding_model != trained_on.embedding_model:
        return None
    if current.trained_on.fingerprint == trained_on.fingerprint and current.evaluations:
        return current.evaluations[0].scores[PRECISION]
    columns = [ALL.index(name) for name in current.features]
    weights = np.array(current.weights)
    return measure(questions, [one.features[:, columns] @ weights for one in questions]).means()[PRECISION]
