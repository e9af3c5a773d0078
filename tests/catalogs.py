"""Revisions for tests of the catalog, and the phases of an ingest of them as far as a test wants."""

from datetime import UTC, date, datetime
from hashlib import sha256
from itertools import count

from ingestion.ingests import Ingestion, IngestRequest, Outline, ParsedRevision, Planned, Settled
from ingestion.report import IngestReport
from retrieval.corpus import (
    DEFAULT_TENANT,
    Chunk,
    Clause,
    Definition,
    Document,
    Record,
    Revision,
    Span,
    StatedDate,
)
from service.adapters.sql_catalog import SqlCatalog

TEXT = "1 Scope\nThis policy applies to all loans.\n2 Limits\nNo loan exceeds 80 %.\nrow 1"
NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


def parsed(revision_id: str, document_id: str = "policy") -> ParsedRevision:
    """Make a revision with two clauses, two chunks and a record."""
    digest = sha256(TEXT.encode()).hexdigest()
    clauses = tuple(
        Clause(
            revision_id=revision_id,
            document_id=document_id,
            key=key,
            title=title,
            headings=("Policy", title),
            parent=None,
            references=("other#3",),
            span=Span(start=start, end=end, page=1),
            text_sha256=sha256(TEXT[start:end].encode()).hexdigest(),
        )
        for key, title, start, end in (("1", "Scope", 0, 42), ("2", "Limits", 42, 74))
    )
    return ParsedRevision(
        revision=Revision(
            id=revision_id,
            document=Document(id=document_id, title="Policy", source="p.md", owner="legal", groups=("public", "b")),
            content_sha256=digest,
            canonical_text=TEXT,
            page_starts=(0, 42),
            effective_from=date(2026, 1, 1),
            stated_dates=(StatedDate(kind="in_force", day=date(2026, 1, 1), span=Span(start=0, end=7)),),
        ),
        fingerprint="f" * 64,
        text_fingerprint="t" * 64,
        definitions=(Definition(term="loan", clause_key="1", span=Span(start=38, end=42)),),
        language="en",
        signature=(1, 2**32 - 1, 7),
        clauses=clauses,
        chunks=tuple(
            Chunk(
                id=f"{revision_id}-{clause.key}",
                revision_id=revision_id,
                document_id=document_id,
                clause_key=clause.key,
                headings=clause.headings,
                span=clause.span,
                text=TEXT[clause.span.start : clause.span.end],
            )
            for clause in clauses
        ),
        records=(
            Record(
                id="sale-1",
                revision_id=revision_id,
                document_id=document_id,
                kind="sale",
                values={"price": 215000, "zone": "RL", "pool": None, "ratio": 0.25, "new": True},
                observed_on=date(2010, 5, 1),
                latitude=42.05,
                longitude=-93.62,
                vector=(0.5, -1.25),
                span=Span(start=74, end=79),
            ),
        ),
    )


def in_tenant(tenant: str, one: ParsedRevision) -> ParsedRevision:
    """Give a revision to another tenant."""
    document = one.revision.document.model_copy(update={"tenant": tenant})
    return one.model_copy(update={"revision": one.revision.model_copy(update={"document": document})})


NUMBERS = count(1)


async def opened(catalog: SqlCatalog, *revisions: ParsedRevision, replaces: str | None = None) -> Ingestion:
    """Open and plan an ingest of these revisions."""
    tenant = revisions[0].revision.document.tenant if revisions else DEFAULT_TENANT
    asked = Ingestion(id=f"ing_{next(NUMBERS)}", tenant=tenant, request=IngestRequest(), requested_at=NOON)
    ingestion = await catalog.open(asked)
    planned = [Planned(one.revision.document.id, 0, {"path": "p.md"}, "f" * 64, replaces) for one in revisions]
    await catalog.plan(ingestion.id, planned, Outline())
    return ingestion


async def staged(catalog: SqlCatalog, *revisions: ParsedRevision, replaces: str | None = None) -> Ingestion:
    """Stage these revisions."""
    ingestion = await opened(catalog, *revisions, replaces=replaces)
    await catalog.settle(ingestion.id, [Settled(one.revision.document.id, parsed=one) for one in revisions])
    return ingestion


async def committed(
    catalog: SqlCatalog, generation: int, *revisions: ParsedRevision, retired: tuple[str, ...] = ()
) -> IngestReport:
    """Stage and commit these revisions, of one document or of new ones."""
    ingestion = await staged(catalog, *revisions, replaces=retired[0] if retired and revisions else None)
    written = await catalog.assign(ingestion.id, generation)
    await catalog.retire(generation, retired)
    report = IngestReport(generation=generation)
    await catalog.commit(ingestion.id, report, written, retired)
    return report


async def known(catalog: SqlCatalog) -> set[str]:
    """Name the revisions that are valid now."""
    return {one.revision_id for one in await catalog.current(DEFAULT_TENANT)}
