"""Turns records into what packs learn from them: once for each course, kept, and shared by whoever waits for it."""

import asyncio
import logging
import time
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Final

from decision.facts import Case, DecisionError
from decision.pack import Course, DomainPack, Learns
from decision.rules import Parameters
from retrieval.find import Finder
from retrieval.ports import RetrievalError
from retrieval.query import Evidence
from retrieval.scope import ReadScope
from service.errors import ServiceError
from service.ports import KeptLesson, LessonStore, SourceLibrary
from service.reader import Reader

_LOG: Final = logging.getLogger(__name__)


class Teacher:
    """Teaches packs that learn. Whoever asks for a course that is being learned waits for the same work.

    Learning goes on when nobody waits any more, and is kept when it ends.
    """

    def __init__(self, finder: Finder, lessons: LessonStore) -> None:
        self._finder = finder
        self._lessons = lessons
        self._learning: dict[str, asyncio.Task[KeptLesson | None]] = {}
        self._began: dict[str, float] = {}
        self._needless: set[str] = set()

    @property
    def learning(self) -> Mapping[str, float]:
        """What is being learned from, and for how many seconds."""
        now = time.monotonic()
        return {about: now - began for about, began in self._began.items()}

    async def taught(
        self, pack: DomainPack, case: Case, evidence: Mapping[str, Sequence[Evidence]], scope: ReadScope
    ) -> tuple[DomainPack, KeptLesson] | None:
        """Give a pack taught for a case, and by what; None where it had better look at the records themselves."""
        parameters = pack.rulebook.on(case.as_of).parameters
        course = pack.course(case, evidence, parameters) if isinstance(pack, Learns) else None
        if course is None or not isinstance(pack, Learns):
            return None
        lesson = await self.lesson(pack, course, parameters, scope)
        return None if lesson is None else (pack.taught(lesson.content), lesson)

    async def lesson(
        self, pack: DomainPack, course: Course, parameters: Parameters, scope: ReadScope
    ) -> KeptLesson | None:
        """Give what a course teaches, learned now if it was not before; None where it teaches nothing worth keeping."""
        if course.key in self._needless:
            return None
        kept = await self._lessons.get(scope.tenant, pack.name, course.key)
        if kept is not None and _is_readable(pack, kept):
            return kept
        if course.key not in self._learning:
            work = asyncio.create_task(self._learn(pack, course, parameters, scope))
            self._learning[course.key] = work
            self._began[course.about] = time.monotonic()
            work.add_done_callback(lambda _: self._ended(course))
        return await asyncio.shield(self._learning[course.key])

    async def prepare(self, installed: Iterable[DomainPack], reader: Reader, library: SourceLibrary) -> None:
        """Learn what the next cases will want, from the tables as they are; what fails is logged and left to them."""
        scope = await reader.scope()
        tables = await library.tables(scope)
        for pack in installed:
            if not isinstance(pack, Learns):
                continue
            for course, parameters in pack.upcoming(tables, scope.as_of):
                try:
                    await self.lesson(pack, course, parameters, scope)
                except (DecisionError, RetrievalError, ServiceError):
                    _LOG.exception("learning from %s is left to the first case", course.about)

    async def aclose(self) -> None:
        """Wait for nothing; what is being learned is learned again when it is needed."""
        for work in [*self._learning.values()]:
            work.cancel()

    async def _learn(
        self, pack: DomainPack, course: Course, parameters: Parameters, scope: ReadScope
    ) -> KeptLesson | None:
        if not isinstance(pack, Learns):
            return None
        evidence = {name: await self._finder.find_records(query, scope) for name, query in course.queries.items()}
        content = await asyncio.to_thread(pack.learn, evidence, parameters)
        if content is None:
            self._needless.add(course.key)
            return None
        digest = sha256(content).hexdigest()
        lesson = KeptLesson(course.key, course.about, scope.generation, digest, content)
        await self._lessons.put(scope.tenant, pack.name, lesson)
        _LOG.info("learned from %s", course.about)
        return lesson

    def _ended(self, course: Course) -> None:
        self._began.pop(course.about, None)
        work = self._learning.pop(course.key, None)
        if work is not None and not work.cancelled() and (error := work.exception()) is not None:
            _LOG.error("learning from %s failed: %s", course.about, error)


def _is_readable(pack: DomainPack, kept: KeptLesson) -> bool:
    """Whether this version of a pack can read what was kept; what it cannot read is learned again."""
    if not isinstance(pack, Learns):
        return False
    try:
        pack.taught(kept.content)
    except DecisionError as error:
        _LOG.warning("%s", error)
        return False
    return True
