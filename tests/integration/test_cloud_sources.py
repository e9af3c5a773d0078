"""Object stores, for real: one in memory by fsspec's own rules, and S3 as a server on this machine."""

import sys
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Protocol, cast

import pytest

from ingestion.adapters.cloud_fetching import CloudFetching
from ingestion.fetching import FetchingByScheme
from ingestion.ports import UnreadableSourceError
from ingestion.settings import FetchLimits
from ingestion.sources import find_sources


class Files(Protocol):
    """What the tests use of a file system of fsspec."""

    def pipe_file(self, path: str, value: bytes) -> None: ...
    def rm(self, path: str, recursive: bool = False) -> None: ...  # noqa: FBT001, FBT002
    def mkdir(self, path: str) -> None: ...


def _files(scheme: str, **options: object) -> Files:
    """Open a file system of fsspec, which has no types."""
    opened: object = import_module("fsspec").filesystem(scheme, **options)
    return cast("Files", opened)


@pytest.fixture
def limits(tmp_path: Path) -> FetchLimits:
    return FetchLimits(folder=tmp_path / "fetched", seconds=20)


@pytest.fixture
def memory() -> Iterator[Files]:
    files = _files("memory")
    files.pipe_file("/laws/a.md", b"# A")
    files.pipe_file("/laws/us/b.html", b"<html>B</html>")
    yield files
    files.rm("/laws", recursive=True)


async def test_a_folder_lists_its_files_and_a_file_itself(memory: Files, limits: FetchLimits) -> None:
    del memory
    fetching = CloudFetching(limits, 2)
    assert await fetching.listed("memory://laws/") == ("memory://laws/a.md", "memory://laws/us/b.html")
    assert await fetching.listed("memory://laws/a.md") == ("memory://laws/a.md",)
    with pytest.raises(UnreadableSourceError, match="no such file, and no folder"):
        await fetching.listed("memory://other")


async def test_a_file_is_brought_once_until_it_changes(memory: Files, limits: FetchLimits) -> None:
    fetching = CloudFetching(limits, 2)
    first = await fetching.fetched("memory://laws/a.md")
    assert (first.name, first.read_bytes()) == ("a.md", b"# A")
    written = first.stat().st_ino
    assert (await fetching.fetched("memory://laws/a.md")).stat().st_ino == written
    memory.pipe_file("/laws/a.md", b"# B")
    second = await fetching.fetched("memory://laws/a.md")
    assert second.read_bytes() == b"# B"
    assert first.read_bytes() == b"# A"


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("memory://laws/gone.md", "not there any more"),
        ("memory://laws/large.md", "larger than 1 MB"),
        ("memory://laws/picture.bin", "of a sort that no parser reads"),
        ("memory://laws/a.md::file:///etc/passwd", "holds ::"),
        ("memory://name:secret@laws/a.md", "user or password"),
    ],
)
async def test_what_cannot_be_had_is_refused(memory: Files, limits: FetchLimits, url: str, reason: str) -> None:
    memory.pipe_file("/laws/large.md", b"x" * 2 * 1024**2)
    memory.pipe_file("/laws/picture.bin", b"\x89PNG\x00")
    with pytest.raises(UnreadableSourceError, match=reason) as refusal:
        await CloudFetching(limits, 1).fetched(url)
    assert "secret" not in str(refusal.value)
    assert not [path for path in limits.folder.rglob("*") if path.is_file()]


async def test_without_the_extra_it_says_what_to_install(limits: FetchLimits, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "gcsfs", None)
    with pytest.raises(UnreadableSourceError, match=r"gs:// is not installed; .*'toulmin\[cloud\]'"):
        await CloudFetching(limits, 1).fetched("gs://laws/a.md")


async def test_an_address_that_nobody_fetches_is_refused(limits: FetchLimits) -> None:
    fetching = FetchingByScheme({"s3": lambda: CloudFetching(limits, 1)})
    with pytest.raises(UnreadableSourceError, match="nothing is set up to fetch gs://; use one of s3://"):
        await fetching.fetched("gs://laws/a.md")


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Files, dict[str, object]]]:
    if find_spec("moto") is None or find_spec("s3fs") is None:
        pytest.skip("moto[s3,server] and s3fs are not installed")
    server_module = pytest.importorskip("moto.server")
    server = server_module.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    for name, value in {
        "AWS_ACCESS_KEY_ID": "k",
        "AWS_SECRET_ACCESS_KEY": "s",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    options: dict[str, object] = {"endpoint_url": f"http://{host}:{port}"}
    files = _files("s3", use_listings_cache=False, skip_instance_cache=True, **options)
    files.mkdir("laws")
    yield files, options
    server.stop()


async def test_s3_as_a_source(bucket: tuple[Files, dict[str, object]], limits: FetchLimits) -> None:
    files, options = bucket
    files.pipe_file("laws/eu/a.md", b"# A")
    files.pipe_file("laws/eu/b.md", b"# B")
    fetching = FetchingByScheme({"s3": lambda: CloudFetching(limits, 2, {"s3": options})})
    found = await find_sources(["s3://laws/eu"], fetching)
    assert [(one.document_id, one.location) for one in found.sources] == [
        ("a", "s3://laws/eu//a.md"),
        ("b", "s3://laws/eu//b.md"),
    ]
    assert found.roots == {"s3://laws/eu"}
    assert [one.path.read_bytes() for one in found.sources] == [b"# A", b"# B"]
    files.rm("laws/eu/a.md")
    files.pipe_file("laws/eu/b.md", b"# C")
    again = await find_sources(["s3://laws/eu"], fetching)
    assert [(one.document_id, one.path.read_bytes()) for one in again.sources] == [("b", b"# C")]
    gone = await find_sources(["s3://laws/us", "s3://nowhere"], fetching)
    assert len(gone.unreadable) == 2
    assert not gone.sources
