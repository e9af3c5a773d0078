"""What a store of clauses' words promises: now and before, and only what the reader may read."""

from datetime import date

import pytest
from sqlalchemy import update
from storing import store_texts

from ingestion.clauses import text_sha256
from retrieval.corpus import OPEN
from retrieval.scope import ReadScope
from service.adapters.database import Database
from service.adapters.sql_words import SqlClauseWords
from service.adapters.tables import clauses, revisions
from service.ports import WordsOverTime

FIRST = "4.1 Überweisung: 14 days.\n\n4.2 It is owed."
SECOND = "4.1 Überweisung: 21 days.\n\n4.2 It is owed."
FORTNIGHT = "4.1 Überweisung: 14 days."
TODAY = date(2026, 6, 1)


def scope(generation: int, tenant: str = "default", groups: tuple[str, ...] = ("public",)) -> ReadScope:
    return ReadScope(tenant=tenant, groups=groups, as_of=TODAY, generation=generation)


@pytest.fixture
async def words(database: Database) -> SqlClauseWords:
    """Give the words of a policy that was changed in generation 2, removed in 4 and brought back in 5."""
    for generation, text in ((1, FIRST), (2, SECOND), (4, None), (5, "4.2 It is owed.\n\n4.3 It is not.")):
        await store_texts(database, generation, {"policy": text})
    await store_texts(database, 3, {"other": FIRST}, tenant="other")
    return SqlClauseWords(database)


async def test_clauses_are_those_of_the_generation(words: SqlClauseWords) -> None:
    assert (await words.clauses(scope(1), "policy"))["4.1"] == FORTNIGHT
    assert dict(await words.clauses(scope(2), "policy")) == {
        "4.1": "4.1 Überweisung: 21 days.",
        "4.2": "4.2 It is owed.",
    }
    assert await words.clauses(scope(4), "policy") == {}
    assert "4.1" not in (await words.clauses(scope(5), "policy") or {"4.1"})


async def test_what_a_clause_was_is_told_in_order(words: SqlClauseWords) -> None:
    assert await words.over_time(scope(5), "policy#4.1") == [
        WordsOverTime(1, 2, text_sha256(FORTNIGHT)),
        WordsOverTime(2, 4, text_sha256("4.1 Überweisung: 21 days.")),
        WordsOverTime(5, OPEN, None),
    ]
    assert len(await words.over_time(scope(1), "policy#4.1")) == 1
    assert await words.over_time(scope(5), "nothing#4.1") == []


async def test_words_that_ended_are_kept(words: SqlClauseWords) -> None:
    assert await words.kept(scope(5), "policy", text_sha256(FORTNIGHT)) == FORTNIGHT
    assert await words.kept(scope(5), "policy", "0" * 64) is None
    assert await words.kept(scope(5), "other", text_sha256(FORTNIGHT)) is None


@pytest.mark.parametrize(
    "other", [scope(5, tenant="other"), scope(5, groups=("legal",))], ids=["another tenant", "another group"]
)
async def test_nobody_else_reads_them(words: SqlClauseWords, other: ReadScope) -> None:
    assert await words.clauses(other, "policy") == {}
    assert await words.over_time(other, "policy#4.1") == []
    assert await words.kept(other, "policy", text_sha256(FORTNIGHT)) is None


async def test_what_waits_for_its_commit_is_not_there(words: SqlClauseWords, database: Database) -> None:
    async with database.writing() as connection:
        await connection.execute(update(revisions).values(valid_from_generation=OPEN))
    assert await words.clauses(scope(5), "policy") == {}
    assert await words.over_time(scope(5), "policy#4.1") == []
    assert await words.kept(scope(5), "policy", text_sha256(FORTNIGHT)) is None


async def test_words_that_are_not_those_of_the_hash_are_not_given(words: SqlClauseWords, database: Database) -> None:
    async with database.writing() as connection:
        await connection.execute(update(clauses).where(clauses.c.key == "4.1").values(span_end=7))
    assert await words.kept(scope(5), "policy", text_sha256(FORTNIGHT)) is None
