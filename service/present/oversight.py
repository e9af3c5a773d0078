"""Turns review tasks into lines for a terminal."""

from collections.abc import Iterator, Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from service.review import ReviewTask


def tasks_view(tasks: Sequence[ReviewTask]) -> RenderableType:
    """Give a few lines a task, so that ids stay whole; says so when there is none."""
    if not tasks:
        return Text("No review tasks.")
    return Group(*(line for task in tasks for line in _lines(task)))


def _lines(task: ReviewTask) -> Iterator[Text]:
    since = f"{task.created_at:%Y-%m-%d %H:%M} UTC"
    yield Text.assemble((task.id, "bold"), f" {task.status}, {', '.join(task.levels).replace('_', ' ')}, since {since}")
    yield Text(f"  {task.decision_id} ({task.domain}): {task.summary}")
    yield Text(f"  because: {', '.join(task.reasons).replace('_', ' ')}", style="dim")


def task_view(task: ReviewTask) -> RenderableType:
    """One task with what its holder needs to know next."""
    lines = [
        Text(f"{task.id}: {task.status}", style="bold"),
        Text(f"decision {task.decision_id} ({task.domain}): {task.summary}"),
        Text(f"reasons: {', '.join(task.reasons)}"),
    ]
    if task.status == "claimed":
        lines.append(Text(f"held by {task.assignee} until {task.lease_until:%Y-%m-%d %H:%M} UTC, token {task.token}"))
    if task.verdict is not None:
        lines.append(Text(f"verdict of {task.verdict.reviewer}: {task.verdict.kind}"))
    return Group(*lines)
