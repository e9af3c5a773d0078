"""Turns what ingests did, and how fresh sources are, into what a terminal shows; long lists are cut, with a count."""

import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from ingestion.ingests import Ingestion, IngestRequest
from ingestion.report import Held, IngestReport, Overdue, Quarantined
from ingestion.writing import Mended
from service.freshness import FreshSource
from service.maintenance import Retained
from service.present.progress import how_far
from service.present.rules import drift_view
from service.present.terminal import shielded

_IDS_SHOWN: Final = 12
_SHOWN: Final = 20
_HELD_COMMAND: Final = 10
_LONGEST_LIST: Final = 60


def ingest_view(
    report: IngestReport,
    request: IngestRequest | None = None,
    overdue: Sequence[Overdue] = (),
    *,
    planned: bool = False,
) -> RenderableType:
    """Show what an ingest did, or would do when it is only `planned`, and what a person has to do about it."""
    parts: list[RenderableType] = [_headline(report, planned=planned), _counts(report)]
    parts += _cut([_refused(one) for one in report.quarantined], "quarantined sources")
    parts += _held(report.held, request)
    parts += _cut([Text(f"= the same words: {shielded(_first(one.documents))}") for one in report.copies], "copies")
    parts += [drift_view(report.drift)] if report.drift else []
    parts += _overdue(overdue)
    parts += _cut([Text(f"! {shielded(note)}", style="yellow") for note in report.notes], "notes")
    if request is not None and request.rollback_to is not None:
        parts.append(Text("The sources were not touched: the next ingest of them takes their present words again."))
    parts.append(Text(_figures(report.seconds_by_stage), style="dim"))
    return Group(*(part for part in parts if part))


def ingestions_view(found: Sequence[Ingestion], generation: int) -> RenderableType:
    """List ingests, latest first: when, in which state, the generation that each made, and of what."""
    if not found:
        return Text("Nothing was ingested yet; begin with `toulmin ingest SOURCE`.")
    lines: list[Text] = []
    for one in found:
        at = f"{one.requested_at:%Y-%m-%d %H:%M} UTC"
        made = "" if one.generation is None else f", generation {one.generation}"
        lines.append(Text.assemble((one.id, "bold"), f"  {at}  ", _state(one), made))
        lines.append(Text(f"  {shielded(_became(one))}"))
    back = "; an earlier one is made current again by `toulmin ingest rollback GENERATION`" if generation > 1 else ""
    return Group(*lines, Text(f"Generation {generation} is current{back}.", style="dim"))


def ingestion_view(ingestion: Ingestion, overdue: Sequence[Overdue] = ()) -> RenderableType:
    """Show one ingest: what was asked and how far it is; once it is over, its report or why there is none."""
    lines: list[RenderableType] = [
        Text.assemble((ingestion.id, "bold"), ": ", _state(ingestion)),
        Text(
            f"asked for by {ingestion.request.requested_by} at {ingestion.requested_at:%Y-%m-%d %H:%M:%S} UTC: "
            f"{shielded(asked(ingestion.request))}",
            style="dim",
        ),
    ]
    if ingestion.report is not None:
        return Group(*lines, ingest_view(ingestion.report, ingestion.request, overdue))
    if ingestion.error is not None:
        lines.append(Text(shielded(ingestion.error), style="red"))
    lines.append(Text(how_far(ingestion)))
    return Group(*lines)


def mended_view(mended: Mended) -> RenderableType:
    """Say what was wrong with the index and was repaired."""
    notes = mended.notes()
    if not notes:
        return Text.assemble(("ok", "green"), ": the index holds what the catalog says.")
    embedded = [f"{mended.embedded:,} texts had to be embedded again."] if mended.embedded else []
    return Group(*(Text(f"! {line}", style="yellow") for line in (*notes, *embedded)))


def retained_view(retained: Retained) -> RenderableType:
    """Say what was forgotten, and what was kept although it ended, because decisions cite it."""
    gone = len(retained.revisions) - retained.kept_for_citation
    lines = [
        Text(f"Generations {retained.oldest} to {retained.generation} are kept whole.", style="bold"),
        Text(f"{gone:,} revisions that ended before were forgotten, and {retained.vectors:,} vectors."),
    ]
    if retained.kept_for_citation:
        lines.append(
            Text(
                f"Of {retained.kept_for_citation:,} more the words were kept, because recorded decisions cite them; "
                "they are not found any more, but their quotes still open."
            )
        )
    return Group(*lines)


def sources_view(sources: Sequence[FreshSource]) -> RenderableType:
    """List sources: the document, who owns it, how far it is trusted, who may read it, and how fresh it is."""
    if not sources:
        return Text("There are no such sources.")
    lines: list[Text] = []
    for one in sources:
        document = one.entry.document
        words = f"{document.owner}, {document.trust_tier}, {one.entry.clauses:,} clauses, read by "
        lines.append(Text.assemble((shielded(document.id), "bold"), f"  {shielded(document.title)}"))
        lines.append(Text.assemble("  ", shielded(words + (", ".join(document.groups) or "nobody")), *_freshness(one)))
    late = sum(one.days_overdue > 0 for one in sources)
    return Group(*lines, Text(f"{len(sources):,} sources, {late:,} overdue", style="dim"))


def asked(request: IngestRequest) -> str:
    """Say what was asked to be ingested, as it is typed, cut when it is long."""
    if request.rollback_to is not None:
        return f"toulmin ingest rollback {request.rollback_to}"
    places = [shlex.quote(place) for place in request.locations[:_IDS_SHOWN]]
    more = len(request.locations) - len(places)
    return " ".join(["toulmin ingest", *places, *([f"... ({more:,} more)"] if more else [])])


_STYLES: Final = {"committed": "green", "failed": "bold red", "cancelled": "dim"}


def _state(ingestion: Ingestion) -> Text:
    return Text(ingestion.state, style=_STYLES.get(ingestion.state, "yellow"))


def _freshness(one: FreshSource) -> Iterator[Text]:
    if one.checked_at is not None:
        yield Text(f", looked at {one.checked_at:%Y-%m-%d}")
    if one.days_overdue:
        yield Text(f", overdue by {one.days_overdue:.1f} days", style="yellow")


def _headline(report: IngestReport, *, planned: bool) -> Text:
    wrote = f"{report.clauses:,} clauses, {report.chunks:,} chunks, {report.records:,} records"
    if planned:
        return Text(f"Plan for generation {report.generation}, nothing was written: {wrote}", style="bold")
    return Text(
        f"Generation {report.generation}: {wrote}; {report.embedded:,} embedded; {report.seconds:.1f} s", style="bold"
    )


def _counts(report: IngestReport) -> Table:
    counts = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    rows = {
        "new": report.new,
        "changed": report.changed,
        "unchanged": report.unchanged,
        "removed": report.removed,
        "held": tuple(one.document_id for one in report.held),
        "accepted": report.accepted,
        "quarantined": tuple(one.source for one in report.quarantined),
    }
    for name, ids in rows.items():
        if ids or name in _ALWAYS:
            counts.add_row(Text(name, style="dim"), f"{len(ids):,}", Text(shielded(_first(ids)), overflow="ellipsis"))
    return counts


_ALWAYS: Final = frozenset({"new", "changed", "unchanged", "removed"})


def _refused(one: Quarantined) -> Text:
    return Text.assemble((f"✗ {shielded(one.source)}: ", "bold red"), shielded(f"{one.reason}; {one.remedy}"))


def _held(held: Sequence[Held], request: IngestRequest | None) -> Iterator[RenderableType]:
    yield from _cut(
        [
            Text.assemble((f"✗ {shielded(one.document_id)} is held: ", "bold red"), shielded("; ".join(one.reasons)))
            for one in held
        ],
        "held documents",
    )
    if held:
        yield Text("  The versions before stay. Look at the new ones; then take them with:")
        yield Padding(Text(shielded(_acceptance(held, request)), style="bold"), (0, 0, 0, 4))


def _acceptance(held: Sequence[Held], request: IngestRequest | None) -> str:
    """Write the command that takes what is held; with many, its beginning."""
    locations = [one.source for one in held[:_HELD_COMMAND]] if request is None else list(request.locations)
    accepted = [] if request is None else list(request.accept)
    new = [one.document_id for one in held if one.document_id not in accepted]
    words = ["toulmin", "ingest", *locations, *(["--online"] if request is not None and request.online else [])]
    for document_id in [*accepted, *new[:_HELD_COMMAND]]:
        words += ["--accept", document_id]
    more = len(new) - _HELD_COMMAND
    return shlex.join(words) + (f" ... and so on for {more:,} more" if more > 0 else "")


def _overdue(overdue: Sequence[Overdue]) -> Iterator[RenderableType]:
    lines = [
        Text(
            f"! {shielded(one.document_id)} is overdue by {one.days_overdue:.1f} days: its owner "
            f"({shielded(one.owner)}) wants it looked at every {one.refresh_days:g} days",
            style="yellow",
        )
        for one in overdue
    ]
    yield from _cut(lines, "overdue sources")


def _cut(lines: Sequence[Text], what: str) -> Iterator[Text]:
    yield from lines[:_SHOWN]
    if len(lines) > _SHOWN:
        yield Text(f"  and {len(lines) - _SHOWN:,} more {what}; all of them with --json", style="dim")


def _first(ids: Iterable[str]) -> str:
    every = tuple(ids)
    more = f", and {len(every) - _IDS_SHOWN:,} more" if len(every) > _IDS_SHOWN else ""
    return ", ".join(every[:_IDS_SHOWN]) + more


def _figures(seconds: Mapping[str, float]) -> str:
    spent = ", ".join(f"{stage} {took:.1f} s" for stage, took in seconds.items() if took >= _TENTH)
    return f"Seconds by stage, summed over what was done side by side: {spent}" if spent else ""


_TENTH: Final = 0.05


def _became(one: Ingestion) -> str:
    what = asked(one.request).removeprefix("toulmin ingest ")
    what = what if len(what) <= _LONGEST_LIST else f"{what[:_LONGEST_LIST]}…"
    if one.report is None:
        return f"{one.error or how_far(one)} ({what})"
    counts = {"new": one.report.new, "changed": one.report.changed, "removed": one.report.removed}
    parts = [f"{len(ids):,} {name}" for name, ids in counts.items() if ids]
    parts += [f"{len(ids):,} {name}" for name, ids in _troubles(one.report) if ids]
    return f"{', '.join(parts) or 'nothing changed'} ({what})"


def _troubles(report: IngestReport) -> tuple[tuple[str, Sequence[object]], ...]:
    return ("held", report.held), ("quarantined", report.quarantined), ("drifted", report.drift)
