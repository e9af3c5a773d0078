"""Turns rules, their tests, and what another policy would change into lines for a terminal."""

from collections.abc import Iterator, Sequence

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from decision.cases import CaseResult
from service.policy_changes import PolicyDiff
from service.rule_reading import RuleText


def tests_view(pack: str, results: Sequence[CaseResult]) -> RenderableType:
    """One line of summary, then every case that came out other than expected, and how."""
    failed = [one for one in results if not one.passed]
    mark, style = ("ok", "green") if results and not failed else ("FAILED", "bold red")
    counts = f"{len(results) - len(failed)} of {len(results)} cases came out as expected"
    said = counts if results else "there is no case in cases.toml; write one for each rule"
    lines: list[RenderableType] = [Text.assemble((pack, "bold"), ": ", (mark, style), f" ({said})")]
    for one in failed:
        lines.append(Text.assemble("  ", ("case", "red"), f" {one.name}"))
        lines += [Padding(Text(problem), (0, 0, 0, 4)) for problem in one.problems]
    return Group(*lines)


def rule_view(rules: Sequence[RuleText]) -> RenderableType:
    """Say of each period of a rule what it does, what it stands on, and what shows that it does so."""
    return Group(*(Group(*_rule(rule)) for rule in rules))


def diff_view(diff: PolicyDiff) -> RenderableType:
    """List the cases that come out otherwise, with what was and what would be."""
    counts = f"{len(diff.changes)} of {diff.compared} decisions would come out otherwise"
    lines: list[RenderableType] = [Text.assemble((diff.pack, "bold"), f": {counts}")]
    for change in diff.changes:
        lines.append(Text.assemble("  ", (change.case, "bold"), f" (as of {change.as_of})"))
        for one in change.differences:
            before, after = (f"[-{one.before}-]", "red"), (f"{{+{one.after}+}}", "green")
            lines.append(Padding(Text.assemble(f"{one.kind} {one.name}: ", before, " ", after), (0, 0, 0, 4)))
    lines += [Text.assemble("  ", ("not read", "yellow"), f" {one}") for one in diff.unread]
    return Group(*lines)


def _rule(rule: RuleText) -> Iterator[RenderableType]:
    until = f" until {rule.effective_to}" if rule.effective_to else ""
    yield Text.assemble((rule.rule_id, "bold"), f": {rule.title}")
    yield Text(
        f"a {rule.kind} of {rule.owner or 'nobody'}, in force from {rule.effective_from}{until} ({rule.place})", "dim"
    )
    yield from (Padding(line, (0, 0, 0, 2)) for line in _lines(rule))


def _lines(rule: RuleText) -> Iterator[Text]:
    if rule.applies_when:
        yield Text(f"applies when {rule.applies_when}")
    yield Text(f"condition: {rule.condition}")
    for name, value in rule.sets.items():
        yield Text(f"then {name} is {value}" + (f" (priority {rule.priority})" if rule.priority else ""))
    if rule.escalates:
        yield Text(f"otherwise {rule.escalates}" if rule.kind == "check" else f"then {rule.escalates}")
    if rule.prevails_over:
        yield Text(f"prevails over {', '.join(rule.prevails_over)}")
    if rule.gives_way_to:
        yield Text(f"gives way to {', '.join(rule.gives_way_to)}")
    yield Text(f"clause {rule.clause}" + (f" ({rule.reference})" if rule.reference else ""))
    if rule.words:
        yield Text(f"“{' '.join(rule.words.split())}”", "italic")
    for name, title in rule.facts.items():
        yield Text(f"reads {name}: {title}")
    for one in rule.parameters:
        reference = f", {one.reference}" if one.reference else ""
        yield Text(f"${one.name} = {one.value} ({one.clause}{reference})")
    yield from (Text(f"tested by {test}", "dim") for test in rule.tests)
    if not rule.tests:
        yield Text("tested by no case", "yellow")
