"""Turns a Decision, its citations and its confidence into an Explanation: reasons in order, a trace, and prose."""

from collections.abc import Sequence

from pydantic import Field

from decision.decision import Decision
from explain.citations import Citation, Citations
from explain.clearing import WayOut
from explain.confidence import Confidence
from explain.counterfactuals import Counterfactual
from explain.narration import narrate
from explain.reasons import Reason, TraceStep, carried_by, reasons_of, sentence, trace_of
from retrieval.corpus import Value


class Argument(Value):
    """The parts of Toulmin's model of an argument: the claim, what carries it, how sure it is, what opposes it."""

    claim: str
    grounds: tuple[str, ...]
    warrant: tuple[str, ...]
    backing: tuple[str, ...]
    qualifier: str
    rebuttal: tuple[str, ...]


def _is_empty(ways: object) -> bool:
    """Leave out what explanations did not have before, so that those recorded keep their bytes and hashes."""
    return ways == ()


class Explanation(Value):
    """Why a decision is what it is: reasons in order of weight, every rule looked at, and the same in prose.

    `out_of_review` says for each reason of a review what would have to be different.
    """

    summary: str
    reasons: tuple[Reason, ...]
    trace: tuple[TraceStep, ...]
    narration: str
    argument: Argument
    unresolved: tuple[str, ...] = ()
    out_of_review: tuple[WayOut, ...] = Field(default=(), exclude_if=_is_empty)


def explain(
    decision: Decision,
    citations: Citations,
    confidence: Confidence,
    counterfactuals: Sequence[Counterfactual] = (),
    ways: Sequence[WayOut] = (),
) -> Explanation:
    """Say why a decision is what it is, from its own parts and what was found by trying other facts."""
    reasons = reasons_of(decision, citations, counterfactuals)
    return Explanation(
        summary=sentence(decision.summary),
        reasons=reasons,
        trace=trace_of(decision, citations),
        narration=narrate(reasons),
        argument=_argument(decision, citations, confidence, reasons),
        out_of_review=tuple(ways),
        unresolved=tuple(
            f"{one.reference.document_id}#{one.reference.key}: {one.reason}" for one in citations.unresolved
        ),
    )


def _argument(decision: Decision, citations: Citations, confidence: Confidence, reasons: Sequence[Reason]) -> Argument:
    carried = carried_by(decision)
    read = {name: value for outcome in carried for name, value in outcome.facts_read.items() if value is not None}
    numbers = citations.of(outcome.clause for outcome in carried)
    return Argument(
        claim=sentence(decision.summary),
        grounds=tuple(_ground(decision, name, value) for name, value in read.items()),
        warrant=tuple(sentence(outcome.title) for outcome in carried),
        backing=tuple(_backing(one) for one in citations.citations if one.n in numbers),
        qualifier=_qualifier(confidence),
        rebuttal=tuple(one.text for one in reasons if one.kind in {"counter_evidence", "change"}),
    )


def _ground(decision: Decision, name: str, value: str) -> str:
    fact = decision.facts.get(name)
    if fact is None:
        return f"{name} is {value}"
    return f"{name} is {value} ({fact.provenance}{f', {fact.basis}' if fact.basis else ''})"


def _backing(citation: Citation) -> str:
    return f"{citation.document}, {citation.clause} [{citation.n}]"


def _qualifier(confidence: Confidence) -> str:
    method = confidence.method.replace("_", " ")
    number = "" if confidence.value is None else f" at {confidence.value:g}"
    return sentence(f"{confidence.band} confidence{number} by {method}")
