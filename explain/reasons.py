"""Turns a Decision and its citations into the ordered reasons for its outcome and the trace of its rules."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from pydantic import Field

from decision.decision import Claim, Decision, RuleOutcome, RuleState
from explain.citations import Citations
from explain.counterfactuals import Counterfactual
from retrieval.corpus import Value

ReasonKind = Literal["outcome", "rule", "assumption", "missing", "review", "counter_evidence", "change"]


class Reason(Value):
    """One sentence of an explanation, the numbers of the citations that carry it, and the rule it speaks of."""

    kind: ReasonKind
    text: str
    citations: tuple[int, ...] = ()
    rule_id: str | None = None


class TraceStep(Value):
    """One rule that was looked at: the facts it read, what became of it and why.

    `citation` is the number of its clause, if quoted; `facts` are in plain words, None where they are not known.
    """

    rule_id: str
    title: str
    state: RuleState
    because: str
    clause: str
    citation: int | None = None
    facts: Mapping[str, str | None] = Field(default_factory=dict[str, str | None])
    defeated_by: tuple[str, ...] = ()


def reasons_of(
    decision: Decision, citations: Citations, counterfactuals: Sequence[Counterfactual]
) -> tuple[Reason, ...]:
    """List why the outcome is what it is: outcome, rules, assumptions, gaps, review, counter-evidence, changes."""
    return (
        *_outcome(decision, citations),
        *_rules(decision, citations),
        *(
            Reason(kind="assumption", text=f"{sentence(one.reason)} {sentence(one.effect_if_false)}")
            for one in decision.assumptions
        ),
        *(Reason(kind="missing", text=_missing(one.why, changes=one.changes_outcome)) for one in decision.missing),
        *_review(decision, citations),
        *(_from_claim("counter_evidence", claim, citations) for claim in decision.counter_evidence),
        *(Reason(kind="change", text=sentence(f"{one.change}: {one.outcome}")) for one in counterfactuals),
    )


def trace_of(decision: Decision, citations: Citations) -> tuple[TraceStep, ...]:
    """List every rule that was looked at, in the order of the rule book."""
    return tuple(
        TraceStep(
            rule_id=outcome.rule_id,
            title=outcome.title,
            state=outcome.state,
            because=outcome.because,
            clause=str(outcome.clause),
            citation=citations.numbers.get(outcome.clause),
            facts=outcome.facts_read,
            defeated_by=outcome.defeated_by,
        )
        for outcome in decision.outcomes
    )


def carried_by(decision: Decision) -> tuple[RuleOutcome, ...]:
    """Give the rules that made the outcome: conclusions that held, then checks that are not met or cannot be told."""
    drawn = (one for one in decision.outcomes if one.kind == "conclusion" and one.state == "held")
    against = (one for one in decision.outcomes if one.kind == "check" and one.result in {"fail", "undetermined"})
    return (*drawn, *against)


def sentence(text: str) -> str:
    """Make a text one that ends like a sentence and holds nothing that could be taken for a citation marker."""
    plain = _MARKER.sub(r"(\1)", " ".join(text.split()))
    return plain if not plain or plain[-1] in ".!?" else f"{plain}."


_MARKER = re.compile(r"\[(\d+)\]")


def _outcome(decision: Decision, citations: Citations) -> Iterator[Reason]:
    summary = Claim(text=decision.summary, cites=())
    same = [claim for claim in decision.claims if claim.text == decision.summary]
    yield _from_claim("outcome", same[0] if same else summary, citations)
    for claim in decision.claims:
        if claim not in same:
            yield _from_claim("outcome", claim, citations)
    for reason in decision.reasons:
        yield Reason(kind="outcome", text=sentence(reason))


def _from_claim(kind: ReasonKind, claim: Claim, citations: Citations) -> Reason:
    return Reason(kind=kind, text=sentence(claim.text), citations=citations.of(claim.cites))


def _rules(decision: Decision, citations: Citations) -> Iterator[Reason]:
    for outcome in carried_by(decision):
        yield Reason(
            kind="rule",
            text=f"“{sentence(outcome.title).rstrip('.')}” {_verdict(outcome)}: {sentence(outcome.because)}",
            citations=citations.of((outcome.clause, *(used.clause for used in outcome.parameters))),
            rule_id=outcome.rule_id,
        )
    for outcome in decision.outcomes:
        if outcome.defeated_by:
            yield Reason(
                kind="rule",
                text=f"“{sentence(outcome.title).rstrip('.')}” gives way: {sentence(outcome.because)}",
                citations=citations.of((outcome.clause,)),
                rule_id=outcome.rule_id,
            )
    met = [one for one in decision.outcomes if one.kind == "check" and one.result == "pass"]
    if met:
        counted = "1 check of policy is" if len(met) == 1 else f"{len(met)} checks of policy are"
        yield Reason(
            kind="rule",
            text=f"{counted} met: {', '.join(one.rule_id for one in met)}.",
            citations=citations.of(one.clause for one in met),
        )


def _verdict(outcome: RuleOutcome) -> str:
    if outcome.kind == "conclusion":
        return "holds"
    return "is not met" if outcome.result == "fail" else "cannot be told, so it does not count as met"


def _missing(why: str, *, changes: bool) -> str:
    worth = (
        "It can change the outcome, or who must look at it."
        if changes
        else "It changes neither the outcome nor who must look at it."
    )
    return f"{sentence(why)} {worth}"


def _review(decision: Decision, citations: Citations) -> Iterator[Reason]:
    clauses = {outcome.rule_id: outcome.clause for outcome in decision.outcomes}
    for one in decision.escalations:
        limit = f"Measured {one.measured}, limit {one.threshold}." if one.measured and one.threshold else ""
        yield Reason(
            kind="review",
            text=" ".join(sentence(part) for part in (one.message, limit) if part),
            citations=citations.of([clauses[one.rule_id]] if one.rule_id in clauses else ()),
            rule_id=one.rule_id,
        )
