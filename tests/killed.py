"""Where an ingest is killed, the programs that make processes to be killed there, and what these said."""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Any, Final, cast

import killing
from killing import Order

READING: Final = (
    "catalog.open after 1",
    "sql:INSERT INTO main.workflow_status before 1",
    "catalog.current before 1",
    "sql:INSERT INTO planned_documents before 1",
    "catalog.plan after 1",
    "parsing.parse after 20",
    "catalog.kept before 1",
    "embedder.embed before 1",
    "catalog.keep_vectors before 1",
    "catalog.keep_vectors after 1",
    "sql:INSERT INTO chunks before 1",
    "catalog.settle after 1",
    "catalog.settle before 1",
)
"""From asking to the last document that is settled."""

WRITING: Final = (
    "catalog.exclusive before 1",
    "catalog.undo_uncommitted after 1",
    "index.delete after 1",
    "catalog.counts after 1",
    "catalog.assign before 1",
    "catalog.assign after 1",
    "catalog.set_families after 1",
    "index.upsert before 1",
    "index.upsert during 1",
    "index.upsert after 1",
)
"""From the turn to commit to the last point that is written."""

RETIRING: Final = (
    "index.set_where before 2",
    "index.set_where after 2",
    "catalog.retire before 1",
    "catalog.retire after 1",
)
"""Where there is something to retire; the first call of `set_where` is recovery's."""

FLIPPING: Final = (
    "catalog.commit before 1",
    "sql:INSERT INTO generations before 1",
    "sql:INSERT INTO source_checks before 1",
    "sql:DELETE FROM planned_documents before 1",
    "catalog.commit after 1",
)
"""From all being written to the generation that is committed, though the job is not done yet."""

ENDING: Final = "sql:INSERT INTO main.workflow_output before {}"
"""Marking jobs as done: those of the batches that were staged, and last that of the ingest."""

BATCHES: Final = {"first": 4, "again": 2}
"""The ingests that are killed, of 200 documents into nothing, and of some 80 later; and their batches."""

NOWHERE: Final = Order(folder="", sources="")


def steps(which: str, batches_before: int) -> tuple[str, ...]:
    """Name all steps of an ingest, of which so many batches end in the same process."""
    retiring = RETIRING if which == "again" else ()
    return (*READING, *WRITING, *retiring, *FLIPPING, ENDING.format(batches_before + 1))


@dataclass(frozen=True)
class Kills:
    """Deaths one after another, of the processes that work on one ingest."""

    which: str
    deaths: tuple[Order, ...]

    def sooner(self) -> "Kills":
        """Give the same, a third sooner where a time was named."""
        return Kills(
            self.which, tuple(one.model_copy(update={"after_s": (one.after_s or 0) / 1.5}) for one in self.deaths)
        )


Said = Mapping[str, Any]


class Makers:
    """Programs that make processes, each of them one at a time."""

    def __init__(self, number: int) -> None:
        self._idle: SimpleQueue[subprocess.Popen[str]] = SimpleQueue()
        self._all = [self._begun() for _ in range(number)]
        for one in self._all:
            self._idle.put(one)

    def obeyed(self, order: Order) -> list[Said]:
        """Have an order obeyed; returns what was said, in seconds since the process began."""
        maker = self._idle.get()
        try:
            assert maker.stdin is not None
            maker.stdin.write(order.model_dump_json() + "\n")
            maker.stdin.flush()
            said: list[Said] = []
            while not said or said[-1]["what"] != "ended":
                said.append(self._line(maker))
        finally:
            self._idle.put(maker)
        return [{**one, "at": one["at"] - said[-1]["began"]} for one in said]

    def close(self) -> None:
        for one in self._all:
            one.communicate()

    def _begun(self) -> subprocess.Popen[str]:
        command = [sys.executable, killing.__file__]
        return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)  # noqa: S603 - ours

    def _line(self, maker: subprocess.Popen[str]) -> Said:
        assert maker.stdout is not None
        line = maker.stdout.readline()
        assert line, "the program that makes processes has ended"
        return cast("Said", json.loads(line))


def first_of(said: Sequence[Said], what: str) -> Said:
    """Give the first thing of a kind that was said."""
    found = [one for one in said if one["what"] == what]
    assert found, f"nothing {what}: {said}"
    return found[0]
