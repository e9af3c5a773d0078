"""Turns candidates into a learned order: weights over features, with what they were learned from and how they did.

A ranker is linear and listwise: a candidate's score is the weighted sum of its features, each standardised within the
question. It is stored as JSON that a person can read, beside the evaluation on which it was judged.
"""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Final, Literal

import numpy as np
from pydantic import Field, model_validator

from retrieval.corpus import Value
from retrieval.features import FEATURES, feature_matrix, standardised
from retrieval.query import Evidence

POOL: Final = 60
"""How many of the best candidates are ordered; more gained nothing, and each costs a quarter of a millisecond."""


class TrainedOn(Value):
    """What a ranker learned from: a dataset by name and SHA-256, its questions, and the index that answered them.

    `reviewed` are those of the questions that reviewers judged on ingested documents.
    """

    dataset: str
    split: str
    fingerprint: str
    questions: int = Field(ge=1)
    reviewed: int = Field(default=0, ge=0)
    generation: int
    embedding_model: str
    reranker: str | None = None


class Interval(Value):
    """A difference between two orders, a mean over questions, and its 95 % bootstrap interval."""

    mean: float
    low: float
    high: float


class Evaluation(Value):
    """How one order did on questions that it was not learned from, beside the un-tuned order on the same ones.

    `grouped` folds keep questions apart that share a relevant passage, `plain` ones do not.
    """

    folds: Literal["grouped", "plain"]
    questions: int
    scores: Mapping[str, float]
    untuned: Mapping[str, float]
    gains: Mapping[str, Interval]


class Ranker(Value):
    """A learned order, by the names of its features and a weight for each."""

    schema_version: Literal[1] = 1
    features: tuple[str, ...] = Field(min_length=1)
    weights: tuple[float, ...]
    pool: int = Field(default=POOL, ge=2)
    trained_on: TrainedOn
    evaluations: tuple[Evaluation, ...] = ()

    @model_validator(mode="after")
    def _fits(self) -> "Ranker":
        unknown = sorted(set(self.features) - FEATURES.keys())
        if unknown:
            raise ValueError(f"features that this version does not know: {', '.join(unknown)}; train it anew")
        if len(self.weights) != len(self.features) or not np.isfinite(self.weights).all():
            raise ValueError("expected one finite weight for each feature")
        return self

    @property
    def version(self) -> str:
        """Name what it does: a hash of features, weights and pool, so that equal rankers have equal versions."""
        told = repr((self.features, self.weights, self.pool))
        return hashlib.sha256(told.encode()).hexdigest()[:12]

    @property
    def asks_reranker(self) -> bool:
        """Whether a reranker's score is one of its features."""
        return "rerank" in self.features

    def fits(self, embedding_model: str, reranker: str | None) -> bool:
        """Whether candidates have the scores that it learned to weigh: by the same models."""
        same = self.trained_on.embedding_model == embedding_model
        return same and (not self.asks_reranker or self.trained_on.reranker == reranker)

    def ordered(self, question: str, found: Sequence[Evidence]) -> list[Evidence]:
        """Order the best `pool` of what was found; the rest follows as it was.

        Scores are stretched to the range that the same candidates had before, so that they mean what they did.
        """
        first = sorted(found, key=lambda one: (-one.score, one.item.id))
        chosen, rest = first[: self.pool], first[self.pool :]
        learned = standardised(feature_matrix(question, chosen, self.features)) @ np.array(self.weights)
        scores = stretched(learned.tolist(), [one.score for one in chosen])
        unlearned = [stage for stage in _LIFTS if stage not in self.features]  # these count as they did
        scores = [
            score + sum(one.stages.get(stage, 0.0) for stage in unlearned)
            for score, one in zip(scores, chosen, strict=True)
        ]
        again = [
            one.model_copy(update={"score": score, "stages": {"untuned": one.score, **one.stages, "ranker": raw}})
            for one, score, raw in zip(chosen, scores, learned.tolist(), strict=True)
        ]
        return [*sorted(again, key=lambda one: (-one.score, one.item.id)), *rest]


_LIFTS: Final = ("named", "defined")


def stretched(scores: Sequence[float], onto: Sequence[float]) -> list[float]:
    """Map scores linearly so that they reach from the least to the greatest of `onto`; equal ones all get the least."""
    if not scores:
        return []
    low, high = min(scores), max(scores)
    least, greatest = min(onto), max(onto)
    if high <= low:
        return [least for _ in scores]
    shares = [(score - low) / (high - low) for score in scores]
    return [least * (1.0 - share) + greatest * share for share in shares]  # exact at both ends
