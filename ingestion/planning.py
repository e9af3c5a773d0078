"""Turns what was asked to be ingested into the documents that have to be read, compared with what is known."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from difflib import get_close_matches
from typing import Final

from ingestion.ingests import IngestRequest, KnownRevision, Outline, Planned, SourceCheck
from ingestion.plan import Plan, Seen, make_plan
from ingestion.ports import Catalog, Fetching, IngestionError, UnreadableSourceError
from ingestion.reading import Reader
from ingestion.report import Quarantined
from ingestion.rollback import plan_rollback
from ingestion.sources import Found, Source, find_sources, still_there

LARGEST_BATCH: Final = 64
"""Documents that are read, embedded and written together."""

Told = Callable[[int], Awaitable[None]]
"""Told how many sources were compared."""

_BATCH_BYTES: Final = 256 * 1024
_AT_ONCE: Final = 256


@dataclass(frozen=True, slots=True)
class Planning:
    """What an ingest is to do: documents to read, and the outline of the rest."""

    planned: tuple[Planned, ...]
    outline: Outline
    sources: int


@dataclass(frozen=True, slots=True)
class Planner:
    """Finds and compares sources of one tenant."""

    catalog: Catalog
    reader: Reader
    fetching: Fetching | None
    tenant: str

    async def plan(self, request: IngestRequest, told: Told) -> Planning:
        """Find the sources and compare them with the committed revisions; reads bytes, parses nothing.

        Raises IngestionError for what cannot be found or is misdeclared. `told` hears how many sources were compared.
        """
        if request.rollback_to is not None:
            return await self._rollback(request.rollback_to)
        began = time.monotonic()
        held = {one.document_id: one.source for one in await self.catalog.current(self.tenant)}
        found = await find_sources(request.locations, self.fetching, online=request.online, held=held)
        _require_among(request.accept, [source.document_id for source in found.sources])
        prints, quarantined = await self._fingerprints(found, told)
        # Fetching may take minutes, in which others commit.
        known = await self.catalog.current(self.tenant)
        wished = {one.document_id for one in await self.catalog.checks(self.tenant)}
        readable = [source for source in found.sources if source.document_id in prints]
        seen = [Seen(source.document_id, source.location, prints[source.document_id]) for source in readable]
        missing = {source.document_id for source in found.sources} | {
            one.document_id for one in found.unreadable if one.document_id is not None
        }
        plan = make_plan(seen, missing - prints.keys(), known, found.roots, still_there)
        taken = [_taken(source, known) for source in readable if source.document_id in plan.taken]
        outline = Outline(
            unchanged=plan.unchanged,
            removed={one.document_id: one.revision_id for one in known if one.document_id in set(plan.removed)},
            quarantined=(*quarantined, *taken),
            notes=found.notes,
            checks=tuple(_checks(readable, datetime.now(UTC), wished)),
            planned_in_s=time.monotonic() - began,
        )
        return Planning(
            planned=tuple(_planned(readable, plan, prints, known)),
            outline=outline,
            sources=len(found.sources) + len(found.unreadable),
        )

    async def _rollback(self, generation: int) -> Planning:
        began = time.monotonic()
        then = await self.catalog.at(self.tenant, generation)
        planned, outline = plan_rollback(then, await self.catalog.current(self.tenant))
        timed = outline.model_copy(update={"planned_in_s": time.monotonic() - began})
        return Planning(tuple(planned), timed, len(then))

    async def _fingerprints(self, found: Found, told: Told) -> tuple[dict[str, str], list[Quarantined]]:
        prints: dict[str, str] = {}
        quarantined = [Quarantined(source=one.source, reason=one.reason, remedy=one.remedy) for one in found.unreadable]
        for start in range(0, len(found.sources), _AT_ONCE):
            some = found.sources[start : start + _AT_ONCE]
            for source, result in zip(some, await asyncio.to_thread(self._printed, some), strict=True):
                if isinstance(result, str):
                    prints[source.document_id] = result
                else:
                    quarantined.append(refused(source, result))
            await told(start + len(some))
        return prints, quarantined

    def _printed(self, sources: Sequence[Source]) -> list[str | UnreadableSourceError]:
        return [self._fingerprint(source) for source in sources]

    def _fingerprint(self, source: Source) -> str | UnreadableSourceError:
        try:
            return self.reader.fingerprint(source)
        except UnreadableSourceError as error:
            return error


def _require_among(accepted: Sequence[str], ids: Sequence[str]) -> None:
    """Refuse an id to be accepted that no source has: a typo must not pass for a person's consent."""
    for one in accepted:
        if one not in ids:
            near = get_close_matches(one, ids, n=1)
            meant = f"; did you mean {near[0]}?" if near else "."
            raise IngestionError(f"No source of this ingest has the id {one}, which is to be accepted{meant}")


def refused(source: Source, error: UnreadableSourceError) -> Quarantined:
    """Say why a source was not ingested."""
    return Quarantined(source=source.location, reason=error.reason, remedy=error.remedy)


def _planned(
    sources: Sequence[Source], plan: Plan, prints: dict[str, str], known: Sequence[KnownRevision]
) -> Iterator[Planned]:
    changing = {*plan.new, *plan.changed}
    before = {one.document_id: one.revision_id for one in known}
    batch = documents = size = 0
    for source in sources:
        if source.document_id not in changing:
            continue
        more = source.path.stat().st_size
        if documents and (documents == LARGEST_BATCH or size + more > _BATCH_BYTES):
            batch, documents, size = batch + 1, 0, 0
        documents, size = documents + 1, size + more
        declared = source.model_dump(mode="json", exclude_defaults=True)
        yield Planned(source.document_id, batch, declared, prints[source.document_id], before.get(source.document_id))


def _checks(sources: Sequence[Source], now: datetime, wished: Collection[str]) -> Iterator[SourceCheck]:
    """Give those with an owner's wish for how often, and those that were `wished` for before and no longer are."""
    for source in sources:
        if source.refresh_days is not None or source.document_id in wished:
            yield SourceCheck(source.document_id, source.location, source.owner, now, source.refresh_days)


def _taken(source: Source, known: Sequence[KnownRevision]) -> Quarantined:
    other = next(one.source for one in known if one.document_id == source.document_id)
    return Quarantined(
        source=source.location,
        reason=f"its document id {source.document_id} belongs to {other}",
        remedy="declare another id in a sources.toml, or remove the other file",
    )
