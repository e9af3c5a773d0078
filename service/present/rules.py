"""Turns the check of a pack, and what drifted from its clauses, into lines for a terminal."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from ingestion.report import Drift
from service.confirmations import Confirmation
from service.drift import StaleClause
from service.ingest_words import WITHHELD_WORDS
from service.rules_check import PackReport
from service.wording import Stretch, compare


def pack_view(report: PackReport) -> RenderableType:
    """One line of summary, then what is wrong, with who owns it, and what changed in the words of its clauses."""
    return Group(_summary(report), *_problems(report))


def stale_view(stale: StaleClause) -> RenderableType:
    """Say what is stale, who owns what encodes it, since when, and what changed."""
    heading = Text.assemble((stale.clause, "bold"), f": {_state(stale)}")
    by = [f"{one.kind} {one.name} ({one.owner or 'no owner'})" for one in stale.encodings]
    lines: list[RenderableType] = [heading, Text(f"encoded by {', '.join(by)}", style="dim")]
    if stale.moved_to is not None:
        lines.append(Text(f"the confirmed words stand in {stale.moved_to} now", style="yellow"))
    lines.append(Padding(difference(stale.before, stale.after), (0, 0, 0, 2)))
    return Group(*lines)


def drift_view(drift: Iterable[Drift]) -> RenderableType:
    """Say which rules and parameters an ingest left behind, by clause."""
    by_clause: dict[tuple[str, str], list[Drift]] = {}
    for one in drift:
        by_clause.setdefault((one.pack, one.clause), []).append(one)
    lines: list[RenderableType] = []
    for (pack, clause), entries in by_clause.items():
        names = ", ".join(f"{one.kind} {one.name} ({one.owner or 'no owner'})" for one in entries)
        gone = " is gone" if entries[0].after is None else " has other words"
        lines.append(Text.assemble(("stale", "yellow"), " ", (clause, "bold"), f"{gone}; encoded in {pack} by {names}"))
        lines.append(Padding(_drifted(entries[0]), (0, 0, 0, 2)))
    return Group(*lines)


def confirmed_view(confirmed: Sequence[Confirmation]) -> RenderableType:
    """Say what was confirmed, by whom and why."""
    if not confirmed:
        return Text("Nothing to confirm: the words of these clauses are confirmed already.")
    return Group(
        *(
            Text.assemble(("confirmed", "green"), f" {one.clause} at generation {one.generation} by {one.confirmed_by}")
            for one in confirmed
        ),
        Text("Decisions from now on count these words as confirmed.", style="dim"),
    )


def difference(before: str | None, after: str | None) -> Text:
    """Write two versions as one text: [-what goes-] in red, {+what comes+} in green, long passages that stay cut."""
    if before is None:
        now = "" if after is None else f" Now: {_shortened(after)}"
        return Text(f"The words that were confirmed are not kept.{now}")
    if after is None:
        return Text.assemble("The clause is gone. It said: ", (_shortened(before), "red"))
    stretches = compare(before, after)
    if not any(one.removed or one.added for one in stretches):
        return Text("Only the spacing has changed.")
    return _marked(stretches)


_AROUND: Final = 12
"""Words that are shown on either side of a change."""
_LONGEST: Final = 120
"""Words of one change, or of a text shown alone, before it is cut in the middle."""

_STATES: Final = {
    "changed": "its words have changed",
    "gone": "the clause is gone",
    "not_ingested": "its document is not ingested",
    "unconfirmed": "its words were never confirmed",
}


def _drifted(drift: Drift) -> Text:
    if WITHHELD_WORDS in (drift.before, drift.after):
        return Text(f"The words are withheld. {WITHHELD_WORDS}", style="dim")
    return difference(drift.before, drift.after)


def _state(stale: StaleClause) -> str:
    since = "" if stale.since is None else f" since generation {stale.since}"
    return f"{_STATES[stale.state]}{since}"


def _summary(report: PackReport) -> Text:
    mark, style = ("ok", "green") if report.passed else ("FAILED", "bold red")
    counts = f"{report.rules} rules, {report.parameters} parameters, {report.cases_run} cases"
    return Text.assemble((report.pack, "bold"), ": ", (mark, style), f" ({counts})")


def _problems(report: PackReport) -> Iterator[RenderableType]:
    stale = {one.clause: one for one in report.stale}
    for finding in report.findings:
        style = "red" if finding.severity == "error" else "yellow"
        owner = f" Owner: {finding.owner}." if finding.owner else ""
        place = f" ({finding.place})" if finding.place else ""
        yield Text.assemble("  ", (f"{finding.severity} {finding.code}", style), f": {finding.message}{owner}{place}")
        if finding.subject in stale:
            yield Padding(stale_view(stale[finding.subject]), (0, 0, 0, 4))
    if report.hint is not None:
        yield Text.assemble("  ", ("hint", "yellow"), f": {report.hint}")
    for case in report.cases:
        yield Text.assemble("  ", ("case", "red"), f" {case.name}: {'; '.join(case.problems)}")


def _marked(stretches: Sequence[Stretch]) -> Text:
    parts: list[Text] = []
    for position, one in enumerate(stretches):
        last = not (one.removed or one.added)
        parts.append(Text(_kept(one.same, first=position == 0, last=last)))
        parts.append(Text(f"[-{_shortened(one.removed)}-]" if one.removed else "", style="red"))
        parts.append(Text(f"{{+{_shortened(one.added)}+}}" if one.added else "", style="green"))
    return Text(" ").join(part for part in parts if part)


def _kept(same: str, *, first: bool, last: bool) -> str:
    """Cut what stays down to the words next to a change."""
    words = same.split()
    before = 0 if first else _AROUND
    after = 0 if last else _AROUND
    short = len(words) <= before + after + 1
    return " ".join(words if short else [*words[:before], "…", *words[len(words) - after :]])


def _shortened(words: str) -> str:
    every = re.split(r"\s+", words.strip())
    if len(every) <= _LONGEST:
        return " ".join(every)
    half = _LONGEST // 2
    return " ".join((*every[:half], f"… ({len(every) - 2 * half} words) …", *every[-half:]))
