"""Ingests over HTTP: started, followed and cancelled, and reading nothing that the service does not allow."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from pydantic import JsonValue, TypeAdapter
from running import client_of

from service.api import ingestions
from service.api.app import routed
from service.api.ingestions import IngestBody
from service.api.problems import MEDIA_TYPE
from service.application import Application
from service.settings import Settings

OBJECT = TypeAdapter(dict[str, JsonValue])
ENDS = {"committed", "failed", "cancelled"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder of policies that may be ingested, and beside it one that may not."""
    folder = tmp_path_factory.mktemp("policies")
    for number in range(3):
        (folder / f"policy-{number}.md").write_text(f"# Policy {number}\n\n1 Scope\n\nLoans of kind {number}.\n")
    (folder / "linked").symlink_to("/etc")
    return folder


@pytest.fixture(scope="module")
def client(prepared_model: Path, folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """Serve an empty data folder."""
    data = tmp_path_factory.mktemp("data")
    settings = Settings(data=data, models=prepared_model.parent, ingest_roots=(str(folder),))
    with client_of(settings) as client:
        yield client


def events(client: TestClient, ingestion_id: str) -> list[tuple[str, dict[str, JsonValue]]]:
    """Follow an ingestion to its end; gives the name and content of each event."""
    found: list[tuple[str, dict[str, JsonValue]]] = []
    name = ""
    with client.stream("GET", f"/v1/ingestions/{ingestion_id}/events") as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        for line in response.iter_lines():
            if line.startswith("event: "):
                name = line.removeprefix("event: ")
            elif line.startswith("data: "):
                found.append((name, OBJECT.validate_python(json.loads(line.removeprefix("data: ")))))
    return found


def test_an_ingest_is_started_followed_and_read(client: TestClient, folder: Path) -> None:
    started = client.post("/v1/ingestions", json={"locations": [f"{folder}/policy-0.md", f"{folder}/policy-1.md"]})
    assert started.status_code == 202, started.text
    ingestion_id = started.json()["id"]
    assert started.headers["location"] == f"/v1/ingestions/{ingestion_id}"

    told = events(client, ingestion_id)
    assert [name for name, _ in told if name in ENDS] == ["committed"] == [told[-1][0]]
    assert {name for name, _ in told[:-1]} <= {"progress", "heartbeat"}
    last = told[-1][1]
    assert last == client.get(f"/v1/ingestions/{ingestion_id}").json()
    assert (last["state"], last["documents"], last["settled"]) == ("committed", 2, 2)
    assert len(cast("list[str]", OBJECT.validate_python(last["report"])["new"])) == 2
    assert ingestion_id in {one["id"] for one in client.get("/v1/ingestions").json()}
    assert client.get("/v1/search").status_code == 405
    assert client.post("/v1/search", json={"query": "loans of kind 1"}).json()["passages"]


def test_a_key_starts_one_ingest(client: TestClient, folder: Path) -> None:
    key = {"Idempotency-Key": "monday"}
    first = client.post("/v1/ingestions", json={"locations": [str(folder / "policy-2.md")]}, headers=key)
    again = client.post("/v1/ingestions", json={"locations": [str(folder / "policy-2.md")]}, headers=key)
    other = client.post("/v1/ingestions", json={"locations": [str(folder / "policy-1.md")]}, headers=key)
    assert first.json()["id"] == again.json()["id"]
    assert other.status_code == 409
    assert other.headers["content-type"] == MEDIA_TYPE
    assert "Idempotency-Key" in other.json()["detail"]
    events(client, first.json()["id"])


def test_a_stream_says_that_it_is_still_there(
    client: TestClient, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ingestions, "HEARTBEAT_S", 0.001)
    started = client.post("/v1/ingestions", json={"locations": [str(folder / "policy-0.md")]}).json()
    told = events(client, started["id"])
    assert "heartbeat" in {name for name, _ in told}
    assert told[-1][0] == "committed"


@pytest.mark.parametrize(
    "location",
    ["/etc/passwd", "{folder}/linked/passwd", "{folder}/../x", "policy-0.md", "file:///etc/passwd", "s3://b/c"],
)
def test_no_file_is_read_that_is_not_below_a_root(client: TestClient, folder: Path, location: str) -> None:
    named = {"locations": [location.format(folder=folder)]}
    for path in ("/v1/ingestions", "/v1/previews"):
        refused = client.post(path, json=named)
        assert refused.status_code == 422
        assert refused.headers["content-type"] == MEDIA_TYPE
        assert refused.json()["detail"] == "The request was refused."
        (problem,) = refused.json()["problems"]
        assert problem["field"] == "locations.0"
        assert "TOULMIN_INGEST_ROOTS" in problem["expected"]
        assert "toulmin ingest" in problem["remedy"]
        assert client.post(path, json=named, headers={"Toulmin-Owner": "guessed"}).status_code == 422
        assert client.post(path, json=named, headers={b"Toulmin-Owner": b"gu\xe9ss"}).status_code == 422


def test_the_owner_may_have_any_file_read(client: TestClient, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere.md"
    elsewhere.write_text("# Elsewhere\n\n1 Scope\n\nEverything else.\n")
    running = cast("Application", cast("FastAPI", client.app).state.running)
    owner = {"Toulmin-Owner": running.owner_token}
    named = {"locations": [str(elsewhere)]}
    report = client.post("/v1/previews", json=named, headers=owner)
    assert report.status_code == 200, report.text
    assert len(report.json()["new"]) == 1
    assert running.owner_token not in repr(running)


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, ["locations"]),
        ({"locations": []}, ["locations"]),
        ({"locations": ["https://example.org/"], "rollback_to": 1}, ["rollback_to"]),
        ({"locations": ["a\nb"]}, ["locations.0"]),
        ({"locations": ["/etc/passwd", "https://example.org/", "pack:nosuch"]}, ["locations.0", "locations.2"]),
    ],
)
def test_a_request_that_asks_for_nothing_or_too_much_is_refused_field_by_field(
    client: TestClient, body: JsonValue, fields: list[str]
) -> None:
    for path in ("/v1/ingestions", "/v1/previews"):
        refused = client.post(path, json=body)
        assert refused.status_code == 422
        problems = refused.json()["problems"]
        assert [one["field"] for one in problems] == fields
        assert all(one["expected"] and one["remedy"] for one in problems)


def test_what_is_over_is_not_cancelled(client: TestClient, folder: Path) -> None:
    started = client.post("/v1/ingestions", json={"locations": [str(folder / "policy-0.md")]}).json()
    events(client, started["id"])
    refused = client.post(f"/v1/ingestions/{started['id']}/cancel")
    assert refused.status_code == 409
    assert "cannot be cancelled" in refused.json()["detail"]


def test_one_that_waits_is_cancelled(client: TestClient, folder: Path) -> None:
    named = {"locations": [str(folder)]}
    first, second = (client.post("/v1/ingestions", json=named).json() for _ in range(2))
    cancelled = client.post(f"/v1/ingestions/{second['id']}/cancel")
    assert cancelled.status_code == 200
    assert cancelled.json()["state"] == "cancelled"
    assert events(client, second["id"])[-1][0] == "cancelled"
    assert events(client, first["id"])[-1][0] == "committed"


def test_what_does_not_exist_is_not_found(client: TestClient) -> None:
    for method, path in (("GET", ""), ("GET", "/events"), ("POST", "/cancel")):
        answer = client.request(method, f"/v1/ingestions/ing_none{path}")
        assert answer.status_code == 404
        assert answer.headers["content-type"] == MEDIA_TYPE
        assert client.request(method, f"/v1/ingestions/nonsense{path}").status_code == 422


def test_examples_are_what_may_be_sent() -> None:
    described = routed().openapi()["paths"]["/v1/ingestions"]["post"]["requestBody"]["content"]["application/json"]
    assert described["examples"]
    for example in described["examples"].values():
        assert IngestBody.model_validate(example["value"]).locations
