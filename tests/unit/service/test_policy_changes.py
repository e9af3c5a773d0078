"""Recorded decisions read back as cases, and tried under other parameters."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from decision.facts import Case
from decision.pack import with_parameters
from decision.registry import packs
from service.errors import InvalidInputError
from service.policy_changes import difference, filed_cases, other_policy, recorded_cases
from service.records import CaseFact, ReleasedDecision

PACK = packs()["passenger_rights"]
AMOUNT = """
[[parameter]]
name = "eu_amount_short"
type = "money"
value = "300"
currency = "EUR"
owner = "legal"
clause = "airline-disruption-policy#8.1"
effective_from = 2005-02-17
"""
FACTS = {
    "event": CaseFact(value="delay", provenance="given"),
    "origin": CaseFact(value="CDG", provenance="given"),
    "destination": CaseFact(value="FRA", provenance="given"),
    "arrival_delay": CaseFact(value="3 h 10 min", provenance="given"),
    "extraordinary": CaseFact(value=False, provenance="given"),
    "scheduled_arrival": CaseFact(value="2026-06-01 10:00 UTC", provenance="given"),
    "checked_in_on_time": CaseFact(value=True, provenance="assumed"),
    "route_km": CaseFact(value="448.2", provenance="derived"),
    "eu_amount": CaseFact(value={"value": "250", "currency": "EUR"}, provenance="derived"),
}


@dataclass
class Shelf:
    """Decisions that are listed page by page, as a store lists them."""

    decisions: Sequence[ReleasedDecision]

    async def recent(
        self, limit: int = 20, *, tenant: str = "", domain: str | None = None, before: str | None = None
    ) -> list[ReleasedDecision]:
        del tenant
        found = sorted(self.decisions, key=lambda one: one.decision_id, reverse=True)
        chosen = [one for one in found if one.domain == domain and (before is None or one.decision_id < before)]
        return chosen[:limit]


@pytest.fixture
def recorded(decision: ReleasedDecision) -> ReleasedDecision:
    return decision.model_copy(update={"case": FACTS})


async def read(decisions: Sequence[ReleasedDecision], limit: int = 10) -> list[Case]:
    shelf = Shelf(decisions)
    found = [one async for one in recorded_cases(shelf, PACK, "t", limit)]  # pyright: ignore[reportArgumentType]
    return [one.case for one in found if one.case is not None]


async def test_a_recorded_decision_is_a_case_of_what_was_given(recorded: ReleasedDecision) -> None:
    (case,) = await read([recorded])
    assert set(case.facts) == {name for name, fact in FACTS.items() if fact.provenance == "given"}
    assert case.as_of == recorded.as_of


async def test_recorded_decisions_are_tried_under_other_parameters(recorded: ReleasedDecision, tmp_path: Path) -> None:
    path = tmp_path / "proposed.toml"
    path.write_text(AMOUNT, encoding="utf-8")
    shelf = Shelf([recorded])
    cases = [one async for one in recorded_cases(shelf, PACK, "t", 5)]  # pyright: ignore[reportArgumentType]
    found = difference(PACK, with_parameters(PACK, path), cases)
    (change,) = found.changes
    assert (found.compared, change.case) == (1, recorded.decision_id)
    assert ("eu_amount", "EUR 250", "EUR 300") in [(one.name, one.before, one.after) for one in change.differences]
    assert difference(PACK, PACK, cases).changes == ()


async def test_no_more_decisions_are_read_than_asked_for(recorded: ReleasedDecision) -> None:
    many = [recorded.model_copy(update={"decision_id": f"dec_{number:026}"}) for number in range(5)]
    assert len(await read(many, 3)) == 3
    assert len(await read(many, 300)) == 5


async def test_a_decision_with_facts_that_are_gone_is_named(recorded: ReleasedDecision) -> None:
    odd = recorded.model_copy(update={"case": {"colour": CaseFact(value="red", provenance="given")}})
    shelf = Shelf([odd])
    cases = [one async for one in recorded_cases(shelf, PACK, "t", 5)]  # pyright: ignore[reportArgumentType]
    assert difference(PACK, PACK, cases).unread == (f"{odd.decision_id}: colour is no fact of the pack any more",)


def test_lines_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    path = tmp_path / "cases.jsonl"
    path.write_text(
        '{"facts": {"event": "delay"}}\n\n[1]\n{\n{"case_id": "x", "facts": {"event": "late"}, "as_of": "2026-06-01"}'
    )
    found = {one.name: str(one.problem) for one in filed_cases(path, PACK, None)}
    assert "has no date" in found["line 1"]
    assert "expected {" in found["line 3"]
    assert "not JSON" in found["line 4"]
    assert "event: expected one of" in found["x"]
    with pytest.raises(InvalidInputError, match="cannot be read"):
        list(filed_cases(tmp_path / "absent.jsonl", PACK, None))


def test_something_has_to_differ() -> None:
    with pytest.raises(InvalidInputError, match="--rules, --parameters: expected one of them"):
        other_policy(PACK, None, None)
