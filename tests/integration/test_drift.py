"""A clause of a re-ingested source changes: its rules are stale until an owner confirms, at older generations not."""

import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from decision.registry import packs
from ingestion.ingests import IngestRequest
from ingestion.report import IngestReport
from service.application import Application
from service.bootstrap import application
from service.confirming import ConfirmationRequest, confirm_words
from service.flow import DecisionRequest
from service.records import ReleasedDecision
from service.settings import Settings

PACK = packs()["passenger_rights"]
DELAY = DecisionRequest.model_validate_json((PACK.folder / "examples" / "delay.json").read_text(encoding="utf-8"))
CLAUSE = "airline-disruption-policy#8.1"
STALE = "clause_changed"


@dataclass(frozen=True)
class Airline:
    """An application on a copy of the airline's policy, which may be edited and ingested again."""

    running: Application
    folder: Path

    async def ingest(self, old: str = "", new: str = "") -> IngestReport:
        policy = self.folder / "sources" / "airline-disruption-policy.md"
        text = policy.read_text(encoding="utf-8")
        assert old in text
        policy.write_text(text.replace(old, new, 1), encoding="utf-8")
        return await self.running.ingest.run(IngestRequest(locations=(str(self.folder / "sources.toml"),)))

    async def decide(self) -> ReleasedDecision:
        return await self.running.flow.decide(DELAY, actor="test")

    async def confirm(self) -> None:
        request = ConfirmationRequest(pack=PACK.name, clauses=(CLAUSE,), owner="ada", because="It says the same.")
        assert await confirm_words(request, self.running.packs, self.running.policy_texts, self.running.reader)


@pytest.fixture
async def airline(prepared_model: Path, tmp_path: Path) -> AsyncIterator[Airline]:
    folder = tmp_path / "policy"
    shutil.copytree(PACK.folder / "sources", folder / "sources")
    shutil.copy(PACK.folder / "sources.toml", folder)
    settings = Settings(data=tmp_path / "data", models=prepared_model.parent)
    async with application(settings) as running:
        yield Airline(running, folder)


def stale(released: ReleasedDecision) -> set[str]:
    return {check.rule_id for check in released.policy_checks if check.stale}


def codes(released: ReleasedDecision) -> set[str]:
    return {reason.code for reason in released.review.reasons}


async def test_a_changed_clause_sends_decisions_to_review_until_its_owner_confirms(airline: Airline) -> None:
    assert (await airline.ingest()).drift == ()
    assert stale(await airline.decide()) == set()

    report = await airline.ingest("Compensation is EUR 250", "The compensation is EUR 250")
    assert {(one.pack, one.kind, one.name, one.owner, one.clause) for one in report.drift} == {
        (PACK.name, "rule", "EU-AMOUNT-SHORT", "legal", CLAUSE),
        (PACK.name, "parameter", "eu_amount_short", "legal", CLAUSE),
        (PACK.name, "parameter", "eu_short_km", "legal", CLAUSE),
    }
    for one in report.drift:
        assert one.before is not None
        assert one.after == one.before.replace("Compensation is EUR 250", "The compensation is EUR 250")

    reviewed = await airline.decide()
    assert stale(reviewed) == {"EU-AMOUNT-MEDIUM", "REVIEW-DISTANCE-EU"}, "they read where short journeys end"
    assert reviewed.review.required
    assert any(reason.code == STALE and "legal must confirm" in reason.message for reason in reviewed.review.reasons)

    await airline.confirm()
    confirmed = await airline.decide()
    assert confirmed.generation == reviewed.generation
    assert stale(confirmed) == set()
    assert STALE not in codes(confirmed)


async def test_an_older_generation_reads_its_own_words_and_confirmations(airline: Airline) -> None:
    await airline.ingest()
    await airline.ingest("Compensation is EUR 250", "The compensation is EUR 250")
    gatherer, reader = airline.running.flow.gatherer, airline.running.reader
    case = PACK.schema.read(PACK.name, DELAY.case, date(2026, 6, 1), None)
    changed = {}
    for generation in (1, 2):
        gathered = await gatherer.gather(PACK, case, await reader.scope(case.as_of, generation))
        changed[generation] = {str(clause) for clause in gathered.changed - gathered.missing}
    assert changed == {1: set(), 2: {CLAUSE}}


async def test_a_change_of_confirmed_words_drifts_and_a_change_back_does_not(airline: Airline) -> None:
    await airline.ingest()
    await airline.ingest("Compensation is EUR 250", "The compensation is EUR 250")
    await airline.confirm()
    assert (await airline.ingest("The compensation is EUR 250", "Compensation is EUR 300")).drift
    assert (await airline.ingest("Compensation is EUR 300", "The compensation is EUR 250")).drift == ()
    assert (await airline.ingest("The compensation is EUR 250", "Compensation is EUR 250")).drift == ()
    assert STALE not in codes(await airline.decide())


async def test_a_clause_that_is_removed_is_missing_from_then_on(airline: Airline) -> None:
    await airline.ingest()
    report = await airline.ingest("**8.1 ", "**8.1a ")
    assert {(one.clause, one.after) for one in report.drift} == {(CLAUSE, None)}
    assert "clause_missing" in codes(await airline.decide())
    (gone,) = await airline.running.policy_texts.stale(PACK, await airline.running.reader.scope())
    assert (gone.clause, gone.state, gone.since) == (CLAUSE, "gone", 2)
