"""Forgets what no reader needs any more, and nothing that a recorded decision quotes."""

from pydantic import BaseModel
from sqlalchemy import delete, exists, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from ingestion.ingests import Expired
from service.adapters.rows import exact
from service.adapters.statements import batched
from service.adapters.tables import chunks, decisions, embeddings, generations, lessons, records, revisions


async def expire(connection: AsyncConnection, before: int) -> Expired:
    """Forget revisions that ended with generation `before` or earlier, and the vectors that nothing needs then.

    A revision that a decision cites loses its chunks and records, by which it was found, and keeps text and clauses.
    Lessons that were learned before go too; one that is still asked for is learned again.
    """
    ended = select(revisions.c.id).where(revisions.c.valid_to_generation <= before)
    indexed = (revisions.c.chunk_count + revisions.c.record_count) > 0
    uncited = set((await connection.execute(ended)).scalars()) - await _cited(connection)
    expired = sorted(set((await connection.execute(ended.where(indexed))).scalars()) | uncited)
    for batch in batched(expired):
        for table in (chunks, records):
            await connection.execute(delete(table).where(table.c.revision_id.in_(batch)))
        emptied = update(revisions).where(revisions.c.id.in_(batch))
        await connection.execute(emptied.values(chunk_count=0, record_count=0))
    for batch in batched(sorted(uncited)):
        await connection.execute(delete(revisions).where(revisions.c.id.in_(batch)))
    await connection.execute(update(generations).where(generations.c.number < before).values(retained=False))
    await connection.execute(delete(lessons).where(lessons.c.generation < before))
    needed = exists().where(chunks.c.embedding_sha256 == embeddings.c.text_sha256)
    dropped = await connection.execute(delete(embeddings).where(~needed))
    return Expired(tuple(expired), len(set(expired) - uncited), dropped.rowcount)


class _Citation(BaseModel):
    revision_id: str


class _Cited(BaseModel):
    """What a decision cites, whatever else it holds."""

    citations: tuple[_Citation, ...]


async def _cited(connection: AsyncConnection) -> set[str]:
    """Collect the revisions that recorded decisions cite."""
    cited: set[str] = set()
    async for body in await connection.stream_scalars(select(decisions.c.body)):
        cited |= {one.revision_id for one in _Cited.model_validate_json(exact(body)).citations}
    return cited
