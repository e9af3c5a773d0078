"""Lessons in SQL: what packs learned, by the key of the course, given back only as it was stored."""

from hashlib import sha256

from sqlalchemy import delete, insert, select

from service.adapters.database import Database
from service.adapters.rows import exact
from service.adapters.tables import lessons
from service.ports import KeptLesson


class SqlLessons:
    """A `service.ports.LessonStore` in a Database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, tenant: str, pack: str, key: str) -> KeptLesson | None:
        """Read a lesson; one whose bytes are not those that were stored counts as none, for it can be learned again."""
        columns = lessons.c
        query = select(columns.about, columns.generation, columns.sha256, columns.content).where(
            columns.tenant == tenant, columns.pack == pack, columns.key == key
        )
        async with self._database.reading() as connection:
            row = (await connection.execute(query)).first()
        if row is None or sha256(content := exact(row.content)).hexdigest() != row.sha256:
            return None
        return KeptLesson(key=key, about=row.about, generation=row.generation, sha256=row.sha256, content=content)

    async def put(self, tenant: str, pack: str, lesson: KeptLesson) -> None:
        """Store a lesson in the place of one of the same key."""
        same = (lessons.c.tenant == tenant, lessons.c.pack == pack, lessons.c.key == lesson.key)
        async with self._database.writing() as connection:
            await connection.execute(delete(lessons).where(*same))
            await connection.execute(
                insert(lessons).values(
                    tenant=tenant,
                    pack=pack,
                    key=lesson.key,
                    about=lesson.about,
                    generation=lesson.generation,
                    sha256=lesson.sha256,
                    content=lesson.content,
                )
            )
