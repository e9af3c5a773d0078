"""The Catalog in SQL: what ingestion writes, and the committed generation that makes it visible."""

from collections.abc import Collection, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime
from itertools import groupby
from operator import attrgetter
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, Table, and_, func, insert, literal, select, union_all, update
from sqlalchemy.ext.asyncio import AsyncConnection

from ingestion.ingests import Expired, KnownRevision, ParsedRevision, PointCount, SourceCheck
from ingestion.ports import IngestionError, SupersededError
from ingestion.report import IngestReport
from retrieval.corpus import OPEN
from retrieval.ports import CLAUSES, Vectors
from service.adapters import rows
from service.adapters.ingest_turn import ingest_turn
from service.adapters.sql_checks import forget_checks
from service.adapters.sql_ingestions import SqlIngestions, close
from service.adapters.sql_retention import expire
from service.adapters.statements import batched
from service.adapters.tables import (
    chunks,
    clauses,
    definitions,
    embeddings,
    generations,
    ingestions,
    planned_documents,
    records,
    revisions,
)
from service.ports import CommittedReport


class SqlCatalog(SqlIngestions):
    """An `ingestion.ports.Catalog` in a Database; each call is one transaction."""

    def exclusive(self) -> AbstractAsyncContextManager[None]:
        """Keep every other commit out, of this process or another, waiting for those that came before."""
        return ingest_turn(self._database)

    async def generation(self) -> int:
        """Read the committed generation; 0 before the first."""
        async with self._database.reading() as connection:
            return await committed(connection)

    async def current(self, tenant: str) -> list[KnownRevision]:
        """List every revision of a tenant that is valid at the committed generation, by document."""
        async with self._database.reading() as connection:
            return await _known(connection, revisions.c.tenant == tenant, _valid_at(await committed(connection)))

    async def at(self, tenant: str, generation: int) -> list[KnownRevision]:
        """List every revision of a tenant that was valid at a committed generation, by document."""
        async with self._database.reading() as connection:
            await _require_retained(connection, generation)
            return await _known(connection, revisions.c.tenant == tenant, _valid_at(generation))

    async def known(self, revision_ids: Sequence[str]) -> list[KnownRevision]:
        """Read what is known of these revisions, with their signatures."""
        found: list[KnownRevision] = []
        async with self._database.reading() as connection:
            for batch in batched(revision_ids):
                query = select(*_KNOWN, revisions.c.signature).where(revisions.c.id.in_(batch))
                rows_of = await connection.execute(query.order_by(revisions.c.document_id))
                found += [rows.known_of(row, row.signature) for row in rows_of]
        return found

    async def counts(self, generation: int) -> list[PointCount]:
        """Count what the index must hold at a committed generation, of all tenants, retired revisions included."""
        bounds = (revisions.c.valid_from_generation, revisions.c.valid_to_generation)
        begun = revisions.c.valid_from_generation <= generation
        of_chunks = select(revisions.c.id, literal(CLAUSES), revisions.c.chunk_count, *bounds).where(
            begun, revisions.c.chunk_count > 0
        )
        of_records = (
            select(records.c.revision_id, records.c.kind, func.count(), *bounds)
            .join(revisions, revisions.c.id == records.c.revision_id)
            .where(begun, revisions.c.record_count > 0)
            .group_by(records.c.revision_id, records.c.kind, *bounds)
        )
        async with self._database.reading() as connection:
            found = (await connection.execute(union_all(of_chunks, of_records))).all()
        return sorted((PointCount(*row) for row in found), key=lambda one: (one.valid_from_generation, one.revision_id))

    async def vectors(self, model: str, text_hashes: Sequence[str]) -> Mapping[str, bytes]:
        """Read the embeddings that are kept for these texts, where there are any: little-endian float32."""
        kept: dict[str, bytes] = {}
        async with self._database.reading() as connection:
            for batch in batched(text_hashes):
                query = select(embeddings.c.text_sha256, embeddings.c.vector).where(
                    embeddings.c.model == model, embeddings.c.text_sha256.in_(batch)
                )
                kept |= {row.text_sha256: row.vector for row in await connection.execute(query)}
        return kept

    async def kept(self, model: str, text_hashes: Sequence[str]) -> AbstractSet[str]:
        """Tell of which texts an embedding is kept."""
        found: set[str] = set()
        async with self._database.reading() as connection:
            for batch in batched(text_hashes):
                query = select(embeddings.c.text_sha256).where(
                    embeddings.c.model == model, embeddings.c.text_sha256.in_(batch)
                )
                found |= set((await connection.execute(query)).scalars())
        return found

    async def keep_vectors(self, model: str, text_hashes: Sequence[str], vectors: Vectors) -> None:
        """Keep embeddings; those that are kept already stay as they are."""
        if len(text_hashes) != len(vectors):
            raise IngestionError(f"{len(text_hashes)} texts have {len(vectors)} vectors; embed each text once.")
        if not text_hashes:
            return
        cells = [
            {"model": model, "text_sha256": text_hash, "vector": rows.vector_bytes(vector)}
            for text_hash, vector in zip(text_hashes, vectors, strict=True)
        ]
        async with self._database.writing() as connection:
            await connection.execute(self.insert(embeddings).on_conflict_do_nothing(), cells)

    async def parsed(self, revision_ids: Sequence[str]) -> list[ParsedRevision]:
        """Read revisions with everything in them, in the order asked for; unknown ones are left out."""
        async with self._database.reading() as connection:
            of_clauses = await _inside(connection, clauses, revision_ids)
            return [
                parsed.model_copy(
                    update={"clauses": tuple(map(rows.clause_of, of_clauses.get(parsed.revision.id, ())))}
                )
                for parsed in await _contents(connection, revision_ids)
            ]

    async def contents(self, revision_ids: Sequence[str]) -> list[ParsedRevision]:
        """Read revisions with what their points in the index are made of: chunks, definitions, records, and no more."""
        async with self._database.reading() as connection:
            return await _contents(connection, revision_ids)

    async def assign(self, ingestion_id: str, generation: int) -> list[str]:
        """Give what an ingest staged to a generation that is not committed yet; returns the revisions.

        SupersededError when a document has another revision now than the one that was planned to be replaced.
        """
        async with self._changing() as connection:
            now = await committed(connection)
            if generation <= now:
                raise IngestionError(f"Generation {generation} is committed already (now {now}) and cannot change.")
            await _refuse_superseded(connection, ingestion_id, now)
            staged = and_(revisions.c.ingestion_id == ingestion_id, revisions.c.valid_from_generation == OPEN)
            found = await connection.execute(select(revisions.c.id).where(staged).order_by(revisions.c.document_id))
            ids = list(found.scalars())
            await connection.execute(update(revisions).where(staged).values(valid_from_generation=generation))
            return ids

    async def set_families(self, families: Mapping[str, str]) -> None:
        """Give uncommitted revisions their family."""
        async with self._changing() as connection:
            now = await committed(connection)
            for revision_id, family in families.items():
                ours = (revisions.c.id == revision_id, revisions.c.valid_from_generation > now)
                await connection.execute(update(revisions).where(*ours).values(family=family))

    async def signatures(self, tenant: str) -> Mapping[str, tuple[str | None, tuple[int, ...]]]:
        """Read family and MinHash signature of every revision that is valid, or about to be, and has one."""
        columns = (revisions.c.id, revisions.c.family, revisions.c.signature)
        valid = (revisions.c.valid_to_generation == OPEN, revisions.c.valid_from_generation < OPEN)
        query = select(*columns).where(revisions.c.tenant == tenant, revisions.c.signature.is_not(None), *valid)
        async with self._database.reading() as connection:
            found = await connection.execute(query.order_by(revisions.c.valid_from_generation, revisions.c.id))
            return {row.id: (row.family, rows.signature_of(row.signature)) for row in found}

    async def retire(self, generation: int, revision_ids: Sequence[str]) -> None:
        """Let revisions end with `generation`; IngestionError when one of them is not valid before it."""
        async with self._changing() as connection:
            for batch in batched(sorted(set(revision_ids))):
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
        self,
        ingestion_id: str,
        report: IngestReport,
        written: Collection[str],
        retired: Collection[str],
        checks: Sequence[SourceCheck] = (),
    ) -> None:
        """Make the report's generation the committed one and close the ingestion with it, in one transaction.

        IngestionError unless it is the next one and exactly what was written. `checks` become those of their documents.
        """
        generation = report.generation
        async with self._changing() as connection:
            before = await committed(connection)
            if generation != before + 1:
                raise IngestionError(
                    f"Generation {generation} cannot follow generation {before}: another ingest has committed in the "
                    "meantime; run this one again."
                )
            await _require_exactly(connection, revisions.c.valid_from_generation == generation, written)
            await _require_exactly(connection, revisions.c.valid_to_generation == generation, retired)
            cells = {"number": generation, "committed_at": datetime.now(UTC), "report": report.model_dump(mode="json")}
            await connection.execute(insert(generations).values(cells))
            await forget_checks(connection, ingestion_id, report.removed)
            await close(connection, ingestion_id, report, checks)

    async def undo_uncommitted(self) -> bool:
        """Take back every generation and end that was given but not committed; what was staged stays staged."""
        async with self._changing() as connection:
            now = await committed(connection)
            beyond = (revisions.c.valid_from_generation > now, revisions.c.valid_from_generation < OPEN)
            given = await connection.execute(update(revisions).where(*beyond).values(valid_from_generation=OPEN))
            ended = (revisions.c.valid_to_generation > now, revisions.c.valid_to_generation < OPEN)
            restored = await connection.execute(update(revisions).where(*ended).values(valid_to_generation=OPEN))
            return given.rowcount + restored.rowcount > 0

    async def expire(self, before: int) -> Expired:
        """Forget revisions that ended with generation `before` or earlier, keeping the texts that decisions cite."""
        async with self._changing() as connection:
            if before > await committed(connection):
                raise IngestionError(f"Generation {before} is not committed yet; name an earlier one.")
            return await expire(connection, before)

    async def reports(self, limit: int = 20) -> list[CommittedReport]:
        """List what the last ingests did, latest first."""
        async with self._database.reading() as connection:
            found = await connection.execute(select(generations).order_by(generations.c.number.desc()).limit(limit))
            return [
                CommittedReport(committed_at=row.committed_at, report=IngestReport.model_validate(row.report))
                for row in found
            ]


async def committed(connection: AsyncConnection) -> int:
    """Read the committed generation; 0 before the first."""
    return (await connection.execute(select(func.max(generations.c.number)))).scalar_one() or 0


_KNOWN: Final = tuple(
    revisions.c[name]
    for name in (
        "id",
        "document_id",
        "source",
        "fingerprint",
        "text_fingerprint",
        "characters",
        "clause_count",
        "record_count",
        "language",
        "family",
    )
)


async def _known(connection: AsyncConnection, *where: ColumnElement[bool]) -> list[KnownRevision]:
    query = select(*_KNOWN).where(*where).order_by(revisions.c.document_id)
    return [rows.known_of(row) for row in await connection.execute(query)]


async def _refuse_superseded(connection: AsyncConnection, ingestion_id: str, now: int) -> None:
    """Raise SupersededError unless every document still has the revision, or none, that the plan saw."""
    valid = and_(
        revisions.c.document_id == planned_documents.c.document_id,
        revisions.c.tenant == select(ingestions.c.tenant).where(ingestions.c.id == ingestion_id).scalar_subquery(),
        _valid_at(now),
    )
    columns = (planned_documents.c.document_id, planned_documents.c.replaces, revisions.c.id.label("there"))
    plan = select(*columns).select_from(planned_documents.outerjoin(revisions, valid))
    for row in await connection.execute(plan.where(planned_documents.c.ingestion_id == ingestion_id)):
        if row.there != row.replaces:
            raise SupersededError(
                f"Another ingest has committed {row.document_id} in the meantime; what it holds now is compared anew."
            )


async def _require_exactly(connection: AsyncConnection, begun: ColumnElement[bool], expected: Collection[str]) -> None:
    found = set((await connection.execute(select(revisions.c.id).where(begun))).scalars())
    if odd := sorted(found.symmetric_difference(expected)):
        raise IngestionError(
            f"Another ingest has changed {len(odd)} of the revisions of this one in the meantime ({odd[0]}); nothing "
            "was committed. Run it again."
        )


async def _require_retained(connection: AsyncConnection, generation: int) -> None:
    numbers = (await connection.execute(select(generations.c.number, generations.c.retained))).all()
    kept = sorted(row.number for row in numbers if row.retained)
    if generation not in kept:
        there = f"{kept[0]} to {kept[-1]}" if kept else "none"
        raise IngestionError(f"Generation {generation} is not there (any more); these are: {there}.")


async def _contents(connection: AsyncConnection, revision_ids: Sequence[str]) -> list[ParsedRevision]:
    found: dict[str, ParsedRevision] = {}
    for batch in batched(revision_ids):
        of_chunks = await _inside(connection, chunks, batch)
        of_definitions = await _inside(connection, definitions, batch)
        of_records = await _inside(connection, records, batch)
        for row in await connection.execute(select(revisions).where(revisions.c.id.in_(batch))):
            revision = rows.revision_of(row)
            found[row.id] = ParsedRevision(
                revision=revision,
                fingerprint=row.fingerprint,
                text_fingerprint=row.text_fingerprint,
                chunks=tuple(rows.chunk_of(one, revision) for one in of_chunks.get(row.id, ())),
                definitions=tuple(map(rows.definition_of, of_definitions.get(row.id, ()))),
                records=tuple(rows.record_of(one, revision) for one in of_records.get(row.id, ())),
                language=row.language,
                signature=rows.signature_of(row.signature) if row.signature else (),
            )
    return [found[revision_id] for revision_id in revision_ids if revision_id in found]


async def _inside(
    connection: AsyncConnection, table: Table, revision_ids: Sequence[str]
) -> Mapping[str, Sequence[Row[Any]]]:
    """Read the rows of a table that belong to revisions, in the order of their text."""
    inside: dict[str, Sequence[Row[Any]]] = {}
    for batch in batched(revision_ids):
        query = select(table).where(table.c.revision_id.in_(batch))
        found = await connection.execute(
            query.order_by(table.c.revision_id, table.c.span_start, table.c.span_end.desc())
        )
        inside |= {key: list(group) for key, group in groupby(found, key=attrgetter("revision_id"))}
    return inside


def _valid_at(generation: int) -> ColumnElement[bool]:
    return and_(revisions.c.valid_from_generation <= generation, revisions.c.valid_to_generation > generation)
