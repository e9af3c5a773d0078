"""Turns a plan into the report of an ingest that was not done."""

import time
from collections.abc import Sequence

from ingestion.changes import watched_documents
from ingestion.committing import Committer
from ingestion.done import Done
from ingestion.embedding import batches, to_embed
from ingestion.ingests import IngestRequest, ParsedRevision, Settled, Staged
from ingestion.planning import LARGEST_BATCH, Planning
from ingestion.report import IngestReport
from ingestion.staging import Stager


async def preview(request: IngestRequest, planning: Planning, stager: Stager, committer: Committer) -> IngestReport:
    """Read and judge what was planned, a few documents at a time, and tell what would become of it.

    The report's generation is the committed one, and `embedded` counts the texts that would have to be embedded. What
    is neither planning nor reading is comparing: texts with those that are kept, clauses with what policy encodes.
    """
    began = time.monotonic()
    reading_s = 0.0
    watched = watched_documents(committer.watch.clauses) if committer.watch else frozenset[str]()
    staged: list[Staged] = []
    encoded: list[ParsedRevision] = []
    embedded = 0
    for planned in batches(planning.planned, LARGEST_BATCH):
        asked_at = time.monotonic()
        settled = await stager.read("preview", request, planned)
        reading_s += time.monotonic() - asked_at
        parsed = _parsed(settled)
        staged += [one.staged(plan.replaces) for one, plan in zip(settled, planned, strict=True)]
        encoded += [one for one in parsed if one.revision.document.id in watched]
        embedded += await to_embed([chunk for one in parsed for chunk in one.chunks], stager.catalog, stager.embedder)
    done = Done(planning.outline, tuple(staged))
    drift = await committer.drift_of(await committer.watched(done.retired()), encoded)
    generation = await stager.catalog.generation()
    spent = time.monotonic() - began
    report = done.report(generation, embedded, (), {"compare": spent - reading_s})
    seconds = round(planning.outline.planned_in_s + spent, 3)
    return report.model_copy(update={"drift": drift, "seconds": seconds})


def _parsed(settled: Sequence[Settled]) -> list[ParsedRevision]:
    return [one.parsed for one in settled if one.parsed is not None]
