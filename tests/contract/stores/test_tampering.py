"""What an insider who writes the database past its triggers cannot hide: forged verdicts, lost tasks, other words."""

import sqlite3
from collections.abc import AsyncGenerator, Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Protocol

import pytest
from sqlalchemy import insert, text
from sqlalchemy.exc import DBAPIError

from ingestion.ingests import ParsedRevision
from retrieval.corpus import Document, Revision
from retrieval.scope import ReadScope
from service.adapters.database import Database, open_database
from service.adapters.rows import revision_cells
from service.adapters.sql_audit import SqlAuditLog
from service.adapters.sql_decisions import SqlDecisions
from service.adapters.sql_library import SqlLibrary
from service.adapters.sql_reviews import SqlReviews
from service.adapters.tables import generations, revision_groups, revisions
from service.audit import Verification
from service.errors import NotFoundError, TamperedError
from service.migrations import upgrade
from service.ports import Recording, TaskFilter
from service.quotes import verify_citations
from service.records import Citation, ReleasedDecision
from service.review import ClaimTask, GiveBack, Resolve, task_for

MakeRecording = Callable[[int], Recording]
NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
WORDS = "1 Delay\nA passenger delayed by three hours is owed EUR 400.\n"
QUOTE = "A passenger delayed by three hours is owed EUR 400."
ADDED = """INSERT INTO review_tasks
    SELECT 'task_x', tenant, 'second', decision_id, decision_hash, status, assignee, created_at, due_at, body
    FROM review_tasks"""
SCOPE = ReadScope(as_of=date(2020, 1, 1), generation=0)


class Insider(Protocol):
    """Runs a statement past the triggers, and tells how many rows it changed."""

    def __call__(self, statement: str, *values: str) -> int: ...


@pytest.fixture
async def kept(tmp_path: Path) -> AsyncGenerator[Database]:
    """Give an SQLite database that holds one readable text."""
    database = await open_database(f"sqlite+aiosqlite:///{tmp_path}/toulmin.db")
    await upgrade(database)
    await ingest(database)
    yield database
    await database.close()


@pytest.fixture
def insider(tmp_path: Path, kept: Database) -> Insider:  # noqa: ARG001 - the file must be there
    """Give someone who drops every trigger and then runs one statement."""

    def run(statement: str, *values: str) -> int:
        with sqlite3.connect(tmp_path / "toulmin.db", isolation_level=None) as connection:
            for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
                connection.execute(f"DROP TRIGGER {name}")
            changed = connection.execute(statement, values).rowcount
        connection.close()
        return changed

    return run


async def ingest(database: Database) -> None:
    """Commit a generation with one text."""
    document = Document(id="policy", title="Policy", source="p.md", owner="legal", groups=("public",))
    revision = Revision(
        id="r1",
        document=document,
        content_sha256=sha256(WORDS.encode()).hexdigest(),
        canonical_text=WORDS,
        valid_from_generation=1,
    )
    async with database.writing() as connection:
        parsed = ParsedRevision(revision=revision, fingerprint="f" * 64, text_fingerprint="t" * 64)
        await connection.execute(insert(revisions).values(revision_cells(parsed, "ing_1")))
        await connection.execute(insert(revision_groups).values(revision_id="r1", name="public"))
        await connection.execute(insert(generations).values(number=1, committed_at=NOON, report={}))


def citing(recording: Recording, **changes: object) -> Recording:
    """Let a recorded decision cite the text; the changes are what is wrong with the citation."""
    start = WORDS.index(QUOTE)
    citation = Citation(
        n=1,
        revision_id="r1",
        document="Policy",
        clause="1",
        page=None,
        char_start=start,
        char_end=start + len(QUOTE),
        quote=QUOTE,
        sha256=sha256(WORDS.encode()).hexdigest(),
        url=None,
    )
    released = recording.released.model_copy(update={"citations": (citation.model_copy(update=changes),)})
    return replace(recording, released=released, task=task_for(released, NOON))


async def verified(database: Database) -> Verification:
    """Verify the log."""
    return await SqlAuditLog(database).verify()


async def resolved(database: Database, recording: Recording) -> str:
    """Record a decision and resolve its review; the task's id."""
    await SqlDecisions(database).record(recording)
    task, store = recording.task, SqlReviews(database)
    assert task is not None
    await store.act(task.id, ClaimTask("ada"), NOON)
    verdict = Resolve("ada", 1, task.decision_hash, "overturn", justification="The flight was not ours.")
    await store.act(task.id, verdict, NOON)
    return task.id


@pytest.mark.parametrize(
    ("statement", "fault", "seq"),
    [
        ("UPDATE review_tasks SET body = CAST(replace(body, 'overturn', 'uphold') AS BLOB)", "task_changed", 4),
        ("UPDATE review_tasks SET body = replace(body, 'not ours', 'ours')", "task_changed", 4),
        ("UPDATE review_tasks SET body = 'nonsense'", "task_changed", 4),
        ("UPDATE review_tasks SET status = 'queued'", "task_changed", 4),
        ("UPDATE review_tasks SET assignee = 'bob'", "task_changed", 4),
        ("UPDATE review_tasks SET tenant = 'other'", "task_changed", 4),
        ("DELETE FROM review_tasks", "task_missing", 4),
        (ADDED, "task_unrecorded", None),
    ],
)
async def test_a_task_that_no_event_left_so_is_found(
    kept: Database, insider: Insider, make_reviewed: MakeRecording, statement: str, fault: str, seq: int | None
) -> None:
    task_id = await resolved(kept, make_reviewed(1))
    assert (await verified(kept)).intact
    assert insider(statement) == 1
    result = await verified(kept)
    assert (result.intact, result.fault, result.seq) == (False, fault, seq)
    assert result.subject == ("task_x" if seq is None else task_id)


async def test_a_forged_task_is_neither_shown_nor_acted_on(
    kept: Database, insider: Insider, make_reviewed: MakeRecording
) -> None:
    recording, store = make_reviewed(1), SqlReviews(kept)
    await SqlDecisions(kept).record(recording)
    assert recording.task is not None
    task_id = recording.task.id
    claimed = await store.act(task_id, ClaimTask("ada"), NOON)
    assert insider("UPDATE review_tasks SET body = CAST(replace(body, 'ada', 'eve') AS BLOB)") == 1
    for tried in (
        store.get(task_id),
        store.tasks(TaskFilter()),
        store.act(task_id, GiveBack("eve", claimed.token), NOON),
        store.act(task_id, ClaimTask("eve"), NOON),
    ):
        with pytest.raises(TamperedError, match="task_"):
            await tried


async def test_an_added_task_is_not_shown(kept: Database, insider: Insider, make_reviewed: MakeRecording) -> None:
    await SqlDecisions(kept).record(make_reviewed(1))
    assert insider(ADDED) == 1
    with pytest.raises(TamperedError, match="task_x"):
        await SqlReviews(kept).get("task_x")


async def test_what_is_whole_is_counted(kept: Database, make_reviewed: MakeRecording) -> None:
    await resolved(kept, citing(make_reviewed(1)))
    result = await verified(kept)
    assert result.intact
    assert result.message.endswith("1 decisions, 1 quotes and 1 review tasks are as recorded")


async def shown(database: Database, released: ReleasedDecision) -> None:
    """Check a decision as it is checked when it is shown."""
    await verify_citations(released, SqlLibrary(database), SCOPE)


async def test_a_whole_quote_is_shown(kept: Database, make_recording: MakeRecording) -> None:
    await shown(kept, citing(make_recording(1)).released)


async def test_altered_words_are_neither_read_nor_shown(
    kept: Database, insider: Insider, make_recording: MakeRecording
) -> None:
    recorded = await SqlDecisions(kept).record(citing(make_recording(1)))
    assert insider("UPDATE revisions SET canonical_text = replace(canonical_text, '400', '600')") == 1
    with pytest.raises(TamperedError, match="r1"):
        await SqlLibrary(kept).revision("r1", SCOPE.model_copy(update={"generation": 1}))
    with pytest.raises(TamperedError, match="r1"):
        await shown(kept, recorded)
    result = await verified(kept)
    assert (result.fault, result.seq, result.subject) == ("text_changed", 1, "r1")


async def test_altered_words_show_although_their_hash_was_altered_too(
    kept: Database, insider: Insider, make_recording: MakeRecording
) -> None:
    recorded = await SqlDecisions(kept).record(citing(make_recording(1)))
    forged = WORDS.replace("400", "600")
    digest = sha256(forged.encode()).hexdigest()
    assert insider("UPDATE revisions SET canonical_text = ?, content_sha256 = ?", forged, digest) == 1
    with pytest.raises(TamperedError, match=r"\[1\]"):
        await shown(kept, recorded)
    assert (await verified(kept)).fault == "text_changed"


async def test_altered_words_that_nothing_cites_are_found(kept: Database, insider: Insider) -> None:
    assert (await verified(kept)).intact
    insider("UPDATE revisions SET canonical_text = canonical_text || ' '")
    result = await verified(kept)
    assert (result.fault, result.seq, result.subject) == ("text_changed", None, "r1")


async def test_a_cited_text_that_was_removed_is_missed(
    kept: Database, insider: Insider, make_recording: MakeRecording
) -> None:
    recorded = await SqlDecisions(kept).record(citing(make_recording(1)))
    assert insider("DELETE FROM revisions") == 1
    with pytest.raises(NotFoundError, match="r1"):
        await shown(kept, recorded)
    result = await verified(kept)
    assert (result.fault, result.seq, result.subject) == ("text_missing", 1, "r1")


@pytest.mark.parametrize("change", [{"char_start": 0}, {"quote": "EUR 600"}, {"quote": ""}, {"sha256": "0" * 64}])
async def test_a_citation_that_was_never_right_is_not_shown(
    kept: Database, make_recording: MakeRecording, change: dict[str, object]
) -> None:
    recorded = await SqlDecisions(kept).record(citing(make_recording(1), **change))
    with pytest.raises(TamperedError, match=r"\[1\]"):
        await shown(kept, recorded)
    assert (await verified(kept)).fault == "text_changed"


async def test_a_quote_is_not_shown_to_who_may_not_read_its_text(kept: Database, make_recording: MakeRecording) -> None:
    released = citing(make_recording(1)).released
    for scope in (SCOPE.model_copy(update={"tenant": "other"}), SCOPE.model_copy(update={"groups": ("guests",)})):
        with pytest.raises(NotFoundError):
            await verify_citations(released, SqlLibrary(kept), scope)


@pytest.mark.parametrize("column", ["canonical_text", "content_sha256"])
async def test_the_database_refuses_other_words(database: Database, column: str) -> None:
    await ingest(database)
    with pytest.raises(DBAPIError, match="never changed"):
        async with database.writing() as connection:
            await connection.execute(text(f"UPDATE revisions SET {column} = 'x'"))  # noqa: S608 - a constant of ours
    async with database.writing() as connection:
        ended = await connection.execute(text("UPDATE revisions SET valid_to_generation = 2"))
        removed = await connection.execute(text("DELETE FROM revisions"))
    assert (ended.rowcount, removed.rowcount) == (1, 1)


async def test_no_program_replaces_a_text(kept: Database, tmp_path: Path) -> None:
    assert await SqlLibrary(kept).revision("r1", SCOPE.model_copy(update={"generation": 1})) is not None
    other = sqlite3.connect(tmp_path / "toulmin.db")
    with pytest.raises(sqlite3.IntegrityError, match="never changed"):
        other.execute("INSERT OR REPLACE INTO revisions SELECT * FROM revisions")
    other.close()
