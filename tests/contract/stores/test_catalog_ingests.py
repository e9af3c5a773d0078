"""What a catalog keeps of each ingest: how far it is, what it found, which sources it looked at, what it left."""

from datetime import timedelta

from catalogs import NOON, committed, opened, parsed, staged
from sqlalchemy import delete

from ingestion.ingests import Ingestion, IngestRequest, Outline, SourceCheck, Standing
from ingestion.report import IngestReport
from retrieval.corpus import (
    DEFAULT_TENANT,
)
from service.adapters.database import Database
from service.adapters.sql_catalog import SqlCatalog
from service.adapters.tables import planned_documents, revisions


async def test_an_ingestion_is_opened_once_and_ends_once(database: Database) -> None:
    catalog = SqlCatalog(database)
    request = IngestRequest(locations=("a", "b"), accept=("x",), online=True, requested_by="ada")
    asked = Ingestion(id="ing_a", tenant=DEFAULT_TENANT, request=request, requested_at=NOON)
    assert await catalog.open(asked) == asked
    await catalog.move("ing_a", "staging", sources=7)
    await catalog.add_embedded("ing_a", 5)
    await catalog.add_embedded("ing_a", 6)
    again = await catalog.open(asked.model_copy(update={"request": IngestRequest()}))
    assert (again.request, again.state, again.sources, again.embedded) == (request, "staging", 7, 11)
    await catalog.move("ing_a", "failed", error="no room")
    await catalog.move("ing_a", "staging")
    (only,) = await catalog.ingestions(DEFAULT_TENANT)
    assert (only.state, only.error, only.over) == ("failed", "no room", True)
    assert await catalog.ingestion("ing_a", "north") is None
    assert await catalog.ingestions("north") == []


async def test_an_outline_is_kept_until_the_ingest_is_over(database: Database) -> None:
    catalog = SqlCatalog(database)
    ingestion = await opened(catalog)
    outline = Outline(unchanged=("a",), removed={"b": "r1"}, notes=("n",), planned_in_s=0.5)
    await catalog.plan(ingestion.id, [], outline)
    assert await catalog.outline(ingestion.id) == outline
    await catalog.finish(ingestion.id, IngestReport(generation=0))
    assert await catalog.outline(ingestion.id) == Outline()


async def test_sources_with_an_interval_are_remembered(database: Database) -> None:
    catalog = SqlCatalog(database)
    weekly = SourceCheck("law", "https://example.org/law", "legal", NOON, 7.0)
    monthly = SourceCheck("note", "n.md", "me", NOON, 30.0)
    first = await opened(catalog)
    outline = Outline(checks=(weekly, monthly))
    await catalog.plan(first.id, [], outline)
    assert await catalog.outline(first.id) == outline
    assert await catalog.checks(DEFAULT_TENANT) == [], "nothing counts before the ingest is over"
    await catalog.finish(first.id, IngestReport(generation=0), [weekly, monthly])
    assert await catalog.checks(DEFAULT_TENANT) == [weekly, monthly]
    later = SourceCheck("law", "https://example.org/law", "legal", NOON.replace(hour=13), 1.5)
    undemanding = SourceCheck("note", "n.md", "me", NOON, None)
    second = await staged(catalog, parsed("r1"))
    written = await catalog.assign(second.id, 1)
    await catalog.commit(second.id, IngestReport(generation=1), written, [], [later, undemanding])
    assert (await catalog.checks(DEFAULT_TENANT), await catalog.checks("north")) == ([later], [])


async def test_what_is_not_over_is_listed_however_much_came_after_it(database: Database) -> None:
    catalog = SqlCatalog(database)
    for number, state in enumerate(("staging", "committed", "failed", "queued", "cancelled", "committing")):
        asked = Ingestion(
            id=f"ing_{number}",
            tenant=DEFAULT_TENANT,
            request=IngestRequest(requested_by="test"),
            requested_at=NOON + timedelta(minutes=number),
        )
        await catalog.open(asked)
        await catalog.move(asked.id, state)
    assert [one.id for one in await catalog.unfinished(DEFAULT_TENANT)] == ["ing_0", "ing_3", "ing_5"]
    assert await catalog.unfinished("other") == []


async def test_how_far_an_ingest_is_is_read_without_the_rest(database: Database) -> None:
    catalog = SqlCatalog(database)
    ingestion = await staged(catalog, parsed("r1"), parsed("r2", "other"))
    await catalog.move(ingestion.id, "staging", sources=7)
    await catalog.add_embedded(ingestion.id, 5)
    far = await catalog.standing(ingestion.id, DEFAULT_TENANT)
    assert far == Standing("staging", sources=7, documents=2, settled=2, written=0, embedded=5)
    assert far is not None
    assert not far.over
    await catalog.move(ingestion.id, "failed")
    over = await catalog.standing(ingestion.id, DEFAULT_TENANT)
    assert over is not None
    assert over.over
    assert await catalog.standing(ingestion.id, "north") is None
    assert await catalog.standing("ing_none", DEFAULT_TENANT) is None


async def test_what_failed_or_was_cancelled_and_left_something_is_named(database: Database) -> None:
    catalog = SqlCatalog(database)
    await committed(catalog, 1, parsed("r1"))
    only_planned, only_staged, discarded, going_on = [
        await staged(catalog, parsed(f"{name}-r", name)) for name in ("planned", "staged", "discarded", "going")
    ]
    await catalog.move(only_planned.id, "cancelled")
    await catalog.move(only_staged.id, "failed")
    await catalog.move(discarded.id, "failed")
    await catalog.discard(discarded.id)
    async with database.writing() as connection:
        await connection.execute(delete(revisions).where(revisions.c.ingestion_id == only_planned.id))
        await connection.execute(delete(planned_documents).where(planned_documents.c.ingestion_id == only_staged.id))
    assert await catalog.orphaned(DEFAULT_TENANT) == sorted([only_planned.id, only_staged.id])
    assert await catalog.orphaned("north") == []
    assert going_on.id in {one.id for one in await catalog.unfinished(DEFAULT_TENANT)}
