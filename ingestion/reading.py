"""Turns a Source into its fingerprint, which is cheap, and into a ParsedRevision: clauses and chunks, or records."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, ParamSpec, TypeVar

from ingestion.chunks import split_chunks
from ingestion.clauses import split_clauses
from ingestion.dates import find_stated_dates
from ingestion.definitions import find_definitions
from ingestion.families import signature
from ingestion.ingests import ParsedRevision
from ingestion.languages import recognised
from ingestion.links import short_names, with_links
from ingestion.mappings import TableMapping, read_mapping
from ingestion.parsers import ParsedText, parse
from ingestion.parsers.text import canonical
from ingestion.ports import IngestionError, UnreadableSourceError
from ingestion.settings import ParsingLimits
from ingestion.source import Source
from ingestion.table_schema import schema_problems
from ingestion.table_text import delimiter_of, read_table_text
from ingestion.tables import STRUCTURE as TABLE_STRUCTURE
from ingestion.tables import read_table
from retrieval.corpus import DEFAULT_TENANT, Document, RecordKind, Revision

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")

STRUCTURE: Final = "5"
"""Version of how sources are read and texts are split; a new one makes every document a changed one."""

# What one odd document can cause; anything else (no memory, an interrupt) ends the reading of it.
_UNEXPECTED = (ArithmeticError, AttributeError, LookupError, OSError, RuntimeError, TypeError, ValueError)


class Reader:
    """Reads sources for a tenant; `model` names the embedding model: another one makes every text a changed one."""

    def __init__(
        self,
        record_kinds: Mapping[str, RecordKind],
        model: str,
        tenant: str = DEFAULT_TENANT,
        limits: ParsingLimits | None = None,
    ) -> None:
        self.record_kinds: Final = record_kinds
        self.model: Final = model
        self.tenant: Final = tenant
        self.limits: Final = limits or ParsingLimits()

    def fingerprint(self, source: Source) -> str:
        """Hash a source as it was received, everything declared of it, and how it is read (SHA-256, hex).

        Raises UnreadableSourceError for a file that is missing or too large, or a table whose mapping is wrong.
        """
        return _guarded(self._fingerprint, source)

    def read(self, source: Source, fingerprint: str, ingestion_id: str) -> ParsedRevision:
        """Read a source with everything in it; raises UnreadableSourceError."""
        return _guarded(self._read, source, fingerprint, ingestion_id)

    def revision_id(self, source: Source, fingerprint: str, ingestion_id: str) -> str:
        """Name the revision that an ingest makes of a source.

        The ingest is part of it, since words that come back after they were changed or removed are a revision anew;
        and so is the tenant, since two of them may have documents of one id.
        """
        return f"rev_{_hash((self.tenant, source.document_id, fingerprint, ingestion_id))[:24]}"

    def document(self, source: Source, title: str) -> Document:
        """Describe a source as a document of this reader's tenant, under a title that was found or declared."""
        return Document(
            id=source.document_id,
            title=title,
            source=source.location,
            owner=source.owner,
            tenant=self.tenant,
            groups=source.groups,
            jurisdiction=source.jurisdiction,
            language=source.language,
            licence=source.licence,
            url=source.url,
            kind=source.kind,
            trust_tier=source.trust_tier,
        )

    def _fingerprint(self, source: Source) -> str:
        return _hash((self._shape(source), _file_hash(source.path, self.limits.largest_mb)))

    def _read(self, source: Source, fingerprint: str, ingestion_id: str) -> ParsedRevision:
        table = self._table(source)
        if table is None:
            text = parse(source.path, self.limits)
        else:
            text = ParsedText(read_table_text(source.path, self.limits, table.mapping))
        revision = Revision(
            id=self.revision_id(source, fingerprint, ingestion_id),
            document=self.document(source, canonical(source.title or text.title or source.path.stem)),
            content_sha256=hashlib.sha256(text.canonical_text.encode()).hexdigest(),
            canonical_text=text.canonical_text,
            page_starts=text.page_starts,
            effective_from=source.effective_from,
            effective_to=source.effective_to,
        )
        text_fingerprint = _hash((self._shape(source), revision.content_sha256))
        if table is None:
            return _document_read(revision, fingerprint, text_fingerprint, text)
        read = read_table(revision, table.mapping, table.kind, delimiter_of(source.path.name, table.mapping))
        return ParsedRevision(
            revision=revision,
            fingerprint=fingerprint,
            text_fingerprint=text_fingerprint,
            records=read.records,
            language=source.language,
            notes=read.notes,
            problems=schema_problems(read, table.mapping),
        )

    def _shape(self, source: Source) -> str:
        """Hash everything but the words that decides what is read from a source."""
        declared = source.model_dump_json(exclude={"path", "root", "mapping", "refresh_days", "declares_id"})
        table = self._table(source)
        read_by = (self.model,) if table is None else (table.shape,)
        return _hash((STRUCTURE, source.location, declared, *read_by))

    def _table(self, source: Source) -> "_Table | None":
        if source.kind == "text" or source.mapping is None:
            return None
        kind = self.record_kinds.get(source.record or "")
        if kind is None:
            known = ", ".join(sorted(self.record_kinds)) or "none"
            raise UnreadableSourceError(
                f"no pack reads records of the kind {source.record!r}", f"use one that is installed: {known}"
            )
        return _Table(read_mapping(source.mapping).renamed(kind.synonyms), kind)


def _document_read(revision: Revision, fingerprint: str, text_fingerprint: str, text: ParsedText) -> ParsedRevision:
    clauses = split_clauses(revision)
    names = short_names(revision.document.title, text.canonical_text)
    document = revision.document.model_copy(update={"cited_as": names})
    return ParsedRevision(
        revision=revision.model_copy(update={"stated_dates": find_stated_dates(revision), "document": document}),
        fingerprint=fingerprint,
        text_fingerprint=text_fingerprint,
        clauses=clauses,
        chunks=with_links(split_chunks(revision, clauses), clauses, names),
        definitions=find_definitions(revision, clauses),
        # What is declared of a source does not change when somebody exports it in another language.
        language=recognised(text.canonical_text) or text.language or revision.document.language,
        signature=signature(text.canonical_text),
        notes=text.notes,
    )


@dataclass(frozen=True, slots=True)
class _Table:
    """What is needed to read a table."""

    mapping: TableMapping
    kind: RecordKind

    @property
    def shape(self) -> str:
        return f"{TABLE_STRUCTURE} {self.kind.name} {self.kind.dimensions} {self.mapping.model_dump_json()}"


def _file_hash(path: Path, largest_mb: int) -> str:
    with path.open("rb") as file:
        size = path.stat().st_size
        if size > largest_mb * 1024**2:
            raise UnreadableSourceError(
                f"it has {size / 1024**2:.0f} MB, more than the {largest_mb} MB that are read",
                "split it, or raise TOULMIN_PARSE_LARGEST_MB",
            )
        return hashlib.file_digest(file, "sha256").hexdigest()


def _hash(parts: tuple[str, ...]) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(f"{len(part)}:".encode() + part.encode())
    return digest.hexdigest()


def _guarded(read: Callable[Arguments, Result], *arguments: Arguments.args, **options: Arguments.kwargs) -> Result:
    """Turn a wrong mapping, or an unexpected error, into the quarantine of one source."""
    try:
        return read(*arguments, **options)
    except UnreadableSourceError:
        raise
    except IngestionError as error:
        raise UnreadableSourceError(str(error).rstrip("."), "correct its declaration or mapping") from error
    except OSError as error:
        raise UnreadableSourceError(
            f"it cannot be opened ({error.strerror or error})", "check that it is there and may be read"
        ) from error
    except _UNEXPECTED as error:
        raise UnreadableSourceError(
            f"it could not be read ({type(error).__name__}: {error})", "export it anew, or report it with the file"
        ) from error
