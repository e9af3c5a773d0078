"""`toulmin audit` and `toulmin review`."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast, get_args

from pydantic import JsonValue
from rich.text import Text

from service.audit import read_head
from service.bootstrap import records
from service.cli.console import emit, err
from service.errors import InvalidInputError
from service.ports import TaskFilter
from service.present.oversight import task_view, tasks_view
from service.review import ClaimTask, GiveBack, Resolve, TaskStatus, VerdictKind
from service.settings import read_settings


@dataclass(frozen=True, slots=True)
class VerdictGiven:
    """A verdict as given on the command line; `amended` is a file with the amended answer."""

    task_id: str
    reviewer: str
    token: int
    verdict: str
    because: str | None
    amended: Path | None = None


async def verify(expect: str | None, *, as_json: bool) -> bool:
    """Check the log and what it vouches for; False when something was altered, or cut off since a head was kept."""
    kept = None if expect is None else read_head(expect)
    async with records(read_settings()) as running:
        result = await running.audit.verify(kept)
    style = "green" if result.intact else "bold red"
    words = Text(f"{'intact' if result.intact else 'ALTERED'}: {result.message}", style=style)
    words.append(f"\nhead: {result.head.seq}:{result.head.hash}", style="dim")
    words.append("\nKept elsewhere and given with --expect, it shows later that nothing was cut off.", style="dim")
    emit(result.model_dump(mode="json"), words, as_json=as_json)
    return result.intact


async def tasks(status: str | None, limit: int, *, as_json: bool) -> None:
    """List review tasks, and say so when there are more than were asked for."""
    settings = read_settings()
    which = TaskFilter(status=_status(status), tenant=settings.tenant)
    async with records(settings) as running:
        found = await running.tasks(which, limit + 1)
    shown = found[:limit]
    emit([task.model_dump(mode="json") for task in shown], tasks_view(shown), as_json=as_json)
    if len(found) > limit:
        err.print(f"These are the first {limit}; there are more. List more with --limit, or narrow down with --status.")


async def claim(task_id: str, reviewer: str, *, as_json: bool) -> None:
    """Take a task."""
    async with records(read_settings()) as running:
        task = await running.review(task_id, ClaimTask(reviewer))
    emit(task.model_dump(mode="json"), task_view(task), as_json=as_json)


async def give_back(task_id: str, reviewer: str, token: int, *, as_json: bool) -> None:
    """Let go of a task without a verdict."""
    async with records(read_settings()) as running:
        task = await running.review(task_id, GiveBack(reviewer, token))
    emit(task.model_dump(mode="json"), task_view(task), as_json=as_json)


async def resolve(verdict: VerdictGiven, *, as_json: bool) -> None:
    """Give the verdict on a task, about the decision that the task is bound to."""
    if verdict.verdict not in get_args(VerdictKind):
        raise InvalidInputError(f"--verdict: expected one of {', '.join(get_args(VerdictKind))}.")
    amended = None if verdict.amended is None else _answer(verdict.amended)
    async with records(read_settings()) as running:
        waiting = await running.reviews.get(verdict.task_id, running.settings.tenant)
        action = Resolve(
            reviewer=verdict.reviewer,
            token=verdict.token,
            decision_hash=waiting.decision_hash,
            verdict=cast("VerdictKind", verdict.verdict),
            justification=verdict.because,
            amended=amended,
        )
        task = await running.review(verdict.task_id, action)
    emit(task.model_dump(mode="json"), task_view(task), as_json=as_json)


def _answer(path: Path) -> Mapping[str, JsonValue]:
    try:
        answer = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise InvalidInputError(f"--amended: {path} cannot be read ({error}); name a JSON file in UTF-8.") from error
    if not isinstance(answer, dict):
        raise InvalidInputError(f"--amended: {path} holds no JSON object; write the whole amended answer as one.")
    return cast("Mapping[str, JsonValue]", answer)


def _status(status: str | None) -> TaskStatus | None:
    if status is not None and status not in get_args(TaskStatus):
        raise InvalidInputError(f"--status: expected one of {', '.join(get_args(TaskStatus))}.")
    return cast("TaskStatus | None", status)
