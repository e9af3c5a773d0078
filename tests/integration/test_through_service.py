"""Commands while `toulmin serve` has the index: the same output, exit codes and errors as without it."""

import fcntl
import json
import os
import re
import signal
import sqlite3
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from subprocess import CompletedProcess, Popen
from typing import Any, cast

import pytest
from running import Server, Toulmin

WAITING_S = 240.0
DOCUMENTS = 150

UNLIKE = re.compile(
    r"\b(ing|dec|task)_[0-9A-Z]{10,}|\b\d+\.\d+ s\b|\"(seconds|plan|read|embed|commit|compare|generation)\": [\d.]+"
    r"|Seconds by stage.*\n|[Gg]eneration \d+|/v1/\S+|\d{4}-\d\d-\d\d[T ][\d:.]+\S*"
    r"|event \d+, \w+…|Trace id +\w+|Time  +evidence.*"
)
"""What differs from one run to the next: names, instants, timings and generations."""

PADDING = re.compile(r"[ ─]{2,}")
"""What fills a line up after it, which is shorter where a number has one more digit."""


@pytest.fixture
def toulmin(prepared_model: Path, tmp_path: Path) -> Toulmin:
    return Toulmin(tmp_path / "data", prepared_model.parent)


@pytest.fixture
def served(toulmin: Toulmin) -> Iterator[Server]:
    server = Server(toulmin)
    yield server
    if server.process.poll() is None:
        server.stop(signal.SIGKILL)


@pytest.fixture
def policies(tmp_path: Path) -> Path:
    """Give some policies, one of which cannot be read."""
    folder = tmp_path / "policies"
    folder.mkdir()
    (folder / "dogs.md").write_text("# Dogs\n\n1 Leash\n\nDogs are kept on a leash.\n", encoding="utf-8")
    (folder / "cats.md").write_text("# Cats\n\n1 Roofs\n\nCats may walk on roofs at night.\n", encoding="utf-8")
    (folder / "empty.md").write_text("", encoding="utf-8")
    return folder


@pytest.fixture
def long(tmp_path: Path) -> Path:
    """Give documents that take a while to embed."""
    folder = tmp_path / "long"
    folder.mkdir()
    for number in range(DOCUMENTS):
        sections = (f"{n} Part {n}\n\n{_words(number * 9 + n)}.\n" for n in range(1, 4))
        (folder / f"d{number}.md").write_text(f"# D{number}\n\n" + "\n".join(sections), encoding="utf-8")
    return folder


def _words(seed: int) -> str:
    return " ".join(f"w{(seed * 7919 + number * number * 104_729) % 9999}" for number in range(60))


def alike(done: CompletedProcess[str]) -> tuple[int, str, str]:
    return done.returncode, _alike(done.stdout), _alike(done.stderr)


def _alike(text: str) -> str:
    return PADDING.sub(" ", UNLIKE.sub("", text))


def until(toulmin: Toulmin, met: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """Wait until the last ingest is as wanted, looking into the database; give it."""
    began = time.monotonic()
    while time.monotonic() - began < WAITING_S:
        if (toulmin.data / "toulmin.db").exists():
            with sqlite3.connect(f"file:{toulmin.data}/toulmin.db?mode=ro", uri=True) as database:
                database.row_factory = sqlite3.Row
                query = "SELECT id, state, settled FROM ingestions ORDER BY requested_at DESC LIMIT 1"
                found = _asked(database, query)
            if found is not None and met(found):
                return found
        time.sleep(0.1)
    raise AssertionError("the ingest did not come so far")


def _asked(database: sqlite3.Connection, query: str) -> dict[str, Any] | None:
    try:
        row = database.execute(query).fetchone()
    except sqlite3.OperationalError:  # the tables are being made
        return None
    return None if row is None else dict(row)


def half_read(found: dict[str, Any]) -> bool:
    return found["state"] == "staging" and found["settled"] > 0


def interrupted(process: Popen[str], number: int) -> tuple[int, str, str]:
    process.send_signal(number)
    out, err = process.communicate(timeout=WAITING_S)
    return process.returncode, out, err


def the_lock(toulmin: Toulmin) -> dict[str, Any]:
    return cast("dict[str, Any]", json.loads((toulmin.data / "index" / "lock").read_text(encoding="utf-8")))


def test_commands_say_the_same_with_and_without_a_service(toulmin: Toulmin, policies: Path, tmp_path: Path) -> None:
    (tmp_path / "linked").symlink_to(policies)
    toulmin = replace(toulmin, settings={"COLUMNS": "400"})  # so that figures, which differ, break no lines
    case = tmp_path / "case.json"
    case.write_text(json.dumps({"domain": "policy", "case": {}, "question": "Are dogs kept on a leash?"}))
    assert toulmin.run("ingest", str(policies)).returncode == 1
    lines = [
        ("ingest", str(policies), "--json"),
        ("ingest", str(policies)),
        ("ingest", str(tmp_path / "linked"), "--dry-run"),
        ("ingest", str(policies), "--dry-run", "--json"),
        ("ingest", "nowhere"),
        ("ingest", "pack:horoscopes"),
        ("ingest", "ftp://example.org/x"),
        ("ingest", "rollback", "1"),
        ("ingest", "rollback", "99"),
        ("ingest", "verify"),
        ("ingest", "verify", "--json"),
        ("ingest", "retain", "--generations", "50", "--json"),
        ("ingest", "retain", "--before", "99"),
        ("ingest", "cancel", "ing_NOTHING00000"),
        ("ingest", "show", "ing_NOTHING00000"),
        ("search", "dogs on a leash", "--json"),
        ("search", "cats at night", "--k", "1"),
        ("search", "   "),
        ("decide", "--case", str(case)),
        ("decide", "--domain", "horoscopes"),
        ("decide", "--domain", "real_estate"),
        ("sources",),
    ]
    alone = [alike(toulmin.run(*line)) for line in lines]
    server = Server(toulmin)
    try:
        through = [alike(toulmin.run(*line)) for line in lines]
        decided = json.loads(toulmin.run("decide", "--case", str(case), "--json").stdout)
    finally:
        assert server.stop() == 0
    for line, one, other in zip(lines, alone, through, strict=True):
        assert one == other, line
    log = server.log.read_text(encoding="utf-8")
    for path in ("/v1/search", "/v1/decisions", "/v1/previews", "/v1/maintenance/verify", "/v1/maintenance/retain"):
        assert f"POST {path} " in log, f"{path} was not asked of the service"
    explained = toulmin.run("explain", decided["decision_id"], "--json")
    assert explained.returncode == 0
    with sqlite3.connect(f"file:{toulmin.data}/toulmin.db?mode=ro", uri=True) as database:
        actors = {json.loads(body)["actor"] for (body,) in database.execute("SELECT body FROM audit_events")}
    assert "api" not in actors


def test_the_lock_is_for_its_owner_alone_and_says_who_has_the_index(toulmin: Toulmin, served: Server) -> None:
    lock = toulmin.data / "index" / "lock"
    assert lock.stat().st_mode & 0o777 == 0o600
    told = the_lock(toulmin)
    assert (told["pid"], told["address"], told["doing"]) == (served.process.pid, served.url, "toulmin serve")
    assert (told["tenant"], told["groups"], told["model"]) == ("default", ["public", "local"], "all-MiniLM-L6-v2")


@pytest.mark.parametrize(
    "variable", [("TOULMIN_TENANT", "other"), ("TOULMIN_GROUPS", "public"), ("TOULMIN_MODEL", "other")]
)
def test_a_service_that_reads_otherwise_answers_nobody_else(
    toulmin: Toulmin, served: Server, variable: tuple[str, str]
) -> None:
    refused = replace(toulmin, settings=dict([variable])).run("search", "dogs")
    assert refused.returncode == 1
    assert variable[0] in refused.stderr
    assert str(served.process.pid) in refused.stderr
    assert refused.stdout == ""


def test_a_lock_without_its_process_is_nobody_s(toulmin: Toulmin, policies: Path) -> None:
    toulmin.run("ingest", str(policies))
    server = Server(toulmin)
    server.stop(signal.SIGKILL)
    assert the_lock(toulmin)["address"] == server.url
    assert toulmin.run("search", "dogs", "--json").returncode == 0


def test_who_only_uses_the_index_is_waited_for_and_named(toulmin: Toulmin, policies: Path) -> None:
    toulmin.run("ingest", str(policies))
    with (toulmin.data / "index" / "lock").open("r+", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        json.dump(the_lock(toulmin) | {"pid": os.getpid(), "doing": "toulmin ingest"}, lock)
        lock.truncate()
        lock.flush()
        waiting = toulmin.begin("search", "dogs", "--json")
        time.sleep(4)
        assert waiting.poll() is None
    out, err = waiting.communicate(timeout=WAITING_S)
    assert waiting.returncode == 0, err
    assert json.loads(out)["passages"]
    assert f"Process {os.getpid()} (toulmin ingest) has the index; waiting." in err


def test_an_interrupted_ingest_is_cancelled(toulmin: Toulmin, long: Path) -> None:
    ingesting = toulmin.begin("ingest", str(long))
    until(toulmin, half_read)
    code, _, err = interrupted(ingesting, signal.SIGINT)
    assert code == 130
    assert "was cancelled; nothing of it was committed" in err
    listed = json.loads(toulmin.run("ingest", "list", "--json").stdout)
    assert [one["state"] for one in listed["ingestions"]] == ["cancelled"]
    assert listed["generation"] == 0


def test_an_ingest_through_the_service_is_cancelled_too(toulmin: Toulmin, served: Server, long: Path) -> None:
    ingesting = toulmin.begin("ingest", str(long))
    found = until(toulmin, half_read)
    code, _, err = interrupted(ingesting, signal.SIGINT)
    assert code == 130
    assert f"The ingest {found['id']} was cancelled" in err
    assert served.stop() == 0


def test_what_was_cut_off_goes_on_beside_what_is_asked(toulmin: Toulmin, long: Path, policies: Path) -> None:
    ingesting = toulmin.begin("ingest", str(long))
    cut = until(toulmin, half_read)
    interrupted(ingesting, signal.SIGKILL)
    done = toulmin.run("ingest", str(policies / "dogs.md"), "--json")
    assert done.returncode == 0, done.stderr
    assert f"An ingest was cut off and goes on beside this one: {cut['id']}" in done.stderr
    assert json.loads(done.stdout)["new"] == ["dogs"]
    listed = json.loads(toulmin.run("ingest", "list", "--json").stdout)
    assert {one["id"] == cut["id"]: one["state"] for one in listed["ingestions"]} == {
        True: "committed",
        False: "committed",
    }
    assert f"{cut['id']}: committed, 0 quarantined, 0 held" in done.stderr
    assert len(listed["ingestions"][1]["report"]["new"]) == DOCUMENTS


def test_an_ingest_that_was_cut_off_is_not_cancelled_by_who_waits_for_it(
    toulmin: Toulmin, long: Path, policies: Path
) -> None:
    ingesting = toulmin.begin("ingest", str(long))
    cut = until(toulmin, half_read)
    interrupted(ingesting, signal.SIGKILL)
    waiting = toulmin.begin("ingest", str(policies / "dogs.md"))
    until(toulmin, lambda found: found["state"] == "committed")  # the last one asked for
    code, _, err = interrupted(waiting, signal.SIGINT)
    shown = json.loads(toulmin.run("ingest", "show", cut["id"], "--json").stdout)
    assert shown["state"] != "cancelled"
    assert "was cancelled" not in err
    assert code in {0, 130}  # 0, when the other one was just done


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_an_ingest_goes_on_after_the_service_that_did_it_ended(
    toulmin: Toulmin, served: Server, long: Path, number: int
) -> None:
    ingesting = toulmin.begin("ingest", str(long))
    cut = until(toulmin, half_read)
    assert served.stop(number) == (0 if number == signal.SIGTERM else -signal.SIGKILL)
    _, err = ingesting.communicate(timeout=WAITING_S)
    assert ingesting.returncode == 1
    assert f"toulmin ingest show {cut['id']}" in " ".join(err.split())
    assert "Traceback" not in err + served.log.read_text(encoding="utf-8")
    again = Server(toulmin)
    try:
        until(toulmin, lambda found: found["state"] == "committed")
    finally:
        assert again.stop() == 0
    shown = json.loads(toulmin.run("ingest", "show", cut["id"], "--json").stdout)
    assert len(shown["report"]["new"]) == DOCUMENTS


def test_an_ingest_is_cancelled_whoever_works_on_it(toulmin: Toulmin, long: Path) -> None:
    ingesting = toulmin.begin("ingest", str(long))
    found = until(toulmin, half_read)
    assert toulmin.run("ingest", "cancel", found["id"]).returncode == 0
    _, err = ingesting.communicate(timeout=WAITING_S)
    assert ingesting.returncode == 1
    assert "cancelled" in err
    assert json.loads(toulmin.run("ingest", "show", found["id"], "--json").stdout)["state"] == "cancelled"
