"""`toulmin rules check` and `toulmin rules confirm`, as an owner runs them after a policy was changed."""

import json
import re
import tomllib
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


def test_the_cases_of_a_pack_are_run(toulmin: Toulmin) -> None:
    tested = toulmin.run("rules", "test", "--pack", "policy")
    assert tested.returncode == 0, tested.stderr
    assert re.search(r"policy: ok \(\d+ of \d+ cases came out as expected\)", " ".join(tested.stdout.split()))


def test_a_rule_is_shown_with_its_clause_and_its_tests(toulmin: Toulmin) -> None:
    rule = packs()["policy"].rulebook.rules[0]
    shown = toulmin.run("rules", "explain", rule.id, "--pack", "policy", "--json")
    assert shown.returncode == 0, shown.stderr
    (document,) = json.loads(shown.stdout)
    assert (document["rule_id"], document["place"]) == (rule.id, f"rules.toml:{rule.line}")
    assert document["tests"]
    assert document["words"]
    unknown = toulmin.run("rules", "explain", f"{rule.id}X", "--pack", "policy")
    assert unknown.returncode == 1
    assert f"did you mean '{rule.id}'" in " ".join(unknown.stderr.split())


def test_other_parameters_are_tried_on_cases(toulmin: Toulmin, tmp_path: Path) -> None:
    facts = {"event": "delay", "origin": "CDG", "destination": "FRA", "arrival_delay": "4 h", "extraordinary": False}
    proposed = tmp_path / "proposed.toml"
    proposed.write_text(
        '[[parameter]]\nname = "eu_amount_short"\ntype = "money"\nvalue = "300"\ncurrency = "EUR"\nowner = "legal"\n'
        'clause = "airline-disruption-policy#8.1"\neffective_from = 2005-02-17\n',
        encoding="utf-8",
    )
    cases = tmp_path / "cases.jsonl"
    rows = (
        {"case_id": "short", "facts": facts},
        {"case_id": "long", "facts": {**facts, "destination": "JFK"}},
        {"case_id": "odd", "facts": {"evnt": 1}},
    )
    cases.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    diff = ("rules", "diff", "--pack", "passenger_rights", "--parameters", str(proposed))
    tried = (*diff, "--cases", str(cases), "--as-of", "2026-06-01")

    found = json.loads(toulmin.run(*tried, "--json").stdout)
    assert (found["compared"], [one["case"] for one in found["changes"]]) == (2, ["short"])
    differences = found["changes"][0]["differences"]
    assert {"kind": "conclusion", "name": "eu_amount", "before": "EUR 250", "after": "EUR 300"} in differences
    assert found["unread"][0].startswith("odd: evnt: expected a fact of this domain")
    assert "1 of 2 decisions would come out otherwise" in toulmin.run(*tried).stdout
    recorded = json.loads(toulmin.run(*diff, "--json").stdout)
    assert (recorded["compared"], recorded["changes"]) == (0, [])
    assert toulmin.run("rules", "diff", "--pack", "policy").returncode == 1


def test_a_text_is_laid_out_as_drafts(toulmin: Toulmin, tmp_path: Path) -> None:
    policy = tmp_path / "parking.md"
    text = "# Parking\n\n**1.1 Permits.** A driver must show a permit unless it is Sunday.\n"
    policy.write_text(text, encoding="utf-8")
    drafted = toulmin.run("rules", "draft", str(policy))
    assert drafted.returncode == 0, drafted.stderr
    (draft,) = tomllib.loads(drafted.stdout)["draft"]
    assert (draft["clause"], draft["duty"], draft["exceptions"]) == ("parking#1.1", "must", ["unless it is Sunday"])
    assert toulmin.run("rules", "draft", str(tmp_path / "absent.md")).returncode == 1
