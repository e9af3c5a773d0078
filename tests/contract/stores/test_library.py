"""What a library promises: texts are read under a scope, and what the scope does not see does not exist."""

from collections.abc import Sequence
from datetime import date
from hashlib import sha256
from itertools import product

import pytest
from sqlalchemy import insert, select
from staging import commit, stage

from ingestion.ingests import ParsedRevision
from retrieval.corpus import Clause, Document, Revision, Span
from retrieval.filters import AnyOf, Between, Condition, Equals, Not, Within, admits
from retrieval.ports import RetrievalError
from retrieval.scope import ReadScope
from service.adapters.database import Database
from service.adapters.rows import revision_cells
from service.adapters.sql_catalog import SqlCatalog
from service.adapters.sql_conditions import where
from service.adapters.sql_library import SqlLibrary
from service.adapters.tables import revision_groups, revisions

JUNE = date(2026, 6, 1)


def revision(
    revision_id: str,
    generation: int = 1,
    document: Document | None = None,
    since: date | None = None,
    until: date | None = None,
) -> ParsedRevision:
    """Make a revision with one clause, whose words are its id."""
    document = document or Document(id="policy", title="Policy", source="p.md", owner="legal", groups=("public",))
    digest = sha256(revision_id.encode()).hexdigest()
    clause = Clause(
        revision_id=revision_id,
        document_id=document.id,
        key="4.2",
        title=None,
        headings=(),
        parent=None,
        references=(),
        span=Span(start=0, end=len(revision_id)),
        text_sha256=digest,
    )
    return ParsedRevision(
        revision=Revision(
            id=revision_id,
            document=document,
            content_sha256=digest,
            canonical_text=revision_id,
            effective_from=since,
            effective_to=until,
            valid_from_generation=generation,
        ),
        fingerprint=digest,
        text_fingerprint=digest,
        clauses=(clause,),
    )


def scope(
    generation: int = 1, as_of: date = JUNE, tenant: str = "default", groups: tuple[str, ...] = ("public",)
) -> ReadScope:
    """Make a scope."""
    return ReadScope(tenant=tenant, groups=groups, as_of=as_of, generation=generation)


async def test_a_visible_text_is_read_whole(database: Database) -> None:
    library, parsed = SqlLibrary(database), revision("r1", since=date(2026, 1, 1), until=date(2027, 1, 1))
    await commit(database, parsed)
    assert await library.generation() == 1
    assert await library.revision("r1", scope()) == parsed.revision
    assert await library.clause("policy", "4.2", scope()) == parsed.clauses[0]
    assert await library.clause("policy", "9", scope()) is None
    assert await library.revision("nothing", scope()) is None


async def test_what_is_staged_cannot_be_read(database: Database) -> None:
    library = SqlLibrary(database)
    await stage(SqlCatalog(database), revision("r1"))
    for generation in (0, 1, 2):  # not even by a scope that names a generation which is not committed
        assert await library.revision("r1", scope(generation)) is None
        assert await library.clause("policy", "4.2", scope(generation)) is None
        assert await library.clause_hashes(scope(generation), ["policy#4.2"]) == {}
        assert await library.sources(scope(generation)) == []


async def test_a_retired_revision_is_read_at_the_generation_before(database: Database) -> None:
    library = SqlLibrary(database)
    await commit(database, revision("r1"))
    await commit(database, revision("r2", generation=2), retired=["r1"])
    for generation, seen, unseen in ((1, "r1", "r2"), (2, "r2", "r1")):
        assert await library.revision(unseen, scope(generation)) is None
        clause = await library.clause("policy", "4.2", scope(generation))
        assert clause is not None
        assert clause.revision_id == seen
        assert [entry.revision_id for entry in await library.sources(scope(generation))] == [seen]
        digest = sha256(seen.encode()).hexdigest()
        assert await library.clause_hashes(scope(generation), ["policy#4.2", "policy#9"]) == {"policy#4.2": digest}


@pytest.mark.parametrize(
    ("as_of", "seen"),
    [
        (date(2025, 12, 31), False),
        (date(2026, 1, 1), True),
        (date(2026, 12, 31), True),
        (date(2027, 1, 1), False),
    ],
)
async def test_only_what_is_in_force_is_read(database: Database, as_of: date, seen: bool) -> None:  # noqa: FBT001
    library = SqlLibrary(database)
    await commit(database, revision("r1", since=date(2026, 1, 1), until=date(2027, 1, 1)))
    assert (await library.revision("r1", scope(as_of=as_of)) is not None) == seen
    assert (await library.clause("policy", "4.2", scope(as_of=as_of)) is not None) == seen


@pytest.mark.parametrize(
    ("tenant", "groups", "seen"),
    [
        ("default", ("public",), False),
        ("default", ("legal", "public"), True),
        ("default", ("audit",), True),
        ("default", (), False),
        ("other", ("legal",), False),
    ],
)
async def test_only_who_may_reads(database: Database, tenant: str, groups: tuple[str, ...], seen: bool) -> None:  # noqa: FBT001
    library = SqlLibrary(database)
    document = Document(id="policy", title="P", source="p", owner="o", groups=("legal", "audit"))
    await commit(database, revision("r1", document=document))
    reader = scope(tenant=tenant, groups=groups)
    assert (await library.revision("r1", reader) is not None) == seen
    assert (await library.clause("policy", "4.2", reader) is not None) == seen
    assert (await library.clause_hashes(reader, ["policy#4.2"]) != {}) == seen
    assert (await library.sources(reader) != []) == seen


async def test_of_revisions_in_force_at_once_the_latest_is_cited(database: Database) -> None:
    await commit(database, revision("r1", since=date(2025, 1, 1)), revision("r2", since=date(2026, 1, 1)))
    library = SqlLibrary(database)
    clause = await library.clause("policy", "4.2", scope())
    assert clause is not None
    assert clause.revision_id == "r2"
    assert await library.clause_hashes(scope(), ["policy#4.2"]) == {"policy#4.2": clause.text_sha256}


async def test_sources_are_listed_without_their_text(database: Database) -> None:
    document = Document(id="a", title="Annex", source="a.md", owner="legal", groups=("public",), licence="CC0-1.0")
    await commit(database, revision("r1"), revision("r2", document=document, since=JUNE))
    first, second = await SqlLibrary(database).sources(scope())
    assert (first.document, first.effective_from, first.effective_to) == (document, JUNE, None)
    assert (second.document.title, second.clauses, second.characters) == ("Policy", 1, 2)


async def test_many_clauses_are_asked_at_once(database: Database) -> None:
    await commit(database, revision("r1"))
    asked = [f"policy#{number}" for number in range(1000)]
    assert list(await SqlLibrary(database).clause_hashes(scope(), [*asked, "policy#4.2"])) == ["policy#4.2"]
    with pytest.raises(RetrievalError, match="document#key"):
        await SqlLibrary(database).clause_hashes(scope(), ["policy"])


CONDITIONS: Sequence[Condition] = (
    Equals("tenant", "default"),
    Equals("tenant", "other"),
    Equals("tenant", 1),
    Equals("groups", "public"),
    Equals("groups", "legal"),
    Equals("valid_from_generation", 1),
    Equals("valid_from_generation", "1"),
    AnyOf("groups", ("legal", "none")),
    AnyOf("groups", ()),
    AnyOf("tenant", ("default", "other")),
    Between("valid_from_generation", at_least=2),
    Between("valid_from_generation", below=2),
    Between("valid_from_generation"),
    Between("tenant", at_least=0),
)


async def test_sql_means_what_plain_code_means(database: Database) -> None:
    stored = [
        revision(
            f"r{number}",
            generation,
            Document(id=f"d{number}", title="", source="", owner="", tenant=tenant, groups=groups),
        )
        for number, (generation, tenant, groups) in enumerate(
            product((1, 2), ("default", "other"), ((), ("public",), ("public", "legal")))
        )
    ]
    async with database.writing() as connection:
        for one in stored:
            await connection.execute(insert(revisions).values(revision_cells(one, "ing_1")))
            groups_of = [{"revision_id": one.revision.id, "name": name} for name in one.revision.document.groups]
            if groups_of:
                await connection.execute(insert(revision_groups), groups_of)
    for condition in (*CONDITIONS, *map(Not, CONDITIONS)):
        async with database.reading() as connection:
            found = set((await connection.execute(select(revisions.c.id).where(where(condition)))).scalars())
        expected = {
            one.revision.id
            for one in stored
            if admits([condition], {**revision_cells(one, "ing_1"), "groups": list(one.revision.document.groups)})
        }
        assert found == expected, condition


@pytest.mark.parametrize("condition", [Within(0.0, 0.0, 1.0), Equals("title", "x"), Between("price", below=1)])
def test_a_condition_on_anything_else_is_refused(condition: Condition) -> None:
    with pytest.raises(RetrievalError):
        where(condition)
