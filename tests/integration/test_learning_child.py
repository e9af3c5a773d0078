"""A pack learns in a child process what it learns in this one; what becomes of the child is said."""

import asyncio
import os
import signal
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import cast

import pytest
from towns import make_town

from decision.facts import DecisionError
from decision.pack import Found, Learns
from decision.packs.real_estate import PACK
from decision.packs.real_estate.courses import MARKET
from decision.packs.real_estate.forest import FEWEST_SALES
from retrieval.query import Evidence
from service.adapters.learning_child import learn_apart
from service.errors import ServiceError

PARAMETERS = PACK.rulebook.on(date(2021, 1, 1)).parameters
LEARNS = cast("Learns", PACK)


def market(count: int) -> Found:
    return {MARKET: [Evidence(item=sale, score=0.0) for sale in make_town(count).sales]}


async def test_a_child_learns_the_same() -> None:
    found = market(FEWEST_SALES)
    lesson = await learn_apart(LEARNS, found, PARAMETERS)
    assert lesson is not None
    assert lesson == LEARNS.learn(found, PARAMETERS)
    assert LEARNS.taught(lesson).name == PACK.name


async def test_a_child_that_finds_nothing_worth_learning_says_so() -> None:
    assert await learn_apart(LEARNS, market(50), PARAMETERS) is None


@dataclass
class Uninstalled:
    """A pack that a child cannot find."""

    name: str = "nobody"


async def test_a_refusal_reaches_who_waits() -> None:
    with pytest.raises(DecisionError, match="No pack is installed for the domain 'nobody'"):
        await learn_apart(cast("Learns", Uninstalled()), {}, PARAMETERS)


async def test_nothing_is_imported_from_the_folder_that_somebody_stands_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "numpy.py").write_text("raise SystemExit(9)", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert await learn_apart(LEARNS, market(50), PARAMETERS) is None


def children() -> set[int]:
    return {int(pid) for pid in Path(f"/proc/self/task/{os.getpid()}/children").read_text("ascii").split()}


async def begun_since(before: set[int]) -> int:
    for _ in range(1000):
        if begun := children() - before:
            return begun.pop()
        await asyncio.sleep(0.01)
    raise AssertionError("no child was begun")


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="children are listed there on Linux only")
async def test_a_child_that_is_killed_is_told_and_one_that_nobody_waits_for_ends() -> None:
    before, found = children(), market(FEWEST_SALES)
    work = asyncio.create_task(learn_apart(LEARNS, found, PARAMETERS))
    os.kill(await begun_since(before), signal.SIGKILL)
    with pytest.raises(ServiceError, match="-9, mostly for want of memory"):
        await work
    given_up = asyncio.create_task(learn_apart(LEARNS, found, PARAMETERS))
    await begun_since(before)
    given_up.cancel()
    with pytest.raises(asyncio.CancelledError):
        await given_up
    for _ in range(1000):
        if not children() - before:
            break
        await asyncio.sleep(0.01)
    assert not children() - before
