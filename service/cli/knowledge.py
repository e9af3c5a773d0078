"""`toulmin ingest` and `toulmin search`."""

from collections.abc import Sequence
from datetime import date

from pydantic import ValidationError

from service.bootstrap import application
from service.cli.console import emit, err
from service.errors import InvalidInputError
from service.locations import locations_of
from service.present.progress import ingest_progress
from service.present.terminal import ingest_view, search_view
from service.search import SearchRequest
from service.settings import read_settings


async def ingest(sources: Sequence[str], *, dry_run: bool, as_json: bool) -> bool:
    """Ingest and report; exit code 1 when a source was quarantined."""
    async with application(read_settings()) as running:
        with ingest_progress(err) as progress:
            report = await running.ingest.run(locations_of(sources), dry_run=dry_run, progress=progress)
    emit(report.model_dump(mode="json"), ingest_view(report), as_json=as_json)
    return not report.quarantined


async def search(query: str, k: int, as_of: date | None, *, as_json: bool) -> None:
    """Search and print the passages, best first."""
    try:
        request = SearchRequest(query=query, k=k, as_of=as_of)
    except ValidationError as error:
        raise InvalidInputError(f"query: {error.errors()[0]['msg']}; ask a question in words.") from None
    async with application(read_settings()) as running:
        found = await running.search(request)
    document = found.model_dump(mode="json")
    emit(document, search_view(document), as_json=as_json)
