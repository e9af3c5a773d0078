"""Turns a dataset into a ranker for this installation: ask, learn, try out of fold, and promote only what is better."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np
from pydantic import JsonValue

from evals.corpus import lay_out
from evals.datasets import EvaluationError, RetrievalSet
from evals.gate import fingerprint
from evals.runs import Tell, ingest_corpus, installation, passages_of
from evals.tuning.judging import PRECISION, measure
from evals.tuning.listwise import Judged, fit
from evals.tuning.questions import ALL, Passages, Question, question_of
from evals.tuning.trials import Row, Trial, Verdict, reranked_rows, trials, verdict
from retrieval.query import ClauseQuery
from retrieval.ranker import POOL, Ranker, TrainedOn
from retrieval.shelf import RankerShelf
from service.application import Application
from service.settings import Settings

_SEED: Final = 11


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be tuned: a dataset by name and split, by how many folds, how many questions a reranker is asked."""

    name: str
    split: str
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


async def tune(plan: Plan, dataset: RetrievalSet, settings: Settings, tell: Tell) -> Tuned:
    """Ask every question of a dataset, un-tuned, in an installation of its own, and learn from what is found.

    Nothing is stored outside of that installation; `RankerShelf` does that for the caller.
    """
    shelf = shelf_of(settings)
    async with installation(settings, settings.data / "evals" / plan.name) as running:
        documents = lay_out(dataset.corpus)
        await ingest_corpus(running, documents, tell)
        passages = passages_of(documents)
        scope = await running.reader.scope()
        questions = await _asked(running, dataset, passages, plan, tell)
        trained_on = TrainedOn(
            dataset=plan.name,
            split=plan.split,
            fingerprint=fingerprint(dataset),
            questions=len(questions),
            generation=scope.generation,
            embedding_model=running.embedder.model,
            reranker=running.ordering.reranker.model if running.ordering.reranker else None,
        )
    if not any(one.hits().any() for one in questions):
        raise EvaluationError("No question found any of its relevant passages, so there is nothing to learn from.")
    in_force = _in_force(shelf, trained_on, questions)
    return await asyncio.to_thread(_learned, questions, plan, trained_on, in_force, partial(tell, "try"))


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


async def _asked(
    running: Application, dataset: RetrievalSet, passages: Passages, plan: Plan, tell: Tell
) -> list[Question]:
    scope = await running.reader.scope()
    sample = _sample(list(dataset.queries), plan.reranked if running.ordering.reranker else 0)
    questions: list[Question] = []
    for done, (name, text) in enumerate(dataset.queries.items(), start=1):
        search = await running.finder.candidates(ClauseQuery(text=text, limit=POOL), scope)
        if search.mode != "full":
            raise EvaluationError("The embedding model did not answer in time; raise TOULMIN_EMBED_DEADLINE_S.")
        found, reranked = list(search), False
        if name in sample:
            found, reranked = await running.ordering.reranked(text, found)
        questions.append(question_of(text, dataset.judgements[name], found, passages, reranked=reranked))
        tell("ask", done, len(dataset.queries))
    return questions


def _sample(names: Sequence[str], count: int) -> frozenset[str]:
    order = np.random.default_rng(_SEED).permutation(len(names))[:count]
    return frozenset(names[int(at)] for at in order)
