"""What becomes of one rule: its state and effect, and how it came out so."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from decision.references import ClauseRef
from retrieval.corpus import Value

RuleKind = Literal["check", "review", "conclusion"]
RuleState = Literal["held", "not_held", "undetermined", "not_applicable"]
CheckResult = Literal["pass", "fail", "undetermined"]


class ParameterUse(Value):
    """A parameter as it was in force: its value in plain words, and where the number comes from."""

    name: str
    value: str
    clause: ClauseRef
    reference: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class RuleTrace:
    """How a rule came out as it did: what it read and sets, in plain words, and why in a sentence.

    A check or review may show what it `measured` and the `threshold` that it compared it with. The sentence is made by
    `say` when somebody reads it.
    """

    facts_read: Mapping[str, str | None]
    say: Callable[[], str]
    parameters: tuple[ParameterUse, ...] = ()
    sets: Mapping[str, str | None] = field(default_factory=dict[str, str | None])
    measured: str | None = None
    threshold: str | None = None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RuleTrace) and self._told() == other._told()

    def __hash__(self) -> int:
        return hash(tuple(self.facts_read))

    @property
    def because(self) -> str:
        """Why it came out so, in a sentence."""
        return self.say()

    def _told(self) -> tuple[object, ...]:
        return (self.facts_read, self.because, self.parameters, self.sets, self.measured, self.threshold)


@dataclass(frozen=True, slots=True)
class RuleHead:
    """What a rule is, whatever becomes of it: its name, its owner, and the clause that it encodes."""

    rule_id: str
    title: str
    kind: RuleKind
    clause: ClauseRef
    reference: str | None
    owner: str
    effective_from: date


@dataclass(frozen=True, slots=True, eq=False)
class RuleOutcome:
    """What became of one rule: its state, the facts and parameters it read, and the effect it had.

    `result` is the answer to "is policy met": for a review rule, held means fail. A conclusion passes when it held.
    A rule that is `defeated_by` others does not apply, for they prevail over it. Why it came out so is worked out when
    somebody asks.
    """

    head: RuleHead
    state: RuleState
    result: CheckResult | None
    traced: Callable[[], RuleTrace]
    stale: bool = False
    defeated_by: tuple[str, ...] = ()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RuleOutcome) and self._told() == other._told()

    def __hash__(self) -> int:
        return hash((self.head.rule_id, self.state))

    @property
    def rule_id(self) -> str:
        """The id of the rule."""
        return self.head.rule_id

    @property
    def title(self) -> str:
        """The title of the rule, a sentence that is true when it held."""
        return self.head.title

    @property
    def kind(self) -> RuleKind:
        """Whether the rule checks something, asks for a person, or concludes facts."""
        return self.head.kind

    @property
    def clause(self) -> ClauseRef:
        """The clause that the rule encodes."""
        return self.head.clause

    @property
    def reference(self) -> str | None:
        """The law behind the clause."""
        return self.head.reference

    @property
    def owner(self) -> str:
        """Who answers for the rule."""
        return self.head.owner

    @property
    def effective_from(self) -> date:
        """The first day on which the rule is in force."""
        return self.head.effective_from

    @property
    def facts_read(self) -> Mapping[str, str | None]:
        """The facts that were read, in order, in plain words."""
        return self.traced().facts_read

    @property
    def parameters(self) -> tuple[ParameterUse, ...]:
        """The parameters that were read, as they were in force."""
        return self.traced().parameters

    @property
    def sets(self) -> Mapping[str, str | None]:
        """What a conclusion that held gives to facts, in plain words."""
        return self.traced().sets

    @property
    def because(self) -> str:
        """Why it came out so, in a sentence."""
        return self.traced().because

    @property
    def measured(self) -> str | None:
        """What a check or review compared with a limit, in plain words."""
        return self.traced().measured

    @property
    def threshold(self) -> str | None:
        """The limit that it was compared with."""
        return self.traced().threshold

    def _told(self) -> tuple[object, ...]:
        return (self.head, self.state, self.result, self.stale, self.defeated_by, self.traced())
