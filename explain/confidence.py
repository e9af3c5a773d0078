"""Turns what a pack knows about its certainty into a Confidence, capped by everything that weakens it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, Literal

from decision.decision import Decision
from explain.citations import Unresolved
from retrieval.corpus import Value
from retrieval.query import Mode

Band = Literal["low", "medium", "high"]


class Confidence(Value):
    """How far an outcome can be relied on, by which method, and what that was measured on.

    `value` is a probability or coverage from 0 to 1 where one was measured, else None: it is never made up. `band` is
    what remains after every cap, and `notes` give the reason of each cap.
    """

    value: float | None
    method: str
    calibrated_on: str | None
    n: int | None
    reliability: Mapping[str, float]
    band: Band
    notes: tuple[str, ...]


def confidence(decision: Decision, mode: Mode, unresolved: Sequence[Unresolved] = ()) -> Confidence:
    """Lower the pack's own certainty by each cap that applies to this decision; nothing raises it."""
    qualifier = decision.qualifier
    caps = tuple(_caps(decision, mode, unresolved))
    bands: tuple[Band, ...] = (qualifier.band, *(cap for cap, _ in caps))
    no_outcome = mode == "abstain" or decision.status == "abstained"
    not_measured_so = mode != "full" and qualifier.method == "evidence_support"
    return Confidence(
        value=None if no_outcome or not_measured_so else qualifier.value,
        method=qualifier.method,
        calibrated_on=qualifier.calibrated_on,
        n=qualifier.n,
        reliability=qualifier.reliability,
        band=min(bands, key=_ORDER.index),
        notes=(*qualifier.notes, *(reason for _, reason in caps)),
    )


_ORDER: Final[tuple[Band, ...]] = ("low", "medium", "high")

_MODES: Final[Mapping[Mode, tuple[Band, str]]] = {
    "no_rerank": ("medium", "The passages found were not ranked a second time."),
    "lexical_only": ("medium", "Evidence was found by its words alone, because vectors could not be searched."),
    "no_llm": ("medium", "The language model that was configured did not take part."),
    "abstain": ("low", "The service could not take part in full and supports no outcome."),
}


def _caps(decision: Decision, mode: Mode, unresolved: Sequence[Unresolved]) -> Iterator[tuple[Band, str]]:
    if mode in _MODES:
        yield _MODES[mode]
    if decision.status == "abstained":
        yield "low", "The evidence supports no outcome."
    if decision.status == "needs_facts":
        yield "low", "Facts that decide the outcome are missing."
    if decision.status == "decided" and decision.unsettled:
        yield "medium", f"Part of it could not be determined: {', '.join(decision.unsettled).replace('_', ' ')}."
    doubtful = [one.fact for one in decision.assumptions if one.changes_outcome]
    if doubtful:
        yield "medium", f"The outcome changes if an assumption is false: {', '.join(doubtful)}."
    stale = [one.rule_id for one in decision.outcomes if one.stale and one.state != "not_applicable"]
    if stale:
        yield "low", f"The words behind a rule are not there, or not those that were confirmed: {', '.join(stale)}."
    elif any(one.code in {"clause_changed", "clause_missing"} for one in decision.escalations):
        yield "low", "The words behind a number of the policy are not there, or not those that were confirmed."
    if unresolved:
        named = ", ".join(dict.fromkeys(f"{one.reference.document_id}#{one.reference.key}" for one in unresolved))
        yield "low", f"Sources could not be quoted: {named}."
