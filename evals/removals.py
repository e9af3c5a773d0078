"""Turns judged questions into cases that can and cannot be answered: the same search with and without what answers.

Nobody has to label anything: a question whose relevant passages, and those that nearly say the same, are taken out of
what was found cannot be answered from the rest, as far as the judgements are complete.
"""

import random
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Final

from evals.corpus import lay_out
from evals.datasets import Passage, RetrievalSet
from evals.runs import Tell, ingest_corpus, installation, passages_of
from retrieval.find import Search
from retrieval.points import place_of
from retrieval.ports import CLAUSES
from retrieval.query import ClauseQuery
from retrieval.scope import visible_to
from retrieval.sufficiency import Signals, covered_by, signals_of
from service.application import Application
from service.settings import Settings


@dataclass(frozen=True, slots=True)
class Removal:
    """The signals of one search, with what answers (`present`) or without it, and which question it was."""

    question: int
    signals: Signals
    present: bool


async def removals(
    name: str, dataset: RetrievalSet, questions: int, settings: Settings, tell: Tell
) -> tuple[list[Removal], str]:
    """Search for a seeded sample of questions with and without what answers; also names the embedding model."""
    documents = lay_out(dataset.corpus)
    passages = passages_of(documents)
    found: list[Removal] = []
    async with installation(settings, settings.data / "evals" / name) as running:
        await ingest_corpus(running, documents, tell)
        for number, query in enumerate(chosen := _sample(dataset, questions), start=1):
            search = await running.finder.search(ClauseQuery(text=dataset.queries[query]), await running.reader.scope())
            relevant = {one for one, grade in dataset.judgements[query].items() if grade > 0}
            gone = relevant | await _alike(running, [dataset.corpus[one] for one in relevant], passages)
            for present, hidden in ((True, frozenset[str]()), (False, gone)):
                signals = _signals(search, hidden, passages)
                if signals is not None:
                    found.append(Removal(number, signals, present))
            tell("ask", number, len(chosen))
        return found, running.embedder.model


_SEED: Final = 0
_MOST_RELEVANT: Final = 10
_ALIKE: Final = 0.85  # the cosine from which a passage may say the same
_NEIGHBOURS: Final = 50


def _sample(dataset: RetrievalSet, questions: int) -> list[str]:
    """Choose questions whose relevant passages are all there and few enough to be all that answers."""
    fit = [
        query
        for query, grades in dataset.judgements.items()
        if 0 < len(wanted := [one for one, grade in grades.items() if grade > 0]) <= _MOST_RELEVANT
        and all(one in dataset.corpus for one in wanted)
    ]
    return random.Random(_SEED).sample(sorted(fit), min(questions, len(fit)))  # noqa: S311 - a sample, no secret


async def _alike(
    running: Application, texts: Sequence[Passage], passages: Mapping[tuple[str, str], str]
) -> AbstractSet[str]:
    """Find the passages whose vectors lie so near to those of texts that they may say the same."""
    conditions = visible_to(await running.reader.scope())
    alike: set[str] = set()
    for row in await running.embedder.embed([one.text for one in texts]):
        hits = await running.index.nearest(CLAUSES, row.tolist(), conditions, _NEIGHBOURS)
        alike |= {_passage(hit.payload, passages) for hit in hits if hit.score > _ALIKE}
    return alike


def _signals(search: Search, hidden: AbstractSet[str], passages: Mapping[tuple[str, str], str]) -> Signals | None:
    """Read the signals off a search as if some passages were not there."""
    nearest, by_words = (
        [hit for hit in hits if _passage(hit.payload, passages) not in hidden]
        for hits in (search.nearest, search.asked.by_words or ())
    )
    return signals_of(nearest, covered_by(search.asked.words, by_words))


def _passage(payload: Mapping[str, object], passages: Mapping[tuple[str, str], str]) -> str:
    document = str(payload["document_id"])
    return passages[document, place_of(payload).names[0].removeprefix(f"{document}#")]
