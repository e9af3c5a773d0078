"""The adapters that the contract of Index is tried on."""

import os
from collections.abc import AsyncGenerator, Awaitable, Callable
from pathlib import Path
from uuid import uuid4

import pytest

from retrieval.adapters.edge_index import EdgeIndex
from retrieval.ports import Collection, Index

URL = os.environ.get("TOULMIN_QDRANT_URL")

OpenIndex = Callable[[], Awaitable[Index]]
"""Opens the index of this test, again and again on the same data."""


@pytest.fixture
def collections() -> tuple[Collection, Collection]:
    """Give a collection of texts and one of records, under names that no other test has."""
    mark = uuid4().hex[:12]
    return Collection(f"clauses_{mark}", 3, "cosine", lexical=True), Collection(f"sales_{mark}", 2, "euclid")


@pytest.fixture(
    params=[
        "edge",
        pytest.param("server", marks=pytest.mark.skipif(URL is None, reason="TOULMIN_QDRANT_URL is not set")),
    ]
)
async def open_index(
    request: pytest.FixtureRequest, tmp_path: Path, collections: tuple[Collection, Collection]
) -> AsyncGenerator[OpenIndex]:
    """Give a way to open the index, on each adapter."""
    if request.param == "edge":
        yield lambda: EdgeIndex.open(tmp_path / "index", collections)
        return
    from retrieval.adapters.server_index import ServerIndex  # noqa: PLC0415

    def connect() -> Awaitable[ServerIndex]:
        return ServerIndex.open(str(URL), os.environ.get("TOULMIN_QDRANT_API_KEY"), collections)

    yield connect
    leftover = await connect()
    await leftover.drop()
    await leftover.close()


@pytest.fixture
async def index(open_index: OpenIndex) -> AsyncGenerator[Index]:
    """Give an open, empty index."""
    opened = await open_index()
    yield opened
    await opened.close()
