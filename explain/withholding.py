"""Turns a decision whose evidence cannot be quoted into one that asserts nothing."""

from collections.abc import Sequence
from dataclasses import replace

from decision.decision import Claim, Decision, PassageRef
from explain.citations import Unresolved


def withheld(decision: Decision, unresolved: Sequence[Unresolved]) -> Decision:
    """Abstain when a claim rests on a passage that is not there as it was found; else give the decision unchanged.

    A clause that cannot be quoted withholds nothing, for its rule was executed: it sends the decision to a person.
    """
    lost = {one.reference for one in unresolved if isinstance(one.reference, PassageRef)}
    if not any(_rests_on(claim, lost) for claim in decision.claims):
        return decision
    reason = "A passage that the outcome rests on is not in the stored text as it was found."
    return replace(
        decision,
        status="abstained",
        answer={"outcome": None},
        summary=f"Nothing is asserted: {reason[0].lower()}{reason[1:]}",
        claims=tuple(claim for claim in decision.claims if not _rests_on(claim, lost)),
        counter_evidence=tuple(claim for claim in decision.counter_evidence if not _rests_on(claim, lost)),
        reasons=(reason, *decision.reasons),
    )


def _rests_on(claim: Claim, lost: set[PassageRef]) -> bool:
    return any(isinstance(one, PassageRef) and one in lost for one in claim.cites)
