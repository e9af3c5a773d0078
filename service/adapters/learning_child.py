"""Learns in a process of its own, so that minutes of work hold up no answer and leave no memory behind.

The child starts as `python -m service.adapters.learning_child PARENT` and is told on its standard input, by pickle from
the parent alone, which pack learns from what as of when. It answers with the lesson, or why there is none.
"""

import asyncio
import os
import pickle
import signal
import sys
from asyncio.subprocess import PIPE
from typing import BinaryIO, Final, cast

from decision.facts import DecisionError
from decision.pack import Found, Learns
from decision.registry import load
from decision.rules import Parameters
from ingestion.confinement import NICENESS, end_with
from service.errors import ServiceError

_LEARNED: Final = 0
_NOTHING: Final = 3
_REFUSED: Final = 4


async def learn_apart(pack: Learns, evidence: Found, parameters: Parameters) -> bytes | None:
    """Let a child learn; the child ends when nobody waits any more, or when this process ends.

    Raises DecisionError as the pack does, and ServiceError where the child did not live to the end of it.
    """
    told = await asyncio.to_thread(pickle.dumps, (pack.name, parameters.as_of, evidence))
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-P", "-m", __name__, str(os.getpid()), stdin=PIPE, stdout=PIPE, start_new_session=True
    )  # -P: nothing is imported from the folder that somebody stands in
    try:
        answer, _ = await child.communicate(told)
    finally:
        if child.returncode is None:
            child.kill()
    if child.returncode == _REFUSED:
        raise DecisionError(answer.decode())
    if child.returncode not in (_LEARNED, _NOTHING):
        killed = ", mostly for want of memory" if child.returncode == -signal.SIGKILL else ""
        raise ServiceError(
            f"The process that learned for {pack.name} ended with {child.returncode}{killed}; what it said stands in "
            "the log. The next case tries again."
        )
    return answer if child.returncode == _LEARNED else None


def main(arguments: list[str]) -> int:
    """Learn once; the exit code says what stands on standard output."""
    end_with(int(arguments[0]))
    os.nice(NICENESS)
    with os.fdopen(os.dup(1), "wb") as answer:
        os.dup2(2, 1)  # what libraries print belongs into the log, not into the lesson
        return _answer(answer)


def _answer(answer: BinaryIO) -> int:
    name, as_of, evidence = pickle.load(sys.stdin.buffer)  # noqa: S301 - from the parent, over a pipe of its own
    try:
        pack = cast("Learns", load(name))
        lesson = pack.learn(evidence, pack.rulebook.on(as_of).parameters)
    except DecisionError as error:
        answer.write(str(error).encode())
        return _REFUSED
    if lesson is None:
        return _NOTHING
    answer.write(lesson)
    return _LEARNED


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
