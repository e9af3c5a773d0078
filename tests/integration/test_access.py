"""What a reader may not see: neither search nor fetching by id, neither decisions nor their display shows a word of it.

One corpus holds the same clause again and again, each time with another word that gives it away, hidden by one of the
four predicates: tenant, groups, dates in force, generation. The real application is asked by every way there is.
"""

import asyncio
import json
import re
import shutil
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any, Final, cast

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from pydantic import JsonValue
from running import Toulmin, client_of
from small import asked
from sqlalchemy import select

from decision.facts import InvalidCaseError
from decision.packs.real_estate.features import SALE
from ingestion.ingests import Ingestion, IngestRequest
from retrieval.corpus import PUBLIC, Record
from retrieval.query import RecordQuery
from service.adapters.database import open_database
from service.adapters.tables import revisions
from service.application import WITHHELD, Application
from service.bootstrap import application
from service.errors import NotFoundError
from service.flow import DecisionRequest
from service.ingest_words import WITHHELD_WORDS
from service.ports import TaskFilter
from service.reader import utc_now
from service.reconsideration import Reconsideration
from service.review import ClaimTask
from service.settings import Settings

ROOT: Final = Path(__file__).parents[2]
QUESTION: Final = "What is the mooring fee of an airship?"
BOARD: Final = "board"
CLAUSE: Final = "airline-disruption-policy#8.1"
"""A clause that a pack encodes."""

Json = Mapping[str, Any]

SEEN: Final = frozenset({"larch", "maple"})
"""The words of what everybody may read now: a clause, and the second version of another."""

HIDDEN: Final[Mapping[str, str]] = {
    "aspen": "of another group",
    "birch": "of no declared group, hence private",
    "cedar": "of two other groups",
    "ebony": "no longer in force",
    "hazel": "not yet in force",
    "jambu": "replaced",
    "osier": "removed",
    "rowan": "staged, not committed",
    "willow": "of another tenant",
}
"""Each word stands in one document, and in the name of one record, that is hidden for this reason."""

CORRECTION: Final = Reconsideration(case={"colour": "blue"})

TARIFF: Final = "# Tariff of {0}\n\n## 1 Fees\n\n**1.1 Mooring fee.** The mooring fee of an airship is 40 {0} euros.\n"
SALES: Final = "id,sold,price,where\n1,2010-05-01,100000,{0}\n"
MAPPING: Final = '[columns]\nid = "id"\ndate = "sold"\nprice = "price"\nneighborhood = "where"\n'


@pytest.fixture(scope="module")
def settings(prepared_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Fill a data folder, as people of several groups and tenants do."""
    folder = tmp_path_factory.mktemp("access")
    settings = Settings(data=folder / "data", models=prepared_model.parent, groups=(PUBLIC,))
    asyncio.run(_filled(settings, folder / "files"))
    shutil.copytree(settings.data, folder / "copy")
    return settings


@pytest.fixture
def copy(settings: Settings) -> Settings:
    """Give a copy of that data folder, which no application has open."""
    return Settings(data=settings.data.with_name("copy"), models=settings.models, groups=(PUBLIC,))


@pytest.fixture(scope="module")
def client(settings: Settings) -> Iterator[TestClient]:
    with client_of(settings) as client:
        yield client


@pytest.fixture(scope="module")
def ids(settings: Settings) -> Mapping[str, str]:
    """Give the revision that has each word, past what any reader is told."""

    async def read() -> Mapping[str, str]:
        database = await open_database(settings.database_url)
        async with database.reading() as connection:
            found = (await connection.execute(select(revisions.c.id, revisions.c.canonical_text))).all()
        await database.close()
        fees = [row for row in found if "airship" in row.canonical_text]
        return {_words_of(row.canonical_text).pop(): row.id for row in fees}

    return asyncio.run(read())


def test_everything_hidden_is_there_to_be_found(ids: Mapping[str, str]) -> None:
    assert ids.keys() == {*SEEN, *HIDDEN}


def test_a_search_finds_what_may_be_seen_and_nothing_else(client: TestClient) -> None:
    for query in (QUESTION, *HIDDEN, " ".join(HIDDEN)):
        answered = client.post("/v1/search", json={"query": query, "k": 100})
        assert _words_of(answered.text.replace(query, "")) == SEEN, query


@pytest.mark.parametrize("word", sorted({*SEEN, *HIDDEN}))
def test_an_id_opens_only_what_may_be_seen(client: TestClient, ids: Mapping[str, str], word: str) -> None:
    answered = client.get(f"/v1/sources/{ids[word]}")
    assert answered.status_code == (200 if word in SEEN else 404)
    assert _words_of(answered.text) == ({word} & SEEN)


@pytest.mark.parametrize(
    ("word", "place", "opens"),
    [
        ("ebony", {"as_of": "2019-12-31"}, True),
        ("ebony", {"as_of": "2020-01-01"}, False),
        ("hazel", {"as_of": "2099-12-31"}, False),
        ("hazel", {"as_of": "2100-01-01"}, True),
        ("jambu", {"generation": "1"}, True),
        ("jambu", {"generation": "2"}, False),
        ("osier", {"generation": "1"}, True),
        ("maple", {"generation": "1"}, False),
        ("rowan", {"generation": "999999999"}, False),
        ("rowan", {"generation": "2147483647"}, False),
        *((word, {"as_of": day, "generation": str(at)}, False) for word in ("aspen", "birch", "cedar", "willow")
          for day in ("2019-01-01", "2026-06-01", "2100-01-01") for at in range(6)),
    ],
)  # fmt: skip
def test_a_date_and_a_generation_open_no_more_than_was_seen_then(
    client: TestClient, ids: Mapping[str, str], word: str, place: Mapping[str, str], *, opens: bool
) -> None:
    answered = client.get(f"/v1/sources/{ids[word]}", params=place)
    assert answered.status_code == (200 if opens else 404)
    assert _words_of(answered.text) == ({word} if opens else set())


def test_the_list_of_sources_names_what_may_be_seen(client: TestClient) -> None:
    listed = client.get("/v1/sources").text
    assert _words_of(listed) == SEEN


def test_a_decision_rests_on_what_may_be_seen(client: TestClient) -> None:
    released = client.post("/v1/decisions", json=_asking(QUESTION))
    assert released.json()["status"] == "decided"
    assert released.json()["citations"]
    address = released.headers["location"]
    for shown in (released.text, *(client.get(f"{address}{part}").text for part in ("", "/explanation", "/report"))):
        assert _words_of(shown) <= SEEN
        assert _words_of(shown)


@pytest.mark.parametrize("word", sorted(HIDDEN))
def test_a_decision_knows_nothing_of_a_hidden_word(client: TestClient, word: str) -> None:
    question = f"Which airship pays the fee of {word} euros?"
    released = client.post("/v1/decisions", json=_asking(question))
    assert released.status_code == 201
    for citation in released.json()["citations"]:
        assert _words_of(citation["quote"]) <= SEEN
    assert word not in str(released.json()["answer"].get("quotes", ""))


async def test_a_recorded_decision_is_shown_to_those_alone_who_may_read_what_it_quotes(copy: Settings) -> None:
    request = DecisionRequest(domain="policy", question=QUESTION, as_of=date(2026, 6, 1))
    async with application(copy.model_copy(update={"groups": (BOARD,)})) as running:
        released = await running.flow.decide(request, actor="board", idempotency_key="airship")
        assert _words_of(released.model_dump_json()) == {"aspen"}
        assert await running.decision(released.decision_id) == released
        assert await running.flow.decide(request, actor="board", idempotency_key="airship") == released
        with pytest.raises(InvalidCaseError):  # found, and then asked what it cannot be
            await running.reconsider(released.decision_id, CORRECTION, actor="board")
        assert [_words_of(one.summary) for one in await running.decisions(1)] == [{"aspen"}]
        assert [_words_of(one.summary) for one in await running.tasks(TaskFilter(), 2)] == [{"aspen"}]
    async with application(copy) as running:
        with pytest.raises(NotFoundError) as refused:
            await running.decision(released.decision_id)
        assert not _words_of(str(refused.value))
        before = await running.audit.head()
        with pytest.raises(NotFoundError) as refused:
            await running.reconsider(released.decision_id, CORRECTION, actor="public")
        assert not _words_of(str(refused.value))
        assert await running.audit.head() == before
        with pytest.raises(NotFoundError):
            await running.flow.decide(request, actor="public", idempotency_key="airship")
        assert [(one.decision_id, one.summary) for one in await running.decisions(1)] == [
            (released.decision_id, WITHHELD)
        ]
        (task,) = await running.tasks(TaskFilter(), 2)
        assert (task.decision_id, task.summary) == (released.decision_id, WITHHELD)
        claimed = await running.review(task.id, ClaimTask("ada"))
        assert not _words_of(claimed.model_dump_json())


@pytest.mark.parametrize("before", [PUBLIC, BOARD])
def test_the_words_of_a_drifted_clause_are_told_to_those_alone_who_may_read_them(
    copy: Settings, tmp_path: Path, before: str
) -> None:
    shutil.copytree(copy.data, tmp_path / "data")
    board, public = (
        Settings(data=tmp_path / "data", models=copy.models, groups=groups, ingest_roots=(str(tmp_path),))
        for groups in ((PUBLIC, BOARD), (PUBLIC,))
    )
    files = tmp_path / "files"
    with client_of(board) as client:
        _write_clause(files, "EUR 250 in aspen", before)
        _ingested(client, files, "first")
        _write_clause(files, "EUR 300 in aspen", BOARD)
        planned = _post(client, "/v1/previews", files)
        unknown = client.post("/v1/previews", json={"locations": [str(files)]}).json()
        assert _only_drift(unknown)["after"] == WITHHELD_WORDS, "a file that was not ingested has no readers"
        second = _ingested(client, files, "second")
        for report in (planned, *_reports(client, files, "second", second)):
            assert "aspen" in str(_only_drift(report)["before"])
            assert "aspen" in str(_only_drift(report)["after"])
    with client_of(public) as client:
        told = _reports(client, files, "second", second)
        _write_clause(files, "EUR 350 in aspen", BOARD)
        for report in (_post(client, "/v1/previews", files), *told):
            drift = _only_drift(report)
            assert (drift["clause"], drift["owner"]) == (CLAUSE, "legal")
            assert (drift["before"], drift["after"]) == (WITHHELD_WORDS, WITHHELD_WORDS)
    for settings, words in ((board, {"aspen"}), (public, set[str]())):
        toulmin = Toulmin(
            settings.data, cast("Path", copy.models), settings={"TOULMIN_GROUPS": ",".join(settings.groups)}
        )
        shown = toulmin.run("ingest", "show", second)
        assert CLAUSE in shown.stdout, shown.stderr
        assert _words_of(shown.stdout) == words


async def test_records_are_hidden_like_texts(copy: Settings) -> None:
    async with application(copy) as running:
        scope = await running.reader.scope()
        for vector in (None, (0.0,) * SALE.dimensions):
            query = RecordQuery(kind=SALE.name, limit=1000, vector=vector)
            found = await running.finder.find_records(query, scope)
            records = [one.item for one in found if isinstance(one.item, Record)]
            assert {str(one.values["neighborhood"]) for one in records} == SEEN


async def _filled(settings: Settings, files: Path) -> None:
    """Ingest twice as the tenant that is asked, once as another, and stage what is never committed."""
    _write(files / "ours", {**_DECLARED, "osier": 'groups = ["public"]'}, changing="jambu")
    _write(files / "staged", {"rowan": 'groups = ["public"]'})
    _write(files / "theirs", {"willow": 'groups = ["public"]'})
    async with application(settings) as running:
        await _ingest(running, files / "ours")
        _write(files / "ours", _DECLARED, changing="maple")
        await _ingest(running, files / "ours")
        request = IngestRequest(locations=(str(files / "staged"),))
        staged = await running.catalog.open(
            Ingestion(id="ing_staged", tenant=settings.tenant, request=request, requested_at=utc_now())
        )
        for batch in range(await running.ingest.plan(staged.id)):
            await running.ingest.stage(staged.id, batch)
    async with application(settings.model_copy(update={"tenant": "other"})) as running:
        await _ingest(running, files / "theirs")


_DECLARED: Final[Mapping[str, str]] = {
    "larch": 'groups = ["public"]',
    "aspen": f'groups = ["{BOARD}"]',
    "birch": "",
    "cedar": 'groups = ["auditors", "legal"]',
    "ebony": 'groups = ["public"]\neffective_to = 2020-01-01',
    "hazel": 'groups = ["public"]\neffective_from = 2100-01-01',
}


async def _ingest(running: Application, place: Path) -> None:
    report = await running.ingest.run(asked(place))
    assert report.quarantined == ()
    assert report.held == ()


def _write(folder: Path, declared: Mapping[str, str], changing: str | None = None) -> None:
    """Write a document and a table for each word, declared so, and those that are changed from ingest to ingest."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    (folder / "map.toml").write_text(MAPPING, encoding="utf-8")
    named = {word: (word, words) for word, words in declared.items()}
    if changing is not None:
        named["changing"] = (changing, 'groups = ["public"]')
    entries: list[str] = []
    for name, (word, words) in named.items():
        (folder / f"{name}.md").write_text(TARIFF.format(word), encoding="utf-8")
        (folder / f"{name}.csv").write_text(SALES.format(word), encoding="utf-8")
        entries.append(f'[[source]]\npath = "{name}.md"\nid = "{name}"\n{words}\n')
        table = f'[[source]]\npath = "{name}.csv"\nid = "{name}-sales"\n{words}\ntitle = "Sales of {word}"\n'
        entries.append(f'{table}kind = "table"\nrecord = "{SALE.name}"\nmapping = "map.toml"\n')
    (folder / "sources.toml").write_text("\n".join(entries), encoding="utf-8")


def _write_clause(folder: Path, amount: str, group: str) -> None:
    """Write a document of which a pack encodes the only clause."""
    folder.mkdir(exist_ok=True)
    document_id, _, key = CLAUSE.partition("#")
    text = f"# Disruption policy\n\n## 8 Amounts\n\n**{key} Short journeys.** Compensation is {amount}.\n"
    (folder / "policy.md").write_text(text, encoding="utf-8")
    declared = f'[[source]]\npath = "policy.md"\nid = "{document_id}"\ngroups = ["{group}"]\n'
    (folder / "sources.toml").write_text(declared, encoding="utf-8")


def _post(client: TestClient, path: str, files: Path, key: str = "none") -> Json:
    """Ask, as the owner of the data folder, to have these files ingested."""
    running = cast("Application", cast("FastAPI", client.app).state.running)
    headers = {"Toulmin-Owner": running.owner_token, "Idempotency-Key": key}
    return cast("Json", client.post(path, json={"locations": [str(files)]}, headers=headers).json())


def _ingested(client: TestClient, files: Path, key: str) -> str:
    started = _post(client, "/v1/ingestions", files, key)
    assert "event: committed" in client.get(f"/v1/ingestions/{started['id']}/events").text
    return str(started["id"])


def _reports(client: TestClient, files: Path, key: str, ingestion_id: str) -> list[Json]:
    """Read the report of an ingest in every way there is."""
    events = client.get(f"/v1/ingestions/{ingestion_id}/events").text.splitlines()
    listed = client.get("/v1/ingestions").json()
    told = [
        _post(client, "/v1/ingestions", files, key),
        client.get(f"/v1/ingestions/{ingestion_id}").json(),
        next(one for one in listed if one["id"] == ingestion_id),
        json.loads(next(line for line in events if line.startswith("data:")).removeprefix("data:")),
    ]
    return [one["report"] for one in told]


def _only_drift(report: Json) -> Json:
    """Give what is told of the clause; each rule and parameter that encodes it is told the same of its words."""
    told = {(one["clause"], one["before"], one["after"]) for one in report["drift"]}
    assert len(told) == 1
    return cast("Json", report["drift"][0])


def _asking(question: str) -> dict[str, JsonValue]:
    return {"domain": "policy", "question": question, "as_of": "2026-06-01"}


def _words_of(text: str) -> set[str]:
    return {word for word in (*SEEN, *HIDDEN) if re.search(rf"\b{word}\b", text)}
