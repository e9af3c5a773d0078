"""What a pack learns is learned once, shared by who waits, kept, and learned again where it cannot be read."""

import asyncio
import threading
from collections.abc import Mapping, Sequence
from copy import copy
from datetime import date
from typing import cast

import pytest

from decision.facts import Case, DecisionError
from decision.pack import Course, DomainPack, Found, Learns, Table
from decision.packs.policy import PACK
from decision.rules import Parameters
from retrieval.find import Finder
from retrieval.query import Evidence, RecordQuery
from retrieval.scope import ReadScope
from service.ports import KeptLesson
from service.teaching import Teacher

SCOPE = ReadScope(as_of=date(2026, 1, 1), generation=2)
CASE = Case("policy", date(2026, 1, 1), {})
COURSE = Course("key", "a table", {"rows": RecordQuery("row", 10)})


class Finding:
    """A finder of no records, which counts how often it is asked."""

    def __init__(self) -> None:
        self.asked = 0

    async def find_records(self, query: RecordQuery, scope: ReadScope) -> list[Evidence]:
        """Find nothing."""
        assert query.kind == "row"
        assert scope == SCOPE
        self.asked += 1
        return []


class Keeping:
    """A store of lessons in memory."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str, str], KeptLesson] = {}

    async def get(self, tenant: str, pack: str, key: str) -> KeptLesson | None:
        """Give what was put."""
        return self.kept.get((tenant, pack, key))

    async def put(self, tenant: str, pack: str, lesson: KeptLesson) -> None:
        """Keep it."""
        self.kept[tenant, pack, lesson.key] = lesson


class Learner:
    """What the policy pack would be if it learned; `lessons` are what it learns, one after the other."""

    def __init__(self, *lessons: bytes | Exception | None) -> None:
        self.name = PACK.name
        self.rulebook = PACK.rulebook
        self.learns_from = frozenset({"rows"})
        self.lesson: bytes | None = None
        self.lessons = list(lessons)
        self.may = threading.Event()
        self.may.set()

    def __getattr__(self, name: str) -> object:
        """Be the policy pack in everything else."""
        return getattr(PACK, name)

    def course(self, case: Case, evidence: Found, parameters: Parameters) -> Course | None:
        """Ask for one course, whatever the case."""
        assert case == CASE
        assert parameters
        return None if "nothing" in evidence else COURSE

    def upcoming(self, tables: Sequence[Table], today: date) -> Sequence[tuple[Course, Parameters]]:
        """Expect nothing."""
        assert today
        return [] if not tables else [(COURSE, self.rulebook.on(today).parameters)]

    def learn(self, evidence: Found, parameters: Parameters) -> bytes | None:
        """Give the next lesson."""
        assert evidence == {"rows": []}
        assert parameters
        self.may.wait(5)
        lesson = self.lessons.pop(0)
        if isinstance(lesson, Exception):
            raise lesson
        return lesson

    def taught(self, lesson: bytes) -> DomainPack:
        """Remember what was learned."""
        if lesson == b"of an older version":
            raise DecisionError("cannot be read; learn it again.")
        other = copy(self)
        other.lesson = lesson
        return cast("DomainPack", other)


def teacher(store: Keeping, finding: Finding | None = None) -> Teacher:
    async def learn(pack: Learns, evidence: Found, parameters: Parameters) -> bytes | None:
        return await asyncio.to_thread(pack.learn, evidence, parameters)

    return Teacher(cast("Finder", finding or Finding()), store, learn)


async def taught(one: Teacher, pack: Learner, evidence: Mapping[str, Sequence[Evidence]] | None = None) -> bytes | None:
    found = await one.taught(cast("DomainPack", pack), CASE, evidence or {}, SCOPE)
    return None if found is None else cast("Learner", found.pack).lesson


async def test_who_asks_meanwhile_waits_for_the_same_work_and_later_it_is_kept() -> None:
    store, finding, pack = Keeping(), Finding(), Learner(b"once", b"twice")
    one = teacher(store, finding)
    assert await asyncio.gather(*(taught(one, pack) for _ in range(5))) == [b"once"] * 5
    assert await taught(teacher(store, finding), pack) == b"once"
    assert finding.asked == 1
    assert [lesson.generation for lesson in store.kept.values()] == [2]


async def test_who_gives_up_does_not_stop_the_work() -> None:
    store, pack = Keeping(), Learner(b"once")
    one = teacher(store)
    pack.may.clear()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await taught(one, pack)
    assert list(one.learning) == ["a table"]
    pack.may.set()
    assert await taught(one, pack) == b"once"
    assert one.learning == {}


async def test_a_lesson_that_cannot_be_read_any_more_is_learned_again() -> None:
    store = Keeping()
    await store.put(SCOPE.tenant, PACK.name, KeptLesson("key", "a table", 1, "", b"of an older version"))
    assert await taught(teacher(store), Learner(b"anew")) == b"anew"


async def test_what_is_not_worth_keeping_is_not_tried_twice() -> None:
    finding, pack = Finding(), Learner(None)
    one = teacher(Keeping(), finding)
    assert [await taught(one, pack) for _ in range(2)] == [None, None]
    assert finding.asked == 1


async def test_a_failure_reaches_who_waits_and_the_next_one_tries_again() -> None:
    one, pack = teacher(Keeping()), Learner(DecisionError("no"), b"now")
    with pytest.raises(DecisionError, match="no"):
        await taught(one, pack)
    assert await taught(one, pack) == b"now"


async def test_a_pack_that_does_not_learn_or_has_nothing_to_learn_from_is_left_as_it_is() -> None:
    one = teacher(Keeping())
    assert await one.taught(PACK, CASE, {}, SCOPE) is None
    assert await taught(one, Learner(), {"nothing": []}) is None
