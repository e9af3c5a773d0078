"""`toulmin ingest` and all that belongs to it."""

import asyncio
from typing import TYPE_CHECKING, Final, cast

from pydantic import JsonValue, TypeAdapter

from ingestion.ingests import Ingestion, IngestRequest
from ingestion.ports import IngestionError
from ingestion.report import IngestReport
from ingestion.writing import Mended
from service.bootstrap import records
from service.cli.console import emit, err
from service.cli.opening import commands
from service.errors import ConflictError
from service.ingestions import cancelled
from service.locations import locations_of
from service.maintenance import Retention
from service.present.ingests import (
    asked,
    ingest_view,
    ingestion_view,
    ingestions_view,
    mended_view,
    retained_view,
)
from service.present.progress import ingest_progress
from service.settings import read_settings

if TYPE_CHECKING:
    from service.commands import Commands

_TELL_S: Final = 5.0


async def ingest(request: IngestRequest, *, dry_run: bool, as_json: bool) -> bool:
    """Ingest as a durable job and report; False when a source was quarantined or a document is held."""
    places = await asyncio.to_thread(locations_of, request.locations)
    request = request.model_copy(update={"locations": tuple(map(str, places))})
    async with commands(read_settings(), "toulmin ingest", ingests=True) as working:
        left = [] if dry_run else await _taken_up(working)
        report = await (working.preview(request) if dry_run else _done(working, request))
        overdue = () if as_json else await working.overdue()
        emit(report.model_dump(mode="json"), ingest_view(report, request, overdue, planned=dry_run), as_json=as_json)
        for one in left:
            await _seen_off(working, one)
        if not dry_run:
            await _learned(working)
    return not (report.quarantined or report.held)


async def show(ingestion_id: str, *, as_json: bool) -> bool:
    """Show one ingest; False when it failed."""
    async with records(read_settings()) as running:
        found = await running.ingestion(ingestion_id)
    emit(found.model_dump(mode="json"), ingestion_view(found), as_json=as_json)
    return found.state != "failed"


async def listed(limit: int, *, as_json: bool) -> None:
    """List ingests, latest first, and the generation that is current."""
    async with records(read_settings()) as running:
        found = await running.recent_ingestions(limit)
        generation = await running.catalog.generation()
    document = {"generation": generation, "ingestions": [one.model_dump(mode="json") for one in found]}
    emit(cast("JsonValue", document), ingestions_view(found, generation), as_json=as_json)


async def cancel(ingestion_id: str, *, as_json: bool) -> None:
    """Cancel an ingest, whoever works on it; that needs the database alone."""
    async with records(read_settings()) as running:
        found = await cancelled(running.catalog, ingestion_id, running.settings.tenant)
    emit(found.model_dump(mode="json"), ingestion_view(found), as_json=as_json)


async def verify(*, as_json: bool) -> None:
    """Make the index hold what the catalog says."""
    async with commands(read_settings(), "toulmin ingest verify") as working:
        mended = await working.verify()
    emit(_MENDED.dump_python(mended, mode="json"), mended_view(mended), as_json=as_json)


async def retain(generations: int | None, before: int | None, *, as_json: bool) -> None:
    """Forget old generations, keeping so many, or those from one on."""
    which = Retention(generations=generations, before=before)
    async with commands(read_settings(), "toulmin ingest retain") as working:
        retained = await working.retain(which)
    emit(retained.model_dump(mode="json"), retained_view(retained), as_json=as_json)


_MENDED: Final[TypeAdapter[Mended]] = TypeAdapter(Mended)


async def _done(working: "Commands", request: IngestRequest) -> IngestReport:
    """Do what was asked; what interrupts this command cancels it."""
    started = await _begun(working, request)
    try:
        over = await _followed(working, started)
    except asyncio.CancelledError:
        await _interrupted(working, started.id)
        raise
    if over.report is None:
        raise IngestionError(over.error or f"The ingest {over.id} was {over.state}; start it again.")
    return over.report


async def _taken_up(working: "Commands") -> list[Ingestion]:
    """Let what was cut off go on beside what is asked, and say so."""
    left = await working.cut_off()
    for one in left:
        err.print(f"An ingest was cut off and goes on beside this one: {one.id} ({asked(one.request)})", markup=False)
    return left


async def _seen_off(working: "Commands", left: Ingestion) -> None:
    """Wait for an ingest that this command did not start, and never cancel it: whoever comes next goes on with it."""
    err.print(f"Waiting for {left.id}; Ctrl-C leaves it to the next ingest or service.", markup=False)
    over = await _followed(working, left)
    report = over.report
    counts = f", {len(report.quarantined)} quarantined, {len(report.held)} held" if report else ""
    err.print(f"{left.id}: {over.error or over.state}{counts}; see toulmin ingest show {left.id}", markup=False)


async def _learned(working: "Commands") -> None:
    """Let the models of large tables be learned; who interrupts this leaves it to the first decision."""
    with err.status("Learning from large tables, once; Ctrl-C leaves it to the first decision"):
        await working.learn()


async def _begun(working: "Commands", request: IngestRequest) -> Ingestion:
    """Start an ingest, or, when this is interrupted meanwhile, see to it that it does not go on without anybody."""
    starting = asyncio.ensure_future(working.start(request))
    try:
        return await asyncio.shield(starting)
    except asyncio.CancelledError:
        await _interrupted(working, (await starting).id)
        raise


async def _followed(working: "Commands", started: Ingestion) -> Ingestion:
    """Show how far an ingest is until it is over."""
    now = started
    with ingest_progress(err) as show_it:
        changes = aiter(working.watch(started.id))
        following = asyncio.ensure_future(anext(changes))
        try:
            while not now.over:
                if (await asyncio.wait((following,), timeout=_TELL_S))[0]:
                    now = following.result()
                    if not now.over:
                        following = asyncio.ensure_future(anext(changes))
                show_it(now)
        finally:
            following.cancel()
            await asyncio.wait((following,))
    return now


async def _interrupted(working: "Commands", ingestion_id: str) -> None:
    try:
        await working.cancel(ingestion_id)
    except ConflictError as error:
        err.print(str(error), markup=False)
    else:
        err.print(f"The ingest {ingestion_id} was cancelled; nothing of it was committed.", markup=False)
