"""Ingestions in SQL: what was asked, how far each is, and what it staged that nobody sees yet."""

from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

from sqlalchemy import Row, Table, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from ingestion.ingests import (
    Ingestion,
    IngestionState,
    Outline,
    ParsedRevision,
    Planned,
    Settled,
    SourceCheck,
    Staged,
    Standing,
)
from ingestion.ports import IngestionError
from ingestion.report import IngestReport
from retrieval.corpus import OPEN
from service.adapters import rows
from service.adapters.database import Database
from service.adapters.ingest_turn import one_writer
from service.adapters.rows import Cells
from service.adapters.sql_checks import note_checks, read_checks
from service.adapters.statements import batched, insert_all
from service.adapters.tables import (
    chunks,
    clauses,
    definitions,
    ingestions,
    planned_documents,
    records,
    revision_groups,
    revisions,
)

_EARLY: Final = ("queued", "planning", "staging")
_OVER: Final = ("committed", "failed", "cancelled")


class SqlIngestions:
    """The part of a Catalog that an ingest writes before anything of it has a generation."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def open(self, ingestion: Ingestion) -> Ingestion:
        """Write down a new ingestion, or give the one that has this id already."""
        cells = ingestion.model_dump(mode="json", include={"id", "tenant", "request", "state", *_COUNTS})
        statement = self.insert(ingestions).on_conflict_do_nothing()
        async with self._database.writing() as connection:
            await connection.execute(statement, [cells | {"requested_at": ingestion.requested_at}])
            return _ingestion_of(await _row(connection, ingestion.id))

    async def ingestion(self, ingestion_id: str, tenant: str) -> Ingestion | None:
        """Read an ingestion."""
        query = select(*_TOLD).where(ingestions.c.id == ingestion_id, ingestions.c.tenant == tenant)
        async with self._database.reading() as connection:
            row = (await connection.execute(query)).one_or_none()
            return None if row is None else _ingestion_of(row)

    async def standing(self, ingestion_id: str, tenant: str) -> Standing | None:
        """Read how far an ingestion is; None when there is none."""
        query = select(*(ingestions.c[name] for name in ("state", *_COUNTS)))
        async with self._database.reading() as connection:
            mine = (ingestions.c.id == ingestion_id, ingestions.c.tenant == tenant)
            row = (await connection.execute(query.where(*mine))).one_or_none()
            return None if row is None else Standing(*row)

    async def ingestions(self, tenant: str, limit: int = 50) -> list[Ingestion]:
        """List the last ingestions, latest first."""
        query = select(*_TOLD).where(ingestions.c.tenant == tenant)
        latest = query.order_by(ingestions.c.requested_at.desc(), ingestions.c.id.desc()).limit(limit)
        async with self._database.reading() as connection:
            return [_ingestion_of(row) for row in await connection.execute(latest)]

    async def unfinished(self, tenant: str) -> list[Ingestion]:
        """List the ingestions that are not over, the first one first."""
        query = select(*_TOLD).where(ingestions.c.tenant == tenant, ingestions.c.state.not_in(_OVER))
        async with self._database.reading() as connection:
            found = await connection.execute(query.order_by(ingestions.c.requested_at, ingestions.c.id))
            return [_ingestion_of(row) for row in found]

    async def orphaned(self, tenant: str) -> list[str]:
        """Name the ingestions that failed or were cancelled and of which something planned or staged is left."""
        planned = select(planned_documents.c.ingestion_id)
        staged = select(revisions.c.ingestion_id).where(revisions.c.valid_from_generation == OPEN)
        left = ingestions.c.id.in_(planned) | ingestions.c.id.in_(staged)
        query = select(ingestions.c.id).where(
            ingestions.c.tenant == tenant, ingestions.c.state.in_(("failed", "cancelled")), left
        )
        async with self._database.reading() as connection:
            return list((await connection.execute(query.order_by(ingestions.c.id))).scalars())

    async def move(self, ingestion_id: str, state: IngestionState, *, error: str | None = None, **counts: int) -> None:
        """Write down how far an ingestion is, and counts by name; one that is over stays as it is."""
        if unknown := counts.keys() - set(_COUNTS):
            raise IngestionError(f"An ingestion does not count {', '.join(sorted(unknown))}.")
        going_on = (ingestions.c.id == ingestion_id, ingestions.c.state.not_in(_OVER))
        async with self._database.writing() as connection:
            await connection.execute(update(ingestions).where(*going_on).values(state=state, error=error, **counts))

    async def withdraw(self, ingestion_id: str, tenant: str) -> bool:
        """Cancel an ingestion unless it commits already or is over, in one statement."""
        mine = (ingestions.c.id == ingestion_id, ingestions.c.tenant == tenant)
        early = ingestions.c.state.in_(_EARLY)
        async with self._database.writing() as connection:
            done = await connection.execute(update(ingestions).where(*mine, early).values(state="cancelled"))
            return done.rowcount == 1

    async def add_embedded(self, ingestion_id: str, texts: int) -> None:
        """Count texts that were embedded for an ingestion."""
        more = update(ingestions).where(ingestions.c.id == ingestion_id).values(embedded=ingestions.c.embedded + texts)
        async with self._database.writing() as connection:
            await connection.execute(more)

    async def plan(self, ingestion_id: str, planned: Sequence[Planned], outline: Outline) -> None:
        """Write down what an ingest is to do, instead of what was planned and staged before."""
        async with self._database.writing() as connection:
            await _forget(connection, ingestion_id)
            cells = (
                {**_planned_cells(one), "ingestion_id": ingestion_id, "position": n} for n, one in enumerate(planned)
            )
            await insert_all(connection, planned_documents, cells)
            await connection.execute(
                update(ingestions)
                .where(ingestions.c.id == ingestion_id)
                .values(outline=outline.model_dump(mode="json"), documents=len(planned), settled=0, written=0)
            )

    async def outline(self, ingestion_id: str) -> Outline:
        """Read what an ingest found before it read anything new."""
        async with self._database.reading() as connection:
            return Outline.model_validate((await _row(connection, ingestion_id)).outline or {})

    async def planned(self, ingestion_id: str, batch: int) -> list[Planned]:
        """List the documents of one batch that are not settled yet."""
        mine = (planned_documents.c.ingestion_id == ingestion_id, planned_documents.c.batch == batch)
        waiting = select(planned_documents).where(*mine, planned_documents.c.outcome.is_(None))
        async with self._database.reading() as connection:
            found = await connection.execute(waiting.order_by(planned_documents.c.position))
            return [Planned(row.document_id, row.batch, row.source, row.fingerprint, row.replaces) for row in found]

    async def settle(self, ingestion_id: str, settled: Sequence[Settled]) -> None:
        """Write what became of planned documents, with what was parsed, in one transaction; settled ones stay."""
        async with self._changing() as connection:
            waiting = await _waiting(connection, ingestion_id, [one.document_id for one in settled])
            taken = [one for one in settled if one.document_id in waiting]
            await _stage(connection, ingestion_id, [one.parsed for one in taken if one.parsed is not None])
            for one in taken:
                await _settle(connection, one, waiting[one.document_id])
            more = {"settled": ingestions.c.settled + len(taken)}
            await connection.execute(update(ingestions).where(ingestions.c.id == ingestion_id).values(more))

    async def settled(self, ingestion_id: str) -> list[Staged]:
        """List what became of the documents of an ingest, in the order of the plan."""
        done = select(planned_documents.c.outcome).where(
            planned_documents.c.ingestion_id == ingestion_id, planned_documents.c.outcome.is_not(None)
        )
        async with self._database.reading() as connection:
            found = await connection.execute(done.order_by(planned_documents.c.position))
            return [Staged.model_validate(outcome) for outcome in found.scalars()]

    async def finish(self, ingestion_id: str, report: IngestReport, checks: Sequence[SourceCheck] = ()) -> None:
        """Close an ingestion that changed nothing with its report, and `checks` as in `commit`."""
        async with self._database.writing() as connection:
            await close(connection, ingestion_id, report, checks)

    async def discard(self, ingestion_id: str) -> None:
        """Remove what an ingest staged and planned, and nothing that was committed."""
        async with self._database.writing() as connection:
            await _forget(connection, ingestion_id)

    async def checks(self, tenant: str) -> list[SourceCheck]:
        """List when the sources were last taken or found unchanged that have an owner's wish for how often."""
        async with self._database.reading() as connection:
            return await read_checks(connection, tenant)

    @asynccontextmanager
    async def _changing(self) -> AsyncGenerator[AsyncConnection]:
        """Open a transaction that no other one of an ingest runs beside, so that what it checked stays so."""
        async with self._database.writing() as connection:
            await one_writer(connection)
            yield connection

    def insert(self, table: Table) -> sqlite.Insert | postgresql.Insert:
        """Begin an INSERT that may pass over rows that are there."""
        return (sqlite if self._database.is_sqlite else postgresql).insert(table)


async def close(
    connection: AsyncConnection, ingestion_id: str, report: IngestReport, checks: Sequence[SourceCheck]
) -> None:
    """Let an ingestion be over, with its report and the sources that it looked at, and forget its plan."""
    tenant = (await connection.execute(select(ingestions.c.tenant).where(ingestions.c.id == ingestion_id))).scalar_one()
    await note_checks(connection, tenant, checks)
    await connection.execute(delete(planned_documents).where(planned_documents.c.ingestion_id == ingestion_id))
    done = {"state": "committed", "generation": report.generation, "report": report.model_dump(mode="json")}
    await connection.execute(
        update(ingestions).where(ingestions.c.id == ingestion_id).values(**done, outline=None, error=None)
    )


_COUNTS: Final = ("sources", "documents", "settled", "written", "embedded")
_TOLD: Final = tuple(column for column in ingestions.c if column.name != "outline")
"""What an Ingestion is made of; its outline names every source."""


async def _row(connection: AsyncConnection, ingestion_id: str) -> Row[Any]:
    row = (await connection.execute(select(ingestions).where(ingestions.c.id == ingestion_id))).one_or_none()
    if row is None:
        raise IngestionError(f"There is no ingestion {ingestion_id}; list them with `toulmin ingest list`.")
    return row


def _ingestion_of(row: Row[Any]) -> Ingestion:
    return Ingestion(
        id=row.id,
        tenant=row.tenant,
        request=row.request,
        state=row.state,
        requested_at=row.requested_at,
        generation=row.generation,
        report=row.report,
        error=row.error,
        **{name: getattr(row, name) for name in _COUNTS},
    )


def _planned_cells(planned: Planned) -> Mapping[str, Any]:
    return {
        "batch": planned.batch,
        "document_id": planned.document_id,
        "source": dict(planned.source),
        "fingerprint": planned.fingerprint,
        "replaces": planned.replaces,
    }


async def _forget(connection: AsyncConnection, ingestion_id: str) -> None:
    staged = (revisions.c.ingestion_id == ingestion_id, revisions.c.valid_from_generation == OPEN)
    await connection.execute(delete(revisions).where(*staged))
    await connection.execute(delete(planned_documents).where(planned_documents.c.ingestion_id == ingestion_id))


async def _waiting(connection: AsyncConnection, ingestion_id: str, document_ids: Sequence[str]) -> dict[str, Row[Any]]:
    """Give the rows of planned documents that are not settled, by document."""
    columns = [
        planned_documents.c[name] for name in ("ingestion_id", "position", "document_id", "fingerprint", "replaces")
    ]
    mine = select(*columns).where(
        planned_documents.c.ingestion_id == ingestion_id, planned_documents.c.outcome.is_(None)
    )
    waiting: dict[str, Row[Any]] = {}
    for batch in batched(document_ids):
        found = await connection.execute(mine.where(planned_documents.c.document_id.in_(batch)))
        waiting |= {row.document_id: row for row in found}
    return waiting


async def _stage(connection: AsyncConnection, ingestion_id: str, parsed: Sequence[ParsedRevision]) -> None:
    """Write revisions whole, with no generation."""
    begun = [_without_generation(one) for one in parsed]
    try:
        await insert_all(connection, revisions, (rows.revision_cells(one, ingestion_id) for one in begun))
        await insert_all(connection, revision_groups, (cells for one in begun for cells in _group_cells(one)))
        await insert_all(connection, clauses, (rows.clause_cells(clause) for one in begun for clause in one.clauses))
        await insert_all(connection, chunks, (rows.chunk_cells(chunk) for one in begun for chunk in one.chunks))
        await insert_all(connection, records, (rows.record_cells(record) for one in begun for record in one.records))
        await insert_all(
            connection,
            definitions,
            (rows.definition_cells(term, one.revision.id) for one in begun for term in one.definitions),
        )
    except IntegrityError as error:
        raise IngestionError(
            f"A revision of {', '.join(one.revision.document.id for one in begun)} cannot be written: its id, or that "
            f"of a clause, chunk or record in it, is there already ({error.orig})."
        ) from error


def _without_generation(parsed: ParsedRevision) -> ParsedRevision:
    bounds = {"valid_from_generation": OPEN, "valid_to_generation": OPEN}
    return parsed.model_copy(update={"revision": parsed.revision.model_copy(update=bounds)})


def _group_cells(parsed: ParsedRevision) -> Iterator[Cells]:
    for group in sorted(set(parsed.revision.document.groups)):
        yield {"revision_id": parsed.revision.id, "name": group}


async def _settle(connection: AsyncConnection, settled: Settled, planned: Row[Any]) -> None:
    mine = (
        planned_documents.c.ingestion_id == planned.ingestion_id,
        planned_documents.c.position == planned.position,
    )
    outcome = settled.staged(planned.replaces).model_dump(mode="json")
    await connection.execute(update(planned_documents).where(*mine).values(outcome=outcome))
    if settled.same and planned.replaces is not None:
        learnt = update(revisions).where(revisions.c.id == planned.replaces)
        await connection.execute(learnt.values(fingerprint=planned.fingerprint))
