"""The words of clauses in SQL, now and in revisions that ended, read under a scope."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Final

from sqlalchemy import ColumnElement, and_, func, select

from retrieval.filters import Between, Condition
from retrieval.scope import ReadScope, visible_to
from service.adapters.database import Database
from service.adapters.sql_conditions import visible, where
from service.adapters.tables import clauses, revisions
from service.ports import WordsOverTime

_TIMES: Final = frozenset({"effective_from", "effective_to", "valid_from_generation", "valid_to_generation"})


class SqlClauseWords:
    """A `service.ports.ClauseWords` in a Database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def clauses(self, scope: ReadScope, document_id: str) -> Mapping[str, str]:
        """Give the words of every clause of a document, by key; of several revisions, the one in force latest."""
        newest = (
            select(revisions.c.id)
            .where(revisions.c.document_id == document_id, visible(scope))
            .order_by(revisions.c.effective_from.desc(), revisions.c.valid_from_generation.desc(), revisions.c.id)
            .limit(1)
            .scalar_subquery()
        )
        query = (
            select(clauses.c.key, _WORDS)
            .join(revisions, revisions.c.id == clauses.c.revision_id)
            .where(revisions.c.id == newest)
            .order_by(clauses.c.span_start, clauses.c.key)
        )
        async with self._database.reading() as connection:
            return {row.key: row.words for row in await connection.execute(query)}

    async def over_time(self, scope: ReadScope, clause: str) -> list[WordsOverTime]:
        """Tell what a clause (`document#key`) was in every revision of its document up to the generation, in order."""
        document_id, _, key = clause.partition("#")
        inside = and_(clauses.c.revision_id == revisions.c.id, clauses.c.key == key)
        query = (
            select(revisions.c.valid_from_generation, revisions.c.valid_to_generation, clauses.c.text_sha256)
            .outerjoin(clauses, inside)
            .where(revisions.c.document_id == document_id, _readable(scope))
            .order_by(revisions.c.valid_from_generation, revisions.c.id)
        )
        async with self._database.reading() as connection:
            return [WordsOverTime(*row) for row in await connection.execute(query)]

    async def kept(self, scope: ReadScope, document_id: str, text_sha256: str) -> str | None:
        """Find words by their hash in any revision of a document up to the generation, those that ended included."""
        query = (
            select(_WORDS)
            .select_from(clauses)
            .join(revisions, revisions.c.id == clauses.c.revision_id)
            .where(revisions.c.document_id == document_id, clauses.c.text_sha256 == text_sha256, _readable(scope))
            .order_by(revisions.c.valid_from_generation.desc())
            .limit(1)
        )
        async with self._database.reading() as connection:
            words = (await connection.execute(query)).scalar_one_or_none()
        genuine = words is not None and sha256(words.rstrip().encode()).hexdigest() == text_sha256
        return words if genuine else None


_WORDS: Final = func.substr(
    revisions.c.canonical_text, clauses.c.span_start + 1, clauses.c.span_end - clauses.c.span_start
).label("words")


def _readable(scope: ReadScope) -> ColumnElement[bool]:
    """Revisions that this reader may read on some date, at some generation up to that of the scope."""
    access = [where(condition) for condition in visible_to(scope) if not _on_time(condition)]
    return and_(revisions.c.valid_from_generation <= scope.generation, *access)


def _on_time(condition: Condition) -> bool:
    return isinstance(condition, Between) and condition.field in _TIMES
