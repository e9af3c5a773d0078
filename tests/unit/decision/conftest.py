"""A toy domain, to show that the engine knows none: a library renews loans and charges for overdue books."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from decision.decision import Claim, Conclusion, Derivation, Qualifier
from decision.facts import Case, Fact
from decision.pack import Findings, Found
from decision.rules import Parameters, RuleBook
from decision.schema import FactSchema
from decision.values import plain
from retrieval.corpus import RecordKind
from retrieval.query import ClauseQuery, RecordQuery

TOY = Path(__file__).parent / "toy"


@dataclass(frozen=True)
class LibraryPack:
    """Derives how long a book is overdue, and answers whether the loan may be renewed and at what fee."""

    folder: Path
    schema: FactSchema
    rulebook: RuleBook
    name: str = "library"
    title: str = "Lending library"
    version: str = "1"
    record_kinds: tuple[RecordKind, ...] = ()
    dated_by: str | None = None
    found: Derivation | None = None
    asks: tuple[str, ...] = ()

    def queries(self, case: Case, parameters: Parameters) -> Mapping[str, ClauseQuery | RecordQuery]:
        del case, parameters
        return {}

    def derive(self, case: Case, facts: Mapping[str, Fact], evidence: Found, parameters: Parameters) -> Derivation:
        del evidence
        for name in self.asks:
            parameters.value(name)
        if self.found is not None:
            return self.found
        due = facts["due"].value
        if not isinstance(due, date):
            return Derivation(missing=("due",))
        overdue = max(case.as_of - due, timedelta(0))
        return Derivation(facts=(Fact("overdue", overdue, "derived"),))

    def conclude(self, findings: Findings) -> Conclusion:
        renewal = next(outcome for outcome in findings.outcomes if outcome.rule_id == "LIB-RENEW")
        fee = plain(findings.facts["fee"].value)
        decided = renewal.state != "undetermined" and fee is not None
        outcome = f"{'refused' if renewal.state == 'not_held' else 'renewed'}, fee {fee}" if decided else None
        return Conclusion(
            status="decided" if decided else "needs_facts",
            answer={"outcome": outcome},
            claims=(Claim(text=renewal.because, cites=(renewal.clause,)),),
            qualifier=Qualifier(method="fact_certainty", band="high" if decided else "low"),
            summary=outcome or "More must be known.",
        )


@pytest.fixture(scope="session")
def library_in() -> Callable[[Path], LibraryPack]:
    """Load the toy domain from some folder."""

    def load(folder: Path) -> LibraryPack:
        schema = FactSchema.load(folder / "facts.toml")
        return LibraryPack(folder, schema, RuleBook.load(folder, schema))

    return load


@pytest.fixture(scope="session")
def library(library_in: Callable[[Path], LibraryPack]) -> LibraryPack:
    return library_in(TOY)


@pytest.fixture
def library_finding(library: LibraryPack) -> Callable[..., LibraryPack]:
    """Give the toy domain code that finds what the test says, and asks for some parameters."""

    def finding(found: Derivation, asks: tuple[str, ...] = ()) -> LibraryPack:
        return replace(library, found=found, asks=asks)

    return finding


@pytest.fixture
def closed_library(library: LibraryPack) -> LibraryPack:
    """Give the toy domain rules that all ended in 2026."""
    end = date(2026, 1, 1)
    ended = tuple(replace(rule, effective_to=end) for rule in library.rulebook.rules)
    rulebook = replace(library.rulebook, rules=ended, changes=(end,), steps=(), periods={})
    return replace(library, rulebook=rulebook)
