"""Turns review tasks into tables for a terminal."""

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from service.review import ReviewTask


def tasks_view(tasks: Sequence[ReviewTask]) -> RenderableType:
    """One row a task; says so when there is none."""
    if not tasks:
        return Text("No review tasks.")
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("task", "status", "domain", "reasons", "decision"):
        table.add_column(column, overflow="fold")
    for task in tasks:
        table.add_row(task.id, task.status, task.domain, ", ".join(task.reasons), task.summary)
    return table


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
