"""Turns the jobs of a parent into answers, one at a time, under limits: the child in which files are parsed.

It starts as `python -m ingestion.parsing_child FD PARENT`, with a socket to its parent. It is told what makes its
Reader, and then Sources; whatever a file does to it, it keeps within its limits and ends with its parent.
"""

import gc
import os
import socket
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from ingestion.answers import Part, Refusal, parts_of
from ingestion.confinement import NICENESS, bound_memory, bound_processor, end_with, refuse_reaching_out
from ingestion.frames import Deadline, receive, send
from ingestion.jobs import OUT_OF_MEMORY, READY, Job, ReaderRecipe
from ingestion.languages import recognised
from ingestion.ports import UnreadableSourceError
from ingestion.reading import Reader

LARGEST_JOB: Final = 4 * 1024 * 1024
"""Bytes of a job: a Source with what is declared of it."""

_ENGLISH: Final = "These are plain words that everybody who knows the language can read without any difficulty. " * 3
_NEVER: Final = Deadline()


def main(arguments: list[str]) -> int:
    """Answer until the parent says no more; the exit code is 0 then, OUT_OF_MEMORY when there was too little."""
    descriptor, parent = map(int, arguments)
    end_with(parent)
    os.nice(NICENESS)
    connection = socket.socket(fileno=descriptor)
    with ThreadPoolExecutor(1) as beside:
        # The model of languages is unpacked into a temporary file, which will not be possible any more.
        unpacking = beside.submit(recognised, _ENGLISH)
        asked = receive(connection, LARGEST_JOB, _NEVER)
        if asked is None:
            return 0
        reader = ReaderRecipe.model_validate_json(asked).reader()
        unpacking.result()
    bound_memory(reader.limits.memory_mb)
    refuse_reaching_out()
    gc.freeze()
    send(connection, READY, _NEVER)
    while (asked := receive(connection, LARGEST_JOB, _NEVER)) is not None:
        bound_processor(reader.limits.seconds)
        try:
            for part in _answer(reader, Job.model_validate_json(asked)):
                send(connection, part.model_dump_json().encode(), _NEVER)
        except MemoryError:
            # At once: what is left of the reading may not even let the interpreter end in order.
            os._exit(OUT_OF_MEMORY)
    return 0


def _answer(reader: Reader, job: Job) -> Iterator[Part]:
    try:
        yield from parts_of(reader.read(job.source, job.fingerprint, job.ingestion_id))
    except UnreadableSourceError as error:
        yield Part(refused=Refusal(reason=error.reason, remedy=error.remedy), last=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
