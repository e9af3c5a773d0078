"""Turns a stager into the phases of a process that has no index: it stages, and leaves the rest to those that have."""

from collections.abc import Awaitable, Callable

from ingestion.ingests import IngestRequest
from ingestion.ports import Catalog, IngestionError
from ingestion.report import IngestReport

Stage = Callable[[str, IngestRequest, int], Awaitable[None]]
"""Stages one batch of an ingestion, as `ingestion.staging.Stager.stage` does."""


class StagingPhases:
    """The `service.ports.IngestPhases` of a worker, which is never asked to plan or to commit."""

    def __init__(self, catalog: Catalog, stage: Stage, tenant: str) -> None:
        self._catalog = catalog
        self._stage = stage
        self._tenant = tenant

    async def plan(self, ingestion_id: str) -> int:
        """Refuse."""
        raise _no_index(ingestion_id)

    async def stage(self, ingestion_id: str, batch: int) -> None:
        """Read, judge, embed and write one batch; one of an ingestion that is gone is nothing to do."""
        found = await self._catalog.ingestion(ingestion_id, self._tenant)
        if found is not None:
            await self._stage(ingestion_id, found.request, batch)

    async def commit(self, ingestion_id: str) -> IngestReport:
        """Refuse."""
        raise _no_index(ingestion_id)

    async def discard(self, ingestion_id: str) -> None:
        """Remove what was staged."""
        await self._catalog.discard(ingestion_id)


def _no_index(ingestion_id: str) -> IngestionError:
    return IngestionError(f"{ingestion_id} has come to a worker without an index; start `toulmin serve` to go on.")
