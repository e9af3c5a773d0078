"""Reconsideration over HTTP: a new decision that says what changed, the old one as it was, and what is refused."""

import pytest
from fastapi.testclient import TestClient
from pydantic import JsonValue

from service.records import ReleasedDecision, content_hash

FACTS: dict[str, JsonValue] = {
    "origin": "AMS",
    "destination": "LIS",
    "flight_date": "2026-06-10",
    "event": "delay",
    "arrival_delay": "3 h 50 min",
    "carrier_is_community": True,
    "extraordinary": False,
}
DELAY: dict[str, JsonValue] = {"domain": "passenger_rights", "as_of": "2026-06-10", "case": FACTS}
CORRECTION: dict[str, JsonValue] = {"case": {"arrival_delay": "2 h"}, "because": "The log says two hours."}


@pytest.fixture
def earlier(client: TestClient) -> ReleasedDecision:
    return ReleasedDecision.model_validate(client.post("/v1/decisions", json=DELAY).json())


def place(decision: ReleasedDecision) -> str:
    return f"/v1/decisions/{decision.decision_id}"


def test_a_corrected_fact_gives_a_new_decision_that_says_what_changed(
    client: TestClient, earlier: ReleasedDecision
) -> None:
    answered = client.post(f"{place(earlier)}/reconsiderations", json=CORRECTION)
    assert answered.status_code == 201, answered.text
    made = ReleasedDecision.model_validate(answered.json())
    assert answered.headers["location"] == place(made)
    assert made.reconsiders == earlier.decision_id
    assert made.changes is not None
    assert made.changes.because == "The log says two hours."
    assert ("arrival_delay", "3 h 50 min", "2 h") in [(one.fact, one.old, one.new) for one in made.changes.facts]
    assert made.changes.outcome.new == made.answer["outcome"] != earlier.answer["outcome"]
    assert made.as_of == earlier.as_of
    assert client.get(place(made)).json() == answered.json()


def test_the_earlier_decision_stays_and_the_log_tells_of_both(client: TestClient, earlier: ReleasedDecision) -> None:
    made = client.post(f"{place(earlier)}/reconsiderations", json=CORRECTION).json()
    assert ReleasedDecision.model_validate(client.get(place(earlier)).json()) == earlier
    (told,) = (
        event
        for event in client.get("/v1/audit", params={"subject": earlier.decision_id}).json()
        if event["kind"] == "reconsidered"
    )
    assert told["payload"] == {"by": made["decision_id"], "content_sha256": content_hash(earlier)}
    assert client.get("/v1/audit/verification").json()["intact"]


def test_a_reconsidered_decision_can_be_reconsidered_and_the_change_taken_back(
    client: TestClient, earlier: ReleasedDecision
) -> None:
    second = client.post(f"{place(earlier)}/reconsiderations", json=CORRECTION).json()
    back = {"case": {"arrival_delay": FACTS["arrival_delay"]}}
    third = client.post(f"/v1/decisions/{second['decision_id']}/reconsiderations", json=back).json()
    assert third["reconsiders"] == second["decision_id"]
    assert third["answer"] == earlier.model_dump(mode="json")["answer"]


def test_the_same_key_gives_the_same_reconsideration(client: TestClient, earlier: ReleasedDecision) -> None:
    key = {"Idempotency-Key": f"again-{earlier.decision_id}"}
    first = client.post(f"{place(earlier)}/reconsiderations", json=CORRECTION, headers=key).json()
    assert client.post(f"{place(earlier)}/reconsiderations", json=CORRECTION, headers=key).json() == first
    other = client.post(f"{place(earlier)}/reconsiderations", json={**CORRECTION, "because": "x"}, headers=key)
    assert other.status_code == 409
    plain = client.post("/v1/decisions", json=DELAY, headers=key)
    assert plain.status_code == 409


def test_a_decision_that_is_not_there_cannot_be_reconsidered(client: TestClient) -> None:
    missing = client.post("/v1/decisions/dec_01JD5Z3GQ4V7XK2M9T8R6WBNCE/reconsiderations", json=CORRECTION)
    assert missing.status_code == 404
    assert missing.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("sent", "status", "words"),
    [
        ({}, 422, "corrected fact"),
        ({"case": {"event": "delay"}}, 409, "exactly these facts already"),
        ({"case": {"arrival_delay": "long"}}, 422, "arrival_delay"),
        ({"case": {"colour": "blue"}}, 422, "colour"),
        ({"comparables": ["ames-sales:1"]}, 422, "compare no sales"),
        ({"sales": [{"address": "x"}]}, 422, "sold_on"),
        ({"outcome": "pay more"}, 422, "outcome"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_recorded(
    client: TestClient, earlier: ReleasedDecision, sent: dict[str, JsonValue], status: int, words: str
) -> None:
    before = client.get("/v1/audit/head").json()
    refused = client.post(f"{place(earlier)}/reconsiderations", json=sent)
    assert refused.status_code == status
    assert words in refused.text
    assert client.get("/v1/audit/head").json() == before
