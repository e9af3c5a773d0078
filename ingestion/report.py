"""What an ingest did, for people and programs."""

from retrieval.corpus import Value


class Quarantined(Value):
    """A source that was not ingested, why, and what to do; what was known of it before stays as it is."""

    source: str
    reason: str
    remedy: str


class IngestReport(Value):
    """Documents by what became of them (ids), counts of what was written, and the seconds it took."""

    generation: int
    new: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    quarantined: tuple[Quarantined, ...] = ()
    notes: tuple[str, ...] = ()
    clauses: int = 0
    chunks: int = 0
    records: int = 0
    embedded: int = 0
    seconds: float = 0.0
