"""One small decision about a delayed flight, and the policy text that it cites."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from hashlib import sha256

import pytest

from decision.decision import (
    Assumption,
    Claim,
    ClauseRef,
    Decision,
    EscalationReason,
    MissingFact,
    Qualifier,
    RuleHead,
    RuleOutcome,
    RuleTrace,
)
from decision.facts import Fact
from retrieval.corpus import Clause, Document, Revision, Span

TEXT = """# Disruption policy

6.1 Delay. A passenger who arrives three hours late or more is owed compensation.

6.2 Amount. Up to 1,500 km the amount is EUR 250.

6.3 Proof. The carrier proves extraordinary circumstances.
"""


@dataclass(frozen=True)
class Policy:
    """A stored policy: its revision and its clauses by reference."""

    revision: Revision
    clauses: dict[ClauseRef, tuple[Clause, Revision]]


@pytest.fixture
def policy() -> Policy:
    revision = Revision(
        id="rev-1",
        document=Document(id="policy", title="Disruption policy", source="policy.md", owner="legal"),
        content_sha256=sha256(TEXT.encode()).hexdigest(),
        canonical_text=TEXT,
        page_starts=(0, TEXT.index("6.2")),
        valid_from_generation=1,
    )
    clauses = {ClauseRef(document_id="policy", key=key): (_clause(key), revision) for key in ("6.1", "6.2", "6.3")}
    return Policy(revision, clauses)


def _clause(key: str) -> Clause:
    start = TEXT.index(key)
    end = TEXT.index("\n", start) + 1
    return Clause(
        revision_id="rev-1",
        document_id="policy",
        key=key,
        title=None,
        headings=("Disruption policy",),
        parent=None,
        references=(),
        span=Span(start=start, end=end, page=1),
        text_sha256=sha256(TEXT[start:end].encode()).hexdigest(),
    )


def _outcome(rule_id: str, title: str, key: str) -> RuleOutcome:
    clause = ClauseRef(document_id="policy", key=key)
    head = RuleHead(rule_id, title, "conclusion", clause, None, "legal", date(2005, 2, 17))
    trace = RuleTrace({"arrival_delay": "4 h"}, lambda: "arrival_delay is 4 h, at least 3 h")
    return RuleOutcome(head, "held", "pass", lambda: trace)


@pytest.fixture
def decision() -> Decision:
    due = _outcome("EU-DUE", "Three hours late is late", "6.1")
    amount = _outcome("EU-AMOUNT", "A short flight pays the short amount", "6.2")
    proof_head = replace(_outcome("EU-PROOF", "Extraordinary circumstances are proven", "6.3").head, kind="review")
    unproven = RuleTrace({"arrival_delay": "4 h"}, lambda: "circumstances_proven is unknown")
    proof = RuleOutcome(proof_head, "undetermined", "undetermined", lambda: unproven)
    return Decision(
        domain="passenger_rights",
        as_of=date(2026, 6, 1),
        status="decided",
        answer={"outcome": "EUR 250"},
        summary="Each passenger is owed EUR 250.",
        claims=(
            Claim(text="Each passenger is owed EUR 250.", cites=(ClauseRef(document_id="policy", key="6.2"),)),
            Claim(text="The delay reaches three hours.", cites=(ClauseRef(document_id="policy", key="6.1"),)),
        ),
        counter_evidence=(
            Claim(text="The carrier speaks of a storm", cites=(ClauseRef(document_id="policy", key="6.3"),)),
        ),
        facts={"arrival_delay": Fact("arrival_delay", timedelta(hours=4), "given")},
        outcomes=(due, amount, proof),
        assumptions=(
            Assumption(
                id="A1",
                fact="confirmed_reservation",
                value="true",
                source="policy_default",
                reason="Most who travel hold a reservation",
                effect_if_false="Nothing would be owed",
                changes_outcome=True,
            ),
        ),
        missing=(MissingFact(fact="circumstances_proven", why="Ask operations for the report", changes_outcome=True),),
        escalations=(
            EscalationReason(
                code="extraordinary_unproven",
                level="agent",
                message="Extraordinary circumstances are claimed but not proven",
                measured="unknown",
                threshold="true",
                rule_id="EU-PROOF",
            ),
        ),
        qualifier=Qualifier(method="fact_certainty", band="high", notes=("All facts were given.",)),
        reasons=("The law of the day of the flight applies [7]",),
        versions={"pack": "1"},
    )
