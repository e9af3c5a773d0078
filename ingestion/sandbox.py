"""Turns Sources into ParsedRevisions in child processes, so that a hostile file can harm nothing but its own reading.

Each child reads one source at a time under limits of time and memory, and may reach neither network nor files to write.
A child that dies, takes too long or too much, or answers nonsense is replaced, and that one source is quarantined.
"""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Final

from pydantic import JsonValue

from ingestion.answers import Part, check, joined
from ingestion.confinement import address_space
from ingestion.frames import Deadline, FrameError, OverlongError, receive, send
from ingestion.ingests import ParsedRevision
from ingestion.jobs import OUT_OF_MEMORY, READY, Job, recipe_of
from ingestion.ports import IngestionError, UnreadableSourceError
from ingestion.reading import Reader
from ingestion.source import Source

START_SECONDS: Final = 60.0
"""Time for a child to start, on a machine that is busy."""

LAST_WORDS_SECONDS: Final = 2.0
"""Time for a child that has stopped answering to end by itself, which tells why."""

ANSWER_FACTOR: Final = 10
"""An answer may be so many times as long as the text that it is about, since clauses and chunks repeat it."""

_INHERITED: Final = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "SYSTEMROOT", "LD_LIBRARY_PATH")
# One thread for each library, and no address space that is reserved in advance: it would count as taken.
_FRUGAL: Final = {
    **dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "ARROW_IO_THREADS"), "1"),
    "ARROW_DEFAULT_MEMORY_POOL": "system",
    "MALLOC_ARENA_MAX": "2",
}


class ParsingChildren:
    """Implements `Parsing`: reads as `reader` does, in at most `children` processes, which start when first needed."""

    def __init__(self, reader: Reader, children: int = 2) -> None:
        self._reader = reader
        self._lock = threading.Lock()
        self._children: set[_Child] = set()
        self._idle: list[_Child] = []
        self._closed = False
        # A child is killed when the thread that started it ends; these threads stay until all is closed.
        self._threads = ThreadPoolExecutor(children, thread_name_prefix="parsing")

    def start(self) -> None:
        """Let one child start now: that takes it a second, in which its parent may have other things to do."""
        self._threads.submit(self._ahead)

    async def parse(self, source: Mapping[str, JsonValue], fingerprint: str, ingestion_id: str) -> ParsedRevision:
        """Read one Source (as JSON) with everything in it; raises UnreadableSourceError."""
        job = Job(source=Source.model_validate(source), fingerprint=fingerprint, ingestion_id=ingestion_id)
        turn = _Turn()
        if self._closed:
            raise _closed()
        try:
            return await asyncio.wrap_future(self._threads.submit(self._read, job, turn))
        except asyncio.CancelledError:
            with self._lock:
                turn.abandoned = True
                if turn.child is not None:
                    turn.child.kill()
            raise

    async def close(self) -> None:
        """End the processes that read; what they are reading is abandoned."""
        with self._lock:
            self._closed = True
            for child in self._children:
                child.kill()
        await asyncio.to_thread(self._threads.shutdown)
        for child in self._children:
            child.end()
        self._children.clear()

    def _read(self, job: Job, turn: "_Turn") -> ParsedRevision:
        """Read in a child; whatever happens to it is told of this one source."""
        child = self._taken(turn)
        try:
            parsed = child.read(job)
            check(parsed, self._reader, job.source, job.fingerprint, job.ingestion_id)
        except _ChildError as error:
            child.kill()
            if self._closed:
                raise _closed() from error
            raise UnreadableSourceError(error.reason, error.remedy) from error
        except ValueError as error:
            child.kill()
            raise UnreadableSourceError(
                f"reading it gave an answer that does not fit ({error})", "it may be hostile; look at where it is from"
            ) from error
        finally:
            self._give_back(child, turn)
        return parsed

    def _ahead(self) -> None:
        child = _Child(self._reader)
        with self._lock:
            self._children.add(child)
            self._idle.append(child)
            if self._closed:
                child.kill()

    def _taken(self, turn: "_Turn") -> "_Child":
        with self._lock:
            self._refuse_when_over(turn)
            while self._idle:
                child = self._idle.pop()
                if child.alive:
                    turn.child = child
                    return child
                self._children.discard(child)
                child.end()
        child = _Child(self._reader)
        with self._lock:
            self._children.add(child)
            turn.child = child
            if turn.abandoned or self._closed:
                child.kill()
        return child

    def _give_back(self, child: "_Child", turn: "_Turn") -> None:
        with self._lock:
            turn.child = None
            if child.alive and not child.grown:
                self._idle.append(child)
                return
            self._children.discard(child)
        child.end()

    def _refuse_when_over(self, turn: "_Turn") -> None:
        if turn.abandoned or self._closed:
            raise _closed()


class _Turn:
    """The reading of one source: the child that does it now, and whether nobody waits for it any more."""

    def __init__(self) -> None:
        self.child: _Child | None = None
        self.abandoned = False


class _ChildError(Exception):
    """A child did not answer; why, and what to do."""

    def __init__(self, reason: str, remedy: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.remedy = remedy


class _Child:
    """One process that reads, and the socket to it; it starts by itself, and is waited for by who first asks it."""

    def __init__(self, reader: Reader) -> None:
        recipe = recipe_of(reader).model_dump_json().encode()
        self._limits = reader.limits
        self._killed = False
        self._space: int | None = None
        self._complaints = tempfile.TemporaryFile()  # noqa: SIM115  closed when the child ends
        self._largest = (ANSWER_FACTOR * reader.limits.largest_text_mb + 64) * 1024**2
        ours, theirs = socket.socketpair()
        self._connection = ours
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603  our own module, and two numbers
                [sys.executable, "-P", "-m", "ingestion.parsing_child", str(theirs.fileno()), str(os.getpid())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=self._complaints,
                pass_fds=(theirs.fileno(),),
                env=_environment(),
                start_new_session=True,
            )
        with suppress(OSError, FrameError):  # it has ended, as who asks it will be told
            send(ours, recipe, Deadline(START_SECONDS))

    @property
    def alive(self) -> bool:
        """Whether it can be asked."""
        return not self._killed and self._process.poll() is None

    @property
    def grown(self) -> bool:
        """Whether it keeps so much memory that the next source would not have its share."""
        taken = 0 if self._space is None else address_space(self._process.pid) - self._space
        return taken > self._limits.memory_mb * 1024**2 / 2

    def read(self, job: Job) -> ParsedRevision:
        """Let it read a source; raises UnreadableSourceError from it, _ChildError when it fails, and ValueError.

        Raises IngestionError when it did not start.
        """
        if self._space is None:
            self._await_ready()
            self._space = address_space(self._process.pid)
        deadline = Deadline(self._limits.seconds)
        try:
            send(self._connection, job.model_dump_json().encode(), deadline)
            return joined(self._answer(deadline))
        except TimeoutError as error:
            raise self._too_slow() from error
        except OverlongError as error:
            raise _ChildError(
                f"more came out of it than {self._limits.largest_text_mb} MB of text can be",
                "split it, or raise TOULMIN_PARSE_LARGEST_TEXT_MB",
            ) from error
        except (FrameError, OSError) as error:
            raise self._ended() from error

    def kill(self) -> None:
        """Kill it; whoever waits for its answer learns that it ended."""
        self._killed = True
        self._process.kill()

    def end(self) -> None:
        """Kill it and leave nothing of it, when nobody waits for its answer."""
        self._process.kill()
        self._process.wait()
        self._connection.close()
        self._complaints.close()

    def _answer(self, deadline: Deadline) -> list[Part]:
        parts: list[Part] = []
        left = self._largest
        while not (parts and parts[-1].last):
            frame = receive(self._connection, left, deadline)
            if frame is None:
                raise FrameError("it ended before its answer")
            left -= len(frame)
            parts.append(Part.model_validate_json(frame))
        return parts

    def _await_ready(self) -> None:
        try:
            ready = receive(self._connection, len(READY), Deadline(START_SECONDS))
        except (OSError, FrameError):
            ready = None
        if ready != READY and self._killed:
            raise self._ended()
        if ready != READY:
            self.kill()
            self._process.wait()
            self._complaints.seek(0)
            last = self._complaints.read().decode(errors="replace").strip().rpartition("\n")[2] or "it said nothing"
            raise IngestionError(f"The process that reads files did not start ({last}); check the installation.")

    def _too_slow(self) -> _ChildError:
        return _ChildError(
            f"reading it took longer than {self._limits.seconds:g} seconds", "split it, or raise TOULMIN_PARSE_SECONDS"
        )

    def _too_large(self) -> _ChildError:
        return _ChildError(
            f"reading it took more than {self._limits.memory_mb} MB of memory",
            "split it, or raise TOULMIN_PARSE_MEMORY_MB",
        )

    def _ended(self) -> _ChildError:
        """Tell from the way it ended what happened."""
        try:
            code = self._process.wait(LAST_WORDS_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            code = self._process.wait()
        if code == -signal.SIGXCPU:
            return self._too_slow()
        if code == OUT_OF_MEMORY:
            return self._too_large()
        how = signal.Signals(-code).name if code < 0 else f"exit code {code}"
        return _ChildError(
            f"the process that read it ended ({how})",
            "it may be damaged or hostile; if it is neither, ingest it again, with a larger TOULMIN_PARSE_MEMORY_MB",
        )


def _environment() -> dict[str, str]:
    """Give what a child needs, and no credentials: where our modules are, and that libraries be frugal."""
    kept = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    here = str(Path(__file__).resolve().parents[1])
    return {**kept, **_FRUGAL, "PYTHONPATH": here, "PYTHONDONTWRITEBYTECODE": "1"}


def _closed() -> IngestionError:
    return IngestionError("The processes that read files were closed; start the ingest anew.")
