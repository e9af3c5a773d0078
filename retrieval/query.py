"""What is asked of the index, and what it finds."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from pydantic import Field

from retrieval.corpus import Chunk, Record, Value
from retrieval.filters import Condition

Mode = Literal["full", "no_rerank", "lexical_only", "no_llm", "abstain"]
"""Which parts of the service took part; every value but `full` caps confidence."""


class ClauseQuery(Value):
    """A question in words, for the `limit` best chunks."""

    text: str = Field(min_length=1)
    limit: int = Field(default=10, ge=1, le=1000)


@dataclass(frozen=True, slots=True)
class RecordQuery:
    """The `limit` records of a kind nearest to `vector` (or any, without one), among those that meet `conditions`.

    `conditions` name paths in the payload of a record: `id`, `document_id`, `observed_on` (a day's ordinal),
    `location`, and `values.NAME`.
    """

    kind: str
    limit: int
    vector: tuple[float, ...] | None = None
    conditions: tuple[Condition, ...] = field(default=())


class Evidence(Value):
    """A Chunk or Record found, with its score and the scores of the stages that led to it (higher is better).

    `copies` are passages (`document_id#clause_key`) that were found with the same words and are no further support;
    evidence of one `family` comes from texts that are (nearly) the same.
    """

    item: Chunk | Record
    score: float
    stages: Mapping[str, float] = Field(default_factory=dict)
    family: str | None = None
    copies: tuple[str, ...] = ()
