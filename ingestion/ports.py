"""What ingestion asks of the outside: a catalog that keeps texts, clauses, records, vectors and generations."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from ingestion.report import IngestReport
from retrieval.corpus import Chunk, Clause, Record, Revision
from retrieval.ports import Vectors


class IngestionError(Exception):
    """An ingest could not be done; the message says what happened and what to do. Nothing was committed."""


class UnreadableSourceError(IngestionError):
    """One source cannot be read; it is quarantined with `reason` and `remedy`, and the others go on."""

    def __init__(self, reason: str, remedy: str) -> None:
        super().__init__(f"{reason}; {remedy}")
        self.reason = reason
        self.remedy = remedy


@dataclass(frozen=True, slots=True)
class KnownRevision:
    """What the catalog holds of a document at the committed generation, for comparing with a source."""

    document_id: str
    revision_id: str
    source: str
    fingerprint: str
    effective_from: date | None
    effective_to: date | None


@dataclass(frozen=True, slots=True)
class ParsedRevision:
    """A Revision with everything that was read from it, ready to be written.

    `fingerprint` covers the canonical text and every declared property, so that a change of either is a change.
    """

    revision: Revision
    fingerprint: str
    clauses: tuple[Clause, ...] = ()
    chunks: tuple[Chunk, ...] = ()
    records: tuple[Record, ...] = ()


@dataclass(frozen=True, slots=True)
class Held:
    """How many points a committed revision has in one collection of the index, and the generations that hold it."""

    revision_id: str
    collection: str
    points: int
    valid_from_generation: int
    valid_to_generation: int


class Catalog(Protocol):
    """The truth about what was ingested; the index can be rebuilt from it.

    Rows are written with the generation that will hold them and become visible to readers only by `commit`, which moves
    the committed generation in one transaction. One ingest writes at a time, for whichever tenant.
    """

    def exclusive(self) -> AbstractAsyncContextManager[None]:
        """Keep every other ingest out, of this process or another; IngestionError that says who is at it already.

        What ends the process, however it ends, ends this too.
        """
        ...

    async def generation(self) -> int:
        """Read the committed generation; 0 before the first."""
        ...

    async def current(self, tenant: str) -> list[KnownRevision]:
        """Every revision of a tenant that is valid at the committed generation."""
        ...

    async def held(self, generation: int) -> list[Held]:
        """Count what the index must hold at a committed generation, of all tenants, retired revisions included."""
        ...

    async def parsed(self, revision_id: str) -> ParsedRevision | None:
        """Give a revision with everything in it, from which its points in the index can be made again."""
        ...

    async def vectors(self, model: str, text_hashes: Sequence[str]) -> Mapping[str, Sequence[float]]:
        """Embeddings that are kept for these texts (SHA-256, hex), where there are any."""
        ...

    async def keep_vectors(self, model: str, text_hashes: Sequence[str], vectors: Vectors) -> None:
        """Keep embeddings, so that a text is never embedded twice by one model."""
        ...

    async def stage(self, parsed: ParsedRevision) -> None:
        """Write one revision whole, for the generation named in it."""
        ...

    async def retire(self, generation: int, revision_ids: Sequence[str]) -> None:
        """Let revisions end with `generation` (their `valid_to_generation`)."""
        ...

    async def commit(
        self, generation: int, report: IngestReport, written: Collection[str], retired: Collection[str]
    ) -> None:
        """Make `generation` the committed one, in one transaction, with the report of what it changed.

        IngestionError, and nothing is committed, unless it is the next one, and begins and ends exactly the revisions
        that this ingest wrote and retired.
        """
        ...

    async def discard_uncommitted(self) -> bool:
        """Remove what no committed generation holds and undo what it retired; whether there was anything."""
        ...
