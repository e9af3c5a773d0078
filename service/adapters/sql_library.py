"""The Library in SQL: stored texts, read under a scope."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from sqlalchemy import Row, Select, func, select, tuple_

from decision.pack import Table
from retrieval.corpus import Clause, Revision
from retrieval.ports import RetrievalError
from retrieval.scope import ReadScope
from service.adapters import rows
from service.adapters.database import Database
from service.adapters.sql_catalog import committed
from service.adapters.sql_conditions import visible
from service.adapters.tables import clauses, records, revisions
from service.ports import SourceEntry

_BATCH: Final = 400


class SqlLibrary:
    """A `service.ports.SourceLibrary` in a Database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def generation(self) -> int:
        """Read the number of the committed generation; 0 before anything was ingested."""
        async with self._database.reading() as connection:
            return await committed(connection)

    async def revision(self, revision_id: str, scope: ReadScope) -> Revision | None:
        """Read a revision with its canonical text."""
        row = await self._first(select(revisions).where(revisions.c.id == revision_id, visible(scope)))
        return None if row is None else rows.revision_of(row)

    async def clause(self, document_id: str, key: str, scope: ReadScope) -> Clause | None:
        """Read the clause as it stands in the revision that the scope sees; of several, the one in force latest."""
        row = await self._first(
            select(clauses)
            .join(revisions, revisions.c.id == clauses.c.revision_id)
            .where(clauses.c.document_id == document_id, clauses.c.key == key, visible(scope))
            .order_by(*_LATEST_FIRST)
        )
        return None if row is None else rows.clause_of(row)

    async def tables(self, scope: ReadScope) -> list[Table]:
        """List the tables that a scope sees: document, revision, kind, how many records, the latest day."""
        latest = func.max(records.c.observed_on)
        query = (
            select(revisions.c.document_id, revisions.c.id, records.c.kind, func.count(), latest)
            .join(records, records.c.revision_id == revisions.c.id)
            .where(visible(scope))
            .group_by(revisions.c.document_id, revisions.c.id, records.c.kind)
            .order_by(revisions.c.document_id, records.c.kind)
        )
        async with self._database.reading() as connection:
            found = (await connection.execute(query)).all()
        return [Table(name, revision, kind, count, date.fromordinal(day)) for name, revision, kind, count, day in found]

    async def clause_hashes(self, scope: ReadScope, references: Sequence[str]) -> Mapping[str, str]:
        """Read the SHA-256 of the text of each clause (`document#key`); what the scope does not see is left out."""
        pairs = sorted({_pair(reference) for reference in references})
        hashes: dict[str, str] = {}
        async with self._database.reading() as connection:
            for start in range(0, len(pairs), _BATCH):
                found = await connection.execute(
                    select(clauses.c.document_id, clauses.c.key, clauses.c.text_sha256)
                    .join(revisions, revisions.c.id == clauses.c.revision_id)
                    .where(
                        tuple_(clauses.c.document_id, clauses.c.key).in_(pairs[start : start + _BATCH]), visible(scope)
                    )
                    .order_by(*_LATEST_FIRST)
                )
                for row in found:
                    hashes.setdefault(f"{row.document_id}#{row.key}", row.text_sha256)
        return hashes

    async def sources(self, scope: ReadScope) -> list[SourceEntry]:
        """List every revision that the reader sees, by title."""
        query = select(*(column for column in revisions.c if column.name != "canonical_text"))
        async with self._database.reading() as connection:
            found = await connection.execute(query.where(visible(scope)).order_by(revisions.c.title, revisions.c.id))
            return [_entry(row) for row in found]

    async def _first(self, query: Select[Any]) -> Row[Any] | None:
        async with self._database.reading() as connection:
            return (await connection.execute(query.limit(1))).one_or_none()


_LATEST_FIRST: Final = (revisions.c.effective_from.desc(), revisions.c.valid_from_generation.desc(), revisions.c.id)


def _pair(reference: str) -> tuple[str, str]:
    document_id, separator, key = reference.partition("#")
    if not separator:
        raise RetrievalError(f"{reference}: expected a clause as document#key.")
    return document_id, key


def _entry(row: Row[Any]) -> SourceEntry:
    return SourceEntry(
        document=rows.document_of(row),
        revision_id=row.id,
        content_sha256=row.content_sha256,
        effective_from=rows.day(row.effective_from),
        effective_to=rows.day(row.effective_to),
        valid_from_generation=row.valid_from_generation,
        characters=row.characters,
        clauses=row.clause_count,
    )
