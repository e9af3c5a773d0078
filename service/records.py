"""Turns a Decision with its Explanation into the one JSON document that is hashed, stored and shown."""

import math
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from hashlib import sha256
from itertools import chain
from typing import Annotated, Final, Literal, Self, cast

import rfc8785
from pydantic import ConfigDict, Field, FiniteFloat, JsonValue, model_validator

from decision.decision import CheckResult, ReviewLevel, Status
from decision.facts import Provenance
from explain.explanation import Explanation
from retrieval.corpus import Value
from retrieval.query import Mode
from service.errors import InvalidInputError

SCHEMA_VERSION: Final = "1"

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
"""A SHA-256 as lower-case hex."""

DecisionId = Annotated[str, Field(pattern=r"^dec_[0-9A-HJKMNP-TV-Z]{26}$")]
TaskId = Annotated[str, Field(pattern=r"^task_[0-9A-HJKMNP-TV-Z]{26}$")]


def _is_empty(value: object) -> bool:
    """Leave out what earlier decisions did not have, so that those recorded keep their bytes and hashes."""
    return value == ()


class Citation(Value):
    """A quote that was verified against the stored text: `canonical_text[char_start:char_end] == quote`."""

    n: int = Field(ge=1, description="Number by which claims, checks and the text refer to this citation.")
    revision_id: str = Field(description="The immutable version of the source that is quoted.")
    document: str = Field(description="Title of the source.")
    document_id: str | None = Field(default=None, description="Id of the source, stable across its revisions.")
    clause: str | None = Field(description="Number or slug of the clause, unique in its revision.")
    page: int | None = Field(description="Page on which the quote starts, from 1, where the source has pages.")
    char_start: int = Field(ge=0, description="Where the quote starts in the canonical text, in characters.")
    char_end: int = Field(ge=0, description="Where it ends, exclusive.")
    quote: str = Field(description="The exact words of the source.")
    sha256: Sha256 = Field(description="SHA-256 of the canonical text (UTF-8) that is quoted.")
    url: str | None = Field(description="Where the quoted words can be read in their place.")


class CitedClaim(Value):
    """One sentence that the decision asserts, with the numbers of the citations that support it."""

    text: str = Field(description="The sentence.")
    citations: tuple[int, ...] = Field(description="Numbers of the citations that support it.")


class AssumptionJson(Value):
    """A fact taken as true without evidence, and what it is worth."""

    id: str = Field(description="Id of the assumption within the decision.")
    fact: str = Field(description="Name of the fact.")
    value: str = Field(description="What was assumed.")
    source: Literal["policy_default", "inferred"] = Field(description="Whether policy declares it or it was inferred.")
    reason: str = Field(description="Why it is fair to assume this.")
    effect_if_false: str = Field(description="What happens to the outcome if it is not so, found by deciding again.")
    changes_outcome: bool = Field(description="Whether the outcome would be another one.")


class MissingFact(Value):
    """A fact that is not known, and why it is asked for."""

    fact: str = Field(description="Name of the fact.")
    why: str = Field(description="Why it is asked for.")
    changes_outcome: bool = Field(description="Whether it can change the outcome.")


class ParameterValue(Value):
    """A number of the policy as it was in force on the date of the decision."""

    name: str = Field(description="Name of the parameter.")
    value: str = Field(description="Its value, in plain words.")
    clause: str = Field(description="The clause that sets it, as document#key.")
    reference: str | None = Field(default=None, description="Where in law or policy the number comes from.")


class PolicyCheck(Value):
    """One policy rule, executed: its result, the clause it encodes, and what it read."""

    rule_id: str = Field(description="Id of the rule in its pack.")
    title: str = Field(description="What the rule is about.")
    kind: Literal["check", "review", "conclusion"] = Field(description="What the rule is for.")
    result: CheckResult = Field(description="Whether policy is met; undetermined never counts as passed.")
    clause: str = Field(description="The clause that the rule encodes, as document#key.")
    citation: int | None = Field(description="Number of the citation that quotes the clause.")
    because: str = Field(description="Why the result is what it is.")
    facts_used: Mapping[str, str | None] = Field(description="The facts that were read; null where one is unknown.")
    parameters: tuple[ParameterValue, ...] = Field(default=(), description="The parameters that were read.")
    owner: str = Field(description="The function that owns the rule.")
    effective_from: date = Field(description="Since when the rule is in force.")
    stale: bool = Field(description="Whether the clause's text has changed since the rule was written.")


class CounterfactualJson(Value):
    """The smallest change of one fact, or of two together, that leads to another outcome."""

    change: str = Field(description="What would have to be different.")
    outcome: str = Field(description="What would be decided then.")
    together: tuple[str, ...] = Field(
        default=(),
        exclude_if=_is_empty,
        description="The two changes, where it takes both: neither alone gives another answer. Left out otherwise.",
    )


class ConfidenceJson(Value):
    """How sure the decision is, by which method, and the measurement behind it."""

    value: float | None = Field(ge=0, le=1, description="Probability or coverage; null where none was measured.")
    band: Literal["low", "medium", "high"] = Field(description="The same in a word.")
    method: str = Field(description="How it was come by.")
    calibrated_on: str | None = Field(description="The labelled outcomes it was fitted on.")
    n: int | None = Field(description="How many of them there were.")
    reliability: Mapping[str, FiniteFloat] = Field(description="What was measured on outcomes held out.")
    notes: tuple[str, ...] = Field(default=(), description="What limits it, in words.")


class ReviewReason(Value):
    """One reason why a person must look."""

    code: str = Field(description="What kind of reason.")
    level: ReviewLevel = Field(description="Who must look.")
    message: str = Field(description="The reason in a sentence.")
    measured: str | None = Field(default=None, description="What was measured.")
    threshold: str | None = Field(default=None, description="The limit it was compared with.")
    rule_id: str | None = Field(default=None, description="The rule that asks for the review.")


class ReviewJson(Value):
    """Whether a person must review the decision, why, and the task that was made for it."""

    required: bool = Field(description="Whether a person must look before the decision is acted on.")
    reasons: tuple[ReviewReason, ...] = Field(description="Why.")
    task_id: TaskId | None = Field(description="The task in the review queue.")


class AuditPlace(Value):
    """Where the audit log holds the event that binds this decision."""

    seq: int = Field(ge=1, description="Number of the event.")
    hash: Sha256 = Field(description="Hash of the log up to and including that event.")


class CaseFact(Value):
    """A fact as the decision used it."""

    value: JsonValue = Field(description="Its value; null where it is unknown.")
    provenance: Provenance = Field(description="Where it came from.")
    basis: str | None = Field(default=None, description="The record or clause that shows it, where there is one.")


class ChangedValue(Value):
    """What something was and what it is."""

    old: JsonValue = Field(description="As the earlier decision had it; null where it was unknown.")
    new: JsonValue = Field(description="As it is now; null where it is unknown.")


class ChangedFact(ChangedValue):
    """A fact or version that is another one now."""

    fact: str = Field(description="Its name.")
    old_provenance: Provenance | None = Field(default=None, description="Where it came from then.")
    new_provenance: Provenance | None = Field(default=None, description="Where it comes from now.")


class ChangedSales(Value):
    """Which comparables came, went and stayed, by id."""

    added: tuple[str, ...] = Field(description="Compared with now, not before.")
    dropped: tuple[str, ...] = Field(description="Compared with before, not now.")
    kept: tuple[str, ...] = Field(description="Compared with both times.")


class Changes(Value):
    """What is different from the decision that was reconsidered, sources and versions included."""

    because: str | None = Field(description="Why it was reconsidered, in the words of who asked.")
    facts: tuple[ChangedFact, ...] = Field(description="Facts that changed; those that follow from others last.")
    outcome: ChangedValue = Field(description="The outcome, such as the value.")
    status: ChangedValue = Field(description="Whether it was decided.")
    comparables: ChangedSales | None = Field(description="The sales compared with, where there are any.")
    review: ChangedValue = Field(description="The codes of the reasons for a review.")
    generation: ChangedValue = Field(description="The state of the sources that was read.")
    versions: tuple[ChangedFact, ...] = Field(description="Rules, models and code that are others now.")


def _is_none(value: object) -> bool:
    """Leave out what an ordinary decision has not, so that those recorded before keep their bytes and hashes."""
    return value is None


class ReleasedDecision(Value):
    """A decision that shows its work: complete, immutable, content-hashed."""

    model_config = ConfigDict(allow_inf_nan=False)

    schema_version: Literal["1"] = Field(default=SCHEMA_VERSION, description="Version of this shape.")
    decision_id: DecisionId = Field(description="Id; later decisions sort after earlier ones.")
    domain: str = Field(description="The domain pack that decided.")
    status: Status = Field(description="Whether it was decided, facts are needed, or no outcome is supported.")
    summary: str = Field(description="The outcome in a sentence or two.")
    answer: Mapping[str, JsonValue] = Field(description="The outcome in the shape of the domain.")
    claims: tuple[CitedClaim, ...] = Field(description="What is asserted, each with its citations.")
    citations: tuple[Citation, ...] = Field(description="The evidence, quoted and verified.")
    assumptions: tuple[AssumptionJson, ...] = Field(description="What was taken as true without evidence.")
    missing_facts: tuple[MissingFact, ...] = Field(description="What is not known.")
    policy_checks: tuple[PolicyCheck, ...] = Field(description="The rules that were executed.")
    counter_evidence: tuple[CitedClaim, ...] = Field(description="What speaks against the outcome.")
    counterfactuals: tuple[CounterfactualJson, ...] = Field(description="What would change the outcome.")
    confidence: ConfidenceJson = Field(description="How sure it is, and how that is known.")
    review: ReviewJson = Field(description="Whether a person must look, and why.")
    explanation: Explanation = Field(description="The reasons in order, the trace of the rules, and the same in prose.")
    mode: Mode = Field(description="Which parts of the service took part.")
    generation: int = Field(ge=0, description="The committed state of the index that was read.")
    as_of: date = Field(description="The date of which law, policy and sources were used.")
    case: Mapping[str, CaseFact] = Field(description="The facts as decided, with where each came from.")
    versions: Mapping[str, str] = Field(description="Versions of the pack, rules, parameters, models and code.")
    reconsiders: DecisionId | None = Field(
        default=None, exclude_if=_is_none, description="The earlier decision that this one reconsiders, if any."
    )
    changes: Changes | None = Field(
        default=None, exclude_if=_is_none, description="What is different from the decision that is reconsidered."
    )
    trace_id: str = Field(description="Id under which logs and traces of this decision are found.")
    audit: AuditPlace | None = Field(default=None, description="Its place in the audit log; set when it is recorded.")
    timings_ms: Mapping[str, FiniteFloat] = Field(description="Milliseconds spent by stage.")

    @model_validator(mode="after")
    def _cites_what_is_there(self) -> Self:
        known = {citation.n for citation in self.citations}
        if len(known) != len(self.citations):
            raise ValueError("citations: every n must be there once")
        claimed = chain.from_iterable(claim.citations for claim in (*self.claims, *self.counter_evidence))
        checked = (check.citation for check in self.policy_checks if check.citation is not None)
        if missing := sorted({*claimed, *checked} - known):
            raise ValueError(f"claims or checks cite {missing}, which are not among the citations")
        return self


def canonical(document: JsonValue) -> bytes:
    """Serialise JSON in the one way that hashes are taken of (RFC 8785).

    Raises InvalidInputError that names the place of what has no such form, or would read back as something else: NaN,
    infinity, whole numbers beyond 2**53 - 1 (write amounts and ids as strings), text that is not Unicode.
    """
    if (place := next(_unfit(document, "$"), None)) is not None:
        raise InvalidInputError(
            f"{place}: has no canonical JSON form (not finite, a whole number beyond 2^53 - 1, or not Unicode); "
            "write an amount or id as a string."
        )
    return rfc8785.dumps(cast("Mapping[str, str]", document))


def decision_bytes(released: ReleasedDecision) -> bytes:
    """Serialise everything that is hashed and stored: the decision without its place in the audit log."""
    return canonical(cast("JsonValue", released.model_dump(mode="json", exclude={"audit"})))


def content_hash(released: ReleasedDecision) -> str:
    """SHA-256 (hex) of `decision_bytes`; what a review and an audit event are bound to."""
    return sha256(decision_bytes(released)).hexdigest()


def sortable_id(prefix: str, at: datetime, randomness: bytes) -> str:
    """Make an id that sorts by time: `prefix_` and 26 characters of Crockford's base 32, as a ULID.

    48 bits are milliseconds since 1970 (UTC), 80 are the 10 random bytes.
    """
    if len(randomness) != _RANDOM_BYTES or at.tzinfo is None:
        raise ValueError("sortable_id takes an instant with a time zone and 10 random bytes")
    milliseconds = int(at.timestamp() * 1000)
    number = (milliseconds << (8 * _RANDOM_BYTES)) | int.from_bytes(randomness)
    return f"{prefix}_" + "".join(_ALPHABET[(number >> shift) & 31] for shift in range(125, -1, -5))


_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_RANDOM_BYTES: Final = 10


_LARGEST: Final = 2**53 - 1


def _unfit(value: object, place: str) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, inner in cast("Mapping[str, object]", value).items():
            if not _fit(key):
                yield f"{place}.{key!r}"
            yield from _unfit(inner, f"{place}.{key}")
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for position, inner in enumerate(cast("Sequence[object]", value)):
            yield from _unfit(inner, f"{place}[{position}]")
    elif not _fit(value):
        yield place


def _fit(value: object) -> bool:
    match value:
        case str():
            return value.isascii() or not any("\ud800" <= letter <= "\udfff" for letter in value)
        case float():
            # A whole float is written without a point, so a large one would read back as an integer without this form.
            return math.isfinite(value) and (abs(value) <= _LARGEST or not value.is_integer())
        case int():
            return abs(value) <= _LARGEST
        case _:
            return value is None
