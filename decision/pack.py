"""What a domain brings to the engine: its facts, rules and parameters, and the code that derives and concludes."""

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Protocol, runtime_checkable

from pydantic import JsonValue

from decision.decision import Conclusion, Derivation, RuleOutcome
from decision.facts import Case, Fact
from decision.rules import Parameters, RuleBook
from decision.schema import FactSchema
from retrieval.corpus import RecordKind
from retrieval.query import ClauseQuery, Evidence, RecordQuery

Found = Mapping[str, Sequence[Evidence]]
"""Evidence by the name of the query that asked for it."""


@dataclass(frozen=True)
class Findings:
    """All that is known when a pack concludes: facts with conclusions applied, rule outcomes, its own derivation."""

    case: Case
    facts: Mapping[str, Fact]
    outcomes: Sequence[RuleOutcome]
    derivation: Derivation
    evidence: Found
    parameters: Parameters

    @cached_property
    def setting(self) -> Mapping[str, Sequence[RuleOutcome]]:
        """The conclusions that held, by the facts that each of them sets."""
        found: dict[str, list[RuleOutcome]] = {}
        for outcome in self.outcomes:
            if outcome.state == "held" and outcome.kind == "conclusion":
                for name in outcome.sets:
                    found.setdefault(name, []).append(outcome)
        return found


class DomainPack(Protocol):
    """One domain. The engine calls, in order: `queries`, `derive`, (its own rules), `conclude`; all of them pure.

    `folder` holds `facts.toml`, `rules.toml`, `parameters.toml`, `bindings.toml`, `cases.toml`, `sources.toml` and
    `sources/`; `dated_by` names the fact (a date or an instant) that dates a case whose caller gave no date.
    """

    name: str
    title: str
    version: str
    folder: Path
    schema: FactSchema
    rulebook: RuleBook
    record_kinds: tuple[RecordKind, ...]
    dated_by: str | None

    def queries(self, case: Case, parameters: Parameters) -> Mapping[str, ClauseQuery | RecordQuery]:
        """Ask for the evidence that the case needs, by name."""
        ...

    def derive(self, case: Case, facts: Mapping[str, Fact], evidence: Found, parameters: Parameters) -> Derivation:
        """Find derived facts and working from facts (assumed ones included) and evidence; never raises for odd facts.

        `facts` has every declared fact; one that nobody knows has the value None.
        """
        ...

    def conclude(self, findings: Findings) -> Conclusion:
        """Give the answer in the domain's shape."""
        ...


@dataclass(frozen=True, slots=True)
class Course:
    """What a pack would learn before it decides: from which records, and the key under which that may be kept.

    Equal keys stand for equal records and settings; `about` says in words what is learned from.
    """

    key: str
    about: str
    queries: Mapping[str, RecordQuery]


@dataclass(frozen=True, slots=True)
class Table:
    """Records of one kind that a document has: how many, in which revision, and the day of the latest."""

    document_id: str
    revision_id: str
    kind: str
    records: int
    last_day: date


@runtime_checkable
class Learns(DomainPack, Protocol):
    """A pack that learns from records once and decides many cases by it; pure, but `learn` may take minutes.

    `learns_from` names the queries of a case that need no answer when the pack was taught.
    """

    learns_from: frozenset[str]

    def course(self, case: Case, evidence: Found, parameters: Parameters) -> Course | None:
        """Say what is to be learned for a case, from the other evidence; None where there is nothing to learn from."""
        ...

    def upcoming(self, tables: Sequence[Table], today: date) -> Sequence[tuple[Course, Parameters]]:
        """Say what the next cases will want learned, so that it is learned before anybody waits for it."""
        ...

    def learn(self, evidence: Found, parameters: Parameters) -> bytes | None:
        """Turn the records of a course into a lesson; None where the pack had better look at them in each case."""
        ...

    def taught(self, lesson: bytes) -> DomainPack:
        """Give the pack that decides by a lesson; DecisionError when this version cannot read it."""
        ...


@runtime_checkable
class Outlines(Protocol):
    """A pack that can say what holds without the words for it, for cases that are only compared with others."""

    def outline(self, findings: Findings) -> Conclusion:
        """Give what `conclude` gives, but of the answer only its outcome, and neither claims, summary nor certainty."""
        ...


@runtime_checkable
class ReadsRecords(Protocol):
    """A pack whose cases may come as nested records, as other systems keep them."""

    def unfold(self, sent: Mapping[str, JsonValue]) -> Mapping[str, JsonValue]:
        """Give the facts that records hold, to be read by the schema; InvalidCaseError names each field that is wrong.

        A case that was sent as facts is given back as it is.
        """
        ...


def sent_facts(pack: DomainPack, sent: Mapping[str, JsonValue]) -> Mapping[str, JsonValue]:
    """Give the facts of a case that a caller sent, as facts or, where the pack reads them, as records."""
    return pack.unfold(sent) if isinstance(pack, ReadsRecords) else sent


def with_parameters(pack: DomainPack, path: Path) -> DomainPack:
    """Give the same pack with the parameters that a file names in place of its own; a DecisionError says what is wrong.

    The pack itself stays as it is.
    """
    return with_rulebook(pack, RuleBook.load(pack.folder, pack.schema, path))


def with_rulebook(pack: DomainPack, rulebook: RuleBook) -> DomainPack:
    """Give the same pack, deciding by another rule book; the pack itself stays as it is."""
    other = copy(pack)
    object.__setattr__(other, "rulebook", rulebook)  # packs may be frozen, and the copy is nobody else's yet
    return other
