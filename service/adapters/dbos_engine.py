"""Turns DBOS into what works through the jobs of this process: what it takes from which queue, and what it knows of.

DBOS is one per process, with threads and an event loop of its own. Only this module and its workflows import it, and
they are imported when there is something to ingest: that takes half a second.
"""

import asyncio
import logging
import sqlite3
import threading
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from types import TracebackType
from typing import Final, Literal

from dbos import DBOS, DBOSConfig, DBOSPortableJSONSerializer, SetEnqueueOptions, SetWorkflowID
from sqlalchemy import make_url
from sqlalchemy.exc import SQLAlchemyError

from service.adapters.dbos_workflows import RUNNING, WAITING, Job, Workflows, jobs
from service.adapters.job_steps import JobSteps, Queues
from service.errors import ServiceError

_SHAPE: Final = "2"
"""Changes with the order of steps in a workflow, so that a release which keeps it goes on with older jobs."""

_SCHEMA: Final = "toulmin_jobs"

Raised = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]
JobState = Literal["going on", "ended"]

_ONE_AT_A_TIME: Final = threading.Lock()
"""A second application of this process waits until the first has nothing to do."""


def system_database(database_url: str, folder: Path) -> str:
    """Give the URL of the database of the jobs: ours, when it is PostgreSQL, else a file in the folder."""
    url = make_url(database_url)
    if url.get_backend_name() == "sqlite":
        return f"sqlite:///{folder / 'jobs.db'}"
    query = {"sslmode" if name == "ssl" else name: value for name, value in url.query.items()}
    return url.set(drivername="postgresql+psycopg", query=query).render_as_string(hide_password=False)


class Engine:
    """DBOS with our two workflows, under a name that no other process has; its methods block: call them in a thread."""

    def __init__(self, database: str, name: str, queues: Queues, steps: JobSteps) -> None:
        self.name = name
        self._database = database
        self._queues = queues
        self._workflows = Workflows(queues, steps)
        self._listened = (queues.documents, queues.ingestions) if queues.whole else (queues.documents,)

    def launch(self, loop: asyncio.AbstractEventLoop, patience_s: float = 60.0) -> None:
        """Begin to work, with the steps in `loop`."""
        if not _ONE_AT_A_TIME.acquire(timeout=patience_s):
            raise ServiceError("Another application in this process is ingesting; wait until it has ended.")
        try:
            self._launch(loop)
            if self._declare():  # DBOS looks for new queues every second only, but at once when it begins
                DBOS.destroy(destroy_registry=True)
                self._launch(loop)
        except BaseException:
            self.close()
            raise

    def close(self, patience_s: float = 0.0) -> None:
        """Stop, after waiting so long for what runs; what is cut off stays claimed by this process's name."""
        try:
            DBOS.destroy(destroy_registry=True, workflow_completion_timeout_sec=round(patience_s))
        finally:
            _ONE_AT_A_TIME.release()

    def enqueue(self, ingestion_id: str, turn: str) -> None:
        """Let an ingestion be done, after those before it that have the same turn; a second time changes nothing."""
        with SetWorkflowID(ingestion_id), SetEnqueueOptions(queue_partition_key=turn):
            DBOS.enqueue_workflow(self._queues.ingestions, self._workflows.ingest, ingestion_id)

    def claimed(self, claimed_by: str | None = None) -> list[Job]:
        """List what some process has begun, or one of a name."""
        return jobs(RUNNING, claimed_by=claimed_by)

    def lost(self) -> list[Job]:
        """List what this process has begun and does not do, because its end could not be written down."""
        return [job for job in self.claimed(self.name) if job.id not in self._workflows.doing]

    def idle(self) -> bool:
        """Tell whether nothing waits or runs that this process could do."""
        return not jobs(WAITING + RUNNING, queues=self._listened, limit=1)

    def requeue(self, claimed: list[Job]) -> None:
        """Give back to their queues what a process had begun that is gone."""
        for queue in {job.queue for job in claimed if job.queue is not None}:
            DBOS.resume_workflows([job.id for job in claimed if job.queue == queue], queue_name=queue)

    def states(self, ingestion_ids: Sequence[str]) -> dict[str, JobState]:
        """Tell of each ingestion that has a workflow whether that has ended."""
        found = DBOS.list_workflows(workflow_ids=list(ingestion_ids), load_input=False, load_output=False)
        return {one.workflow_id: "going on" if one.status in WAITING + RUNNING else "ended" for one in found}

    async def ended(self) -> None:
        """Wait, in the loop of the steps, until those that were cut off have cleaned up."""
        await self._workflows.ended()

    def _launch(self, loop: asyncio.AbstractEventLoop) -> None:
        _quiet()
        if self._database.startswith("sqlite:///"):
            path = Path(self._database.removeprefix("sqlite:///"))
            path.parent.mkdir(parents=True, exist_ok=True)
            with closing(sqlite3.connect(path)) as file:
                file.execute("PRAGMA journal_mode=WAL")  # which the file keeps; readers then never wait for writers
        config = DBOSConfig(
            name="toulmin",
            system_database_url=self._database,
            sys_db_pool_size=5,
            dbos_system_schema=_SCHEMA,
            application_version=_SHAPE,
            executor_id=self.name,
            serializer=DBOSPortableJSONSerializer(),
            use_listen_notify=False,
            notification_listener_polling_interval_sec=0.2,  # nothing is sent; it is how fast closing is
            log_level="WARNING",
            enable_otlp=False,
        )
        DBOS(config=config)
        self._workflows.declare(loop)
        DBOS.listen_queues(self._listened)
        DBOS.launch()

    def _declare(self) -> bool:
        """Declare the queues, once per database; whether any is new."""
        queues = self._queues
        alone = self._database.startswith("sqlite")  # so it rests soon, and may look more often until then
        new = DBOS.retrieve_queue(queues.documents) is None
        if new or queues.batches is not None:
            DBOS.register_queue(
                queues.documents,
                worker_concurrency=queues.batches or 2,
                polling_interval_sec=queues.look_s / 2 if alone else queues.look_s,
                on_conflict="always_update",
            )
        if DBOS.retrieve_queue(queues.ingestions) is None:
            new = True
            DBOS.register_queue(
                queues.ingestions,
                worker_concurrency=queues.ingests,
                partition_concurrency=1,
                polling_interval_sec=queues.look_s,
            )
        return new


class _Lines(logging.Formatter):
    """One line for what cannot be reached or written now and is tried again; tracebacks for what nobody expected."""

    def formatException(self, ei: Raised) -> str:  # noqa: N802 - the name that logging calls
        if isinstance(ei[1], (SQLAlchemyError, ServiceError, OSError)):
            return str(ei[1]).partition("\n")[0]
        return super().formatException(ei)


def _quiet() -> None:
    """Let DBOS say what went wrong, and nothing else."""
    logger = logging.getLogger("dbos")
    if not logger.handlers:  # with one, it adds none
        lines = logging.StreamHandler()
        lines.setFormatter(_Lines("jobs: %(message)s"))
        lines.setLevel(logging.ERROR)
        logger.addHandler(lines)
        logger.propagate = False
