"""Turns a Source into a ParsedRevision: its text first, for comparing, then its clauses and chunks or its records."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ParamSpec, TypeVar

from ingestion.chunks import split_chunks
from ingestion.clauses import split_clauses
from ingestion.mappings import TableMapping, read_mapping
from ingestion.parsers import ParsedText, parse, read_text
from ingestion.parsers.text import canonical
from ingestion.plan import fingerprint
from ingestion.ports import IngestionError, ParsedRevision, UnreadableSourceError
from ingestion.sources import Source
from ingestion.tables import read_table
from retrieval.corpus import DEFAULT_TENANT, Document, RecordKind, Revision

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")

# What one odd document can cause; anything else (no memory, an interrupt) stops the ingest.
_UNEXPECTED = (ArithmeticError, AttributeError, LookupError, OSError, RuntimeError, TypeError, ValueError)


@dataclass(frozen=True, slots=True)
class ReadSource:
    """A source with its canonical text, for a table its mapping, and the fingerprint of all of it."""

    source: Source
    text: ParsedText
    mapping: TableMapping | None
    fingerprint: str


class Reader:
    """Reads sources for a tenant; `model` names the embedding model: another one makes every text a changed one."""

    def __init__(self, record_kinds: Mapping[str, RecordKind], model: str, tenant: str = DEFAULT_TENANT) -> None:
        self._kinds = record_kinds
        self._model = model
        self._tenant = tenant

    def read(self, source: Source) -> ReadSource:
        """Read a source as text; raises UnreadableSourceError, or IngestionError for a wrong mapping."""
        return _guarded(self._read, source)

    def split(self, read: ReadSource, generation: int) -> tuple[ParsedRevision, tuple[str, ...]]:
        """Split a text for a generation, with what a person should know about it; raises as `read` does."""
        return _guarded(self._split, read, generation)

    def _read(self, source: Source) -> ReadSource:
        if source.kind == "text" or source.mapping is None:
            text = parse(source.path)
            return ReadSource(source, text, None, fingerprint(source, text.canonical_text, self._model))
        kind = self._kind(source)
        mapping = read_mapping(source.mapping)
        text = ParsedText(read_text(source.path))
        shape = f"{kind.name} {kind.dimensions}"
        return ReadSource(
            source, text, mapping, fingerprint(source, text.canonical_text, shape, mapping.model_dump_json())
        )

    def _kind(self, source: Source) -> RecordKind:
        kind = self._kinds.get(source.record or "")
        if kind is None:
            known = ", ".join(sorted(self._kinds)) or "none"
            raise UnreadableSourceError(
                f"no pack reads records of the kind {source.record!r}", f"use one that is installed: {known}"
            )
        return kind

    def _split(self, read: ReadSource, generation: int) -> tuple[ParsedRevision, tuple[str, ...]]:
        revision = _revision(read, self._tenant, generation)
        if read.mapping is not None:
            table = read_table(revision, read.mapping, self._kind(read.source))
            return ParsedRevision(revision, read.fingerprint, records=table.records), table.notes
        clauses = split_clauses(revision)
        return ParsedRevision(revision, read.fingerprint, clauses, split_chunks(revision, clauses)), ()


def _revision(read: ReadSource, tenant: str, generation: int) -> Revision:
    source, text = read.source, read.text
    title = source.title or text.title or source.path.stem
    # The generation is part of the id: words that come back after they were changed or removed are a revision anew.
    # So is the tenant: two of them may have documents of one id.
    seed = f"{len(tenant)}:{tenant} {source.document_id} {read.fingerprint} {generation}"
    return Revision(
        id=f"rev_{hashlib.sha256(seed.encode()).hexdigest()[:24]}",
        document=Document(
            id=source.document_id,
            title=canonical(title),
            source=source.location,
            owner=source.owner,
            tenant=tenant,
            groups=source.groups,
            jurisdiction=source.jurisdiction,
            language=source.language,
            licence=source.licence,
            url=source.url,
            kind=source.kind,
        ),
        content_sha256=hashlib.sha256(text.canonical_text.encode()).hexdigest(),
        canonical_text=text.canonical_text,
        page_starts=text.page_starts,
        effective_from=source.effective_from,
        effective_to=source.effective_to,
        valid_from_generation=generation,
    )


def _guarded(read: Callable[Arguments, Result], *arguments: Arguments.args, **options: Arguments.kwargs) -> Result:
    """Turn an unexpected error into the quarantine of one source."""
    try:
        return read(*arguments, **options)
    except IngestionError:
        raise
    except _UNEXPECTED as error:
        raise UnreadableSourceError(
            f"it could not be read ({type(error).__name__}: {error})", "export it anew, or report it with the file"
        ) from error
