"""The policy of the packs over HTTP, and its confirmation."""

import json
from typing import Any

import pytest
from fastapi.testclient import TestClient

CONFIRMATION = {
    "pack": "policy",
    "clauses": ["answering-policy#2.4"],
    "owner": "ada",
    "because": "A comma was added.",
}


def test_rules_are_listed_with_owner_clause_and_whether_they_are_stale(client: TestClient) -> None:
    listed = {pack["pack"]: pack for pack in client.get("/v1/rules").json()}
    assert set(listed) == {"passenger_rights", "policy", "real_estate", "reservation"}
    entry = next(one for one in listed["policy"]["entries"] if one["name"] == "coverage_limit")
    assert entry["kind"] == "parameter"
    assert (entry["owner"], entry["clause"]) == ("knowledge-management", "answering-policy#2.4")
    assert (entry["stale"], entry["since"]) == (False, None)
    assert all(pack["stale"] == [] for pack in listed.values())


def test_words_that_are_confirmed_already_are_left_out(client: TestClient) -> None:
    confirmed = client.post("/v1/rules/confirmations", json=CONFIRMATION)
    assert (confirmed.status_code, confirmed.json()) == (201, [])
    assert client.get("/v1/rules/confirmations", params={"pack": "policy"}).json() == []


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        ({"clauses": ["answering-policy#9"]}, "encodes it"),
        ({"clauses": []}, "clauses"),
        ({"pack": "nothing"}, "pack: expected one that is installed"),
        ({"owner": " "}, "owner"),
        ({"because": ""}, "because"),
        ({"generation": 10**6}, "expected at most"),
        ({"sure": True}, "sure"),
    ],
)
def test_what_cannot_be_confirmed_is_refused(client: TestClient, other: dict[str, object], expected: str) -> None:
    refused = client.post("/v1/rules/confirmations", json={**CONFIRMATION, **other})
    assert refused.status_code == 422
    assert refused.headers["content-type"] == "application/problem+json"
    assert expected in json.dumps(refused.json())


def test_every_example_can_be_sent(client: TestClient) -> None:
    described: dict[str, Any] = client.get("/openapi.json").json()
    body = described["paths"]["/v1/rules/confirmations"]["post"]["requestBody"]
    examples = body["content"]["application/json"]["examples"]
    assert examples
    for example in examples.values():
        assert client.post("/v1/rules/confirmations", json=example["value"]).status_code == 201
