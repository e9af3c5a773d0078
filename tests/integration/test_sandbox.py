"""Real children that read real files, hostile ones too."""

import asyncio
import gc
import os
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import AsyncGenerator, Callable
from pathlib import Path
from typing import Any, Final, cast

import pytest
from hostile_files import HOSTILE, MAPPING, Folder

from decision.packs.real_estate.features import SALE
from ingestion.ingests import ParsedRevision
from ingestion.ports import IngestionError, UnreadableSourceError
from ingestion.reading import Reader
from ingestion.sandbox import ParsingChildren
from ingestion.settings import ParsingLimits
from ingestion.source import Source
from retrieval.corpus import RecordKind

ROOT: Final = Path(__file__).resolve().parents[2]
LIMITS: Final = ParsingLimits(seconds=20, memory_mb=700, largest_mb=100, largest_text_mb=20)

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the limits that are tested are those of Linux")

Start = Callable[..., ParsingChildren]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Folder:
    (tmp_path / "hostile_kind.py").write_text(HOSTILE, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))  # pyright: ignore[reportUnknownMemberType]  typed loosely
    monkeypatch.setenv("TOULMIN_API_KEY", "secret")
    return Folder(tmp_path)


@pytest.fixture
async def start(folder: Folder) -> AsyncGenerator[Start]:
    started: list[ParsingChildren] = []
    assert folder.path.exists()

    def begin(limits: ParsingLimits = LIMITS, children: int = 1) -> ParsingChildren:
        hostile = RecordKind("hostile", 1, __import__("hostile_kind").vector)
        reader = Reader({"sale": SALE, "hostile": hostile}, "m", "acme", limits)
        started.append(ParsingChildren(reader, children))
        return started[-1]

    yield begin
    for children in started:
        await children.close()
    assert not _children(os.getpid())


async def _parse(children: ParsingChildren, source: Source) -> ParsedRevision:
    return await children.parse(source.model_dump(mode="json"), "f" * 64, "ing-1")


async def _refusal(children: ParsingChildren, source: Source) -> UnreadableSourceError:
    with pytest.raises(UnreadableSourceError) as refusal:
        await _parse(children, source)
    return refusal.value


def _children(parent: int) -> set[int]:
    """Find the children that read, of a process, by what the system lists."""
    found: set[int] = set()
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = status.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
            command = status.with_name("cmdline").read_bytes()
        except OSError:
            continue
        if int(fields[1]) == parent and b"parsing_child" in command and fields[0] != "Z":
            found.add(int(status.parent.name))
    return found


def _ended(child: int) -> bool:
    """Whether a process is gone, or only waits for its end to be noticed."""
    try:
        status = Path(f"/proc/{child}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return True
    return status.rpartition(")")[2].split()[0] == "Z"


async def test_a_child_reads_as_its_parent_would(start: Start, folder: Folder) -> None:
    children = start()
    assert not _children(os.getpid()), "nothing was asked yet"
    text = folder.text("policy.md", "# Policy\n\n## 1 Terms\n\nWords.\n")
    sales = folder.table("sales.csv", "PID,Sold,SalePrice\n1,2010-05-01,5\n2,2010-05-02,6\n", "sale")
    reader = Reader({"sale": SALE}, "m", "acme", LIMITS)
    for source in (text, sales):
        assert await _parse(children, source) == reader.read(source, "f" * 64, "ing-1")
    assert len(_children(os.getpid())) == 1


async def test_a_child_that_was_started_ahead_reads_the_first_source(start: Start, folder: Folder) -> None:
    children = start()
    before = _children(os.getpid())
    children.start()
    ahead: set[int] = set()
    async with asyncio.timeout(30):
        while not ahead:
            await asyncio.sleep(0.01)
            ahead = _children(os.getpid()) - before
    await _parse(children, folder.text("one.md", "# Title\n\nSome words.\n"))
    assert _children(os.getpid()) - before == ahead


async def test_tables_are_read_and_judged_by_libraries_that_fit_the_limits(start: Start, folder: Folder) -> None:
    children = start()
    frames = __import__("pandas")
    frame = frames.DataFrame({"PID": range(300), "Sold": frames.Timestamp("2010-05-01"), "SalePrice": 5.0, "Rooms": 3})
    frame.to_excel(folder.path / "sales.xlsx", index=False)
    frame.to_parquet(folder.path / "sales.parquet")
    schema = '[schema.columns.rooms]\ntype = "number"\nmin = 4\n'
    (folder.path / "sales.toml").write_text(MAPPING + schema, encoding="utf-8")
    declared = {"kind": "table", "record": "sale", "mapping": folder.path / "sales.toml"}
    for name in ("sales.xlsx", "sales.parquet"):
        parsed = await _parse(children, folder.file(name).model_copy(update=declared))
        assert len(parsed.records) == 300
        assert parsed.problems == ("rooms: 300 of 300 rows are below 4.0 (3), more than 0%",)


async def test_fifty_files_at_once_are_each_read_for_themselves(start: Start, folder: Folder) -> None:
    children = start(children=2)
    sources = [folder.text(f"d{number}.md", f"# Number {number}\n\nWords of {number}.\n") for number in range(50)]
    parsed = await asyncio.gather(*(_parse(children, source) for source in sources))
    assert [one.revision.document.title for one in parsed] == [f"Number {number}" for number in range(50)]
    assert len(_children(os.getpid())) == 2


@pytest.mark.parametrize(
    ("deed", "reason", "remedy"),
    [
        ("hang", "took longer than 3 seconds", "TOULMIN_PARSE_SECONDS"),
        ("sleep", "took longer than 3 seconds", "TOULMIN_PARSE_SECONDS"),
        ("eat", "took more than 300 MB of memory", "TOULMIN_PARSE_MEMORY_MB"),
        ("abort", "ended (SIG", "TOULMIN_PARSE_MEMORY_MB"),
        ("leave", "ended (exit code 0)", "damaged or hostile"),
        ("babble", "does not fit", "look at where it is from"),
        ("forge", "does not fit", "look at where it is from"),
        ("flood", "more came out of it than 20 MB", "TOULMIN_PARSE_LARGEST_TEXT_MB"),
    ],
)
async def test_what_harms_its_child_is_set_aside_and_the_next_is_read(
    start: Start, folder: Folder, deed: str, reason: str, remedy: str
) -> None:
    children = start(LIMITS.model_copy(update={"seconds": 3.0, "memory_mb": 300}))
    plain = folder.text("plain.md")
    await _parse(children, plain)
    (before,) = _children(os.getpid())
    refusal = await _refusal(children, folder.deed(deed))
    assert reason in refusal.reason
    assert remedy in refusal.remedy
    assert before not in _children(os.getpid())
    assert (await _parse(children, plain)).revision.document.title == "Title"


async def test_a_child_reaches_nothing_and_nobody(start: Start, folder: Folder) -> None:
    namespace: dict[str, Any] = {}
    exec(HOSTILE, namespace)  # noqa: S102  the names of the deeds above
    deeds = sorted(cast("dict[str, object]", namespace["REFUSED"]))
    parsed = await _parse(start(), folder.deed(*deeds))
    assert {deed: record.vector for deed, record in zip(deeds, parsed.records, strict=True)} == dict.fromkeys(
        deeds, (1.0,)
    )
    assert {path.name for path in folder.path.glob("victim*")} == {"victim.md"}


async def test_a_child_has_no_secrets_no_output_and_little_priority(
    start: Start, folder: Folder, capfd: pytest.CaptureFixture[str]
) -> None:
    parsed = await _parse(start(), folder.deed("environment", "priority", "print"))
    assert [record.vector for record in parsed.records[:2]] == [(0.0,), (10.0,)]
    assert "words" not in capfd.readouterr().out


async def test_a_child_that_is_stopped_or_killed_costs_its_own_source_only(start: Start, folder: Folder) -> None:
    children = start(LIMITS.model_copy(update={"seconds": 3.0}))
    for sent, reason in ((signal.SIGSTOP, "took longer than 3 seconds"), (signal.SIGKILL, "ended (SIGKILL)")):
        await _parse(children, folder.text("plain.md"))
        (child,) = _children(os.getpid())
        reading = asyncio.create_task(_refusal(children, folder.deed("sleep")))
        await asyncio.sleep(0.5)
        os.kill(child, sent)
        assert reason in (await reading).reason
        assert child not in _children(os.getpid())
    await _parse(children, folder.text("plain.md"))
    (idle,) = _children(os.getpid())
    os.kill(idle, signal.SIGKILL)
    await asyncio.sleep(0.2)
    parsed = await _parse(children, folder.text("plain.md"))
    assert parsed.chunks, "a child that died unasked costs nothing"


async def test_files_that_are_made_to_hurt_are_set_aside(start: Start, folder: Folder) -> None:
    children = start()
    (folder.path / "sparse.txt").touch()
    os.truncate(folder.path / "sparse.txt", 500 * 1024**2)
    assert "MB" in (await _refusal(children, folder.file("sparse.txt"))).reason
    for name, part in (("bomb.docx", "word/document.xml"), ("bomb.xlsx", "xl/worksheets/sheet1.xml")):
        with zipfile.ZipFile(folder.path / name, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("[Content_Types].xml", "<Types/>")
            archive.writestr(part, bytes(60 * 1024**2))
    assert (await _refusal(children, folder.file("bomb.docx"))).reason
    tabled = {"kind": "table", "record": "sale", "mapping": folder.path / "sales.toml"}
    bomb = await _refusal(children, folder.file("bomb.xlsx").model_copy(update=tabled))
    assert "60 MB when it is unpacked" in bomb.reason
    deep = folder.text("deep.html", "<div>" * 200_000 + "words" + "</div>" * 200_000)
    assert (await _refusal(children, deep)).reason
    nested = folder.table("nested.json", "[" * 2_000_000, "sale")
    assert (await _refusal(children, nested)).reason
    assert (await _parse(children, folder.text("plain.md"))).chunks


async def test_what_nobody_waits_for_is_given_up(start: Start, folder: Folder) -> None:
    children = start()
    plain = folder.text("plain.md")
    await _parse(children, plain)
    (before,) = _children(os.getpid())
    reading = asyncio.create_task(_parse(children, folder.deed("sleep")))
    waiting = asyncio.create_task(_parse(children, plain))
    await asyncio.sleep(0.5)
    waiting.cancel()
    reading.cancel()
    began = time.monotonic()
    assert (await _parse(children, plain)).chunks
    assert time.monotonic() - began < LIMITS.seconds / 2
    assert before not in _children(os.getpid())
    with pytest.raises(asyncio.CancelledError):
        await reading


async def test_closing_ends_what_is_being_read(start: Start, folder: Folder) -> None:
    children = start()
    reading = asyncio.create_task(_parse(children, folder.deed("sleep")))
    await asyncio.sleep(1)
    await children.close()
    with pytest.raises(IngestionError, match="were closed"):
        await reading
    with pytest.raises(IngestionError, match="were closed"):
        await _parse(children, folder.text("plain.md"))
    assert not _children(os.getpid())


async def test_the_loop_goes_on_while_files_are_read(start: Start, folder: Folder) -> None:
    """Count this process's own work, several times: on a busy machine others make it wait, yet not each time alike."""
    gc.collect()
    gc.freeze()  # else the loop looks for garbage among what thousands of other tests left
    children, shares = start(), list[float]()
    rows = "".join(f"{number},2010-05-01,{number + 1}\n" for number in range(20_000))
    table = folder.table("sales.csv", f"PID,Sold,SalePrice\n{rows}", "sale")
    for _ in range(3):
        reading = asyncio.create_task(_parse(children, table))
        longest, began = 0.0, time.process_time()
        last = began
        while not reading.done():
            await asyncio.sleep(0.005)
            longest, last = max(longest, time.process_time() - last), time.process_time()
        assert len((await reading).records) == 20_000
        shares.append(longest / (time.process_time() - began))
    assert min(shares) < 1 / 4


async def test_a_kind_that_no_other_process_can_import_is_refused(folder: Folder) -> None:
    def vector(values: object) -> tuple[float, ...]:
        return (float(bool(values)),)

    assert vector({}) == (0.0,)
    children = ParsingChildren(Reader({"odd": RecordKind("odd", 1, vector)}, "m", "acme", LIMITS))
    with pytest.raises(IngestionError, match=r"'odd' makes its vectors by .* make it a function of a module"):
        await _parse(children, folder.text("plain.md"))
    await children.close()


PARENT: Final = """
import asyncio, sys
from pathlib import Path
from ingestion.reading import Reader
from ingestion.sandbox import ParsingChildren
from ingestion.source import Source
from retrieval.corpus import RecordKind

sys.path.append(sys.argv[1])
import hostile_kind

async def main():
    folder = Path(sys.argv[1])
    children = ParsingChildren(Reader({"hostile": RecordKind("hostile", 1, hostile_kind.vector)}, "m"))
    source = Source(path=folder / "deeds.csv", root=str(folder), document_id="deeds", kind="table", record="hostile",
                    mapping=folder / "sales.toml")
    await children.parse(source.model_dump(mode="json"), "f", "ing-1")

asyncio.run(main())
"""


@pytest.mark.parametrize("deed", ["sleep", "hang"])
def test_no_child_outlives_its_parent(folder: Folder, deed: str) -> None:
    folder.deed(deed)
    parent = subprocess.Popen(  # noqa: S603  the programme above
        [sys.executable, "-c", PARENT, str(folder.path)], cwd=ROOT
    )
    found: set[int] = set()
    while not found:
        assert parent.poll() is None, "it should be reading for long"
        time.sleep(0.05)
        found = _children(parent.pid)
    time.sleep(3)
    parent.kill()
    parent.wait()
    time.sleep(0.5)
    assert not {child for child in found if not _ended(child)}
