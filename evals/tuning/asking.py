"""Turns judged questions, of a dataset or of reviewers, into candidates to learn from: it asks the service itself."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from evals.corpus import lay_out
from evals.datasets import EvaluationError, RetrievalSet
from evals.gate import fingerprint
from evals.runs import Tell, ingest_corpus, installation, passages_of
from evals.tuning.feedback import Feedback
from evals.tuning.judged_clauses import judgements_of, passage_of
from evals.tuning.questions import Question, question_of
from retrieval.corpus import Chunk
from retrieval.query import ClauseQuery
from retrieval.ranker import POOL, TrainedOn
from retrieval.scope import ReadScope
from service.application import Application
from service.bootstrap import application
from service.settings import Settings

REVIEWED: Final = "reviewed"
"""The split of feedback, on the card of what was learned from it."""

_SEED: Final = 11


@dataclass(frozen=True, slots=True)
class Judged:
    """A question in words, and the grade of each passage that was judged for it."""

    text: str
    grades: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Answered:
    """Judged questions with their candidates, and what they are from."""

    questions: Sequence[Question]
    source: TrainedOn


async def ask_dataset(
    name: str, split: str, dataset: RetrievalSet, settings: Settings, reranked: int, tell: Tell
) -> Answered:
    """Ask every question of a dataset in an installation of its own; a reranker is asked `reranked` of them."""
    async with installation(settings, settings.data / "evals" / name) as running:
        documents = lay_out(dataset.corpus)
        await ingest_corpus(running, documents, tell)
        passages = passages_of(documents)
        scope = await running.reader.scope()

        def passage(chunk: Chunk) -> str:
            return passages[chunk.document_id, chunk.clause_key]

        judged = [Judged(text, dataset.judgements[query]) for query, text in dataset.queries.items()]
        questions = await _asked(running, scope, judged, passage, reranked, tell)
        return Answered(questions, _source(running, scope, _Card(name, split, fingerprint(dataset)), len(questions)))


async def ask_reviewed(feedback: Feedback, settings: Settings, reranked: int, tell: Tell) -> Answered:
    """Ask the questions of reviewers where their documents are ingested, as its reader; nothing there is changed.

    Raises EvaluationError for judgements of what this reader cannot find, IndexInUseError while another process has
    the index.
    """
    async with application(settings, doing="toulmin tune") as running:
        scope = await running.reader.scope()
        judgements = await judgements_of(feedback, running.library, running.finder, scope)
        judged = [Judged(question, grades) for question, grades in judgements.items()]
        questions = await _asked(running, scope, judged, passage_of, reranked, tell)
        texts = sorted(one.revision_id for one in await running.library.sources(scope))
        told = json.dumps([sorted((one.text, sorted(one.grades.items())) for one in judged), texts])
        card = _Card(feedback.path.name, REVIEWED, _sha256(told))
        source = _source(running, scope, card, len(questions)).model_copy(update={"reviewed": len(questions)})
        return Answered(questions, source)


def together(one: Answered, other: Answered) -> Answered:
    """Join questions of two sources; the generation is that of the latter."""
    sources = (one.source, other.source)
    joined = {
        "dataset": " + ".join(source.dataset for source in sources),
        "split": " + ".join(source.split for source in sources),
        "fingerprint": _sha256("".join(source.fingerprint for source in sources)),
        "questions": sum(source.questions for source in sources),
        "reviewed": sum(source.reviewed for source in sources),
    }
    return Answered([*one.questions, *other.questions], other.source.model_copy(update=joined))


@dataclass(frozen=True, slots=True)
class _Card:
    """How what was asked is named on the card of a ranker."""

    dataset: str
    split: str
    fingerprint: str


def _source(running: Application, scope: ReadScope, card: _Card, questions: int) -> TrainedOn:
    return TrainedOn(
        dataset=card.dataset,
        split=card.split,
        fingerprint=card.fingerprint,
        questions=questions,
        generation=scope.generation,
        embedding_model=running.embedder.model,
        reranker=running.ordering.reranker.model if running.ordering.reranker else None,
    )


async def _asked(
    running: Application,
    scope: ReadScope,
    judged: Sequence[Judged],
    passage: Callable[[Chunk], str],
    reranked: int,
    tell: Tell,
) -> list[Question]:
    sample = _sample(len(judged), reranked if running.ordering.reranker else 0)
    questions: list[Question] = []
    for at, one in enumerate(judged):
        search = await running.finder.candidates(ClauseQuery(text=one.text, limit=POOL), scope)
        if search.mode != "full":
            raise EvaluationError("The embedding model did not answer in time; raise TOULMIN_EMBED_DEADLINE_S.")
        found, blended = list(search), False
        if at in sample:
            found, blended = await running.ordering.reranked(one.text, found)
        questions.append(question_of(one.text, one.grades, found, passage, reranked=blended))
        tell("ask", at + 1, len(judged))
    return questions


def _sample(questions: int, count: int) -> frozenset[int]:
    return frozenset(np.random.default_rng(_SEED).permutation(questions)[: max(count, 0)].tolist())


def _sha256(words: str) -> str:
    return hashlib.sha256(words.encode()).hexdigest()
