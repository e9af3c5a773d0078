"""What ingestion asks of the outside: a catalog that keeps everything, a child that reads files, and what fetches."""

from collections.abc import Collection, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Protocol

from pydantic import JsonValue

from ingestion.ingests import (
    ClauseChange,
    Expired,
    Ingestion,
    IngestionState,
    KnownRevision,
    Outline,
    ParsedRevision,
    Planned,
    PointCount,
    Settled,
    SourceCheck,
    Staged,
    Standing,
)
from ingestion.report import Drift, IngestReport
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

    async def known(self, revision_ids: Sequence[str]) -> list[KnownRevision]:
        """Read what is known of these revisions."""
        ...

    async def counts(self, generation: int) -> list[PointCount]:
        """Count what the index must hold at a committed generation, of all tenants, retired revisions included."""
        ...

    async def parsed(self, revision_ids: Sequence[str]) -> list[ParsedRevision]:
        """Give revisions with everything in them, in the order asked for; unknown ones are left out."""
        ...

    async def contents(self, revision_ids: Sequence[str]) -> list[ParsedRevision]:
        """Give revisions with the chunks and records of which their points in the index are made, and no more."""
        ...

    async def vectors(self, model: str, text_hashes: Sequence[str]) -> Mapping[str, bytes]:
        """Embeddings that are kept for these texts (SHA-256, hex), where there are any: little-endian float32."""
        ...

    async def kept(self, model: str, text_hashes: Sequence[str]) -> AbstractSet[str]:
        """Tell of which texts an embedding is kept."""
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

    async def standing(self, ingestion_id: str, tenant: str) -> Standing | None:
        """Read how far an ingestion is; None when there is none."""
        ...

    async def ingestions(self, tenant: str, limit: int = 50) -> list[Ingestion]:
        """List the last ingestions, latest first."""
        ...

    async def unfinished(self, tenant: str) -> list[Ingestion]:
        """List the ingestions that are not over, the first one first."""
        ...

    async def orphaned(self, tenant: str) -> list[str]:
        """Name the ingestions that failed or were cancelled and of which something planned or staged is left."""
        ...

    async def move(self, ingestion_id: str, state: IngestionState, *, error: str | None = None, **counts: int) -> None:
        """Write down how far an ingestion is, and counts by name; one that is over stays as it is."""
        ...

    async def withdraw(self, ingestion_id: str, tenant: str) -> bool:
        """Cancel an ingestion unless it commits already or is over; whether it was cancelled now."""
        ...

    async def add_embedded(self, ingestion_id: str, texts: int) -> None:
        """Count texts that were embedded for an ingestion."""
        ...

    async def plan(self, ingestion_id: str, planned: Sequence[Planned], outline: Outline) -> None:
        """Write down what an ingest is to do, instead of what was planned and staged before."""
        ...

    async def outline(self, ingestion_id: str) -> Outline:
        """Read what an ingest found before it read anything new."""
        ...

    async def planned(self, ingestion_id: str, batch: int) -> list[Planned]:
        """List the documents of one batch that are not settled yet."""
        ...

    async def settle(self, ingestion_id: str, settled: Sequence[Settled]) -> None:
        """Write what became of planned documents, with what was parsed, in one transaction.

        A document that is settled already stays as it is, so that a batch may be done again. One whose words are the
        `same` only learns the fingerprint of the source in which they were found.
        """
        ...

    async def settled(self, ingestion_id: str) -> list[Staged]:
        """List what became of the documents of an ingest, in the order of the plan."""
        ...

    async def assign(self, ingestion_id: str, generation: int) -> list[str]:
        """Give what an ingest staged to a generation that is not committed yet; returns the revisions.

        SupersededError when a document has another revision now than the one that was planned to be replaced.
        """
        ...

    async def set_families(self, families: Mapping[str, str]) -> None:
        """Give uncommitted revisions their family."""
        ...

    async def signatures(self, tenant: str) -> Mapping[str, tuple[str | None, tuple[int, ...]]]:
        """Read family and MinHash signature of every revision that is valid, or about to be, and has one."""
        ...

    async def retire(self, generation: int, revision_ids: Sequence[str]) -> None:
        """Let revisions end with `generation` (their `valid_to_generation`)."""
        ...

    async def commit(
        self,
        ingestion_id: str,
        report: IngestReport,
        written: Collection[str],
        retired: Collection[str],
        checks: Sequence[SourceCheck] = (),
    ) -> None:
        """Make the report's generation the committed one and close the ingestion with it, in one transaction.

        `checks` become those that `Catalog.checks` gives of their documents; one without an interval ends them.
        IngestionError, and nothing is committed, unless it is the next one, and begins and ends exactly the revisions
        that this ingest wrote and retired.
        """
        ...

    async def finish(self, ingestion_id: str, report: IngestReport, checks: Sequence[SourceCheck] = ()) -> None:
        """Close an ingestion that changed nothing with its report, and `checks` as in `commit`."""
        ...

    async def discard(self, ingestion_id: str) -> None:
        """Remove what an ingest staged and planned, and nothing that was committed."""
        ...

    async def undo_uncommitted(self) -> bool:
        """Take back every generation and end that was given but not committed; whether there was anything.

        What was staged stays staged, without a generation.
        """
        ...

    async def checks(self, tenant: str) -> list[SourceCheck]:
        """List when the sources were last taken or found unchanged that have an owner's wish for how often."""
        ...

    async def expire(self, before: int) -> Expired:
        """Forget revisions that ended with generation `before` or earlier, for good.

        Of those that a recorded decision cites, the text and the clauses stay, so that its quotes still open.
        """
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

    async def fetched(self, url: str, language: str | None = None) -> Path:
        """Bring a remote file here, or find that what was brought before is still current.

        `language` is asked for where one address serves several. What was brought before stays as it is.
        Raises UnreadableSourceError when it cannot be had or may not be fetched.
        """
        ...


class Watch(Protocol):
    """Knows which clauses are encoded by policy, and says whose encoding an ingest leaves behind."""

    @property
    def clauses(self) -> frozenset[str]:
        """Every clause, as `document#key`, that an installed pack encodes."""
        ...

    async def refresh(self) -> None:
        """Learn which words were confirmed since; to be called before `drift`, inside the commit."""
        ...

    def drift(self, changes: Sequence[ClauseChange]) -> tuple[Drift, ...]:
        """Name every rule and parameter whose clause gets words that nobody confirmed, or none."""
        ...
