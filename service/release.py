"""Turns a Decision, its citations and its explanation into the document that is released: pure assembly."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pydantic import JsonValue

from decision.decision import Claim, Decision, EscalationReason, RuleOutcome
from decision.facts import Fact, FactValue, Money
from decision.schema import plain
from explain.citations import Citations, carries
from explain.confidence import Confidence
from explain.counterfactuals import Counterfactual
from explain.explanation import Explanation
from retrieval.query import Mode
from service.records import (
    AssumptionJson,
    CaseFact,
    Citation,
    CitedClaim,
    ConfidenceJson,
    CounterfactualJson,
    MissingFact,
    ParameterValue,
    PolicyCheck,
    ReleasedDecision,
    ReviewJson,
    ReviewReason,
)
from service.search import read_at


@dataclass(frozen=True, slots=True)
class Argued:
    """A decision with everything that explains it."""

    decision: Decision
    citations: Citations
    confidence: Confidence
    counterfactuals: Sequence[Counterfactual]
    explanation: Explanation
    altered: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Circumstances:
    """Under which id, from which state of the index, in which mode, by which versions a decision was made."""

    decision_id: str
    trace_id: str
    task_id: str
    generation: int
    mode: Mode
    versions: Mapping[str, str]
    timings_ms: Mapping[str, float]


def release(argued: Argued, circumstances: Circumstances) -> ReleasedDecision:
    """Assemble the released document; a review task id is used exactly when a person must look."""
    decision, citations = argued.decision, argued.citations
    reasons = review_reasons(decision, citations, argued.altered)
    return ReleasedDecision(
        decision_id=circumstances.decision_id,
        domain=decision.domain,
        status=decision.status,
        summary=decision.summary,
        answer=decision.answer,
        claims=tuple(_claim(claim, citations) for claim in decision.claims),
        citations=tuple(
            Citation(
                **citation.model_dump(exclude={"url"}),
                url=read_at(citation.url, decision.as_of, circumstances.generation),
            )
            for citation in citations.citations
        ),
        assumptions=tuple(AssumptionJson(**assumption.model_dump()) for assumption in decision.assumptions),
        missing_facts=tuple(MissingFact(**missing.model_dump()) for missing in decision.missing),
        policy_checks=tuple(_check(one, citations) for one in decision.outcomes if carries(one) and one.result),
        counter_evidence=tuple(_claim(claim, citations) for claim in decision.counter_evidence),
        counterfactuals=tuple(CounterfactualJson(**one.model_dump()) for one in argued.counterfactuals),
        confidence=ConfidenceJson(**argued.confidence.model_dump()),
        review=ReviewJson(
            required=bool(reasons),
            reasons=tuple(ReviewReason(**reason.model_dump()) for reason in reasons),
            task_id=circumstances.task_id if reasons else None,
        ),
        explanation=argued.explanation,
        mode=circumstances.mode,
        generation=circumstances.generation,
        as_of=decision.as_of,
        case={name: _fact(fact) for name, fact in decision.facts.items()},
        versions={**decision.versions, **circumstances.versions},
        trace_id=circumstances.trace_id,
        timings_ms=circumstances.timings_ms,
    )


def review_reasons(
    decision: Decision, citations: Citations, altered: Sequence[str] = ()
) -> tuple[EscalationReason, ...]:
    """Say why a person must look: the engine's reasons, sources that cannot be quoted, passages that were altered."""
    unquoted = tuple(
        EscalationReason(
            code="source_not_quotable",
            level="desk_review",
            message=f"{one.reference.document_id}#{one.reference.key} could not be quoted: {one.reason}",
        )
        for one in citations.unresolved
    )
    strange = tuple(
        EscalationReason(
            code="passage_altered",
            level="desk_review",
            message=f"The index has other words than the stored text for {chunk}; it was not used. Ingest again.",
        )
        for chunk in altered
    )
    return (*decision.escalations, *unquoted, *strange)


def _claim(claim: Claim, citations: Citations) -> CitedClaim:
    return CitedClaim(text=claim.text, citations=citations.of(claim.cites))


def _check(outcome: RuleOutcome, citations: Citations) -> PolicyCheck:
    if outcome.result is None:
        raise ValueError(f"rule {outcome.rule_id} has no result to be shown")
    return PolicyCheck(
        rule_id=outcome.rule_id,
        title=outcome.title,
        kind=outcome.kind,
        result=outcome.result,
        clause=str(outcome.clause),
        citation=citations.numbers.get(outcome.clause),
        because=outcome.because,
        facts_used=outcome.facts_read,
        parameters=tuple(
            ParameterValue(name=used.name, value=used.value, clause=str(used.clause), reference=used.reference)
            for used in outcome.parameters
        ),
        owner=outcome.owner,
        effective_from=outcome.effective_from,
        stale=outcome.stale,
    )


def _fact(fact: Fact) -> CaseFact:
    return CaseFact(value=_json(fact.value), provenance=fact.provenance, basis=fact.basis)


def _json(value: FactValue | None) -> JsonValue:
    if isinstance(value, Money):
        return {"value": str(value.value), "currency": value.currency}
    if isinstance(value, tuple):
        return list(value)
    return value if value is None or isinstance(value, bool | str) else plain(value)
