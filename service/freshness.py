"""Turns the sources that a reader sees, and when each was looked at, into how fresh each of them is."""

from datetime import datetime

from ingestion.freshness import overdue
from ingestion.ports import Catalog
from ingestion.report import Overdue
from retrieval.corpus import Value
from service.ports import SourceEntry, SourceLibrary
from service.reader import Reader


class FreshSource(Value):
    """A source, when it was looked at last, how often its owner wants that, and for how many days it is overdue.

    `checked_at` and `refresh_days` are None where its owner has no such wish.
    """

    entry: SourceEntry
    checked_at: datetime | None = None
    refresh_days: float | None = None
    days_overdue: float = 0.0


async def fresh_sources(catalog: Catalog, library: SourceLibrary, reader: Reader) -> list[FreshSource]:
    """List every source that the reader sees, by title."""
    checks = {one.document_id: one for one in await catalog.checks(reader.tenant)}
    late = {one.document_id: one.days_overdue for one in overdue(tuple(checks.values()), reader.now())}
    return [
        FreshSource(
            entry=entry,
            checked_at=checks[entry.document.id].checked_at if entry.document.id in checks else None,
            refresh_days=checks[entry.document.id].refresh_days if entry.document.id in checks else None,
            days_overdue=late.get(entry.document.id, 0.0),
        )
        for entry in await library.sources(await reader.scope())
    ]


async def overdue_sources(catalog: Catalog, library: SourceLibrary, reader: Reader) -> tuple[Overdue, ...]:
    """List those that the reader sees and that are overdue, the longest overdue first."""
    late = overdue(await catalog.checks(reader.tenant), reader.now())
    if not late:  # which is cheap, and usual
        return ()
    seen = {entry.document.id for entry in await library.sources(await reader.scope())}
    return tuple(one for one in late if one.document_id in seen)
