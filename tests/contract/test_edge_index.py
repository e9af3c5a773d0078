"""What only the embedded index does: one process at a time, and care for its folder and disk."""

import asyncio
import json
import shutil
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

import pytest

from retrieval.adapters.edge_index import EdgeIndex
from retrieval.filters import Between, Equals
from retrieval.ports import Collection, IndexUnavailableError, Point, RetrievalError
from retrieval.settings import RetrievalSettings

SALES = Collection("sales", 2, "euclid")
POINT = Point("00000000-0000-0000-0000-000000000001", (1.0, 2.0), {"kind": "sale"})
FULL_DISK = RetrievalSettings(disk_headroom_mb=10**9)


async def test_a_second_opener_is_told_who_holds_the_index_and_what_to_do(tmp_path: Path) -> None:
    script = f"""
import asyncio
from pathlib import Path
from retrieval.adapters.edge_index import EdgeIndex
from retrieval.ports import Collection
async def hold():
    notice = {{"address": "http://127.0.0.1:8000"}}
    await EdgeIndex.open(Path({str(tmp_path)!r}), [Collection("sales", 2, "euclid")], notice=notice)
    print("open", flush=True)
    await asyncio.sleep(60)
asyncio.run(hold())
"""
    holder = await asyncio.create_subprocess_exec(sys.executable, "-c", script, stdout=PIPE)
    try:
        assert holder.stdout is not None
        assert await holder.stdout.readline() == b"open\n"
        told = rf"in use by process {holder.pid}, which answers at http://127\.0\.0\.1:8000\. Ask that process"
        with pytest.raises(IndexUnavailableError, match=told):
            await EdgeIndex.open(tmp_path, [SALES])
    finally:
        holder.kill()
        await holder.wait()
    index = await EdgeIndex.open(tmp_path, [SALES])  # a killed process holds nothing
    await index.close()


async def test_points_survive_a_killed_process(tmp_path: Path) -> None:
    script = f"""
import asyncio, os, signal
from pathlib import Path
from retrieval.adapters.edge_index import EdgeIndex
from retrieval.ports import Collection, Point
async def write():
    index = await EdgeIndex.open(Path({str(tmp_path)!r}), [Collection("sales", 2, "euclid")])
    await index.upsert("sales", [Point({POINT.id!r}, (1.0, 2.0), {{"kind": "sale"}})])
    await index.set_payload("sales", [{POINT.id!r}], {{"kind": "sold"}})
    os.kill(os.getpid(), signal.SIGKILL)
asyncio.run(write())
"""
    writer = await asyncio.create_subprocess_exec(sys.executable, "-c", script)
    assert await writer.wait() == -9
    index = await EdgeIndex.open(tmp_path, [SALES])
    assert [hit.payload for hit in await index.scroll("sales", ())] == [{"kind": "sold"}]
    await index.close()


async def test_writes_are_refused_while_the_disk_is_nearly_full_but_reading_goes_on(tmp_path: Path) -> None:
    index = await EdgeIndex.open(tmp_path, [SALES])
    await index.upsert("sales", [POINT])
    await index.close()
    with pytest.raises(IndexUnavailableError, match=r"MB are free on the disk of .*1000000000 MB.*Free some space"):
        await EdgeIndex.open(tmp_path / "new", [SALES], settings=FULL_DISK)
    full = await EdgeIndex.open(tmp_path, [SALES], settings=FULL_DISK)
    for write in (
        full.upsert("sales", [POINT]),
        full.set_payload("sales", [POINT.id], {"kind": "x"}),
        full.delete("sales", [Equals("kind", "sale")]),
    ):
        with pytest.raises(IndexUnavailableError, match="Free some space"):
            await write
    assert [hit.payload for hit in await full.scroll("sales", [Between("price", at_least=0)])] == []
    assert [hit.payload for hit in await full.scroll("sales", ())] == [{"kind": "sale"}]
    await full.close()


@pytest.mark.parametrize(
    "other",
    [
        Collection("sales", 3, "euclid"),
        Collection("sales", 2, "cosine"),
        Collection("sales", 2, "euclid", lexical=True),
    ],
)
async def test_an_index_made_for_other_vectors_is_refused(tmp_path: Path, other: Collection) -> None:
    index = await EdgeIndex.open(tmp_path, [SALES])
    await index.close()
    with pytest.raises(IndexUnavailableError, match=r"euclid vectors of 2 numbers without words .* are asked"):
        await EdgeIndex.open(tmp_path, [other])
    again = await EdgeIndex.open(tmp_path, [SALES])  # the refusal let go of the lock
    await again.close()


def by(model: str | None) -> Collection:
    """Make the collection of vectors of this model."""
    return Collection("clauses", 2, "cosine", lexical=True, model=model)


async def test_vectors_of_another_model_are_refused_until_the_folder_is_removed(tmp_path: Path) -> None:
    for _ in range(2):
        await (await EdgeIndex.open(tmp_path, [by("alpha 1")])).close()
    with pytest.raises(
        IndexUnavailableError, match=r"by the model alpha 1 .* by the model beta 1 .* Remove that folder"
    ):
        await EdgeIndex.open(tmp_path, [by("beta 1")])
    shutil.rmtree(tmp_path / "clauses")
    again = await EdgeIndex.open(tmp_path, [by("beta 1")])
    assert await again.count("clauses", []) == 0
    await again.close()
    with pytest.raises(IndexUnavailableError, match="by the model beta 1"):
        await EdgeIndex.open(tmp_path, [by("alpha 1")])


async def test_an_index_that_names_no_model_is_opened_and_named(tmp_path: Path) -> None:
    index = await EdgeIndex.open(tmp_path, [by(None)])
    point = Point(POINT.id, (1.0, 0.0), {}, words={1: 1.0})
    await index.upsert("clauses", [point])
    await index.close()
    card = tmp_path / "clauses.json"
    first = {key: value for key, value in json.loads(card.read_text()).items() if key != "model"}
    card.write_text(json.dumps(first))  # as the first release wrote it
    index = await EdgeIndex.open(tmp_path, [by("alpha 1")])
    assert await index.count("clauses", []) == 1
    await index.close()
    with pytest.raises(IndexUnavailableError, match="by the model alpha 1"):
        await EdgeIndex.open(tmp_path, [by("beta 1")])


async def test_a_damaged_folder_is_reported_with_what_to_do(tmp_path: Path) -> None:
    index = await EdgeIndex.open(tmp_path, [SALES])
    await index.close()
    (tmp_path / "sales" / "edge_config.json").write_text("{")
    with pytest.raises(IndexUnavailableError, match=r"cannot be opened: .* ingest again"):
        await EdgeIndex.open(tmp_path, [SALES])


async def test_a_closed_index_answers_with_an_error_and_closing_twice_is_fine(tmp_path: Path) -> None:
    index = await EdgeIndex.open(tmp_path, [SALES])
    await index.close()
    await index.close()
    with pytest.raises(RetrievalError, match="it was closed"):
        await index.count("sales", ())


async def test_reads_and_writes_at_once_disturb_nobody(tmp_path: Path) -> None:
    index = await EdgeIndex.open(tmp_path, [SALES])
    points = [Point(f"00000000-0000-0000-0000-{n:012d}", (float(n), 0.0), {"kind": "sale"}) for n in range(2000)]

    async def read() -> int:
        hits = await index.nearest("sales", (0.0, 0.0), [Equals("kind", "sale")], 5)
        return len(hits)

    writes = [index.upsert("sales", points[start : start + 200]) for start in range(0, 2000, 200)]
    counts = await asyncio.gather(*(read() for _ in range(50)), *writes)
    assert all(count is None or 0 <= count <= 5 for count in counts)
    assert await index.count("sales", ()) == 2000
    await index.close()


async def test_a_collection_name_that_is_no_folder_name_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RetrievalError, match=r"'\.\./sales' is no collection name"):
        await EdgeIndex.open(tmp_path, [Collection("../sales", 2, "euclid")])
