"""SQL is the truth: words that the index has otherwise are no evidence, and what cannot be quoted is not asserted."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from small import asked

from decision.registry import packs
from retrieval.filters import Equals
from retrieval.ports import CLAUSES
from service.application import Application
from service.bootstrap import application
from service.errors import DeadlineError
from service.flow import DecisionRequest
from service.settings import Settings

QUESTION = DecisionRequest(domain="policy", question="When is a passenger owed a hotel?")


@pytest.fixture
async def running(prepared_model: Path, tmp_path: Path) -> AsyncIterator[Application]:
    async with application(Settings(data=tmp_path, models=prepared_model.parent)) as running:
        await running.ingest.run(asked(*(pack.folder / "sources.toml" for pack in packs().values())))
        yield running


async def test_a_passage_with_other_words_than_the_stored_text_is_not_used(running: Application) -> None:
    hits = await running.index.scroll(CLAUSES, [Equals("document_id", "airline-disruption-policy")])
    for hit in hits:
        words = str(hit.payload["text"]).replace("hotel", "castle")
        await running.index.set_payload(CLAUSES, [hit.id], {"text": words})
    released = await running.flow.decide(QUESTION, actor="test")
    assert "castle" not in released.model_dump_json()
    assert "passage_altered" in {reason.code for reason in released.review.reasons}


async def test_a_decision_takes_no_longer_than_it_may(running: Application) -> None:
    before = await running.audit.head()
    with pytest.raises(DeadlineError, match="Nothing was recorded"):
        await replace(running.flow, deadline_s=0.0001).decide(QUESTION, actor="test")
    assert await running.audit.head() == before
