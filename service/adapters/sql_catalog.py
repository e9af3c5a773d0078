"""The Catalog in SQL: what ingestion writes, and the committed generation that makes it visible."""

from collections.abc import AsyncGenerator, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime
from typing import Any, Final, TypeVar

from sqlalchemy import ColumnElement, Table, and_, delete, func, insert, literal, select, union_all, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from ingestion.ports import Held, IngestionError, KnownRevision, ParsedRevision
from ingestion.report import IngestReport
from retrieval.corpus import OPEN
from retrieval.ports import CLAUSES, Vectors
from service.adapters import rows
from service.adapters.database import Database
from service.adapters.ingest_turn import ingest_turn, one_writer
from service.adapters.rows import Cells
from service.adapters.tables import chunks, clauses, embeddings, generations, records, revision_groups, revisions
from service.ports import CommittedReport

_BATCH: Final = 500
"""Values in one statement; SQLite takes 32,766 at most."""

T = TypeVar("T")


class SqlCatalog:
    """An `ingestion.ports.Catalog` in a Database; each call is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def exclusive(self) -> AbstractAsyncContextManager[None]:
        """Keep every other ingest out, of this process or another; IngestionError that says who is at it already."""
        return ingest_turn(self._database)

    async def generation(self) -> int:
        """Read the committed generation; 0 before the first."""
        async with self._database.reading() as connection:
            return await committed(connection)

    async def current(self, tenant: str) -> list[KnownRevision]:
        """List every revision of a tenant that is valid at the committed generation, by document."""
        async with self._database.reading() as connection:
            columns = (
                revisions.c[name]
                for name in ("id", "document_id", "source", "fingerprint", "effective_from", "effective_to")
            )
            valid = _valid_at(await committed(connection))
            query = select(*columns).where(revisions.c.tenant == tenant, valid).order_by(revisions.c.document_id)
            found = await connection.execute(query)
            return [
                KnownRevision(
                    document_id=row.document_id,
                    revision_id=row.id,
                    source=row.source,
                    fingerprint=row.fingerprint,
                    effective_from=rows.day(row.effective_from),
                    effective_to=rows.day(row.effective_to),
                )
                for row in found
            ]

    async def held(self, generation: int) -> list[Held]:
        """Count what the index must hold at a committed generation, of all tenants, retired revisions included."""
        bounds = (revisions.c.valid_from_generation, revisions.c.valid_to_generation)
        begun = revisions.c.valid_from_generation <= generation
        of_chunks = select(chunks.c.revision_id, literal(CLAUSES).label("collection"), func.count().label("points"))
        of_records = select(records.c.revision_id, records.c.kind, func.count())
        async with self._database.reading() as connection:
            inside = union_all(
                of_chunks.group_by(chunks.c.revision_id),
                of_records.group_by(records.c.revision_id, records.c.kind),
            ).subquery()
            query = select(inside, *bounds).join(revisions, revisions.c.id == inside.c.revision_id)
            found = await connection.execute(
                query.where(begun).order_by(revisions.c.valid_from_generation, revisions.c.id)
            )
            return [Held(*row) for row in found]

    async def vectors(self, model: str, text_hashes: Sequence[str]) -> Mapping[str, Sequence[float]]:
        """Read the embeddings that are kept for these texts, where there are any."""
        kept: dict[str, Sequence[float]] = {}
        async with self._database.reading() as connection:
            for batch in _batches(text_hashes):
                found = await connection.execute(
                    select(embeddings.c.text_sha256, embeddings.c.vector).where(
                        embeddings.c.model == model, embeddings.c.text_sha256.in_(batch)
                    )
                )
                kept.update((row.text_sha256, rows.vector_of(row.vector)) for row in found)
        return kept

    async def keep_vectors(self, model: str, text_hashes: Sequence[str], vectors: Vectors) -> None:
        """Keep embeddings; those that are kept already stay as they are."""
        if len(text_hashes) != len(vectors):
            raise IngestionError(f"{len(text_hashes)} texts have {len(vectors)} vectors; embed each text once.")
        if not text_hashes:
            return
        dialect = sqlite if self._database.is_sqlite else postgresql
        statement = dialect.insert(embeddings).on_conflict_do_nothing()
        cells = [
            {"model": model, "text_sha256": text_hash, "vector": rows.vector_bytes(vector)}
            for text_hash, vector in zip(text_hashes, vectors, strict=True)
        ]
        async with self._database.writing() as connection:
            await connection.execute(statement, cells)

    async def stage(self, parsed: ParsedRevision) -> None:
        """Write one revision whole; IngestionError when its id is taken or its generation is committed already."""
        revision = parsed.revision
        groups = sorted(set(revision.document.groups))
        try:
            async with self._changing() as connection:
                await _require_ahead(connection, revision.valid_from_generation)
                await _insert(connection, revisions, [rows.revision_cells(parsed)])
                await _insert(connection, revision_groups, [{"revision_id": revision.id, "name": g} for g in groups])
                await _insert(connection, clauses, map(rows.clause_cells, parsed.clauses))
                await _insert(connection, chunks, map(rows.chunk_cells, parsed.chunks))
                await _insert(connection, records, map(rows.record_cells, parsed.records))
        except IntegrityError as error:
            raise IngestionError(
                f"Revision {revision.id} of {revision.document.id} cannot be written: its id, or that of a clause, "
                f"chunk or record in it, is there already ({error.orig})."
            ) from error

    async def retire(self, generation: int, revision_ids: Sequence[str]) -> None:
        """Let revisions end with `generation`; IngestionError when one of them is not valid before it."""
        async with self._changing() as connection:
            await _require_ahead(connection, generation)
            for batch in _batches(sorted(set(revision_ids))):
                ended = await connection.execute(
                    update(revisions)
                    .where(
                        revisions.c.id.in_(batch),
                        revisions.c.valid_from_generation < generation,
                        revisions.c.valid_to_generation.in_([OPEN, generation]),
                    )
                    .values(valid_to_generation=generation)
                )
                if ended.rowcount != len(batch):
                    raise IngestionError(
                        f"{len(batch) - ended.rowcount} of the revisions {', '.join(batch)} cannot end with generation "
                        f"{generation}: they are unknown or have ended before; run the ingest again."
                    )

    async def commit(
        self, generation: int, report: IngestReport, written: Collection[str], retired: Collection[str]
    ) -> None:
        """Make `generation` the committed one; IngestionError unless it is the next and exactly what was written."""
        async with self._changing() as connection:
            before = await committed(connection)
            if generation != before + 1:
                raise IngestionError(
                    f"Generation {generation} cannot follow generation {before}: another ingest has committed in the "
                    "meantime; run this one again."
                )
            await _require_exactly(connection, revisions.c.valid_from_generation == generation, written)
            await _require_exactly(connection, revisions.c.valid_to_generation == generation, retired)
            cells = {
                "number": generation,
                "committed_at": datetime.now(UTC),
                "report": report.model_dump(mode="json"),
            }
            await connection.execute(insert(generations).values(cells))

    async def discard_uncommitted(self) -> bool:
        """Remove what no committed generation holds and undo what it retired; whether there was anything."""
        async with self._changing() as connection:
            now = await committed(connection)
            removed = await connection.execute(delete(revisions).where(revisions.c.valid_from_generation > now))
            restored = await connection.execute(
                update(revisions)
                .where(revisions.c.valid_to_generation > now, revisions.c.valid_to_generation < OPEN)
                .values(valid_to_generation=OPEN)
            )
            return removed.rowcount + restored.rowcount > 0

    async def parsed(self, revision_id: str) -> ParsedRevision | None:
        """Read a revision with everything in it, from which its points in the index can be made again."""
        async with self._database.reading() as connection:
            row = (await connection.execute(select(revisions).where(revisions.c.id == revision_id))).one_or_none()
            if row is None:
                return None
            revision = rows.revision_of(row)
            return ParsedRevision(
                revision=revision,
                fingerprint=row.fingerprint,
                clauses=tuple(map(rows.clause_of, await _inside(connection, clauses, revision_id))),
                chunks=tuple(rows.chunk_of(one, revision) for one in await _inside(connection, chunks, revision_id)),
                records=tuple(rows.record_of(one, revision) for one in await _inside(connection, records, revision_id)),
            )

    async def reports(self, limit: int = 20) -> list[CommittedReport]:
        """List what the last ingests did, latest first."""
        async with self._database.reading() as connection:
            found = await connection.execute(select(generations).order_by(generations.c.number.desc()).limit(limit))
            return [
                CommittedReport(committed_at=row.committed_at, report=IngestReport.model_validate(row.report))
                for row in found
            ]

    @asynccontextmanager
    async def _changing(self) -> AsyncGenerator[AsyncConnection]:
        """Open a transaction that no other one of an ingest runs beside, so that what it checked stays so."""
        async with self._database.writing() as connection:
            await one_writer(connection)
            yield connection


async def committed(connection: AsyncConnection) -> int:
    """Read the committed generation; 0 before the first."""
    return (await connection.execute(select(func.max(generations.c.number)))).scalar_one() or 0


async def _require_ahead(connection: AsyncConnection, generation: int) -> None:
    now = await committed(connection)
    if generation <= now:
        raise IngestionError(
            f"Generation {generation} is committed already (now {now}) and cannot change; run the ingest again."
        )


async def _require_exactly(connection: AsyncConnection, begun: ColumnElement[bool], expected: Collection[str]) -> None:
    found = set((await connection.execute(select(revisions.c.id).where(begun))).scalars())
    if odd := sorted(found.symmetric_difference(expected)):
        raise IngestionError(
            f"Another ingest has changed {len(odd)} of the revisions of this one in the meantime ({odd[0]}); nothing "
            "was committed. Run it again."
        )


async def _insert(connection: AsyncConnection, table: Table, cells: Iterable[Cells]) -> None:
    if written := [dict(row) for row in cells]:
        await connection.execute(insert(table), written)


async def _inside(connection: AsyncConnection, table: Table, revision_id: str) -> Sequence[Any]:
    query = (
        select(table).where(table.c.revision_id == revision_id).order_by(table.c.span_start, table.c.span_end.desc())
    )
    return (await connection.execute(query)).all()


def _valid_at(generation: int) -> ColumnElement[bool]:
    return and_(revisions.c.valid_from_generation <= generation, revisions.c.valid_to_generation > generation)


def _batches(values: Sequence[T]) -> Iterator[Sequence[T]]:
    return (values[start : start + _BATCH] for start in range(0, len(values), _BATCH))
