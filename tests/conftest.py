"""Fixtures that several tiers of tests share."""

import ctypes
import gc
import os
import sys
from collections.abc import AsyncGenerator
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, settings
from running import resident_mb
from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import create_async_engine
from together import SharedTogether
from xdist.remote import Producer

from retrieval.adapters.model_origins import DEFAULT_MODEL
from retrieval.adapters.model_preparation import prepare
from service.adapters.database import Database, open_database
from service.migrations import upgrade

settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")  # a property holds however busy the machine is

URL = os.environ.get("TOULMIN_TEST_POSTGRES_URL")
"""A PostgreSQL server, as `postgresql+asyncpg://USER:PASSWORD@HOST/postgres`, in which databases may be created."""

MODELS = Path(os.environ.get("TOULMIN_TEST_MODELS", Path(__file__).parents[1] / "var" / "models"))


GROWTH_MB = 100
_resident_mb = [0]


def pytest_collection_finish() -> None:
    """Set apart what collecting made, among which looking for garbage would take half a second."""
    gc.collect()
    gc.freeze()


def pytest_runtest_logfinish() -> None:
    """Let go of what a test left, so that a worker of thousands of tests does not grow to gigabytes.

    A closed application is a cycle with its models, which is seldom looked for among so many objects, and the memory of
    threads that ended is kept by the allocator.
    """
    if sys.platform == "linux" and resident_mb(os.getpid()) > _resident_mb[-1] + GROWTH_MB:
        gc.unfreeze()  # an application that opens sets apart what there is, what another left included
        gc.collect()
        gc.freeze()
        ctypes.CDLL(None).malloc_trim(0)
        _resident_mb[-1] = int(resident_mb(os.getpid()))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> SharedTogether:
    """Keep what shares a costly fixture on one of several workers."""
    return SharedTogether(config, log)


@pytest.fixture(scope="session")
def prepared_model() -> Path:
    """Give the folder of the real embedding model, prepared once per machine and kept between runs."""
    return prepare(DEFAULT_MODEL, MODELS).folder


@pytest.fixture(
    params=[
        "sqlite",
        pytest.param(
            "postgresql", marks=pytest.mark.skipif(URL is None, reason="TOULMIN_TEST_POSTGRES_URL is not set")
        ),
    ]
)
async def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncGenerator[str]:
    """Give the address of an empty database of each kind."""
    if request.param == "sqlite":
        yield f"sqlite+aiosqlite:///{tmp_path}/store/toulmin.db"
        return
    server = create_async_engine(str(URL), isolation_level="AUTOCOMMIT")
    name = f"toulmin_test_{uuid4().hex}"
    async with server.connect() as connection:
        await connection.execute(text(f"CREATE DATABASE {name}"))
    yield make_url(str(URL)).set(database=name).render_as_string(hide_password=False)
    async with server.connect() as connection:
        await connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    await server.dispose()


@pytest.fixture
async def database(database_url: str) -> AsyncGenerator[Database]:
    """Give an open database with today's tables."""
    opened = await open_database(database_url)
    await upgrade(opened)
    yield opened
    await opened.close()
