"""Turns an earlier generation into a plan, and its revisions into new ones with the same words."""

import hashlib
from collections.abc import Sequence

from ingestion.ingests import KnownRevision, Outline, ParsedRevision, Planned, Settled
from ingestion.ports import Catalog
from ingestion.report import Quarantined
from retrieval.corpus import OPEN

_BATCH = 64


def plan_rollback(then: Sequence[KnownRevision], now: Sequence[KnownRevision]) -> tuple[list[Planned], Outline]:
    """Plan to make the documents of an earlier generation current: what differs comes back, what came since goes."""
    there = {one.document_id: one.revision_id for one in now}
    same = {one.document_id for one in then if there.get(one.document_id) == one.revision_id}
    planned = [
        Planned(
            document_id=one.document_id,
            batch=number // _BATCH,
            source={"revision_id": one.revision_id},
            fingerprint=one.fingerprint,
            replaces=there.get(one.document_id),
        )
        for number, one in enumerate(one for one in then if one.document_id not in same)
    ]
    before = {one.document_id for one in then}
    outline = Outline(
        unchanged=tuple(sorted(same)),
        removed={one.document_id: one.revision_id for one in now if one.document_id not in before},
        notes=("The sources themselves were not touched: ingesting them again brings back what they say now.",),
    )
    return planned, outline


async def restored(catalog: Catalog, planned: Planned, ingestion_id: str) -> Settled:
    """Give a planned revision anew, word for word; nothing has to be read or embedded for it."""
    found = await catalog.parsed([str(planned.source["revision_id"])])
    if not found:
        gone = Quarantined(
            source=planned.document_id,
            reason="retention has removed that revision",
            remedy="ingest its source, or go back to a later generation",
        )
        return Settled(planned.document_id, quarantined=gone)
    return Settled(planned.document_id, parsed=renewed(found[0], ingestion_id))


def renewed(parsed: ParsedRevision, ingestion_id: str) -> ParsedRevision:
    """Give a revision with the same words another id, which depends on the old one and the ingestion alone."""
    old = parsed.revision.id
    new = f"rev_{hashlib.sha256(f'{old} {ingestion_id}'.encode()).hexdigest()[:24]}"
    bounds = {"valid_from_generation": OPEN, "valid_to_generation": OPEN, "family": None}
    return parsed.model_copy(
        update={
            "revision": parsed.revision.model_copy(update={"id": new, **bounds}),
            "clauses": tuple(one.model_copy(update={"revision_id": new}) for one in parsed.clauses),
            "chunks": tuple(
                one.model_copy(update={"revision_id": new, "id": f"{new}{one.id.removeprefix(old)}"})
                for one in parsed.chunks
            ),
            "records": tuple(one.model_copy(update={"revision_id": new}) for one in parsed.records),
        }
    )
