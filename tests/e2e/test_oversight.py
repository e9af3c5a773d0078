"""Oversight as a reviewer and an auditor do it on the command line: tasks taken, given back, amended; heads kept."""

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from running import Demonstrated, Toulmin


@pytest.fixture
def own(demonstrated: Demonstrated, tmp_path: Path) -> Toulmin:
    """Give a copy of the demonstration's data, to be worked on."""
    return demonstrated.copy(tmp_path / "copy")


def done(toulmin: Toulmin, *arguments: str) -> Any:  # noqa: ANN401 - whatever JSON a command prints
    """Run a command that must succeed; what it prints."""
    ran = toulmin.run(*arguments, "--json")
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


def test_a_task_is_given_back_and_then_amended(own: Toulmin, tmp_path: Path) -> None:
    task_id = done(own, "review", "list", "--status", "queued")[0]["id"]
    claimed = done(own, "review", "claim", task_id, "--reviewer", "ada")
    back = done(own, "review", "release", task_id, "--reviewer", "ada", "--token", str(claimed["token"]))
    assert (back["status"], back["assignee"]) == ("queued", None)
    token = str(done(own, "review", "claim", task_id, "--reviewer", "bob")["token"])
    verdict = ("review", "resolve", task_id, "--reviewer", "bob", "--token", token, "--verdict", "amend")
    refused = own.run(*verdict, "--because", "Too low.")
    assert refused.returncode == 1
    assert "amended" in refused.stderr
    for content, complaint in (("[1]", "no JSON object"), ("{", "cannot be read")):
        (tmp_path / "wrong.json").write_text(content, encoding="utf-8")
        refused = own.run(*verdict, "--because", "Too low.", "--amended", str(tmp_path / "wrong.json"))
        assert refused.returncode == 1
        assert complaint in " ".join(refused.stderr.split())
    (tmp_path / "answer.json").write_text('{"outcome": "due", "amount": "600"}', encoding="utf-8")
    resolved = done(own, *verdict, "--because", "Too low.", "--amended", str(tmp_path / "answer.json"))
    assert (resolved["status"], resolved["verdict"]["kind"]) == ("resolved", "amend")
    assert resolved["verdict"]["amended"] == {"outcome": "due", "amount": "600"}
    assert done(own, "audit", "verify")["intact"]


def test_a_list_says_that_it_stops(own: Toulmin) -> None:
    done(
        own, "decide", "--domain", "policy", "--question", "What does the treaty say about unicorn husbandry on Saturn?"
    )
    everything = done(own, "review", "list")
    assert len(everything) > 1
    some = own.run("review", "list", "--limit", "1", "--json")
    assert json.loads(some.stdout) == everything[:1]
    assert "--limit" in some.stderr
    assert own.run("review", "list", "--limit", str(len(everything))).stderr == ""


def test_a_cut_log_shows_against_the_head_that_was_printed(own: Toulmin) -> None:
    printed = own.run("audit", "verify").stdout
    head = printed.partition("head: ")[2].split()[0]
    assert own.run("audit", "verify", "--expect", head).returncode == 0
    with sqlite3.connect(own.data / "toulmin.db") as database:
        for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            database.execute(f"DROP TRIGGER {name}")
        ((decision_id, seq),) = database.execute("SELECT id, max(audit_seq) FROM decisions").fetchall()
        database.execute("DELETE FROM review_tasks WHERE decision_id = ?", (decision_id,))
        database.execute("DELETE FROM decisions WHERE id = ?", (decision_id,))
        database.execute("DELETE FROM audit_events WHERE seq >= ?", (seq,))
    assert own.run("audit", "verify").returncode == 0
    cut = own.run("audit", "verify", "--expect", head)
    assert cut.returncode == 1
    assert "were known" in " ".join(cut.stdout.split())
    assert own.run("audit", "verify", "--expect", "nonsense").returncode == 1


def test_an_altered_text_is_located_and_not_shown(own: Toulmin) -> None:
    with sqlite3.connect(own.data / "toulmin.db") as database:
        (decision_id,) = database.execute("SELECT id FROM decisions WHERE domain = 'passenger_rights'").fetchone()
        database.execute("DROP TRIGGER revisions_no_other_text")
        database.execute(
            "UPDATE revisions SET canonical_text = replace(canonical_text, 'hotel', 'castle') "
            "WHERE document_id = 'airline-disruption-policy'"
        )
        (altered,) = database.execute(
            "SELECT id FROM revisions WHERE document_id = 'airline-disruption-policy'"
        ).fetchone()
    explained = own.run("explain", decision_id)
    assert explained.returncode == 1
    assert altered in "".join(explained.stderr.split())
    verified = own.run("audit", "verify", "--json")
    assert verified.returncode == 1
    assert (json.loads(verified.stdout)["fault"], json.loads(verified.stdout)["subject"]) == ("text_changed", altered)
