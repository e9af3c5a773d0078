"""Turns records into what packs learn from them: once for each course, kept, and shared by whoever waits for it."""

import asyncio
import gc
import logging
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from decision.facts import Case, DecisionError
from decision.pack import Course, DomainPack, Found, Learns
from decision.rules import Parameters
from retrieval.find import Finder
from retrieval.ports import RetrievalError
from retrieval.query import Evidence
from retrieval.scope import ReadScope
from service.errors import ServiceError
from service.ports import KeptLesson, LessonStore, SourceLibrary
from service.reader import Reader

Learning = Callable[[Learns, Found, Parameters], Awaitable[bytes | None]]
"""Does what `Learns.learn` does, which may take minutes, without holding up others."""

_LOG: Final = logging.getLogger(__name__)
_Key = tuple[str, str]

_AT_HAND: Final = 4
"""So many taught packs stay in memory: reading a lesson of a county takes a tenth of a second."""


@dataclass(frozen=True, slots=True)
class Taught:
    """A pack that decides by a lesson, and the SHA-256 of the lesson."""

    pack: DomainPack
    sha256: str


class Teacher:
    """Teaches packs that learn. Whoever asks for a course that is being learned waits for the same work.

    Learning goes on when nobody waits any more, and is kept when it ends.
    """

    def __init__(self, finder: Finder, lessons: LessonStore, learn: Learning) -> None:
        self._finder = finder
        self._lessons = lessons
        self._learn = learn
        self._learning: dict[_Key, asyncio.Task[Taught | None]] = {}
        self._began: dict[str, float] = {}
        self._at_hand: dict[_Key, Taught | None] = {}

    @property
    def learning(self) -> Mapping[str, float]:
        """What is being learned from, and for how many seconds."""
        now = time.monotonic()
        return {about: now - began for about, began in self._began.items()}

    async def taught(
        self, pack: DomainPack, case: Case, evidence: Mapping[str, Sequence[Evidence]], scope: ReadScope
    ) -> Taught | None:
        """Give a pack taught for a case; None where it had better look at the records themselves."""
        if not isinstance(pack, Learns):
            return None
        parameters = pack.rulebook.on(case.as_of).parameters
        course = pack.course(case, evidence, parameters)
        return None if course is None else await self._attend(pack, course, parameters, scope)

    async def prepare(self, installed: Iterable[DomainPack], reader: Reader, library: SourceLibrary) -> None:
        """Learn what the next cases will want, from the tables as they are; what fails is logged and left to them."""
        scope = await reader.scope()
        tables = await library.tables(scope)
        for pack in (one for one in installed if isinstance(one, Learns)):
            for course, parameters in pack.upcoming(tables, scope.as_of):
                try:
                    await self._attend(pack, course, parameters, scope)
                except (DecisionError, RetrievalError, ServiceError):
                    _LOG.exception("learning from %s is left to the first case", course.about)

    async def aclose(self) -> None:
        """Wait for nothing; what is being learned is learned again when it is needed."""
        for work in [*self._learning.values()]:
            work.cancel()

    async def _attend(self, pack: Learns, course: Course, parameters: Parameters, scope: ReadScope) -> Taught | None:
        """Give what a course teaches, learned now if it was not before; None where that is nothing worth keeping."""
        key = (pack.name, course.key)
        if key in self._at_hand:
            return self._at_hand[key]
        if key not in self._learning:
            work = asyncio.create_task(self._taught(pack, course, parameters, scope))
            self._learning[key] = work
            work.add_done_callback(lambda _: self._ended(pack, course))
        return await asyncio.shield(self._learning[key])

    async def _taught(self, pack: Learns, course: Course, parameters: Parameters, scope: ReadScope) -> Taught | None:
        kept = await self._lessons.get(scope.tenant, pack.name, course.key)
        taught = None if kept is None else await asyncio.to_thread(_read, pack, kept)
        if taught is None:
            self._began[course.about] = time.monotonic()
            kept = await self._learned(pack, course, parameters, scope)
            taught = None if kept is None else Taught(pack.taught(kept.content), kept.sha256)
        if taught is not None:
            await asyncio.to_thread(gc.collect)
            gc.freeze()  # the sales of a lesson are many, and stay
        self._at_hand[pack.name, course.key] = taught
        while len(self._at_hand) > _AT_HAND:
            del self._at_hand[next(iter(self._at_hand))]
        return taught

    async def _learned(
        self, pack: Learns, course: Course, parameters: Parameters, scope: ReadScope
    ) -> KeptLesson | None:
        evidence = {name: await self._finder.find_records(query, scope) for name, query in course.queries.items()}
        content = await self._learn(pack, evidence, parameters)
        if content is None:
            return None
        lesson = KeptLesson(course.key, course.about, scope.generation, sha256(content).hexdigest(), content)
        await self._lessons.put(scope.tenant, pack.name, lesson)
        _LOG.info("learned from %s", course.about)
        return lesson

    def _ended(self, pack: Learns, course: Course) -> None:
        self._began.pop(course.about, None)
        work = self._learning.pop((pack.name, course.key), None)
        if work is not None and not work.cancelled() and (error := work.exception()) is not None:
            _LOG.error("learning from %s failed: %s", course.about, error)


def _read(pack: Learns, kept: KeptLesson) -> Taught | None:
    """Read what was kept; None where this version of a pack cannot, and it is learned again."""
    try:
        return Taught(pack.taught(kept.content), kept.sha256)
    except DecisionError as error:
        _LOG.warning("%s", error)
        return None
