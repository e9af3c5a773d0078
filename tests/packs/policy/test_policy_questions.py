"""Questions over the sample policies with the real index and model: the clause that answers, or no answer.

The table is judged as a whole: what is required is a share, so that no single question is worth a special case.
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

import pytest
from small import asked

from service.bootstrap import application
from service.flow import DecisionRequest
from service.records import ReleasedDecision
from service.settings import Settings

TODAY = date(2026, 6, 1)
REQUIRED = 0.85

ANSWERED: Mapping[str, set[str]] = {
    "What is the appraisal threshold?": {"residential-valuation-policy#3.3"},
    "Is a voucher allowed instead of money?": {"airline-disruption-policy#14.1"},
    "Do extraordinary circumstances free us from paying for denied boarding?": {"airline-disruption-policy#10.4"},
    "How many days before departure must notice be given so that no compensation is due?": {
        "airline-disruption-policy#5.2",
        "airline-disruption-policy#17.4",
    },
    "When is a passenger owed a hotel?": {"airline-disruption-policy#11.3"},
    "How much compensation is owed for a short journey under UK261?": {"airline-disruption-policy#8.4"},
    "How is the distance between airports computed?": {"airline-disruption-policy#15.1"},
    "When has a flight arrived?": {"airline-disruption-policy#16.1", "airline-disruption-policy#17.3"},
    "Who has to prove extraordinary circumstances?": {"airline-disruption-policy#10.2"},
    "What happens if a passenger is seated in a lower class?": {"airline-disruption-policy#13.1"},
    "How soon must a reimbursement be paid?": {"airline-disruption-policy#14.2", "airline-disruption-policy#12.2"},
    "May a borrower ask to have the value reconsidered?": {"residential-valuation-policy#9.3"},
    "How many comparables does a value need?": {"residential-valuation-policy#4.3"},
    "How long are records of an estimate kept?": {"residential-valuation-policy#14.1"},
    "Can an estimate be used for tax assessment?": {"residential-valuation-policy#3.2"},
    "What happens when the forecast standard deviation is above 0.20?": {"residential-valuation-policy#7.4"},
    "Who answers for the fair-lending tests?": {"residential-valuation-policy#15.1"},
    "How many sentences may an answer have?": {"answering-policy#3.1"},
    "How much does checked baggage cost?": {"reservation-policy#3.6", "reservation-policy#3.7"},
}
WITHHELD = (
    "What is the capital of France?",
    "How long does baking sourdough bread take?",
    "Is a dog allowed in the cabin?",
    "What is the interest rate of a mortgage?",
    "How much parental leave am I entitled to?",
    "What is a passenger owed?",
    "Is a review required?",
)
DOUBTFUL = (
    "When is a passenger NOT owed a hotel?",
    "Who has to review an estimate above the threshold?",
    "When may compensation be increased?",
    "Which houses are not waterfront property?",
)


@pytest.fixture(scope="module")
def answers(prepared_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, ReleasedDecision]:
    data = tmp_path_factory.mktemp("questions")
    return asyncio.run(ask(Settings(data=data, models=prepared_model.parent), (*ANSWERED, *WITHHELD, *DOUBTFUL)))


async def ask(settings: Settings, questions: Sequence[str]) -> Mapping[str, ReleasedDecision]:
    requests = {question: DecisionRequest(domain="policy", question=question, as_of=TODAY) for question in questions}
    async with application(settings) as running:
        await running.ingest.run(asked(*(pack.folder / "sources.toml" for pack in running.packs.values())))
        return {question: await running.flow.decide(request, actor="test") for question, request in requests.items()}


def quoted(decision: ReleasedDecision) -> set[str]:
    numbers = {number for claim in decision.claims for number in claim.citations}
    return {f"{one.document_id}#{one.clause}" for one in decision.citations if one.n in numbers}


def test_most_questions_get_the_clause_that_answers_or_no_answer(answers: Mapping[str, ReleasedDecision]) -> None:
    wrong = [question for question, clauses in ANSWERED.items() if not quoted(answers[question]) & clauses]
    wrong += [question for question in WITHHELD if answers[question].status != "abstained"]
    wrong += [question for question in DOUBTFUL if answers[question].confidence.band != "low"]
    assert 1 - len(wrong) / len(answers) >= REQUIRED, wrong


def test_no_answer_is_called_certain_and_low_certainty_goes_to_a_person(
    answers: Mapping[str, ReleasedDecision],
) -> None:
    assert {one.confidence.band for one in answers.values()} == {"low", "medium"}
    assert all(one.review.required for one in answers.values() if one.confidence.band == "low")
    assert any(not one.review.required for one in answers.values())


def test_an_answer_comes_from_one_clause_and_an_abstention_has_one_reason(
    answers: Mapping[str, ReleasedDecision],
) -> None:
    for one in answers.values():
        assert len(quoted(one)) == (1 if one.status == "decided" else 0)
        if one.status == "abstained":
            assert len(one.review.reasons) == 1
