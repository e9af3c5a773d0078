"""Turns two sets of revisions into the clauses among watched ones whose words differ between them."""

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet

from ingestion.ingests import ClauseChange, ParsedRevision


def watched_documents(watched: AbstractSet[str]) -> frozenset[str]:
    """Name the documents of clauses written as `document#key`."""
    return frozenset(clause.partition("#")[0] for clause in watched)


def clause_changes(
    before: Iterable[ParsedRevision], after: Iterable[ParsedRevision], watched: AbstractSet[str]
) -> tuple[ClauseChange, ...]:
    """List the watched clauses that have other words `after`, or are no longer there, by name."""
    old, new = _words(before, watched), _words(after, watched)
    return tuple(
        ClauseChange(
            clause=clause,
            before=old[clause][0] if clause in old else None,
            after=new[clause][0] if clause in new else None,
            after_sha256=new[clause][1] if clause in new else None,
        )
        for clause in sorted(old.keys() | new.keys())
        if old.get(clause) != new.get(clause)
    )


def _words(revisions: Iterable[ParsedRevision], watched: AbstractSet[str]) -> Mapping[str, tuple[str, str]]:
    return {
        name: (one.revision.canonical_text[clause.span.start : clause.span.end], clause.text_sha256)
        for one in revisions
        for clause in one.clauses
        if (name := f"{clause.document_id}#{clause.key}") in watched
    }
