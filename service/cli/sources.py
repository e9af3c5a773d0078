"""`toulmin sources`."""

from service.bootstrap import records
from service.cli.console import emit
from service.freshness import fresh_sources
from service.present.ingests import sources_view
from service.settings import read_settings


async def sources(*, overdue: bool, as_json: bool) -> None:
    """List what the reader may see, with owner, trust and freshness; or only what is overdue, the latest first."""
    async with records(read_settings()) as running:
        found = await fresh_sources(running.catalog, running.library, running.reader)
    if overdue:
        found = sorted((one for one in found if one.days_overdue > 0), key=lambda one: -one.days_overdue)
    emit([one.model_dump(mode="json") for one in found], sources_view(found), as_json=as_json)
