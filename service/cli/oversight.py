"""`toulmin audit` and `toulmin review`."""

from dataclasses import dataclass
from typing import cast, get_args

from rich.text import Text

from service.bootstrap import records
from service.cli.console import emit
from service.errors import InvalidInputError
from service.ports import TaskFilter
from service.present.oversight import task_view, tasks_view
from service.review import ClaimTask, Resolve, TaskStatus, VerdictKind
from service.settings import read_settings


@dataclass(frozen=True, slots=True)
class Verdict:
    """A verdict as given on the command line."""

    task_id: str
    reviewer: str
    token: int
    verdict: str
    because: str | None


async def verify(*, as_json: bool) -> bool:
    """Check the log and the decisions; False when something was altered."""
    async with records(read_settings()) as running:
        result = await running.audit.verify()
    style = "green" if result.intact else "bold red"
    words = Text(f"{'intact' if result.intact else 'ALTERED'}: {result.message}", style=style)
    words.append(f"\nhead: event {result.head.seq}, {result.head.hash}", style="dim")
    emit(result.model_dump(mode="json"), words, as_json=as_json)
    return result.intact


async def tasks(status: str | None, *, as_json: bool) -> None:
    """List review tasks."""
    settings = read_settings()
    which = TaskFilter(status=_status(status), tenant=settings.tenant)
    async with records(settings) as running:
        found = await running.reviews.tasks(which)
    emit([task.model_dump(mode="json") for task in found], tasks_view(found), as_json=as_json)


async def claim(task_id: str, reviewer: str, *, as_json: bool) -> None:
    """Take a task."""
    async with records(read_settings()) as running:
        task = await running.review(task_id, ClaimTask(reviewer))
    emit(task.model_dump(mode="json"), task_view(task), as_json=as_json)


async def resolve(verdict: Verdict, *, as_json: bool) -> None:
    """Give the verdict on a task, about the decision that the task is bound to."""
    if verdict.verdict not in get_args(VerdictKind):
        raise InvalidInputError(f"--verdict: expected one of {', '.join(get_args(VerdictKind))}.")
    async with records(read_settings()) as running:
        waiting = await running.reviews.get(verdict.task_id, running.settings.tenant)
        action = Resolve(
            reviewer=verdict.reviewer,
            token=verdict.token,
            decision_hash=waiting.decision_hash,
            verdict=cast("VerdictKind", verdict.verdict),
            justification=verdict.because,
        )
        task = await running.review(verdict.task_id, action)
    emit(task.model_dump(mode="json"), task_view(task), as_json=as_json)


def _status(status: str | None) -> TaskStatus | None:
    if status is not None and status not in get_args(TaskStatus):
        raise InvalidInputError(f"--status: expected one of {', '.join(get_args(TaskStatus))}.")
    return cast("TaskStatus | None", status)
