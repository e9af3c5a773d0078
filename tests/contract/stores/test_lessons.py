"""Lessons are given back as they were stored, by tenant, pack and key, or not at all."""

from dataclasses import replace
from hashlib import sha256

import pytest
from sqlalchemy import update

from service.adapters.database import Database
from service.adapters.sql_lessons import SqlLessons
from service.adapters.sql_retention import expire
from service.adapters.tables import lessons
from service.ports import KeptLesson

LESSON = KeptLesson("k" * 64, "sales of a town", 3, sha256(b"learned").hexdigest(), b"learned")


@pytest.fixture
def store(database: Database) -> SqlLessons:
    return SqlLessons(database)


async def test_a_lesson_is_given_back_to_its_tenant_and_pack(store: SqlLessons) -> None:
    await store.put("one", "homes", LESSON)
    assert await store.get("one", "homes", LESSON.key) == LESSON
    assert await store.get("another", "homes", LESSON.key) is None
    assert await store.get("one", "flights", LESSON.key) is None
    assert await store.get("one", "homes", "z" * 64) is None


async def test_a_lesson_takes_the_place_of_the_one_before(store: SqlLessons) -> None:
    later = replace(LESSON, content=b"learned again", sha256=sha256(b"learned again").hexdigest(), generation=4)
    await store.put("one", "homes", LESSON)
    await store.put("one", "homes", later)
    assert await store.get("one", "homes", LESSON.key) == later


async def test_retention_forgets_lessons_of_forgotten_generations(store: SqlLessons, database: Database) -> None:
    later = replace(LESSON, key="l" * 64, generation=4)
    for lesson in (LESSON, later):
        await store.put("one", "homes", lesson)
    async with database.writing() as connection:
        await expire(connection, 4)
    assert await store.get("one", "homes", LESSON.key) is None
    assert await store.get("one", "homes", later.key) == later


async def test_what_is_not_as_it_was_stored_is_no_lesson(store: SqlLessons, database: Database) -> None:
    await store.put("one", "homes", LESSON)
    async with database.writing() as connection:
        await connection.execute(update(lessons).values(content=b"something else"))
    assert await store.get("one", "homes", LESSON.key) is None
