"""What is asked of the index, and what it finds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, overload

from pydantic import Field

from retrieval.corpus import Chunk, Record, Value
from retrieval.filters import Condition
from retrieval.sufficiency import Sufficiency

Mode = Literal["full", "no_rerank", "lexical_only", "no_llm", "abstain"]
"""Which parts of the service took part; every value but `full` caps confidence."""


class ClauseQuery(Value):
    """A question in words, for the `limit` best chunks.

    `earlier` are questions that the same person asked before in the dialogue, the latest one last. They take part in
    finding, the less the longer ago; whether the evidence suffices is told by the question itself.
    """

    text: str = Field(min_length=1)
    limit: int = Field(default=10, ge=1, le=1000)
    earlier: tuple[str, ...] = ()


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


@dataclass(frozen=True, slots=True)
class Found(Sequence[Evidence]):
    """What a ClauseQuery found: the evidence, best first, how it was searched, and whether it can answer.

    It reads like the evidence in it. `sufficiency` is None where no probability was measured for such a search.
    """

    evidence: tuple[Evidence, ...]
    mode: Mode
    sufficiency: Sufficiency | None = None

    @overload
    def __getitem__(self, place: int) -> Evidence: ...

    @overload
    def __getitem__(self, place: slice) -> tuple[Evidence, ...]: ...

    def __getitem__(self, place: int | slice) -> Evidence | tuple[Evidence, ...]:
        """Give one or some of the evidence, by rank."""
        return self.evidence[place]

    def __len__(self) -> int:
        """Count the evidence."""
        return len(self.evidence)


def sufficiency_of(evidence: Sequence[Evidence]) -> Sufficiency | None:
    """Give what was measured of evidence, if it is as it was found."""
    return evidence.sufficiency if isinstance(evidence, Found) else None


def cut(evidence: Sequence[Evidence], limit: int) -> Sequence[Evidence]:
    """Keep the first `limit`, with what is known of the search."""
    return replace(evidence, evidence=evidence[:limit]) if isinstance(evidence, Found) else evidence[:limit]
