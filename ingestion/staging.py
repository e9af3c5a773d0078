"""Turns planned documents into staged ones: read by a child process, judged, embedded, and not yet seen by anybody."""

import asyncio
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Final

from ingestion.embedding import embed
from ingestion.gates import hold_reasons
from ingestion.ingests import IngestRequest, KnownRevision, Planned, Settled
from ingestion.ports import Catalog, Parsing, UnreadableSourceError
from ingestion.report import Held, Quarantined
from ingestion.rollback import restored
from ingestion.settings import GateSettings
from ingestion.timing import EncoderTime, TimedEmbedder
from retrieval.ports import Embedder

_CHUNKS_AT_ONCE: Final = 512


@dataclass(frozen=True, slots=True)
class Stager:
    """Stages batches of documents; several may work on one ingest, in one process or many."""

    catalog: Catalog
    parsing: Parsing
    embedder: Embedder
    gates: GateSettings
    encoder_time: EncoderTime = field(default_factory=EncoderTime)

    async def stage(self, ingestion_id: str, request: IngestRequest, batch: int) -> None:
        """Stage the documents of one batch that are not settled; doing it again after a crash does the rest."""
        planned = await self.catalog.planned(ingestion_id, batch)
        read = await self.read(ingestion_id, request, planned)
        for group in _groups(read):
            chunks = [chunk for one in group if one.parsed is not None for chunk in one.parsed.chunks]
            embedder = TimedEmbedder(self.embedder, self.encoder_time)
            await embed(chunks, self.catalog, embedder, partial(self.catalog.add_embedded, ingestion_id))
            timed = replace(group[0], embed_s=embedder.seconds)
            await self.catalog.settle(ingestion_id, [timed, *group[1:]])

    async def read(self, ingestion_id: str, request: IngestRequest, planned: Sequence[Planned]) -> list[Settled]:
        """Read and judge documents; nothing is written."""
        replaced = [one.replaces for one in planned if one.replaces is not None]
        known = {one.revision_id: one for one in await self.catalog.known(replaced)}
        accepted = frozenset(request.accept)
        return list(await asyncio.gather(*(self._read(ingestion_id, one, known, accepted) for one in planned)))

    async def _read(
        self, ingestion_id: str, planned: Planned, known: Mapping[str, KnownRevision], accepted: frozenset[str]
    ) -> Settled:
        if "revision_id" in planned.source:
            return await restored(self.catalog, planned, ingestion_id)
        began = time.monotonic()
        try:
            parsed = await self.parsing.parse(planned.source, planned.fingerprint, ingestion_id)
        except UnreadableSourceError as error:
            quarantined = _quarantined(planned, error)
            return Settled(planned.document_id, quarantined=quarantined, read_s=time.monotonic() - began)
        settled = Settled(planned.document_id, parsed=parsed, read_s=time.monotonic() - began)
        before = known.get(planned.replaces or "")
        if before is not None and before.text_fingerprint == parsed.text_fingerprint:
            return replace(settled, parsed=None, same=True)
        reasons = hold_reasons(before and before.shape, parsed, self.gates, before.signature if before else ())
        if reasons and planned.document_id not in accepted:
            held = Held(document_id=planned.document_id, source=parsed.revision.document.source, reasons=reasons)
            return replace(settled, parsed=None, held=held)
        return replace(settled, accepted=bool(reasons))


def _quarantined(planned: Planned, error: UnreadableSourceError) -> Quarantined:
    path = str(planned.source.get("remote") or planned.source.get("path"))
    return Quarantined(source=path, reason=error.reason, remedy=error.remedy)


def _groups(settled: Sequence[Settled]) -> Iterator[list[Settled]]:
    """Group documents so that each group fills the model well, and little is lost when a machine goes down."""
    group: list[Settled] = []
    chunks = 0
    for one in settled:
        group.append(one)
        chunks += len(one.parsed.chunks) if one.parsed else 0
        if chunks >= _CHUNKS_AT_ONCE:
            yield group
            group, chunks = [], 0
    if group:
        yield group
