"""A small disk that fills up while the index is written: writing is refused, reading and the process go on."""

import asyncio
import os
import shutil
import subprocess
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager
from io import FileIO
from pathlib import Path

import pytest

DISK_MB = 150
HEADROOM_MB = 40

WRITER = """
import asyncio, sys
from pathlib import Path
from uuid import UUID
import numpy as np
from retrieval.adapters.edge_index import EdgeIndex
from retrieval.filters import Equals
from retrieval.ports import Collection, IndexUnavailableError, Point
from retrieval.settings import RetrievalSettings
from retrieval.words import weigh_passage, weigh_question

def batch(number):
    words = weigh_passage("word " * 100)
    rows = np.random.default_rng(number).normal(size=(400, 384)).astype(np.float32)
    return [
        Point(str(UUID(int=number * 400 + place)), row, {"batch": str(number), "text": "word " * 100}, words)
        for place, row in enumerate(rows)
    ]

async def main(folder, headroom_mb):
    settings = RetrievalSettings(disk_headroom_mb=headroom_mb)
    collection = Collection("clauses", 384, "cosine", lexical=True)
    index = await EdgeIndex.open(folder, [collection], settings=settings)
    written = await index.count("clauses", ()) // 400  # whole batches: they are written one after another
    for line in iter(sys.stdin.readline, ""):
        try:
            for number in range(int(line)):
                await index.upsert("clauses", batch(number))
                written = max(written, number + 1)
            print("wrote", flush=True)
        except IndexUnavailableError as error:
            print("refused", written, error, flush=True)
        held = [await index.count("clauses", [Equals("batch", str(number))]) for number in range(written)]
        near = len(await index.nearest("clauses", [1.0] * 384, (), 10))
        words = len(await index.lexical("clauses", weigh_question("word"), (), 10))
        print("holds", set(held), near, words, flush=True)
    await index.close()
    print("closed", flush=True)

asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2])))
"""

ENOUGH = b"400\n"
SOME = b"5\n"
WHOLE = b"holds {400} 10 10\n"


@pytest.fixture
def disk(tmp_path: Path) -> Generator[Path]:
    """Give a small disk of its own."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = shutil.which("mount")
    if mount is None or os.geteuid() != 0:
        pytest.skip("a small disk can be mounted by root only")
    command = (mount, "-t", "tmpfs", "-o", f"size={DISK_MB}m", "tmpfs", str(folder))
    made = subprocess.run(command, capture_output=True, check=False)  # noqa: S603
    if made.returncode:
        pytest.skip(f"no small disk can be mounted here: {made.stderr.decode().strip()}")
    yield folder
    subprocess.run((mount.replace("mount", "umount"), str(folder)), check=True)  # noqa: S603


async def test_writing_stops_before_the_disk_is_full_and_goes_on_when_there_is_room(disk: Path) -> None:
    (disk / "others").write_bytes(bytes(60_000_000))
    async with writer(disk) as child:
        said = await asked(child, ENOUGH)
        assert said[0].startswith(b"refused ")
        assert b"MB are free on the disk of" in said[0]
        assert b"Free some space" in said[0]
        assert said[1] == WHOLE
        assert shutil.disk_usage(disk).free > (HEADROOM_MB - 10) * 1_000_000
        assert (await asked(child, SOME))[0].startswith(b"refused ")
        (disk / "others").unlink()
        assert await asked(child, SOME) == [b"wrote\n", WHOLE]
        assert await closed(child) == (b"closed\n", 0)
    async with writer(disk) as child:
        assert await asked(child, SOME) == [b"wrote\n", WHOLE]
        assert await closed(child) == (b"closed\n", 0)


async def test_a_disk_that_somebody_else_fills_at_the_same_time_kills_nobody(disk: Path) -> None:
    async with writer(disk) as child:
        assert await asked(child, SOME) == [b"wrote\n", WHOLE]
        answers = asyncio.create_task(asked(child, ENOUGH))
        await filled(disk / "others")
        said = await answers
        assert said[0].startswith(b"refused ")
        assert said[1] == WHOLE
        (disk / "others").unlink()
        assert await asked(child, SOME) == [b"wrote\n", WHOLE]
        assert await closed(child) == (b"closed\n", 0)


async def test_an_index_on_a_disk_without_a_byte_left_is_read_and_closed(disk: Path) -> None:
    async with writer(disk) as child:
        assert await asked(child, SOME) == [b"wrote\n", WHOLE]
        await filled(disk / "others", pause=0.0)
        said = await asked(child, SOME)
        assert said[0].startswith(b"refused ")
        assert said[1] == WHOLE
        assert await closed(child) == (b"closed\n", 0)
    (disk / "others").unlink()
    async with writer(disk) as child:
        assert await asked(child, SOME) == [b"wrote\n", WHOLE]


@asynccontextmanager
async def writer(disk: Path) -> AsyncGenerator[Process]:
    """Start a process that writes as many batches as it is asked, and says what became of it."""
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", WRITER, str(disk / "index"), str(HEADROOM_MB), stdin=PIPE, stdout=PIPE
    )
    try:
        yield child
    finally:
        if child.returncode is None:
            child.kill()
        await child.wait()


async def asked(child: Process, batches: bytes) -> list[bytes]:
    assert child.stdin is not None
    assert child.stdout is not None
    child.stdin.write(batches)
    return [await child.stdout.readline() for _ in range(2)]


async def closed(child: Process) -> tuple[bytes, int]:
    assert child.stdin is not None
    assert child.stdout is not None
    child.stdin.close()
    return await child.stdout.readline(), await child.wait()


async def filled(path: Path, pause: float = 0.01) -> None:
    """Write until the disk is full, some 100 MB a second unless without a pause."""
    with FileIO(path, "w") as file:
        for size in (1_000_000, 4096):
            while wrote(file, size):  # noqa: ASYNC110  nothing tells when the time has come
                await asyncio.sleep(pause if size > 4096 else 0.0)


def wrote(file: FileIO, size: int) -> bool:
    try:
        return file.write(bytes(size)) > 0
    except OSError:
        return False
