"""`toulmin rules check` and `toulmin rules confirm`, as an owner runs them after a policy was changed."""

import json
from pathlib import Path

import pytest
from running import Toulmin
from storing import store_texts

from decision.registry import packs
from service.adapters.database import open_database
from service.bootstrap import records
from service.settings import Settings

CLAUSE = "answering-policy#2.4"
CHECK = ("rules", "check", "--pack", "policy")
CONFIRM = ("rules", "confirm", "--pack", "policy", "--owner", "ada", "--because", "It says the same.")


@pytest.fixture
async def toulmin(tmp_path: Path) -> Toulmin:
    """Give a data folder in which a clause of the policy has changed and another one is gone."""
    settings = Settings(data=tmp_path / "data")
    text = (packs()["policy"].folder / "sources" / "answering-policy.md").read_text(encoding="utf-8")
    lines = text.splitlines()
    place = next(number for number, line in enumerate(lines) if line.startswith("**2.4 "))
    lines[place] = lines[place].replace(" the ", " every ", 1)
    async with records(settings):
        database = await open_database(settings.database_url)
        await store_texts(database, 1, {"answering-policy": text})
        await store_texts(database, 2, {"answering-policy": "\n".join(lines).replace("**2.7 ", "**2.9 ")})
        await database.close()
    return Toulmin(settings.data, tmp_path / "models")


def test_an_owner_sees_what_changed_and_confirms_it(toulmin: Toulmin) -> None:
    checked = toulmin.run(*CHECK)
    assert checked.returncode == 1, checked.stderr
    said = " ".join(checked.stdout.split())
    assert f"{CLAUSE}: its words have changed since generation 2" in said
    assert "[-the-] {+every+}" in said
    assert "parameter coverage_limit (knowledge-management)" in said
    assert "answering-policy#2.7: the clause is gone since generation 2" in said
    assert "the confirmed words stand in answering-policy#2.9 now" in said

    confirmed = toulmin.run(*CONFIRM, "--clause", CLAUSE)
    assert confirmed.returncode == 0, confirmed.stderr
    assert f"confirmed {CLAUSE} at generation 2 by ada" in confirmed.stdout
    assert "{+every+}" in confirmed.stderr
    assert CLAUSE not in toulmin.run(*CHECK).stdout

    again = toulmin.run(*CONFIRM, "--clause", CLAUSE)
    assert again.returncode == 0
    assert "Nothing to confirm" in again.stdout


def test_all_are_confirmed_only_by_somebody_who_says_yes(toulmin: Toulmin) -> None:
    asked = toulmin.run(*CONFIRM, "--all")
    assert asked.returncode == 1
    assert "--yes" in asked.stderr
    assert "{+every+}" in asked.stderr
    done = toulmin.run(*CONFIRM, "--all", "--yes", "--json")
    assert done.returncode == 0, done.stderr
    assert [one["clause"] for one in json.loads(done.stdout)] == [CLAUSE]
    assert toulmin.run("audit", "verify").returncode == 0


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("--clause", "answering-policy#2.7"), "no such clause is there for you at generation 2"),
        (("--clause", "answering-policy#9"), "no rule or parameter of policy encodes it"),
        ((), "expected one of them"),
        (("--clause", CLAUSE, "--all"), "expected one of them"),
        (("--clause", CLAUSE, "--because", " "), "--because"),
    ],
)
def test_what_cannot_be_confirmed_is_refused(toulmin: Toulmin, arguments: tuple[str, ...], expected: str) -> None:
    refused = toulmin.run(*CONFIRM, *arguments)
    assert refused.returncode == 1
    assert expected in " ".join(refused.stderr.split())
    assert not refused.stdout


def test_programs_get_the_words_before_and_after(toulmin: Toulmin) -> None:
    (report,) = json.loads(toulmin.run(*CHECK, "--json").stdout)
    changed = next(one for one in report["stale"] if one["clause"] == CLAUSE)
    assert changed["before"] != changed["after"]
    assert changed["changes"] == [{"same": "", "removed": "the", "added": "every"}]
    assert {one["owner"] for one in changed["encodings"]} == {"knowledge-management"}
