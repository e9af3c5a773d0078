"""A claim whose passage cannot be quoted is not asserted."""

from dataclasses import replace

from decision.decision import Claim, ClauseRef, Decision, PassageRef
from explain.citations import Unresolved
from explain.withholding import withheld
from retrieval.corpus import Span

PASSAGE = PassageRef(revision_id="rev_1", document_id="house", key="1.1", span=Span(start=0, end=4))
CLAUSE = ClauseRef(document_id="house", key="1.1")


def lost(reference: PassageRef | ClauseRef) -> list[Unresolved]:
    return [Unresolved(reference=reference, reason="not there")]


def test_abstains_when_a_claim_lost_its_passage(decision: Decision) -> None:
    claimed = replace(decision, claims=(Claim(text="Dogs sleep.", cites=(PASSAGE,)),), status="decided")
    after = withheld(claimed, lost(PASSAGE))
    assert after.status == "abstained"
    assert after.claims == ()
    assert after.answer == {"outcome": None}
    assert "Dogs" not in after.summary


def test_a_clause_that_cannot_be_quoted_withholds_nothing(decision: Decision) -> None:
    claimed = replace(decision, claims=(Claim(text="Dogs sleep.", cites=(CLAUSE,)),))
    assert withheld(claimed, lost(CLAUSE)) is claimed


def test_a_passage_that_no_claim_rests_on_withholds_nothing(decision: Decision) -> None:
    assert withheld(decision, lost(PASSAGE)) is decision
