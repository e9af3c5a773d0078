"""A table of flights ingested, and what is made of it: a recovered flight, a recommendation in a decision, errors."""

import json
from collections import Counter
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any, cast

import pytest
from pydantic import JsonValue
from running import Toulmin, client_of

from service.records import canonical
from service.settings import Settings

TABLE = """airline,no,from,to,day,out,in,state,free,free_c,price
KL,1,AMS,LIS,2026-06-01,1200,1400,cancelled,0,0,
KL,3,AMS,LIS,2026-06-01,1500,1700,scheduled,2,1,180.50
AF,7,AMS,CDG,2026-06-01,1230,1345,scheduled,3,0,
AF,8,CDG,LIS,2026-06-01,1500,1630,scheduled,3,0,
KL,9,AMS,LIS,2026-06-02,0900,1100,scheduled,,,
KL,10,AMS,LIS,2026-06-02,0900,0830,scheduled,-4,,
KL,11,AMS,XQX,2026-06-02,0900,0830,scheduled,1,,
KL,12,AMS,LIS,1900-06-02,0900,1100,scheduled,1,,
KL,13,AMS,LIS,2026-06-04,0900,2026-06-04 0800,scheduled,1,,
"""
MAPPING = """[columns]
id = ["airline", "no", "day", "from"]
date = "day"
carrier = "airline"
number = "no"
origin = "from"
destination = "to"
departure = ["day", "out"]
arrival = "in"
status = "state"
seats_economy = "free"
seats_business = "free_c"

[parse]
days_ahead = 30

[exclude]
columns = ["price"]

[schema]
most_unreadable = 0.5
"""
SOURCES = """[[source]]
id = "schedule"
path = "schedule.csv"
title = "Schedule of a test"
owner = "operations"
language = "en"
groups = [{group}]
kind = "table"
record = "flight"
mapping = "mapping.toml"
"""
CASE: Mapping[str, Any] = {
    "domain": "passenger_rights",
    "as_of": "2026-06-01",
    "case": {
        "event": "cancellation",
        "flight_date": "2026-06-01",
        "origin": "AMS",
        "destination": "LIS",
        "scheduled_departure": "2026-06-01T12:00+02:00",
        "scheduled_arrival": "2026-06-01T14:00+01:00",
        "carrier_is_community": True,
        "carrier_is_uk": False,
    },
}


def ingested(toulmin: Toulmin, folder: Path, group: str) -> str:
    folder.mkdir()
    (folder / "schedule.csv").write_text(TABLE, encoding="utf-8")
    (folder / "mapping.toml").write_text(MAPPING, encoding="utf-8")
    (folder / "sources.toml").write_text(SOURCES.format(group=group), encoding="utf-8")
    done = toulmin.run("ingest", str(folder / "sources.toml"), "pack:passenger_rights")
    assert done.returncode == 0, done.stdout + done.stderr
    return " ".join(done.stdout.split())


@pytest.fixture(scope="module", name="toulmin")
def _toulmin(prepared_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Toulmin:
    toulmin = Toulmin(tmp_path_factory.mktemp("data"), prepared_model.parent)
    report = ingested(toulmin, tmp_path_factory.mktemp("flights") / "table", '"public"')
    for said in (
        "seats_economy: expected a whole number",
        "'XQX'",
        "since 1970, found one in 1900",
        "arrival: expected",
    ):
        assert said in report
    return toulmin


def recover(toulmin: Toulmin, *arguments: str) -> Mapping[str, Any]:
    done = toulmin.run("recover", *arguments, "--json")
    assert done.returncode == 0, done.stderr
    return cast("Mapping[str, Any]", json.loads(done.stdout))


def logged(toulmin: Toulmin) -> list[Mapping[str, Any]]:
    with client_of(Settings(data=toulmin.data, models=toulmin.models)) as client:
        return cast("list[Mapping[str, Any]]", client.get("/v1/audit", params={"limit": 1000}).json())


def people(folder: Path, *passengers: Mapping[str, object]) -> str:
    path = folder / "passengers.json"
    path.write_text(json.dumps({"passengers": passengers}), encoding="utf-8")
    return str(path)


def test_a_flight_is_recovered_from_the_table_with_a_reason_for_each(toulmin: Toulmin, tmp_path: Path) -> None:
    booked = people(
        tmp_path,
        {"id": "a", "party": "x"},
        {"id": "b", "party": "x"},
        {"id": "c", "unaccompanied_minor": True},
        {"id": "d"},
        {"id": "e"},
        {"id": "f"},
    )
    plan = recover(toulmin, "--flight", "kl001", "--date", "2026-06-01", "--passengers", booked)
    assert [[leg["flight"] for leg in one["itinerary"]] for one in plan["options"]] == [
        ["KL 3"],
        ["KL 3"],
        ["AF 7", "AF 8"],
        ["KL 9"],
    ]
    assert [one["arrival_delta_min"] for one in plan["options"]] == [180, 180, 150, 1260]
    assert [one["cabin"] for one in plan["options"]] == ["economy", "business", "economy", "economy"]
    assert plan["options"][3]["seats_left"] is None
    assert all(one["rank_reason"] for one in plan["options"])
    seats = {each["id"]: one for one in plan["assignments"] for each in one["passengers"]}
    assert len(seats) == 6
    assert [leg["flight"] for leg in seats["c"]["itinerary"]] == ["KL 3"], "a minor alone is not sent through Paris"
    assert seats["a"]["itinerary"] == seats["b"]["itinerary"]
    assert all(one["reason"] for one in plan["assignments"])
    assert plan["left"] == []


def test_nothing_is_seen_before_the_schedule_was_known(toulmin: Toulmin) -> None:
    at = ("recover", "--flight", "KL1", "--date", "2026-06-01", "--as-of")
    assert "KL 3" in toulmin.run(*at, "2026-05-02").stdout
    early = toulmin.run(*at, "2026-05-01")
    assert early.returncode == 1
    assert "No flights on 2026-06-01 are on file for you as of 2026-05-01" in " ".join(early.stderr.split())


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--flight", "KL4", "--date", "2026-06-01"), "There is no KL 4 on 2026-06-01"),
        (("--flight", "KL1", "--date", "2026-07-01"), "No flights on 2026-07-01 are on file"),
        (("--flight", "KL12", "--date", "1900-06-02"), "expected a day since 1970"),
        (("--flight", "KLM", "--date", "2026-06-01"), "expected carrier and number"),
        (("--flight", "KL1", "--date", "2026-06-01", "--origin", "CDG"), "does not leave CDG"),
        (
            ("--flight", "KL1", "--date", "2026-06-01", "--assume-seats", "economy=-1"),
            "--assume-seats: expected CABIN=N",
        ),
        (("--flight", "KL1", "--date", "2026-06-01", "--passengers", "nowhere.json"), "there is no file nowhere.json"),
    ],
)
def test_what_is_wrong_is_said_with_what_to_do(toulmin: Toulmin, arguments: tuple[str, ...], said: str) -> None:
    done = toulmin.run("recover", *arguments)
    assert done.returncode == 1
    assert said in " ".join(done.stderr.split())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"passengers": [\n  {"id": "a"},\n  {"id": "b" "tier": 1}\n]}', "line 3, column 14"),
        ('{"passengers": [\n  {"id": "a"},\n\n  {"id": "b", "tier": "iron"}\n]}', "line 4: tier"),
        ('[\n{"id": "a"},\n{"id": "b", "cabin": "roof"}]', "line 3: cabin"),
        (
            '{"passengers": [{"id": "a", "seat": 3}]}',
            "line 1: seat: Extra inputs are not permitted; there are id, party",
        ),
        ('{"passengers": []}', "has no passengers"),
        ('{"passengers": [{"id": "a"}, {"id": "a"}]}', "the id 'a' stands twice"),
    ],
)
def test_a_malformed_passengers_file_is_named_with_its_line(
    toulmin: Toulmin, tmp_path: Path, text: str, said: str
) -> None:
    path = tmp_path / "p.json"
    path.write_text(text, encoding="utf-8")
    done = toulmin.run("recover", "--flight", "KL1", "--date", "2026-06-01", "--passengers", str(path))
    assert done.returncode == 1
    assert said in " ".join(done.stderr.split())


def test_a_decision_recommends_a_way_on_and_cites_its_rows(toulmin: Toulmin) -> None:
    done = toulmin.run("decide", "--case", "-", "--json", stdin=json.dumps(CASE))
    assert done.returncode == 0, done.stderr
    released = cast("Mapping[str, Any]", json.loads(done.stdout))
    recovery = released["answer"]["recommended_recovery"]
    assert recovery["action"] == "rebook"
    assert [leg["flight"] for leg in recovery["options"][0]["itinerary"]] == ["KL 3"]
    assert any(line.startswith("AF 7 + AF 8: arrives 150 min after") for line in recovery["not_chosen_because"])
    assert "KL 1" not in str(recovery["options"])
    rows = [one["quote"] for one in released["citations"] if one["document"] == "Schedule of a test"]
    assert rows == [TABLE.splitlines()[2]]
    assert [line.split(":")[0] for line in recovery["assumptions"]] == [
        "The cabin booked is not stated",
        "The number of passengers is not stated",
    ]


def test_over_http_the_same_plan_is_made(toulmin: Toulmin) -> None:
    with client_of(Settings(data=toulmin.data, models=toulmin.models)) as client:
        answered = client.post(
            "/v1/recoveries", json={"flight": "KL1", "date": "2026-06-01", "passengers": [{"id": "a"}]}
        )
        assert answered.status_code == 200, answered.text
        assert answered.json()["assignments"][0]["party"] == "a"
        log = client.get("/v1/audit", params={"subject": answered.json()["recovery_id"]}).json()
        assert [(one["kind"], one["actor"]) for one in log] == [("recovery_planned", "api")]
        assert client.post("/v1/recoveries", json={"flight": "KL4", "date": "2026-06-01"}).status_code == 404
        twice = {"flight": "KL1", "date": "2026-06-01", "passengers": [{"id": "a"}, {"id": "a"}]}
        assert client.post("/v1/recoveries", json=twice).status_code == 422


def test_the_audit_log_tells_of_a_plan_by_counts_and_its_hash(toulmin: Toulmin, tmp_path: Path) -> None:
    booked = people(tmp_path, *({"id": f"somebody-{number}"} for number in range(9)))
    plan = dict(recover(toulmin, "--flight", "KL1", "--date", "2026-06-01", "--passengers", booked))
    place = plan.pop("audit")
    events = logged(toulmin)
    assert "somebody-" not in json.dumps(events)
    (event,) = [one for one in events if one["subject"] == plan["recovery_id"]]
    assert (event["kind"], event["actor"], event["seq"]) == ("recovery_planned", "cli", place["seq"])
    told = event["payload"]
    assert (told["flight"], told["date"], told["generation"]) == ("KL 1", "2026-06-01", plan["generation"])
    assert told["plan_sha256"] == sha256(canonical(cast("JsonValue", plan))).hexdigest()
    ways = Counter("+".join(leg["flight"] for leg in one["itinerary"]) for one in plan["assignments"])
    assert told["passengers"] == {
        "placed": len(plan["assignments"]),
        "left": len(plan["left"]),
        "placed_by_way": {name.replace("+", " + "): number for name, number in ways.items()},
    }
    assert told["passengers"]["placed"] + told["passengers"]["left"] == 9
    verified = toulmin.run("audit", "verify")
    assert verified.returncode == 0, verified.stdout + verified.stderr


def test_a_plan_that_was_not_made_is_not_told_of(toulmin: Toulmin, tmp_path: Path) -> None:
    before = logged(toulmin)
    twice = people(tmp_path, {"id": "a"}, {"id": "a"})
    assert toulmin.run("recover", "--flight", "KL1", "--date", "2026-06-01", "--passengers", twice).returncode == 1
    assert logged(toulmin) == before


def test_flights_of_others_are_not_there(prepared_model: Path, tmp_path: Path) -> None:
    toulmin = Toulmin(tmp_path / "data", prepared_model.parent)
    ingested(toulmin, tmp_path / "flights", '"planners"')
    done = toulmin.run("recover", "--flight", "KL1", "--date", "2026-06-01")
    assert done.returncode == 1
    assert "are on file for you" in " ".join(done.stderr.split())
    planner = Toulmin(toulmin.data, toulmin.models, settings={"TOULMIN_GROUPS": "planners"})
    assert "KL 3" in planner.run("recover", "--flight", "KL1", "--date", "2026-06-01").stdout
