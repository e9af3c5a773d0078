"""What an operator can choose about retrieval, in one small model that the service's settings include."""

from pydantic import Field

from retrieval.corpus import Value


class RetrievalSettings(Value):
    """Deadlines, sizes and weights of retrieval; the defaults are what measured best on two cores.

    `dense_weight` is the share of the embedding's score in a fused score, words have the rest. `near_weight` is what a
    passage gets of the score of a neighbour in its document, `link_weight` what it gets of one that cites it or that it
    cites, `named_weight` what it gets for being the clause that a short question names, `defined_weight` for defining
    the term that is all of the question. `exact_up_to` is the
    number of points up to which a server searches nearest neighbours exactly, so that a replay finds the same ones; the
    embedded index always does.
    A reranker reads the `rerank_depth` best, as far as it gets in `rerank_budget_s`; its share of the score of those is
    `rerank_weight`.
    Each search gives as many candidates as are asked for, `candidates` at least.
    `embed_threads` is how many threads embed questions, and how many others, at the lowest priority, what is ingested.
    `embed_tokens` is how many tokens, padding included, go through the model at once in each: 512 of a text fit the
    caches of a core, 2,048 were a third slower and took four times the memory.
    """

    candidates: int = Field(default=60, ge=1, le=10_000)
    dense_weight: float = Field(default=0.4, ge=0.0, le=1.0)
    near_weight: float = Field(default=0.1, ge=0.0, le=1.0)
    link_weight: float = Field(default=0.15, ge=0.0, le=1.0)
    named_weight: float = Field(default=0.5, ge=0.0, le=1.0)
    defined_weight: float = Field(default=0.5, ge=0.0, le=1.0)
    rerank_depth: int = Field(default=15, ge=1, le=200)
    rerank_weight: float = Field(default=0.4, ge=0.0, le=1.0)
    rerank_budget_s: float = Field(default=0.5, ge=0.0)
    embed_deadline_s: float = Field(default=5.0, gt=0.0)
    embed_threads: int = Field(default=2, ge=1)
    embed_tokens: int = Field(default=512, ge=1)
    disk_headroom_mb: int = Field(default=200, ge=0)
    exact_up_to: int = Field(default=50_000, ge=0)
    server_timeout_s: int = Field(default=10, ge=1)


DEFAULTS = RetrievalSettings()
"""The settings of an installation that chose nothing."""
