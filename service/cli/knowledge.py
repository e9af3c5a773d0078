"""`toulmin ingest` and `toulmin search`."""

import asyncio
from datetime import date

from pydantic import ValidationError

from ingestion.ports import IngestionError, IngestRequest
from ingestion.report import IngestReport
from service.application import Application
from service.bootstrap import application
from service.cli.console import emit, err
from service.errors import InvalidInputError
from service.locations import locations_of
from service.present.progress import ingest_progress
from service.present.terminal import ingest_view, search_view
from service.search import SearchRequest
from service.settings import read_settings


async def ingest(request: IngestRequest, *, dry_run: bool, as_json: bool) -> bool:
    """Ingest as a durable job and report; exit code 1 when a source was quarantined or held, or the ingest failed."""
    places = await asyncio.to_thread(locations_of, request.locations)
    request = request.model_copy(update={"locations": tuple(map(str, places))})
    async with application(read_settings()) as running:
        report = await (running.ingest.preview(request) if dry_run else _followed(running, request))
    emit(report.model_dump(mode="json"), ingest_view(report), as_json=as_json)
    return not (report.quarantined or report.held)


async def _followed(running: Application, request: IngestRequest) -> IngestReport:
    """Start an ingest and show how far it is until it is over; what interrupts this command cancels it."""
    started = await running.ingestions.start(request)
    with ingest_progress(err) as show:
        try:
            async for now in running.ingestions.watch(started.id):
                show(now)
        except asyncio.CancelledError:
            await running.ingestions.cancel(started.id)
            raise
    over = await running.ingestions.get(started.id)
    if over.report is None:
        raise IngestionError(over.error or f"The ingestion {over.id} is {over.state}; start it again.")
    return over.report


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
