"""Turns the texts that a pack brings along into the words of their clauses."""

from collections.abc import Mapping

from decision.decision import ClauseRef
from decision.pack import DomainPack
from ingestion.reading import Reader
from ingestion.sources import find_local_sources


def shipped_words(pack: DomainPack) -> Mapping[ClauseRef, str]:
    """Give the words of every clause of the documents that a pack brings along and its rules encode."""
    sources = pack.folder / "sources.toml"
    if not sources.exists():
        return {}
    encoded = {clause.document_id for clause in pack.rulebook.clauses()}
    reader = Reader({kind.name: kind for kind in pack.record_kinds}, "none")
    found: dict[ClauseRef, str] = {}
    for source in find_local_sources([sources]).sources:
        if source.document_id in encoded:
            parsed = reader.read(source, "shipped", "shipped")
            text = parsed.revision.canonical_text
            for one in parsed.clauses:
                ref = ClauseRef(document_id=one.document_id, key=one.key)
                found[ref] = text[one.span.start : one.span.end]
    return found
