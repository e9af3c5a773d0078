"""Where the law itself is ingested, decisions quote it; when its words change, they go to review."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from decision.registry import packs
from ingestion.ingests import IngestRequest
from ingestion.report import IngestReport
from service.application import Application
from service.bootstrap import application
from service.flow import DecisionRequest
from service.records import ReleasedDecision
from service.settings import Settings

PACK = packs()["passenger_rights"]
DELAY = DecisionRequest.model_validate_json((PACK.folder / "examples" / "delay.json").read_text(encoding="utf-8"))
POLICIES = Path(__file__).parents[3] / "shared" / "data" / "policies"
LAW = POLICIES / "eu_261_2004_as_enacted.md"
DOCUMENT = "eu-regulation-261-2004"

pytestmark = pytest.mark.skipif(not LAW.is_file(), reason="the texts of the law are not beside this project")


@dataclass(frozen=True)
class Legal:
    """An application that has the airline's policy and a copy of the regulation, which may change."""

    running: Application
    folder: Path

    async def ingest(self, old: str = "", new: str = "") -> IngestReport:
        copy = self.folder / LAW.name
        text = copy.read_text(encoding="utf-8") if copy.exists() else LAW.read_text(encoding="utf-8")
        assert old in text
        copy.write_text(text.replace(old, new, 1), encoding="utf-8")
        lines = (
            "[[source]]",
            f'path = "{LAW.name}"',
            f'id = "{DOCUMENT}"',
            'title = "Regulation (EC) 261/2004"',
            'owner = "legal"',
            'jurisdiction = "EU"',
            'language = "en"',
            'groups = ["public"]',
            'licence = "Reuse under Commission Decision 2011/833/EU"',
            "effective_from = 2005-02-17",
        )
        (self.folder / "sources.toml").write_text("\n".join(lines), encoding="utf-8")
        locations = (str(PACK.folder / "sources.toml"), str(self.folder / "sources.toml"))
        return await self.running.ingest.run(IngestRequest(locations=locations))

    async def decide(self) -> ReleasedDecision:
        return await self.running.flow.decide(DELAY, actor="test")


@pytest.fixture
async def legal(prepared_model: Path, tmp_path: Path) -> AsyncIterator[Legal]:
    folder = tmp_path / "law"
    folder.mkdir()
    async with application(Settings(data=tmp_path / "data", models=prepared_model.parent)) as running:
        yield Legal(running, folder)


def codes(released: ReleasedDecision) -> set[str]:
    return {reason.code for reason in released.review.reasons}


async def test_the_law_is_quoted_and_its_change_is_noticed(legal: Legal) -> None:
    report = await legal.ingest()
    assert report.drift == ()
    released = await legal.decide()
    quotes = {one.clause: one.quote for one in released.citations if one.document_id == DOCUMENT}
    assert re.search(r"EUR 400 for all intra-Community flights", quotes["article-7(1)(b)"])
    assert "article-3(1)(a)" in quotes
    assert all(claim.citations for claim in released.claims)
    amount = next(one for one in released.policy_checks if one.rule_id == "EU-AMOUNT-MEDIUM")
    assert amount.clause == f"{DOCUMENT}#article-7(1)(b)"
    assert "clause_changed" not in codes(released)

    changed = await legal.ingest("(b) EUR 400 for all", "(b) EUR 450 for all")
    assert {one.name for one in changed.drift} >= {"EU-AMOUNT-MEDIUM", "eu_amount_medium"}
    reviewed = await legal.decide()
    assert "clause_changed" in codes(reviewed)
    assert reviewed.review.required
