"""The demonstration as a user runs it: what it decided, and whether every part of it holds."""

import csv
import json
import re
import sqlite3
from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from running import Demonstrated, Toulmin

from explain.citations import canonical_sha256
from service.records import ReleasedDecision, content_hash

Json = Mapping[str, Any]


@pytest.fixture(scope="session")
def decisions(demonstrated: Demonstrated) -> Mapping[str, ReleasedDecision]:
    """Give the decisions that the demonstration stored, by domain; of two in one domain, the first."""
    with sqlite3.connect(f"file:{demonstrated.data}/toulmin.db?mode=ro", uri=True) as database:
        rows = database.execute("SELECT body FROM decisions ORDER BY id DESC").fetchall()
    found = [ReleasedDecision.model_validate_json(body) for (body,) in rows]
    assert len(found) == 4
    return {one.domain: one for one in found}


@pytest.fixture(scope="session")
def texts(demonstrated: Demonstrated) -> Mapping[str, str]:
    with sqlite3.connect(f"file:{demonstrated.data}/toulmin.db?mode=ro", uri=True) as database:
        return dict(database.execute("SELECT id, canonical_text FROM revisions").fetchall())


def test_all_three_domains_are_decided(decisions: Mapping[str, ReleasedDecision]) -> None:
    assert {domain: one.status for domain, one in decisions.items()} == {
        "real_estate": "decided",
        "passenger_rights": "decided",
        "policy": "decided",
    }


def test_every_decision_shows_its_work(decisions: Mapping[str, ReleasedDecision]) -> None:
    for one in decisions.values():
        assert one.claims
        assert one.citations
        assert one.policy_checks
        assert one.confidence.band in {"low", "medium", "high"}
        assert one.generation >= 1
        assert one.explanation.reasons
        assert one.review.required == bool(one.review.reasons) == (one.review.task_id is not None)


def test_every_claim_is_cited(decisions: Mapping[str, ReleasedDecision]) -> None:
    uncited = [claim.text for one in decisions.values() for claim in one.claims if not claim.citations]
    assert uncited == []


def test_every_quote_stands_in_the_stored_text(
    decisions: Mapping[str, ReleasedDecision], texts: Mapping[str, str]
) -> None:
    for one in decisions.values():
        for citation in one.citations:
            text = texts[citation.revision_id]
            assert text[citation.char_start : citation.char_end] == citation.quote
            assert canonical_sha256(text) == citation.sha256


def test_the_comparable_grid_adds_up_to_the_cent(decisions: Mapping[str, ReleasedDecision]) -> None:
    answer: Json = decisions["real_estate"].answer
    assert 3 <= len(answer["comparables"]) <= 8
    for comparable in answer["comparables"]:
        lines = [Decimal(line["amount"]) for line in comparable["adjustments"]]
        assert Decimal(comparable["price"]) + sum(lines) == Decimal(comparable["adjusted_price"])
        gross = sum(abs(line) for line in lines) / Decimal(comparable["price"])
        assert abs(float(gross) - comparable["gross_adjustment"]) < 0.0001
        assert comparable["adjustments"][0]["feature"] == "market_conditions"
    assert abs(sum(comparable["weight"] for comparable in answer["comparables"]) - 1) < 0.001


def test_the_drivers_add_up_to_the_value(decisions: Mapping[str, ReleasedDecision]) -> None:
    answer: Json = decisions["real_estate"].answer
    assert sum(Decimal(driver["amount"]) for driver in answer["drivers"]) == Decimal(answer["value"]["point"])


def test_the_intervals_hold_the_point_and_each_other(decisions: Mapping[str, ReleasedDecision]) -> None:
    answer: Json = decisions["real_estate"].answer
    value = answer["value"]
    (eighty, ninety) = value["intervals"]
    edges = [ninety["low"], eighty["low"], value["point"], eighty["high"], ninety["high"]]
    assert [float(edge) for edge in edges] == sorted(float(edge) for edge in edges)
    assert eighty["level"] == 0.8
    assert ninety["level"] == 0.9


def test_neither_the_subject_nor_a_later_sale_is_a_comparable(decisions: Mapping[str, ReleasedDecision]) -> None:
    valuation = decisions["real_estate"]
    subject = valuation.case["exclude_record_id"].value
    answer: Json = valuation.answer
    assert subject
    for comparable in answer["comparables"]:
        assert comparable["id"] != subject
        assert comparable["sale_date"] < str(valuation.as_of)


def test_the_passenger_is_owed_what_the_policy_says(decisions: Mapping[str, ReleasedDecision]) -> None:
    answer: Json = decisions["passenger_rights"].answer
    compensation = [one for one in answer["entitlements"] if one["kind"] == "compensation"]
    assert [one["status"] for one in compensation] == ["due"]
    assert compensation[0]["clause_ids"]


def test_the_audit_log_vouches_for_every_decision(
    demonstrated: Demonstrated, decisions: Mapping[str, ReleasedDecision]
) -> None:
    verified = demonstrated.run("audit", "verify")
    assert verified.returncode == 0, verified.stdout
    assert "intact" in verified.stdout
    with sqlite3.connect(f"file:{demonstrated.data}/toulmin.db?mode=ro", uri=True) as database:
        kept = dict(database.execute("SELECT id, content_sha256 FROM decisions").fetchall())
    for one in decisions.values():
        assert kept[one.decision_id] == content_hash(one)


def test_an_altered_decision_is_found(demonstrated: Demonstrated, tmp_path: Path) -> None:
    copy = demonstrated.copy(tmp_path / "copy")
    with sqlite3.connect(copy.data / "toulmin.db") as database:
        for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            database.execute(f"DROP TRIGGER {name}")
        altered = database.execute("UPDATE decisions SET body = replace(body, 'decided', 'DECIDED')").rowcount
    assert altered == 4
    verified = copy.run("audit", "verify")
    assert verified.returncode == 1
    assert "ALTERED" in verified.stdout


def test_the_database_refuses_to_alter_a_decision(demonstrated: Demonstrated) -> None:
    with sqlite3.connect(demonstrated.data / "toulmin.db") as database:
        for statement in ("UPDATE decisions SET domain = 'x'", "DELETE FROM decisions", "DELETE FROM audit_events"):
            with pytest.raises(sqlite3.DatabaseError):
                database.execute(statement)


def test_a_cancelled_flight_of_a_stormy_day_is_recovered(demonstrated: Demonstrated) -> None:
    printed = " ".join(demonstrated.printed.split())
    assert "Recovery of DL 963, JFK to LAX, 08 Feb 15:00: cancelled" in printed
    assert "made up" in printed
    assert "Assumed: 9 in economy are free on each of 13 flights whose table does not tell." in printed
    assert "Passengers: 117 of 120 placed, 3 left" in printed


def test_the_same_recovery_by_command_rests_on_flights_that_were_flown(demonstrated: Demonstrated) -> None:
    done = demonstrated.run(
        "recover", "--flight", "dl963", "--date", "2013-02-08", "--assume-seats", "economy=9", "--json"
    )
    assert done.returncode == 0, done.stderr
    recovery: Json = json.loads(done.stdout)
    table = (demonstrated.data / "demo" / "flights" / "flights.csv").read_text(encoding="utf-8")
    rows = {
        " ".join(row[name] for name in ("year", "month", "day", "carrier", "flight", "origin")): row
        for row in csv.DictReader(table.splitlines())
    }
    assert len(recovery["options"]) == 13
    for option in recovery["options"]:
        (leg,) = option["itinerary"]
        row = rows[leg["record_id"].removeprefix("nyc-flights:")]
        assert row["dep_time"], "a flight that was cancelled is no way on"
        assert (row["origin"], row["dest"]) == ("JFK", "LAX")
        assert option["seats_left"] == 9


def test_reviews_wait_for_a_person(demonstrated: Demonstrated, decisions: Mapping[str, ReleasedDecision]) -> None:
    listed = demonstrated.run("review", "list", "--json")
    waiting = {task_id for one in decisions.values() if (task_id := one.review.task_id)}
    assert waiting
    assert all(task_id in listed.stdout for task_id in waiting)


def test_reports_are_written(demonstrated: Demonstrated) -> None:
    reports = sorted(path.name for path in (demonstrated.data / "demo").glob("*.html"))
    assert reports == ["ames.html", "cancellation_uk.html", "delay.html", "question.html"]
    for report in reports:
        assert "<script" not in (demonstrated.data / "demo" / report).read_text(encoding="utf-8").lower()


def test_a_second_run_embeds_nothing_again(demonstrated: Demonstrated, tmp_path: Path) -> None:
    copy = demonstrated.copy(tmp_path / "copy")
    again = copy.demo()
    assert again.returncode == 0, again.stderr
    assert "0 embedded" in again.stdout
    assert re.search(r"^new +0 *$", again.stdout, re.MULTILINE)


def test_nothing_ingested_is_said_and_sent_to_a_person(fresh: Callable[[], Toulmin]) -> None:
    done = fresh().run("decide", "--domain", "policy", "--question", "When is a hotel owed?", "--json")
    assert done.returncode == 0, done.stderr
    decision = ReleasedDecision.model_validate_json(done.stdout)
    assert decision.status == "abstained"
    assert decision.review.required
