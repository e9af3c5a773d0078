"""Search, sources, reviews, health and the description of the API."""

from typing import Any, cast

import pytest
from fastapi.testclient import TestClient


def test_search_finds_the_clause(client: TestClient) -> None:
    found = client.post("/v1/search", json={"query": "hotel while waiting overnight", "k": 3}).json()
    assert len(found["passages"]) == 3
    assert any("hotel" in passage["text"].lower() for passage in found["passages"])
    assert found["mode"] == "full"
    source = client.get(found["passages"][0]["url"]).json()
    assert source["highlight"] == found["passages"][0]["text"]


@pytest.mark.parametrize("query", ["", "   ", "\x00\x01"])
def test_a_question_without_words_is_refused(client: TestClient, query: str) -> None:
    refused = client.post("/v1/search", json={"query": query})
    assert refused.status_code == 422
    assert refused.headers["content-type"] == "application/problem+json"


def test_nothing_was_in_force_long_ago(client: TestClient) -> None:
    found = client.post("/v1/search", json={"query": "hotel", "as_of": "1950-01-01"}).json()
    assert found["passages"] == []


def test_sources_are_listed(client: TestClient) -> None:
    listed = {source["document"]["id"] for source in client.get("/v1/sources").json()}
    assert {"airline-disruption-policy", "residential-valuation-policy", "answering-policy"} <= listed


def test_an_unknown_source_is_not_found(client: TestClient) -> None:
    assert client.get("/v1/sources/rev_nothing").status_code == 404


def test_a_span_outside_the_text_is_refused(client: TestClient) -> None:
    revision = client.get("/v1/sources").json()[0]["revision_id"]
    refused = client.get(f"/v1/sources/{revision}", params={"start": 5, "end": 10**9})
    assert refused.status_code == 422


def test_a_review_is_claimed_and_resolved_once(client: TestClient) -> None:
    question = {"domain": "policy", "question": "What does the treaty say about unicorn husbandry on Saturn?"}
    decision = client.post("/v1/decisions", json=question).json()
    task_id = decision["review"]["task_id"]
    waiting = client.get("/v1/reviews", params={"status": "queued"}).json()
    assert task_id in {task["id"] for task in waiting}
    task = client.post(f"/v1/reviews/{task_id}/claim", json={"reviewer": "ada"}).json()
    held = client.post(f"/v1/reviews/{task_id}/claim", json={"reviewer": "grace"})
    assert held.status_code == 409
    verdict = {"reviewer": "ada", "token": task["token"], "decision_hash": task["decision_hash"], "verdict": "uphold"}
    stale = client.post(f"/v1/reviews/{task_id}/resolve", json={**verdict, "decision_hash": "0" * 64})
    assert stale.status_code == 409
    assert client.post(f"/v1/reviews/{task_id}/resolve", json=verdict).json()["status"] == "resolved"
    assert client.post(f"/v1/reviews/{task_id}/resolve", json=verdict).status_code == 409
    events = client.get("/v1/audit", params={"subject": task_id}).json()
    assert [event["kind"] for event in events] == ["review_queued", "review_claimed", "review_resolved"]


@pytest.mark.parametrize("path", ["/v1/audit?after={}", "/v1/audit?limit={}", "/v1/reviews?limit={}"])
@pytest.mark.parametrize("number", [2**63, 10**30, -(10**30)])
def test_a_number_that_no_database_holds_is_refused(client: TestClient, path: str, number: int) -> None:
    assert client.get(path.format(number)).status_code == 422


def test_the_largest_numbers_are_answered(client: TestClient) -> None:
    assert client.get("/v1/audit", params={"after": 2**63 - 1}).json() == []
    revision = client.get("/v1/sources").json()[0]["revision_id"]
    assert client.get(f"/v1/sources/{revision}", params={"generation": 2**63 - 1}).status_code == 200
    assert client.get(f"/v1/sources/{revision}", params={"generation": 2**63}).status_code == 422


def test_a_kept_head_shows_that_nothing_was_cut(client: TestClient) -> None:
    client.post("/v1/decisions", json={"domain": "policy", "question": "When is a passenger owed a hotel?"})
    head = client.get("/v1/audit/head").json()
    verified = client.get("/v1/audit/verification", params={"expect": f"{head['seq']}:{head['hash']}"}).json()
    assert (verified["intact"], verified["head"]) == (True, head)
    ahead = client.get("/v1/audit/verification", params={"expect": f"{head['seq'] + 1}:{head['hash']}"}).json()
    assert (ahead["intact"], ahead["fault"], ahead["seq"]) == (False, "truncated", head["seq"] + 1)
    for nonsense in ("12", f"{10**30}:{head['hash']}", f"1:{'g' * 64}"):
        assert client.get("/v1/audit/verification", params={"expect": nonsense}).status_code == 422


def test_health_and_readiness(client: TestClient) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}
    ready = client.get("/readyz").json()
    assert ready["status"] == "ready"
    assert set(ready["parts"].values()) == {"ok"}
    assert ready["generation"] == 1


def test_the_description_shows_a_case_of_every_domain(client: TestClient) -> None:
    description = cast("dict[str, Any]", client.get("/openapi.json").json())
    bodies = description["paths"]["/v1/decisions"]["post"]["requestBody"]["content"]["application/json"]
    assert len(bodies["examples"]) >= 3
