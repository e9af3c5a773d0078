"""What ingestion asks of the outside: a catalog that keeps everything, a child that reads files, and what fetches."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal, Protocol

from pydantic import JsonValue

from ingestion.report import Held, IngestReport, Quarantined
from retrieval.corpus import Chunk, Clause, Definition, Record, Revision, Value
from retrieval.ports import Vectors


class IngestionError(Exception):
    """An ingest could not be done; the message says what happened and what to do. Nothing was committed."""


class UnreadableSourceError(IngestionError):
    """One source cannot be read; it is quarantined with `reason` and `remedy`, and the others go on."""

    def __init__(self, reason: str, remedy: str) -> None:
        super().__init__(f"{reason}; {remedy}")
        self.reason = reason
        self.remedy = remedy


class SupersededError(IngestionError):
    """Another ingest has committed a document that this one planned to replace; plan it anew."""


@dataclass(frozen=True, slots=True)
class Shape:
    """How much there is in a revision, by which the next one is judged; `language` as declared or recognised."""

    characters: int
    clauses: int
    records: int
    language: str | None


@dataclass(frozen=True, slots=True)
class KnownRevision:
    """What the catalog holds of a document at the committed generation, for comparing with a source.

    `fingerprint` is of the source as it was received, `text_fingerprint` of the words that came out of it.
    """

    document_id: str
    revision_id: str
    source: str
    fingerprint: str
    text_fingerprint: str
    shape: Shape
    family: str | None = None


class ParsedRevision(Value):
    """A Revision with everything that was read from it, ready to be written.

    Both fingerprints also cover every declared property and how it was read, so that a change of either is a change.
    `signature` is a MinHash of the words (see `ingestion.families`).
    """

    revision: Revision
    fingerprint: str
    text_fingerprint: str
    clauses: tuple[Clause, ...] = ()
    chunks: tuple[Chunk, ...] = ()
    records: tuple[Record, ...] = ()
    definitions: tuple[Definition, ...] = ()
    language: str | None = None
    signature: tuple[int, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def shape(self) -> Shape:
        """How much there is in it."""
        return Shape(len(self.revision.canonical_text), len(self.clauses), len(self.records), self.language)


@dataclass(frozen=True, slots=True)
class PointCount:
    """How many points a committed revision has in one collection of the index, and the generations that hold it."""

    revision_id: str
    collection: str
    points: int
    valid_from_generation: int
    valid_to_generation: int


class IngestRequest(Value):
    """What somebody asked to ingest.

    `accept` are ids of documents whose new version is taken although a gate would hold it; with `online`, public
    sources that are listed but left out by default are fetched too.
    """

    locations: tuple[str, ...]
    accept: tuple[str, ...] = ()
    online: bool = False
    requested_by: str = "cli"


IngestionState = Literal["queued", "planning", "staging", "committing", "committed", "failed", "cancelled"]


class Ingestion(Value):
    """One ingest: what was asked, and how far it is.

    `sources` counts those found so far, `documents` those that are new or changed and `settled` how many of these are
    done; `chunks` and `embedded` count what was read from them. `error` says why it failed.
    """

    id: str
    tenant: str
    request: IngestRequest
    state: IngestionState = "queued"
    requested_at: datetime
    sources: int = 0
    documents: int = 0
    settled: int = 0
    chunks: int = 0
    embedded: int = 0
    generation: int | None = None
    report: IngestReport | None = None
    error: str | None = None

    @property
    def over(self) -> bool:
        """Whether nothing more will happen."""
        return self.state in {"committed", "failed", "cancelled"}


@dataclass(frozen=True, slots=True)
class Planned:
    """One document that an ingest is to read: its Source as JSON, the batch it belongs to, what it replaces."""

    document_id: str
    batch: int
    source: Mapping[str, JsonValue]
    fingerprint: str
    replaces: str | None


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of a planned document: exactly one of `parsed`, `same`, `held` and `quarantined` says so.

    `same` means that its words are those that are there already. Of a held one nothing is kept.
    """

    document_id: str
    parsed: ParsedRevision | None = None
    same: bool = False
    held: Held | None = None
    quarantined: Quarantined | None = None
    embedded: int = 0


@dataclass(frozen=True, slots=True)
class SourceCheck:
    """When a source was looked at last, and how often its owner wants it to be."""

    document_id: str
    source: str
    owner: str
    checked_at: datetime
    refresh_days: float | None


class Catalog(Protocol):
    """The truth about what was ingested; the index can be rebuilt from it.

    An ingest is planned and staged beside others; what is staged has no generation yet, and nobody sees it. Committing
    is done by one ingest at a time: it assigns the next generation to what was staged, and moves the committed
    generation in one transaction.
    """

    def exclusive(self) -> AbstractAsyncContextManager[None]:
        """Keep every other commit out, of this process or another, waiting for those that came before.

        What ends the process, however it ends, ends this too. IngestionError names who kept it too long.
        """
        ...

    async def generation(self) -> int:
        """Read the committed generation; 0 before the first."""
        ...

    async def current(self, tenant: str) -> list[KnownRevision]:
        """Every revision of a tenant that is valid at the committed generation."""
        ...

    async def at(self, tenant: str, generation: int) -> list[KnownRevision]:
        """Every revision of a tenant that was valid at a committed generation."""
        ...

    async def counts(self, generation: int) -> list[PointCount]:
        """Count what the index must hold at a committed generation, of all tenants, retired revisions included."""
        ...

    async def parsed(self, revision_ids: Sequence[str]) -> list[ParsedRevision]:
        """Give revisions with everything in them, from which their points in the index are made."""
        ...

    async def vectors(self, model: str, text_hashes: Sequence[str]) -> Mapping[str, bytes]:
        """Embeddings that are kept for these texts (SHA-256, hex), where there are any: little-endian float32."""
        ...

    async def keep_vectors(self, model: str, text_hashes: Sequence[str], vectors: Vectors) -> None:
        """Keep embeddings, so that a text is never embedded twice by one model."""
        ...

    async def open(self, ingestion: Ingestion) -> Ingestion:
        """Write down a new ingestion, or give the one that has this id already."""
        ...

    async def ingestion(self, ingestion_id: str, tenant: str) -> Ingestion | None:
        """Read an ingestion."""
        ...

    async def ingestions(self, tenant: str, limit: int = 50) -> list[Ingestion]:
        """List the last ingestions, latest first."""
        ...

    async def move(
        self, ingestion_id: str, state: IngestionState, *, sources: int = 0, error: str | None = None
    ) -> None:
        """Write down how far an ingestion is; one that is over stays as it is."""
        ...

    async def plan(self, ingestion_id: str, planned: Sequence[Planned], checks: Sequence[SourceCheck]) -> None:
        """Write down which documents an ingest is to read, in place of what was planned before, and what was seen."""
        ...

    async def planned(self, ingestion_id: str, batch: int) -> list[Planned]:
        """List the documents of one batch that are not settled yet."""
        ...

    async def settle(self, ingestion_id: str, settled: Sequence[Settled]) -> None:
        """Write what became of planned documents, with what was parsed, in one transaction; settled ones stay."""
        ...

    async def settled(self, ingestion_id: str) -> list[Settled]:
        """List what became of the documents of an ingest, without what was parsed."""
        ...

    async def assign(self, ingestion_id: str, generation: int) -> list[str]:
        """Give what an ingest staged to a generation that is not committed yet; returns the revisions.

        SupersededError when a document has another revision now than the one that was planned to be replaced.
        """
        ...

    async def set_families(self, families: Mapping[str, str]) -> None:
        """Give uncommitted revisions their family."""
        ...

    async def signatures(self, tenant: str, revision_ids: Sequence[str]) -> Mapping[str, tuple[int, ...]]:
        """Read the MinHash signatures of revisions, those that have one."""
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

    async def finish(self, ingestion_id: str, report: IngestReport) -> None:
        """Close an ingestion with its report, and forget its plan."""
        ...

    async def discard(self, ingestion_id: str) -> None:
        """Remove what an ingest staged and planned, and nothing that was committed."""
        ...

    async def undo_uncommitted(self) -> bool:
        """Take back every generation and end that was given but not committed; whether there was anything."""
        ...


class Parsing(Protocol):
    """Reads files where a hostile one can do no harm."""

    async def parse(self, source: Mapping[str, JsonValue], fingerprint: str, ingestion_id: str) -> ParsedRevision:
        """Read one Source (as JSON) with everything in it; raises UnreadableSourceError."""
        ...

    async def close(self) -> None:
        """End the processes that read."""
        ...


class Fetching(Protocol):
    """Brings remote files to a local folder."""

    async def listed(self, url: str) -> tuple[str, ...]:
        """List the files that a remote folder holds; a file lists itself."""
        ...

    async def fetched(self, url: str) -> Path:
        """Bring a remote file here, or find that what was brought before is still current.

        Raises UnreadableSourceError when it cannot be had or may not be fetched.
        """
        ...
