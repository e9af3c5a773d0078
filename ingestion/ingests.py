"""What an ingest is made of, as its phases hand it on: what was asked, planned, read, staged, and what is known."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from pydantic import Field, JsonValue

from ingestion.report import Held, IngestReport, Quarantined
from retrieval.corpus import Chunk, Clause, Definition, Record, Revision, Value


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

    `fingerprint` is of the source as it was received, `text_fingerprint` of the words that came out of it. The
    `signature` is there only where revisions are asked for by id.
    """

    document_id: str
    revision_id: str
    source: str
    fingerprint: str
    text_fingerprint: str
    shape: Shape
    family: str | None = None
    signature: tuple[int, ...] = ()


class ParsedRevision(Value):
    """A Revision with everything that was read from it, ready to be written.

    Both fingerprints also cover every declared property and how it was read, so that a change of either is a change.
    `signature` is a MinHash of the words (see `ingestion.families`); `problems` say what speaks against taking it
    without a person's look.
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
    problems: tuple[str, ...] = ()

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
    sources that are listed but left out by default are fetched too. `rollback_to` asks, instead of locations, for the
    documents of an earlier generation to be current again.
    """

    locations: tuple[str, ...] = ()
    accept: tuple[str, ...] = ()
    online: bool = False
    rollback_to: int | None = None
    requested_by: str = "cli"


IngestionState = Literal["queued", "planning", "staging", "committing", "committed", "failed", "cancelled"]


_OVER: Final = frozenset({"committed", "failed", "cancelled"})


class Ingestion(Value):
    """One ingest: what was asked, and how far it is.

    `sources` counts those found, `documents` those that are new or changed and `settled` how many of these are done,
    `written` those that are in the index; `embedded` counts texts that the model saw. `error` says why it failed.
    """

    id: str
    tenant: str
    request: IngestRequest
    state: IngestionState = "queued"
    requested_at: datetime
    sources: int = 0
    documents: int = 0
    settled: int = 0
    written: int = 0
    embedded: int = 0
    generation: int | None = None
    report: IngestReport | None = None
    error: str | None = None

    @property
    def over(self) -> bool:
        """Whether nothing more will happen."""
        return self.state in _OVER


@dataclass(frozen=True, slots=True)
class Standing:
    """How far an ingestion is, and nothing else of it: what is cheap to read again and again. Fields as there."""

    state: IngestionState
    sources: int
    documents: int
    settled: int
    written: int
    embedded: int

    @property
    def over(self) -> bool:
        """Whether nothing more will happen."""
        return self.state in _OVER


@dataclass(frozen=True, slots=True)
class SourceCheck:
    """When a source was looked at last, to be taken or found unchanged, and how often its owner wants it to be."""

    document_id: str
    source: str
    owner: str
    checked_at: datetime
    refresh_days: float | None


class Outline(Value):
    """What an ingest found before it read anything new: documents by what is to become of them.

    `removed` gives the revision of each document that is gone, so that nothing else is retired in its place. `checks`
    are of sources with an owner's wish for how often, now or when they were looked at last; whether they count is known
    when the ingest ends (see `ingestion.done`).
    """

    unchanged: tuple[str, ...] = ()
    removed: Mapping[str, str] = Field(default_factory=dict)
    quarantined: tuple[Quarantined, ...] = ()
    notes: tuple[str, ...] = ()
    checks: tuple[SourceCheck, ...] = ()
    planned_in_s: float = 0.0


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

    `same` means that its words are those that are there already. Of a held one nothing is kept. Seconds are those that
    reading and embedding took.
    """

    document_id: str
    parsed: ParsedRevision | None = None
    same: bool = False
    held: Held | None = None
    quarantined: Quarantined | None = None
    accepted: bool = False
    read_s: float = 0.0
    embed_s: float = 0.0

    def staged(self, replaces: str | None) -> "Staged":
        """Give what is remembered of it."""
        parsed = self.parsed
        outcome = Staged(
            document_id=self.document_id,
            replaces=replaces,
            same=self.same,
            held=self.held,
            quarantined=self.quarantined,
            accepted=self.accepted,
            read_s=self.read_s,
            embed_s=self.embed_s,
        )
        if parsed is None:
            return outcome
        return outcome.model_copy(
            update={
                "revision_id": parsed.revision.id,
                "notes": parsed.notes,
                "clauses": len(parsed.clauses),
                "chunks": len(parsed.chunks),
                "records": len(parsed.records),
            }
        )


class Staged(Value):
    """A settled document as it is remembered: what became of it, and counts of what was read from it."""

    document_id: str
    replaces: str | None
    revision_id: str | None = None
    same: bool = False
    held: Held | None = None
    quarantined: Quarantined | None = None
    accepted: bool = False
    notes: tuple[str, ...] = ()
    clauses: int = 0
    chunks: int = 0
    records: int = 0
    read_s: float = 0.0
    embed_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Expired:
    """Revisions that retention took out of the index, how many of them only lost that, and vectors nobody needs now."""

    revisions: tuple[str, ...]
    kept_for_citation: int
    vectors: int


@dataclass(frozen=True, slots=True)
class ClauseChange:
    """What an ingest does to the words of a watched clause, `document#key`; None where there are no such words.

    `after_sha256` is the hash that the clause itself carries (see `ingestion.clauses.text_sha256`).
    """

    clause: str
    before: str | None
    after: str | None
    after_sha256: str | None
