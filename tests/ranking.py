"""Candidates, rankers and rerankers that are small enough to read."""

from collections.abc import Sequence

from retrieval.corpus import Chunk, Span
from retrieval.query import Evidence
from retrieval.ranker import Ranker, TrainedOn

TRAINED_ON = TrainedOn(
    dataset="sample", split="dev", fingerprint="0" * 64, questions=60, generation=1, embedding_model="word-hash@1"
)


def candidate(name: str, score: float, text: str = "Some words.", document: str = "doc", **stages: float) -> Evidence:
    """Make one that was found with a score."""
    chunk = Chunk(
        id=name,
        revision_id=f"{document}@1",
        document_id=document,
        clause_key=name,
        headings=(),
        span=Span(start=0, end=len(text)),
        text=text,
    )
    return Evidence(item=chunk, score=score, stages={"fused": score, **stages})


def ranker(**weights: float) -> Ranker:
    """Make a ranker that weighs these features."""
    return Ranker(features=tuple(weights), weights=tuple(weights.values()), trained_on=TRAINED_ON)


def names(found: Sequence[Evidence]) -> list[str]:
    """Name candidates in their order."""
    return [one.item.id for one in found]
