"""What the engine concludes about a case, before it is explained, recorded and released."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from pydantic import Field, JsonValue

from decision.facts import Fact
from decision.references import Claim, ClauseRef, PassageRef, Reference
from decision.rule_outcome import (
    CheckResult,
    ParameterUse,
    RuleHead,
    RuleKind,
    RuleOutcome,
    RuleState,
    RuleTrace,
)
from retrieval.corpus import Value

__all__ = [
    "Assumption",
    "CheckResult",
    "Claim",
    "ClauseRef",
    "Conclusion",
    "Decision",
    "Derivation",
    "EscalationReason",
    "MissingFact",
    "ParameterUse",
    "PassageRef",
    "Qualifier",
    "Reference",
    "ReviewLevel",
    "RuleHead",
    "RuleKind",
    "RuleOutcome",
    "RuleState",
    "RuleTrace",
    "Status",
]

Status = Literal["decided", "needs_facts", "abstained"]
ReviewLevel = Literal["desk_review", "full_appraisal", "agent", "legal"]


class Assumption(Value):
    """A fact taken as true without evidence, and what it is worth: what happens to the outcome if it is false."""

    id: str
    fact: str
    value: str
    source: Literal["policy_default", "inferred"]
    reason: str
    effect_if_false: str
    changes_outcome: bool


class MissingFact(Value):
    """A fact that is not known, why it is asked for, and whether it can change the outcome."""

    fact: str
    why: str
    changes_outcome: bool


class EscalationReason(Value):
    """Why a person must look: a code, what was measured against which limit, and the rule that asks for it."""

    code: str
    level: ReviewLevel
    message: str
    measured: str | None = None
    threshold: str | None = None
    rule_id: str | None = None


class Qualifier(Value):
    """What the pack knows about its own certainty; `explain` turns it into a Confidence.

    `method` names how it was come by; `value` is a probability or coverage where one was measured, else None.
    `reliability` holds the measurement (coverage, n, window); `notes` say in words what limits it.
    """

    method: Literal["conformal_interval", "fact_certainty", "evidence_support"]
    value: float | None = None
    band: Literal["low", "medium", "high"]
    calibrated_on: str | None = None
    n: int | None = None
    reliability: Mapping[str, float] = Field(default_factory=dict)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AtHand:
    """Which of the clauses that a pack names are among the sources: policy that is `missing`, law that is there."""

    missing: frozenset[ClauseRef] = frozenset()
    laws: frozenset[ClauseRef] = frozenset()


@dataclass(frozen=True, slots=True)
class Derivation:
    """What a pack's own code found out from facts and evidence, before any rule was evaluated.

    `facts` are derived facts (declared as such in `facts.toml`); `working` is material for the answer (comparables,
    intervals); `impossible` says why no outcome can be supported, if so; `missing` names facts that the code needed and
    did not have, `waits` which of them a derived fact without a value waits for (all of them, where it is not named).
    """

    facts: tuple[Fact, ...] = ()
    working: Mapping[str, JsonValue] = field(default_factory=dict[str, JsonValue])
    impossible: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    waits: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])


@dataclass(frozen=True, slots=True)
class Conclusion:
    """What a pack makes of the rules' outcome: the answer in the domain's shape, its claims and its certainty.

    `stands` says in plain words all that is decided beside the answer's outcome, by name (None: not known); a pack that
    leaves it out stands by the facts that its rules conclude. `conditional` names what of it the answer states together
    with its condition, so that it is complete although nobody knows yet whether the condition is met.
    """

    status: Status
    answer: Mapping[str, JsonValue]
    claims: tuple[Claim, ...]
    qualifier: Qualifier
    summary: str
    counter_evidence: tuple[Claim, ...] = ()
    reasons: tuple[str, ...] = ()
    stands: Mapping[str, str | None] | None = None
    conditional: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Decision:
    """The engine's whole result for one case: what holds, on which facts, under which rules, and who must look.

    `stands` is all that was decided beside the answer's outcome, in plain words; what is None is not known, and what is
    `conditional` is stated with its condition.
    """

    domain: str
    as_of: date
    status: Status
    answer: Mapping[str, JsonValue]
    summary: str
    claims: tuple[Claim, ...]
    counter_evidence: tuple[Claim, ...]
    facts: Mapping[str, Fact]
    outcomes: tuple[RuleOutcome, ...]
    assumptions: tuple[Assumption, ...]
    missing: tuple[MissingFact, ...]
    escalations: tuple[EscalationReason, ...]
    qualifier: Qualifier
    reasons: tuple[str, ...]
    versions: Mapping[str, str]
    stands: Mapping[str, str | None] = field(default_factory=dict[str, str | None])
    conditional: frozenset[str] = frozenset()

    @property
    def outcome(self) -> tuple[Status, str, frozenset[tuple[str, str | None]]]:
        """What holds: the status, the answer's outcome, and everything else that was decided."""
        return self.status, str(self.answer.get("outcome")), frozenset(self.stands.items())

    @property
    def reviews(self) -> frozenset[tuple[str, ReviewLevel]]:
        """Who must look, and why, as the rules demand it."""
        return frozenset((one.code, one.level) for one in self.escalations if one.rule_id is not None)

    @property
    def unsettled(self) -> tuple[str, ...]:
        """What was left open, by name, although the case as a whole may be decided."""
        return tuple(name for name, value in self.stands.items() if value is None)

    def differs_from(self, other: "Decision", *, beside: frozenset[str] = frozenset()) -> bool:
        """Tell whether something else holds here than there, or somebody else must look; `beside` plays no part."""
        names = {*self.stands, *other.stands} - beside
        return (
            self.outcome[:2] != other.outcome[:2]
            or self.reviews != other.reviews
            or any(self.stands.get(name) != other.stands.get(name) for name in names)
        )
