"""Turns a plan into the report of an ingest that was not done."""

import time
from collections.abc import Sequence

from ingestion.changes import watched_documents
from ingestion.committing import Committer
from ingestion.done import Done
from ingestion.embedding import batches, to_embed
from ingestion.planning import LARGEST_BATCH, Planning
from ingestion.ports import IngestRequest, ParsedRevision, Settled, Staged
from ingestion.report import IngestReport
from ingestion.staging import Stager


async def preview(request: IngestRequest, planning: Planning, stager: Stager, committer: Committer) -> IngestReport:
    """Read and judge what was planned, a few documents at a time, and tell what would become of it.

    The report's generation is the committed one, and `embedded` counts the texts that would have to be embedded.
    """
    began = time.monotonic()
    watched = watched_documents(committer.watch.clauses) if committer.watch else frozenset[str]()
    staged: list[Staged] = []
    encoded: list[ParsedRevision] = []
    embedded = 0
    for planned in batches(planning.planned, LARGEST_BATCH):
        settled = await stager.read("preview", request, planned)
        parsed = _parsed(settled)
        staged += [one.staged(plan.replaces) for one, plan in zip(settled, planned, strict=True)]
        encoded += [one for one in parsed if one.revision.document.id in watched]
        embedded += await to_embed([chunk for one in parsed for chunk in one.chunks], stager.catalog, stager.embedder)
    done = Done(planning.outline, tuple(staged))
    report = done.report(await stager.catalog.generation(), embedded, (), time.monotonic() - began)
    drift = await committer.drift_of(await committer.watched(done.retired()), encoded)
    return report.model_copy(update={"drift": drift})


def _parsed(settled: Sequence[Settled]) -> list[ParsedRevision]:
    return [one.parsed for one in settled if one.parsed is not None]
