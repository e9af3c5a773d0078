"""The API on a data folder of its own, with the packs' documents ingested, and on real stores and index."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from running import client_of
from small import asked

from decision.registry import packs
from service.bootstrap import application
from service.settings import Settings


@pytest.fixture(scope="session")
def settings(prepared_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Ingest the documents of every pack into a fresh folder."""
    settings = Settings(data=tmp_path_factory.mktemp("api"), models=prepared_model.parent)

    async def ingest() -> None:
        async with application(settings) as running:
            report = await running.ingest.run(asked(*(pack.folder / "sources.toml" for pack in packs().values())))
        assert not report.quarantined

    asyncio.run(ingest())
    return settings


@pytest.fixture(scope="session")
def client(settings: Settings) -> Iterator[TestClient]:
    with client_of(settings) as client:
        yield client
