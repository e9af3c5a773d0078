"""Counterfactuals: each changes one fact, just enough, and deciding again confirms it."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from pydantic import JsonValue

from decision.decision import ClauseRef, Conclusion, Derivation, Qualifier
from decision.engine import decide
from decision.facts import Case, Fact
from decision.pack import Findings, Found
from decision.rules import Parameters, RuleBook
from decision.schema import FactSchema
from explain.candidates import candidates
from explain.counterfactuals import counterfactuals
from explain.trials import Trial
from retrieval.corpus import RecordKind
from retrieval.query import ClauseQuery, RecordQuery

FACTS = """
[amount]
type = "money"
title = "Amount of the loan"
currency = "USD"
minimum = 0

[age]
type = "duration"
title = "Age of the file"

[verified]
type = "boolean"
title = "Income is verified"

[purpose]
type = "enum"
title = "Purpose"
values = ["buy", "build", "let_out"]

[bought_on]
type = "date"
title = "Day of purchase"
past = true

[wait]
type = "number"
title = "Waiting time"
unit = "days"

[waited]
type = "number"
title = "Waiting time as counted"
derived = true

[note]
type = "string"
title = "Note"

[granted]
type = "boolean"
title = "Granted"
derived = true
"""

RULES = """
[otherwise]
granted = "false"

[[rule]]
id = "GRANT"
title = "Granted"
kind = "conclusion"
owner = "risk"
clause = "policy#1"
effective_from = 2020-01-01
condition = "amount < $limit and verified and purpose in ['buy', 'build'] and bought_on <= 2024-06-30 and waited >= 10"
sets = { granted = "true" }

[[rule]]
id = "OLD"
title = "The file is old"
kind = "review"
owner = "risk"
clause = "policy#2"
effective_from = 2020-01-01
condition = "age > 30 days"
code = "file_old"
level = "desk_review"
message = "The file is old."
"""

PARAMETERS = """
[[parameter]]
name = "limit"
type = "money"
value = "400000"
currency = "USD"
owner = "risk"
clause = "policy#1"
effective_from = 2020-01-01
"""


class LoanPack:
    """A domain of two rules; with `numeric`, its outcome is a number that moves with the amount."""

    name = "loan"
    title = "Loan"
    version = "1"
    record_kinds: tuple[RecordKind, ...] = ()
    dated_by: str | None = None

    def __init__(self, folder: Path, *, numeric: bool = False) -> None:
        self.folder = folder
        self.schema = FactSchema.load(folder / "facts.toml")
        self.rulebook = RuleBook.load(folder, self.schema)
        self.numeric = numeric
        self.asks_by_purpose = False
        self.asked: tuple[str, ...] = ()
        self.says: str | None = None
        self.counts = False

    def queries(self, case: Case, parameters: Parameters) -> Mapping[str, ClauseQuery | RecordQuery]:
        """Ask by purpose, if the test wants so."""
        del parameters
        return {"found": ClauseQuery(text=str(case.facts["purpose"].value))} if self.asks_by_purpose else {}

    def derive(self, case: Case, facts: Mapping[str, Fact], evidence: Found, parameters: Parameters) -> Derivation:
        """Take the waiting time over, and ask for some parameters, if the test wants so."""
        del case, evidence
        for name in self.asked:
            parameters.value(name)
        waited = facts["wait"].value
        return Derivation(
            facts=(Fact("waited", waited, "derived"),), missing=("wait",) if self.counts and waited is None else ()
        )

    def conclude(self, findings: Findings) -> Conclusion:
        """Say whether it is granted."""
        granted = findings.facts["granted"].value
        if self.counts:
            return self._counted(str(findings.facts["waited"].value or 0))
        words = self.says or ("granted" if granted is True else "refused")
        return Conclusion(
            status="decided" if granted is not None else "needs_facts",
            answer={"outcome": str(findings.facts["amount"].value) if self.numeric else words},
            claims=(),
            qualifier=Qualifier(method="fact_certainty", band="high"),
            summary=f"The loan is {words}",
        )

    def _counted(self, number: str) -> Conclusion:
        qualifier = Qualifier(method="fact_certainty", band="high")
        return Conclusion("decided", {"outcome": number}, (), qualifier, f"It takes {number} days", stands={})


@pytest.fixture
def pack(tmp_path: Path) -> LoanPack:
    (tmp_path / "facts.toml").write_text(FACTS)
    (tmp_path / "rules.toml").write_text(RULES)
    (tmp_path / "parameters.toml").write_text(PARAMETERS)
    return LoanPack(tmp_path)


GIVEN: dict[str, JsonValue] = {
    "amount": "320000",
    "age": "5 days",
    "verified": True,
    "purpose": "buy",
    "bought_on": "2024-06-01",
    "wait": 12,
    "note": "said to be kind",
}


def case_of(pack: LoanPack, **changed: JsonValue) -> Case:
    return pack.schema.read("loan", {**GIVEN, **changed}, date(2025, 1, 1))


def changes(pack: LoanPack, case: Case, *, runs: int = 40) -> list[tuple[str, str]]:
    decision = decide(pack, case, {}, probe=False)
    return [(one.change, one.outcome) for one in counterfactuals(Trial.of(pack, case, {}, decision), runs=runs)]


def test_each_fact_is_moved_just_across_the_limit_and_the_smallest_change_comes_first(pack: LoanPack) -> None:
    refused = "The loan is refused"
    assert changes(pack, case_of(pack)) == [
        ("If “Day of purchase” were 2024-07-01 instead of 2024-06-01", refused),
        ("If “Amount of the loan” were USD 400,000 instead of USD 320,000", refused),
        ("If “Waiting time” were 9 days instead of 12 days", refused),
        ("If “Income is verified” were no instead of yes", refused),
        ("If “Purpose” were let out instead of buy", refused),
    ]


def test_a_refusal_shows_the_way_to_a_grant(pack: LoanPack) -> None:
    assert changes(pack, case_of(pack, amount="400000")) == [
        ("If “Amount of the loan” were USD 399,999 instead of USD 400,000", "The loan is granted"),
    ]
    assert changes(pack, case_of(pack, amount="400000", verified=False)) == []


def test_every_change_was_confirmed_by_deciding_again(pack: LoanPack) -> None:
    case = case_of(pack)
    before = decide(pack, case, {}, probe=False)
    tried = candidates(case, before.facts, pack.schema.definitions, pack.rulebook.on(case.as_of))
    flipped = 0
    for one in tried:
        fact = replace(case.facts[one.fact], value=one.value)
        after = decide(pack, replace(case, facts={**case.facts, one.fact: fact}), {}, probe=False)
        flipped += after.outcome != before.outcome
    assert flipped == len(changes(pack, case))
    assert len(tried) > flipped


def test_the_work_is_bounded(pack: LoanPack) -> None:
    case = case_of(pack)
    assert changes(pack, case, runs=0) == []
    assert 0 < len(changes(pack, case, runs=3)) <= 3


def test_a_numeric_outcome_is_compared_by_who_must_look(pack: LoanPack) -> None:
    pack.numeric = True
    assert changes(pack, case_of(pack)) == [
        (
            "If “Age of the file” were 30 days 1 min instead of 5 days",
            "a desk review would be required: The file is old.",
        )
    ]
    assert changes(pack, case_of(pack, age="40 days")) == [
        ("If “Age of the file” were 30 days instead of 40 days", "no person would have to look at it")
    ]


def test_a_stale_rule_asks_for_review_before_and_after(pack: LoanPack) -> None:
    pack.numeric = True
    case = case_of(pack)
    decision = decide(pack, case, {}, frozenset({ClauseRef(document_id="policy", key="1")}), probe=False)
    assert decision.escalations
    assert counterfactuals(Trial.of(pack, case, {}, decision)) == ()


def test_clauses_that_the_caller_knows_to_be_changed_count_before_and_after(pack: LoanPack) -> None:
    pack.numeric, pack.asked = True, ("limit",)
    case = case_of(pack, age="40 days")
    changed = frozenset({ClauseRef(document_id="policy", key="1")})
    decision = decide(pack, case, {}, changed)
    told = counterfactuals(Trial.of(pack, case, {}, decision, changed))
    assert not [one for one in told if "no person" in one.outcome]


def test_a_missing_fact_that_matters_is_not_forgotten_in_the_trials(pack: LoanPack) -> None:
    pack.counts = True
    case = case_of(pack, age="40 days", wait=None)
    decision = decide(pack, case, {})
    assert {reason.code for reason in decision.escalations} == {"file_old", "missing_fact"}
    assert counterfactuals(Trial.of(pack, case, {}, decision)) == ()
    known = case_of(pack, age="40 days")
    (freed,) = counterfactuals(Trial.of(pack, known, {}, decide(pack, known, {})))
    assert freed.outcome == "no person would have to look at it"


def test_what_else_is_decided_is_told_where_the_answer_stays_the_same(pack: LoanPack) -> None:
    pack.says = "looked at"
    assert changes(pack, case_of(pack))[0] == (
        "If “Day of purchase” were 2024-07-01 instead of 2024-06-01",
        "granted: false instead of true",
    )


def test_a_change_that_asks_for_other_evidence_is_not_tried(pack: LoanPack) -> None:
    pack.asks_by_purpose = True
    assert not [change for change, _ in changes(pack, case_of(pack)) if "Purpose" in change]


def test_bounds_and_days_to_come_are_respected(pack: LoanPack) -> None:
    case = case_of(pack, bought_on="2025-01-01", amount="0")
    decision = decide(pack, case, {}, probe=False)
    tried = candidates(case, decision.facts, pack.schema.definitions, pack.rulebook.on(case.as_of))
    assert {str(one.value) for one in tried if one.fact == "bought_on"} == {"2024-06-30"}
    assert {str(one.value) for one in tried if one.fact == "amount"} == {"USD 400,000"}
    assert not [one for one in tried if one.fact == "note"]


def test_an_open_case_can_be_settled_by_another_fact(pack: LoanPack) -> None:
    facts = {name: fact for name, fact in case_of(pack).facts.items() if name != "verified"}
    case = replace(case_of(pack), facts=facts)
    assert decide(pack, case, {}, probe=False).status == "needs_facts"
    assert ("If “Waiting time” were 9 days instead of 12 days", "The loan is refused") in changes(pack, case)
