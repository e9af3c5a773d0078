"""What `toulmin rules check` says of the packs: against their own texts, and against others that were ingested."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from storing import store_texts

from decision.decision import ClauseRef
from decision.pack import DomainPack
from decision.registry import packs
from service.adapters.database import Database, open_database
from service.application import Records
from service.bootstrap import records
from service.confirmations import Confirmation
from service.confirming import ConfirmationRequest, confirm_words
from service.drift import StaleClause
from service.errors import ConflictError, InvalidInputError
from service.rules_check import PackReport, policy_of, report_on
from service.settings import Settings

CLAUSE = "answering-policy#2.4"


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Records]:
    async with records(Settings(data=tmp_path)) as running:
        yield running


@pytest.fixture
async def database(running: Records) -> AsyncIterator[Database]:
    opened = await open_database(running.settings.database_url)
    yield opened
    await opened.close()


@pytest.fixture
def pack() -> DomainPack:
    return packs()["policy"]


@pytest.fixture
def text(pack: DomainPack) -> str:
    return (pack.folder / "sources" / "answering-policy.md").read_text(encoding="utf-8")


@pytest.fixture
def other(text: str) -> str:
    """Give the policy with one word of the clause changed."""
    return edited(text, "2.4", " the ", " every ")


def edited(text: str, key: str, old: str, new: str) -> str:
    lines = text.splitlines()
    place = next(number for number, line in enumerate(lines) if line.startswith(f"**{key} "))
    assert old in lines[place]
    lines[place] = lines[place].replace(old, new, 1)
    return "\n".join(lines)


async def stale(running: Records, pack: DomainPack, generation: int | None = None) -> tuple[StaleClause, ...]:
    return await running.policy_texts.stale(pack, await running.reader.scope(generation=generation))


async def report(running: Records, pack: DomainPack) -> PackReport:
    return await report_on(pack, running.policy_texts, await running.reader.scope())


async def confirm(running: Records, *clauses: str, generation: int | None = None) -> tuple[Confirmation, ...]:
    request = ConfirmationRequest(
        pack="policy", clauses=clauses, owner="ada", because="It says the same.", generation=generation
    )
    return await confirm_words(request, packs(), running.policy_texts, running.reader)


async def test_every_pack_may_be_relied_on_with_the_texts_it_brings(running: Records) -> None:
    for one in packs().values():
        found = await report(running, one)
        assert found.passed, found
        assert found.hint is None
        assert found.stale == ()


async def test_a_changed_clause_is_told_with_owners_words_and_generation(
    running: Records, database: Database, pack: DomainPack, text: str, other: str
) -> None:
    await store_texts(database, 1, {"answering-policy": text})
    assert (await report(running, pack)).passed
    await store_texts(database, 2, {"answering-policy": other})
    await store_texts(database, 3, {"another": text})
    found = await report(running, pack)
    assert not found.passed
    assert {one.subject for one in found.findings if one.severity == "error"} == {CLAUSE}
    assert found.hint is not None
    assert "toulmin ingest pack:policy" in found.hint
    (one,) = found.stale
    assert (one.clause, one.state, one.since, one.moved_to) == (CLAUSE, "changed", 2, None)
    assert one.encodings == pack.rulebook.encodings()[ClauseRef.parse(CLAUSE)]
    assert one.before is not None
    assert one.after == one.before.replace(" the ", " every ", 1)
    assert [(change.removed, change.added) for change in one.changes] == [("the", "every")]


async def test_older_words_that_were_never_ingested_are_those_the_pack_ships(
    running: Records, database: Database, pack: DomainPack, text: str, other: str
) -> None:
    await store_texts(database, 1, {"answering-policy": other})
    (one,) = await stale(running, pack)
    assert one.since == 1
    assert one.before is not None
    assert one.before in text


async def test_an_older_generation_is_not_stale(
    running: Records, database: Database, pack: DomainPack, text: str, other: str
) -> None:
    await store_texts(database, 1, {"answering-policy": text})
    await store_texts(database, 2, {"answering-policy": other})
    assert await stale(running, pack, generation=1) == ()
    assert len(await stale(running, pack, generation=2)) == 1


async def test_a_clause_that_is_gone_says_where_its_words_went(
    running: Records, database: Database, pack: DomainPack, text: str
) -> None:
    await store_texts(database, 1, {"answering-policy": text})
    await store_texts(database, 2, {"answering-policy": text.replace("**2.7 ", "**2.9 ")})
    (one,) = await stale(running, pack)
    assert (one.clause, one.state, one.since) == ("answering-policy#2.7", "gone", 2)
    assert one.moved_to == "answering-policy#2.9"
    assert one.after is None
    with pytest.raises(InvalidInputError, match="no such clause is there"):
        await confirm(running, "answering-policy#2.7")


async def test_a_document_that_is_removed_leaves_every_clause_gone(
    running: Records, database: Database, pack: DomainPack, text: str
) -> None:
    await store_texts(database, 1, {"answering-policy": text})
    await store_texts(database, 2, {"answering-policy": None})
    found = await stale(running, pack)
    assert {one.clause for one in found} == {str(clause) for clause in pack.rulebook.clauses()}
    assert {(one.state, one.since) for one in found} == {("gone", 2)}


async def test_confirmed_words_count_from_then_on(
    running: Records, database: Database, pack: DomainPack, text: str, other: str
) -> None:
    await store_texts(database, 1, {"answering-policy": text})
    await store_texts(database, 2, {"answering-policy": other})
    (made,) = await confirm(running, CLAUSE)
    assert (made.clause, made.generation, made.confirmed_by) == (CLAUSE, 2, "ada")
    assert (await report(running, pack)).passed
    assert await confirm(running, CLAUSE) == ()
    (event,) = await running.audit.events()
    assert (event.kind, event.subject) == ("rules_confirmed", made.id)
    await store_texts(database, 3, {"answering-policy": edited(other, "2.4", "every", "any")})
    (one,) = await stale(running, pack)
    assert one.since == 3
    assert one.before is not None
    assert "every" in one.before
    await store_texts(database, 4, {"answering-policy": text})
    assert await stale(running, pack) == ()


async def test_words_that_changed_since_they_were_read_are_not_confirmed(
    running: Records, database: Database, text: str, other: str
) -> None:
    await store_texts(database, 1, {"answering-policy": other})
    await store_texts(database, 2, {"answering-policy": edited(text, "2.4", " the ", " no ")})
    with pytest.raises(ConflictError, match="Nothing was confirmed"):
        await confirm(running, CLAUSE, generation=1)
    with pytest.raises(InvalidInputError, match="at most 2"):
        await confirm(running, CLAUSE, generation=3)
    assert await running.confirmations.confirmations("default") == []
    assert len(await confirm(running, CLAUSE, generation=2)) == 1


async def test_what_the_pack_does_not_encode_is_not_confirmed(running: Records, database: Database, other: str) -> None:
    await store_texts(database, 1, {"answering-policy": other})
    with pytest.raises(InvalidInputError, match=r"did you mean 'answering-policy#2\.4'"):
        await confirm(running, CLAUSE, "answering-policy#2.44")
    assert await running.confirmations.confirmations("default") == []


async def test_words_that_this_reader_may_not_read_are_neither_compared_nor_confirmed(
    running: Records, database: Database, pack: DomainPack, other: str
) -> None:
    await store_texts(database, 1, {"answering-policy": other}, groups=("legal",))
    found = await stale(running, pack)
    assert {one.state for one in found} == {"not_ingested"}
    assert all(one.after is None for one in found)
    with pytest.raises(InvalidInputError, match="there for you"):
        await confirm(running, CLAUSE)


async def test_the_policy_of_a_pack_lists_what_is_stale(
    running: Records, database: Database, pack: DomainPack, text: str, other: str
) -> None:
    await store_texts(database, 1, {"answering-policy": text})
    await store_texts(database, 2, {"answering-policy": other})
    listed = await policy_of(pack, running.policy_texts, await running.reader.scope())
    assert len(listed.entries) == len(pack.rulebook.rules) + len(pack.rulebook.parameters)
    assert {(one.clause, one.since) for one in listed.entries if one.stale} == {(CLAUSE, 2)}
    assert all(one.owner for one in listed.entries)
