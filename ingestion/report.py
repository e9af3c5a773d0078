"""What an ingest did, for people and programs."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from pydantic import Field

from retrieval.corpus import Value


class Quarantined(Value):
    """A source that was not ingested, why, and what to do; what was known of it before stays as it is."""

    source: str
    reason: str
    remedy: str


class Held(Value):
    """A new version of a document that waits for a person, and why; the version before it stays.

    `--accept DOCUMENT_ID` with the next ingest takes it all the same.
    """

    document_id: str
    source: str
    reasons: tuple[str, ...]


class Copies(Value):
    """Documents whose texts are (nearly) the same, so that they count as one source."""

    documents: tuple[str, ...]


class Overdue(Value):
    """A source that was not taken or found unchanged for longer than its owner wants.

    `checked_at` is when it last was, and `days_overdue` counts from when it was due again.
    """

    document_id: str
    source: str
    owner: str
    checked_at: datetime
    refresh_days: float
    days_overdue: float


class Drift(Value):
    """A rule or parameter whose clause has other words from this generation on, until its owner confirms it.

    `before` or `after` is None where there was, or is, no such clause.
    """

    pack: str
    kind: Literal["rule", "parameter"]
    name: str
    owner: str
    clause: str
    before: str | None
    after: str | None


class IngestReport(Value):
    """Documents by what became of them (ids), counts of what was written, and the seconds it took, by stage."""

    generation: int
    new: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    held: tuple[Held, ...] = ()
    accepted: tuple[str, ...] = ()
    quarantined: tuple[Quarantined, ...] = ()
    copies: tuple[Copies, ...] = ()
    drift: tuple[Drift, ...] = ()
    notes: tuple[str, ...] = ()
    clauses: int = 0
    chunks: int = 0
    records: int = 0
    embedded: int = 0
    seconds: float = 0.0
    seconds_by_stage: Mapping[str, float] = Field(default_factory=dict)
