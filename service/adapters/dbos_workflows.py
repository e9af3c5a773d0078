"""Turns the steps of an ingest into two DBOS workflows: one for an ingestion, one for each batch that it stages.

A workflow's id is that of its ingestion or batch; arguments and results are ids and numbers. Workflows run in the
event loop of DBOS, the steps in that of the database and the index.
"""

import asyncio
from collections.abc import Callable, Coroutine, Generator, Sequence
from contextlib import contextmanager
from contextvars import Context
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, ParamSpec, TypeVar

from dbos import DBOS, SetWorkflowID, StepOptions

from service.adapters.job_steps import OVER, JobSteps, Queues
from service.ingestions import batch_job, jobs_of

T = TypeVar("T")
P = ParamSpec("P")

WAITING: Final = ("ENQUEUED", "DELAYED")
RUNNING: Final = ("PENDING",)

_FAILED: Final = ("ERROR", "MAX_RECOVERY_ATTEMPTS_EXCEEDED")
_ATTEMPTS: Final = 5
_SHARE: Final = StepOptions(name="share", retries_allowed=True, interval_seconds=0.5, max_attempts=6)


@dataclass(frozen=True, slots=True)
class Job:
    """A workflow that is not done: its id, its queue, and the name of the process that claimed it."""

    id: str
    queue: str | None
    claimed_by: str | None


def jobs(
    status: Sequence[str],
    *,
    queues: Sequence[str] | None = None,
    begins: str | None = None,
    claimed_by: str | None = None,
    limit: int | None = None,
) -> list[Job]:
    """List workflows in one of these states, those in these queues, whose id begins so, or of one process."""
    found = DBOS.list_workflows(
        status=list(status),
        queue_name=None if queues is None else list(queues),
        workflow_id_prefix=begins,
        executor_id=claimed_by,
        limit=limit,
        load_input=False,
        load_output=False,
    )
    return [Job(one.workflow_id, one.queue_name, one.executor_id) for one in found]


class Workflows:
    """The two workflows, declared to DBOS anew each time that it begins."""

    def __init__(self, queues: Queues, steps: JobSteps) -> None:
        self._queues = queues
        self._steps = steps
        self._loop: asyncio.AbstractEventLoop | None = None
        self._running: set[asyncio.Task[Any]] = set()
        self.doing: set[str] = set()
        """The ids of the workflows that run now."""

    def declare(self, loop: asyncio.AbstractEventLoop) -> None:
        """Declare the workflows, whose steps run in `loop`."""
        self._loop = loop

        async def ingest(ingestion_id: str) -> None:
            with self._doing():
                await self._ingest(ingestion_id)

        async def stage(ingestion_id: str, batch: int) -> None:
            with self._doing():
                await self._step("stage", self._steps.stage, ingestion_id, batch)

        self.ingest = DBOS.workflow(name="ingest")(ingest)
        self.stage = DBOS.workflow(name="stage")(stage)

    async def ended(self) -> None:
        """Wait, in the loop of the steps, until those that were cut off have cleaned up."""
        if self._running:
            await asyncio.wait(set(self._running))

    @contextmanager
    def _doing(self) -> Generator[None]:
        name = str(DBOS.workflow_id)
        self.doing.add(name)
        try:
            yield
        finally:
            self.doing.discard(name)

    async def _ingest(self, ingestion_id: str) -> None:
        """Plan, stage and commit; again when another ingest committed what this one planned to replace."""
        steps = self._steps
        for attempt in range(_ATTEMPTS):
            batches = await self._step("plan", steps.plan, ingestion_id)
            if batches == OVER:
                break
            if batches == 1:  # a queue would only delay it
                await self._step("stage", steps.stage, ingestion_id, 0)
            elif batches > 1:
                await DBOS.run_step_async(_SHARE, self._share, ingestion_id, attempt, batches)
            committed = await self._step("commit", steps.commit, ingestion_id)
            if committed == "committed":
                await self._step("learn", steps.learn)
                return
            if committed == "over":
                break
        else:
            why = f"Other ingests committed the same documents {_ATTEMPTS} times while this one ran; start it again."
            await self._step("fail", steps.fail, ingestion_id, why)
        await self._step("discard", steps.discard, ingestion_id)

    async def _share(self, ingestion_id: str, attempt: int, batches: int) -> None:
        """Queue the batches for whoever has time, and wait for them; of one that is over, for those that run."""
        begins = f"{jobs_of(ingestion_id)}{attempt}."
        await _blocking(self._enqueue, ingestion_id, attempt, batches)
        while await _blocking(jobs, WAITING + RUNNING, begins=begins, limit=1):
            if await self._there(self._steps.over, ingestion_id) and not await _blocking(
                jobs, RUNNING, begins=begins, limit=1
            ):
                return
            await asyncio.sleep(self._queues.look_s)
        if failed := await _blocking(jobs, _FAILED, begins=begins, limit=1):
            why = f"The batch {failed[0].id} ended with an error that nobody expected; the log says which."
            await self._there(self._steps.fail, ingestion_id, why)

    def _enqueue(self, ingestion_id: str, attempt: int, batches: int) -> None:
        for batch in range(batches):
            with SetWorkflowID(batch_job(ingestion_id, attempt, batch)):
                DBOS.enqueue_workflow(self._queues.documents, self.stage, ingestion_id, batch)

    async def _step(self, name: str, step: Callable[P, Coroutine[Any, Any, T]], *args: P.args, **kwargs: P.kwargs) -> T:
        async def there() -> T:
            return await self._there(step, *args, **kwargs)

        return await DBOS.run_step_async(StepOptions(name=name), there)

    async def _there(self, step: Callable[P, Coroutine[Any, Any, T]], *args: P.args, **kwargs: P.kwargs) -> T:
        """Do a step in the loop of the database and the index; it ends with what waits for it."""
        if self._loop is None:
            raise RuntimeError("a step before its workflow was declared")

        async def noted() -> T:
            task = asyncio.current_task()
            if task is not None:
                self._running.add(task)
                task.add_done_callback(self._running.discard)
            return await step(*args, **kwargs)

        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(noted(), self._loop))


async def _blocking(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call DBOS in a thread, where it does not take itself to be inside a step."""
    call = partial(Context().run, partial(function, *args, **kwargs))
    return await asyncio.get_running_loop().run_in_executor(None, call)
