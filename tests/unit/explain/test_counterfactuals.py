"""Counterfactuals: each changes one fact, or two that need each other, just enough; deciding again confirms it."""

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
from explain.counterfactuals import MOST_PAIRS, Counterfactual, counterfactuals
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

[noted]
type = "boolean"
title = "Noted"
derived = true

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

RULES_THAT_REFUSE = """
[otherwise]
granted = "true"

[[rule]]
id = "UNVERIFIED"
title = "Refused, for income is not verified"
kind = "conclusion"
owner = "risk"
clause = "policy#1"
effective_from = 2020-01-01
condition = "not verified"
sets = { granted = "false" }

[[rule]]
id = "TOO_OLD"
title = "Refused, for the file is old"
kind = "conclusion"
owner = "risk"
clause = "policy#2"
effective_from = 2020-01-01
condition = "age > 30 days"
sets = { granted = "false" }
"""

NOTED_FOR_ITSELF = """
[[rule]]
id = "NOTED"
title = "The waiting time is noted"
kind = "conclusion"
owner = "risk"
clause = "policy#2"
effective_from = 2020-01-01
condition = "waited >= 10 and purpose == 'buy'"
sets = { noted = "true" }
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


def pack_of(folder: Path, rules: str, facts: str = FACTS) -> LoanPack:
    (folder / "facts.toml").write_text(facts)
    (folder / "rules.toml").write_text(rules)
    (folder / "parameters.toml").write_text(PARAMETERS)
    return LoanPack(folder)


@pytest.fixture
def pack(tmp_path: Path) -> LoanPack:
    return pack_of(tmp_path, RULES)


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


AMOUNT = "“Amount of the loan” were USD 399,999 instead of USD 400,000"
VERIFIED = "“Income is verified” were yes instead of no"
BOTH = "(two changes together; neither alone does it)"


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


def test_where_no_change_of_one_fact_is_enough_two_are_told_and_neither_is_spare(pack: LoanPack) -> None:
    case = case_of(pack, amount="400000", verified=False)
    trial = Trial.of(pack, case, {}, decide(pack, case, {}, probe=False))
    (found,) = counterfactuals(trial)
    assert found.change == f"If {AMOUNT}, and {VERIFIED} {BOTH}"
    assert found.together == (f"If {AMOUNT}", f"If {VERIFIED}")
    assert found.outcome == "The loan is granted"
    (both,) = [changed for changed in trial.known if len(changed) == 2]
    answers = {changed: one.answer["outcome"] for changed, one in trial.known.items() if one is not None}
    assert answers[both] == "granted"
    assert [answers[one,] for one in both] == ["refused", "refused"]


def test_rules_that_block_each_other_are_cleared_together(tmp_path: Path) -> None:
    pack = pack_of(tmp_path, RULES_THAT_REFUSE)
    told = changes(pack, case_of(pack, verified=False, age="40 days", wait=None))
    assert told == [
        (
            f"If “Age of the file” were 30 days instead of 40 days, and {VERIFIED} {BOTH}",
            "The loan is granted",
        )
    ]


def test_facts_that_no_rule_reads_together_are_not_paired(tmp_path: Path) -> None:
    pack = pack_of(tmp_path, RULES_THAT_REFUSE + NOTED_FOR_ITSELF)
    case = case_of(pack, verified=False, age="5 days", purpose="let_out", wait=12)
    trial = Trial.of(pack, case, {}, decide(pack, case, {}, probe=False))
    assert any(one.outcome == "The loan is granted" for one in counterfactuals(trial))
    refused = case_of(pack, verified=False, age="40 days", purpose="let_out", wait=12)
    trial = Trial.of(pack, refused, {}, decide(pack, refused, {}, probe=False))
    counterfactuals(trial)
    pairs = [{name for name, _ in changed} for changed in trial.known if len(changed) == 2]
    assert pairs == [{"age", "verified"}]


def test_pairs_are_tried_within_a_budget(pack: LoanPack) -> None:
    case = case_of(pack, amount="400000", verified=False)
    trial = Trial.of(pack, case, {}, decide(pack, case, {}, probe=False))
    assert counterfactuals(trial, most_pairs=0) == ()
    assert not [changed for changed in trial.known if len(changed) > 1]
    many = case_of(pack, amount="400000", verified=False, purpose="let_out")
    trial = Trial.of(pack, many, {}, decide(pack, many, {}, probe=False))
    assert counterfactuals(trial) == ()  # three changes would be needed
    assert len([changed for changed in trial.known if len(changed) > 1]) <= MOST_PAIRS


def test_where_one_fact_is_enough_nothing_more_is_decided(pack: LoanPack) -> None:
    for pack.numeric in (False, True):
        case = case_of(pack)
        trial = Trial.of(pack, case, {}, decide(pack, case, {}, probe=False))
        assert counterfactuals(trial)
        assert not [changed for changed in trial.known if len(changed) > 1]


def test_what_somebody_can_still_choose_is_paired_where_the_rest_is_out_of_reach(tmp_path: Path) -> None:
    rules = RULES.replace('condition = "amount <', 'condition = "age < 3 days or amount <')
    pack = pack_of(tmp_path, rules)
    case = case_of(pack, amount="400000", verified=False)
    assert [change for change, _ in changes(pack, case)] == [
        "If “Age of the file” were 2 days 23 h 59 min instead of 5 days"
    ]
    reachable = FACTS.replace('title = "Amount of the loan"', 'title = "Amount of the loan"\nwithin_reach = true')
    reachable = reachable.replace('title = "Income is verified"', 'title = "Income is verified"\nwithin_reach = true')
    pack = pack_of(tmp_path, rules, reachable)
    told = [change for change, _ in changes(pack, case_of(pack, amount="400000", verified=False))]
    assert told == [
        "If “Age of the file” were 2 days 23 h 59 min instead of 5 days",
        f"If {AMOUNT}, and {VERIFIED} {BOTH}",
    ]


def test_what_was_recorded_without_pairs_keeps_its_bytes() -> None:
    assert Counterfactual(change="If so", outcome="then").model_dump() == {"change": "If so", "outcome": "then"}


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
