"""Turns the check of a pack into lines for a terminal."""

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.text import Text

from service.rules_check import PackReport


def pack_view(report: PackReport) -> RenderableType:
    """One line of summary, then what is wrong, with who owns it."""
    return Group(_summary(report), *_problems(report))


def _summary(report: PackReport) -> Text:
    mark, style = ("ok", "green") if report.passed else ("FAILED", "bold red")
    counts = f"{report.rules} rules, {report.parameters} parameters, {report.cases_run} cases"
    return Text.assemble((report.pack, "bold"), ": ", (mark, style), f" ({counts})")


def _problems(report: PackReport) -> Iterator[Text]:
    for finding in report.findings:
        style = "red" if finding.severity == "error" else "yellow"
        owner = f" Owner: {finding.owner}." if finding.owner else ""
        yield Text.assemble("  ", (f"{finding.severity} {finding.code}", style), f": {finding.message}{owner}")
    if report.hint is not None:
        yield Text.assemble("  ", ("hint", "yellow"), f": {report.hint}")
    for case in report.cases:
        yield Text.assemble("  ", ("case", "red"), f" {case.name}: {'; '.join(case.problems)}")
