"""Turns what became of each document of an ingest into its report, and into the revisions that it ends."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ingestion.ingests import Outline, SourceCheck, Staged
from ingestion.report import IngestReport


@dataclass(frozen=True, slots=True)
class Done:
    """What an ingest found before it read anything, and what became of the documents that it read."""

    outline: Outline
    staged: tuple[Staged, ...]

    def retired(self) -> list[str]:
        """List the revisions that end: those that are replaced, and those of documents that are gone."""
        replaced = (one.replaces for one in self.staged if one.revision_id is not None)
        return [*filter(None, replaced), *self.outline.removed.values()]

    def checks(self) -> tuple[SourceCheck, ...]:
        """Give the checks of sources that were taken or found unchanged.

        One that is held or quarantined still waits to be looked at, and has to become overdue.
        """
        done = {*self.outline.unchanged, *(one.document_id for one in self.staged if one.revision_id or one.same)}
        return tuple(check for check in self.outline.checks if check.document_id in done)

    def report(self, generation: int, embedded: int, notes: Sequence[str], last: Mapping[str, float]) -> IngestReport:
        """Tell what was done; `last` are the seconds of what came after staging, by name.

        Those of reading are summed over documents, which are read side by side and wait for each other; those of
        embedding are of the encoder alone (see `ingestion.timing`).
        """
        taken = [one for one in self.staged if one.revision_id is not None]
        seconds = {
            "plan": self.outline.planned_in_s,
            "read": sum(one.read_s for one in self.staged),
            "embed": sum(one.embed_s for one in self.staged),
            **last,
        }
        return IngestReport(
            generation=generation,
            new=tuple(one.document_id for one in taken if one.replaces is None),
            changed=tuple(one.document_id for one in taken if one.replaces is not None),
            unchanged=(*self.outline.unchanged, *(one.document_id for one in self.staged if one.same)),
            removed=tuple(self.outline.removed),
            held=tuple(one.held for one in self.staged if one.held is not None),
            accepted=tuple(one.document_id for one in self.staged if one.accepted),
            quarantined=(*self.outline.quarantined, *(one.quarantined for one in self.staged if one.quarantined)),
            notes=(*self.outline.notes, *notes, *(f"{one.document_id}: {note}" for one in taken for note in one.notes)),
            clauses=sum(one.clauses for one in taken),
            chunks=sum(one.chunks for one in taken),
            records=sum(one.records for one in taken),
            embedded=embedded,
            seconds=round(sum(seconds.values()), 3),
            seconds_by_stage={stage: round(spent, 3) for stage, spent in seconds.items()},
        )
