"""Decisions that wait for a person, over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, Field, JsonValue

from service.api.running import LARGEST, Running
from service.ports import TaskFilter
from service.review import ClaimTask, GiveBack, Resolve, ReviewTask, TaskStatus, VerdictKind

router = APIRouter(prefix="/v1/reviews", tags=["reviews"])

TaskPath = Annotated[str, Path(description="Id of the task.")]


class ClaimRequest(BaseModel):
    """Who takes the task."""

    reviewer: str = Field(min_length=1, max_length=200, examples=["ada"])


class ReleaseRequest(ClaimRequest):
    """Who gives the task back, with the token that the claim gave."""

    token: int = Field(ge=1, le=LARGEST, examples=[1])


class ResolveRequest(ReleaseRequest):
    """The verdict on the decision with this content hash."""

    decision_hash: str = Field(
        pattern="^[0-9a-f]{64}$", description="As in the task: the verdict is about these bytes."
    )
    verdict: VerdictKind = Field(examples=["uphold"])
    reason_code: str | None = None
    justification: str | None = Field(default=None, description="Needed unless upheld.")
    amended: dict[str, JsonValue] | None = Field(default=None, description="The amended answer, with `amend` only.")


@router.get("", summary="List review tasks")
async def tasks(
    running: Running,
    status: Annotated[TaskStatus | None, Query()] = None,
    assignee: Annotated[str | None, Query()] = None,
    reason: Annotated[str | None, Query(description="Code of a reason.")] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> list[ReviewTask]:
    """List tasks, the earliest due first, then the oldest."""
    which = TaskFilter(status=status, assignee=assignee, reason=reason, tenant=running.settings.tenant)
    return await running.tasks(which, limit)


@router.post("/{task_id}/claim", summary="Take a task for a limited time")
async def claim(running: Running, task_id: TaskPath, body: ClaimRequest) -> ReviewTask:
    """Give the task with the token that resolving it needs; 409 while another person holds it."""
    return await running.review(task_id, ClaimTask(body.reviewer))


@router.post("/{task_id}/release", summary="Give a task back")
async def release(running: Running, task_id: TaskPath, body: ReleaseRequest) -> ReviewTask:
    """Queue the task again, without a verdict."""
    return await running.review(task_id, GiveBack(body.reviewer, body.token))


@router.post("/{task_id}/resolve", summary="Give the verdict")
async def resolve(running: Running, task_id: TaskPath, body: ResolveRequest) -> ReviewTask:
    """Record the verdict; 409 when the hash or the token is not the task's."""
    action = Resolve(
        reviewer=body.reviewer,
        token=body.token,
        decision_hash=body.decision_hash,
        verdict=body.verdict,
        reason_code=body.reason_code,
        justification=body.justification,
        amended=body.amended,
    )
    return await running.review(task_id, action)
